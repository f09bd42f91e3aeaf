"""Each trouble that the doctor knows, made on purpose on moto, is found, and nothing else is."""

import json
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from click.testing import CliRunner

from streamer.cli import cli
from streamer.operating.doctor import jobs_check, limits_check, parts_check, watchmen_check
from tests.integration.operating.ailing import FUNCTIONS, LOGS, RULE, Ailing
from tests.support.identity_provider import IdentityProvider, claims, sign
from tests.support.stack import template


@pytest.fixture
def provider() -> Iterator[IdentityProvider]:
    started = IdentityProvider()
    yield started
    started.close()


@pytest.fixture
def app(aws: list[str], provider: IdentityProvider, monkeypatch: pytest.MonkeyPatch) -> Ailing:
    monkeypatch.setattr(jobs_check, "SECONDS_BETWEEN", 0)
    made = Ailing(provider.url)
    # moto has neither of these two.
    limits = {"AccountLimit": {"ConcurrentExecutions": 1000}}
    put_in_the_way("lambda.GetAccountSettings", lambda: limits)
    put_in_the_way("apigatewayv2.GetRouteResponses", lambda: {"Items": made.route_responses})
    return made


def put_in_the_way(operation: str, make: Callable[[], dict[str, Any]], status: int = 200) -> None:
    """Answer an operation in place of moto."""
    events: Any = boto3.DEFAULT_SESSION.events  # type: ignore[union-attr]
    events.register(f"before-call.{operation}", lambda **_: (SimpleNamespace(status_code=status), make()))


def test_nothing_is_wrong_with_a_stack_that_is_well(app: Ailing) -> None:
    app.accept("r1", start=True)
    assert app.examined(sign(claims(exp=int(time.time()) + 3600)), ahead=120) == {}


def test_examining_makes_no_call_that_writes(app: Ailing, aws: list[str]) -> None:
    app.accept("r1", start=True)
    aws.clear()
    app.examined(ahead=120)
    called = {call.split(":")[1] for call in aws}
    assert called
    reading = ("Get", "List", "Describe", "Query", "Filter")
    assert [call for call in called if not call.startswith(reading)] == []


def test_the_parts_that_it_asks_for_by_name_are_in_the_template() -> None:
    named = {*parts_check.NAMED.values(), limits_check.REFUSING, watchmen_check.SWEEP, "MessageFunction"}
    assert named <= template()["Resources"].keys()


def test_a_job_that_does_not_start(app: Ailing) -> None:
    app.accept("lost", start=False)
    assert app.examined() == {}  # it may be on its way
    (found,) = app.examined(ahead=61)["jobs"]
    assert found.problem == "The job lost of acme does not start"
    assert app.machine in found.evidence


def test_an_end_that_nobody_told(app: Ailing) -> None:
    execution = app.accept("over", start=True)
    boto3.client("stepfunctions").stop_execution(executionArn=execution)
    assert "jobs" not in app.examined(ahead=120)
    (found,) = app.examined(ahead=700)["jobs"]
    assert "the sweep does not run" in found.problem
    assert "ABORTED" in found.evidence


def test_progress_that_does_not_arrive(app: Ailing) -> None:
    app.accept("silent", start=True)
    assert "jobs" not in app.examined(ahead=890)
    (found,) = app.examined(ahead=910)["jobs"]
    assert found.problem == "Progress of the job silent of acme does not arrive"


def test_a_job_that_waits_for_a_person_is_not_silent(app: Ailing) -> None:
    app.accept("waits", start=True)
    from jobs.clients import jobs_table

    jobs_table().update_item(
        Key={"pk": "acme#waits", "sk": "job"},
        UpdateExpression="ADD tokens :t",
        ExpressionAttributeValues={":t": {"token"}},
    )
    assert "jobs" not in app.examined(ahead=5000)


@pytest.mark.parametrize(
    ("namespace", "metric", "dimensions", "problem"),
    [
        ("AWS/Lambda", "Throttles", {"FunctionName": "app-ReceiveFunction"}, "ReceiveFunction is throttled"),
        ("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": "JobsTable"}, "JobsTable is throttled"),
        (
            "AWS/States",
            "ExecutionThrottled",
            {"StateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:streamer-echo_async"},
            "EchoAsync is throttled",
        ),
    ],
)
def test_throttled(
    app: Ailing, namespace: str, metric: str, dimensions: dict[str, str], problem: str
) -> None:
    app.measure(namespace, metric, 7, **dimensions)
    (found,) = app.examined()["throttled"]
    assert found.problem == problem
    assert found.evidence.endswith(": 7")


def test_functions_that_fail_and_refusals_that_are_none(app: Ailing) -> None:
    for logical in ("AuthorizerFunction", "ReceiveFunction"):
        app.measure("AWS/Lambda", "Errors", 3, FunctionName=app.name(logical))
    (found,) = app.examined()["failing functions"]
    assert found.problem == "The function ReceiveFunction fails"


@pytest.mark.parametrize(("at_once", "near"), [(799, False), (800, True)])
def test_concurrency_near_its_quota(app: Ailing, at_once: int, near: bool) -> None:
    app.measure("AWS/Lambda", "ConcurrentExecutions", at_once)
    assert ("concurrency" in app.examined()) is near


def test_a_tenant_near_its_quota(app: Ailing) -> None:
    variables = app_variables(app, "MessageFunction") | {"MOST_JOBS_PER_TENANT": "5"}
    boto3.client("lambda").update_function_configuration(
        FunctionName=app.name("MessageFunction"), Environment={"Variables": variables}
    )
    for number in range(4):
        assert "tenants' quotas" not in app.examined()
        app.accept(f"r{number}", start=True)
    (found,) = app.examined()["tenants' quotas"]
    assert found.evidence.startswith("4 of 5 are in flight")


def test_a_permission_that_a_function_lacks(app: Ailing) -> None:
    message = (
        "An error occurred (AccessDeniedException) when calling the UpdateItem operation: User: "
        "arn:aws:sts::1:x is not authorized to perform: dynamodb:UpdateItem on resource: y"
    )
    app.log({"level": "ERROR", "function_name": "app-ReceiveFunction", "exception": message})
    refused = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied"
    app.log({"level": "ERROR", "function_name": "app-MessageFunction", "exception": refused})
    app.log({"level": "INFO", "message": "An AccessDenied of no call"})
    assert [found.problem for found in app.examined()["rights"]] == [
        "app-ReceiveFunction lacks a permission: dynamodb:UpdateItem",
        "app-MessageFunction lacks a permission: PutObject",
    ]
    assert app.examined()["rights"][0].evidence == "lines of the last hour's log that say so: 1"
    boto3.client("logs").delete_log_group(logGroupName=LOGS)
    (found,) = app.examined()["rights"]
    assert found.problem == "This could not be looked at: rights"


def test_a_permission_that_the_user_lacks_stops_no_other_check(app: Ailing) -> None:
    denied = {"Error": {"Code": "AccessDeniedException", "Message": "You may not"}}
    put_in_the_way("stepfunctions.DescribeStateMachine", lambda: denied, 400)
    app.measure("AWS/Lambda", "Throttles", 7, FunctionName=app.name("ReceiveFunction"))
    found = app.examined()
    assert found.keys() == {"throttled", "state machines", "releases"}
    assert found["state machines"][0].problem == "You may not look at this: state machines"
    assert "DescribeStateMachine: AccessDeniedException" in found["state machines"][0].evidence


def test_clocks_apart(app: Ailing, monkeypatch: pytest.MonkeyPatch) -> None:
    true = time.time
    monkeypatch.setattr(time, "time", lambda: true() - 90)
    (found,) = app.examined()["clocks"]
    assert found.problem.startswith(
        ("This machine's clock is 90 s behind", "This machine's clock is 89 s behind")
    )


def test_a_token_that_is_refused_and_keys_that_are_gone(app: Ailing, provider: IdentityProvider) -> None:
    (found,) = app.examined(sign(claims(aud="another")))["token"]
    assert found.problem == "The token is refused: its aud is not good"
    provider.body = b'{"keys": []}'
    (found,) = app.examined()["identity provider"]
    assert "none of its 0 keys is usable" in found.evidence


def test_a_sweep_that_is_not_scheduled(app: Ailing) -> None:
    boto3.client("events").disable_rule(Name=RULE)
    (found,) = app.examined()["sweep"]
    assert found.evidence == f"its rule {RULE} is DISABLED"
    boto3.client("events").enable_rule(Name=RULE)
    boto3.client("events").remove_targets(Rule=RULE, Ids=["one"])
    (found,) = app.examined()["sweep"]
    assert "has no target" in found.evidence


def test_a_sweep_that_is_not_invoked(app: Ailing) -> None:
    assert "sweep" not in app.examined(ahead=14 * 60)
    (found,) = app.examined(ahead=20 * 60)["sweep"]
    assert "was not invoked for 15 minutes" in found.evidence


def test_alarms_in_alarm(app: Ailing) -> None:
    client = boto3.client("cloudwatch")
    for name, state in (("app-Bad", "ALARM"), ("app-Good", "OK"), ("foreign", "ALARM")):
        client.put_metric_alarm(
            AlarmName=name,
            AlarmDescription="docs/operate.md#bad",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="x",
            Namespace="y",
            Period=60,
            Statistic="Sum",
            Threshold=1,
        )
        client.set_alarm_state(AlarmName=name, StateValue=state, StateReason=f"{name} was crossed")
    for name in ("app-Bad", "app-Good"):
        app.add(name, "AWS::CloudWatch::Alarm", name)
    (found,) = app.examined()["alarms"]
    assert (found.evidence, found.mend) == ("app-Bad was crossed", "docs/operate.md#bad")


def test_parts_that_are_not_there(app: Ailing) -> None:
    boto3.client("lambda").delete_function(FunctionName=app.name("ReceiveFunction"))
    assert [found.problem for found in app.examined()["functions"]] == [
        "The function ReceiveFunction is not there"
    ]
    app.listed = [each for each in app.listed if each["LogicalResourceId"] != "ReceiveFunction"]
    (found,) = app.examined()["state machines"]
    assert found.evidence.startswith("it calls app-ReceiveFunction")
    boto3.client("stepfunctions").delete_state_machine(stateMachineArn=app.machine)
    (found,) = app.examined()["state machines"]
    assert found.problem == "The state machine EchoAsync is not there"


@pytest.mark.parametrize(
    ("variable", "value", "problem"),
    [
        ("JOBS_TABLE", "another", "The function ReceiveFunction works elsewhere"),
        ("DATA_BUCKET", "another", "The function ReceiveFunction works elsewhere"),
        ("CONNECTIONS_URL", "https://gone.execute-api", "What ReceiveFunction pushes does not arrive"),
    ],
)
def test_functions_that_name_other_parts(app: Ailing, variable: str, value: str, problem: str) -> None:
    variables = app_variables(app, "ReceiveFunction") | {variable: value}
    boto3.client("lambda").update_function_configuration(
        FunctionName=app.name("ReceiveFunction"), Environment={"Variables": variables}
    )
    assert [found.problem for found in app.examined()["functions"]] == [problem]


def test_a_function_that_is_switched_off(app: Ailing) -> None:
    # moto says nothing of a concurrency that is 0.
    off = {"Configuration": {}, "Concurrency": {"ReservedConcurrentExecutions": 0}}
    put_in_the_way("lambda.GetFunction", lambda: off)
    found = app.examined()["functions"]
    assert [each.problem for each in found] == [f"The function {name} is switched off" for name in FUNCTIONS]


def test_a_function_that_is_not_ready(app: Ailing) -> None:
    bad = {"Configuration": {"State": "Failed", "StateReason": "Its key is gone"}}
    put_in_the_way("lambda.GetFunction", lambda: bad)
    found = app.examined()["functions"]
    assert [each.problem for each in found] == [f"The function {name} is not ready" for name in FUNCTIONS]
    assert "Its key is gone" in found[0].evidence


def test_routes_that_are_missing(app: Ailing) -> None:
    client = boto3.client("apigatewayv2")
    app.route_responses.clear()
    client.update_route(ApiId=app.api, RouteId=app.routes["$connect"], AuthorizationType="NONE")
    client.delete_route(ApiId=app.api, RouteId=app.routes["$disconnect"])
    assert [found.problem for found in app.examined()["routes"]] == [
        "The API has no route $disconnect",
        "Nobody is asked for a token",
        "Requests are processed and not answered",
    ]


def test_a_deployed_stack_by_its_name(aws: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(boto3.session, "Session", lambda **_: boto3.DEFAULT_SESSION)
    resources = {name: template()["Resources"][name] for name in ("JobsTable", "DataBucket", "FunctionLogs")}
    kept = {name: template()[name] for name in ("Parameters", "Conditions")}
    body = json.dumps(kept | {"Resources": resources})
    given = [{"ParameterKey": name, "ParameterValue": "https://x"} for name in ("JwksUrl", "JwtIssuer")]
    boto3.client("cloudformation").create_stack(StackName="app", TemplateBody=body, Parameters=given)  # type: ignore[arg-type]
    put_in_the_way("lambda.GetAccountSettings", lambda: {"AccountLimit": {"ConcurrentExecutions": 1000}})
    run = CliRunner().invoke
    ended = run(cli, ["doctor", "--stack", "app", "--json"])
    told = json.loads(ended.output)
    assert [each for each in told["checks"] if each["findings"]] == []
    assert (ended.exit_code, told["stack"]) == (0, "app")
    assert [each["name"] for each in told["checks"] if each["skipped"]] == ["token"]
    boto3.client("logs").delete_log_group(logGroupName="/aws/lambda/app")
    ended = run(cli, ["doctor", "--stack", "app"])
    assert ended.exit_code == 1
    assert "!! This could not be looked at: rights" in ended.output
    assert run(cli, ["doctor", "--stack", "none"]).exit_code == 3


def app_variables(app: Ailing, logical: str) -> dict[str, str]:
    told = boto3.client("lambda").get_function_configuration(FunctionName=app.name(logical))
    return dict(told["Environment"]["Variables"])
