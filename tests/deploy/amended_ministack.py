"""ministack, with what its engine lacks of ours. Run it as a program, in ministack's place.

To ministack 1.5 every failure of a Python function is a `Runtime.HandlerError`, also a worker's death, so
that no Retry and no Catch would match by name: here they are called what Lambda calls them. Of JSONata it
reads nothing in a distributed Map and in a waiting task's `TimeoutSeconds`: here it does.
See docs/decisions/0006-emulators.md.
"""

import re
from typing import Any

from ministack.app import main  # type: ignore[import-untyped]
from ministack.services import lambda_svc, stepfunctions  # type: ignore[import-untyped]

State = dict[str, Any]

_execute = lambda_svc._execute_function_with_config_scope
_evaluate = stepfunctions._apply_jsonata_template
_resolve = stepfunctions._resolve_params_obj
_run_distributed_map = stepfunctions._run_distributed_map
_wait_for_token = stepfunctions._invoke_with_callback


def execute(function: Any, event: Any) -> dict[str, Any]:
    """Run a function; of a failure, tell the name that Lambda would."""
    result: dict[str, Any] = _execute(function, event)
    body = result.get("body")
    if result.get("error") and isinstance(body, dict) and body["errorType"] == "Runtime.HandlerError":
        body["errorType"] = name(body["errorMessage"], result["log"])
    return result


def name(message: str, log: str) -> str:
    """Return the name of the error that a traceback ends with; without one, the worker has died."""
    raised = re.search(rf"^([\w.]+)(: {re.escape(message)})?\s*\Z", log, re.MULTILINE)
    return raised[1].rpartition(".")[2] if raised else "Runtime.ExitError"


def wait_for_token(resource: str, given: Any, token: str, state: State) -> Any:
    """Call what is to answer with a task's token, and wait for the answer as long as the state says."""
    seconds = _evaluate(state["TimeoutSeconds"], given)
    return _wait_for_token(resource, given, token, state | {"TimeoutSeconds": seconds})


def resolve(template: Any, data: Any, context: Any = None) -> Any:
    """Evaluate what a distributed Map reads, and what it gives to an item."""
    return _resolve(_evaluate(template, data, context), data, context)


def run_distributed_map(state: State, given: Any, *rest: Any) -> tuple[Any, str | None]:
    *_, context = rest
    at_once = _evaluate(state["MaxConcurrency"], given, context)
    _, following = _run_distributed_map(state | {"MaxConcurrency": at_once}, given, *rest)
    return _evaluate(state["Output"], given, context), following


if __name__ == "__main__":
    lambda_svc._execute_function_with_config_scope = execute
    stepfunctions._invoke_with_callback = wait_for_token
    stepfunctions._resolve_params_obj = resolve
    stepfunctions._run_distributed_map = run_distributed_map
    main()
