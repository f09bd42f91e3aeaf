"""ministack with what its WebSockets lack: Lambda authorizers. Run it as a program, in ministack's place.

ministack 1.4 asks JWT authorizers only: at `$connect` any other passes unasked, and no event of the socket
carries an identity. Here the authorizer function that the stack deployed is asked as API Gateway asks it,
and its context goes into all of the connection's events. See docs/decisions/0006-emulators.md.
"""

from typing import Any

from ministack.app import main  # type: ignore[import-untyped]
from ministack.core.lambda_runtime import Worker, get_or_create_worker  # type: ignore[import-untyped]
from ministack.core.responses import get_account_id, get_region  # type: ignore[import-untyped]
from ministack.services import apigateway, lambda_svc  # type: ignore[import-untyped]

Event = dict[str, Any]

_invoke = Worker.invoke
_identities: dict[str, dict[str, str]] = {}


def invoke(worker: Any, event: Event, request_id: str) -> dict[str, Any]:
    """Invoke a function. A route of a socket runs with the connection's identity, or is refused with 401."""
    context = event.get("requestContext", {})
    if "connectionId" in context:
        if context["eventType"] == "CONNECT":
            identity = authorize(event, request_id)
            if identity is None:
                return {"status": "ok", "result": {"statusCode": 401}}
            _identities[context["connectionId"]] = identity
        context["authorizer"] = _identities[context["connectionId"]]
    answer: dict[str, Any] = _invoke(worker, event, request_id)
    return answer


def authorize(event: Event, request_id: str) -> dict[str, str] | None:
    """Ask the authorizer of the API's `$connect` route; return its context, or None where it refuses."""
    context = event["requestContext"]
    api, stage = context["apiId"], context["stage"]
    authorizer_id = apigateway._match_ws_route(api, "$connect")["authorizerId"]
    uri = apigateway._authorizers[api][authorizer_id]["authorizerUri"]
    code, config, name = lambda_svc._get_func_record_for_ref_in_scope(
        apigateway._extract_lambda_ref_from_integration_uri(uri)
    )
    asked = event | {
        "type": "REQUEST",
        "methodArn": f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{api}/{stage}/$connect",
    }
    answer = _invoke(get_or_create_worker(name, config, code["code_zip"]), asked, request_id)
    if answer["status"] != "ok":
        return None
    policy = answer["result"]
    if any(said["Effect"] != "Allow" for said in policy["policyDocument"]["Statement"]):
        return None
    # API Gateway hands every value on as text.
    return {name: str(value) for name, value in policy["context"].items()}


if __name__ == "__main__":
    Worker.invoke = invoke
    main()
