"""The local runner as its users meet it: a process with two servers, over a small application."""

import asyncio
import contextlib
import io
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from rich.console import Console
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException
from websockets.typing import Subprotocol

from streamer.local.api_gateway.gateway import Limits
from streamer.local.runner import Runner
from streamer.operating.dead_letters.letter import read
from tests.e2e import local_app

DEADLINE_SECONDS = 20
_names = itertools.count()


@dataclass
class App:
    """A runner in a process of its own."""

    process: subprocess.Popen[bytes]
    dev_file: Path

    def __post_init__(self) -> None:
        """Read what the runner wrote when it was ready."""
        self.info: dict[str, Any] = json.loads(self.dev_file.read_text())

    def url(self, **query: str) -> str:
        pairs = "&".join(f"{name}={value}" for name, value in ({"token": "good"} | query).items() if value)
        return f"{self.info['ws_url']}?{pairs}"

    def client(self, service: str) -> Any:
        stage = "/live" if service == "apigatewaymanagementapi" else ""
        return aws(service, self.info["endpoint_url"] + stage)

    def workers(self, handler: str = "") -> list[int]:
        """Return the process ids of the runner's workers, those of one handler if it is named."""
        columns = ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="]
        rows = subprocess.run(columns, capture_output=True, text=True, check=True).stdout.splitlines()
        processes = [row.split(maxsplit=2) for row in rows]
        own = {pid for pid, parent, _ in processes if parent == str(self.process.pid)}  # who forks them
        return [int(pid) for pid, parent, command in processes if parent in own and handler in command]


def aws(service: str, url: str) -> Any:
    make: Any = boto3.client
    return make(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="x",
        aws_secret_access_key="y",
        config=Config(signature_version="s3v4", s3={"addressing_style": "path"}, retries={"max_attempts": 0}),
    )


def alive(pid: int) -> bool:
    done = subprocess.run(["ps", "-p", str(pid), "-o", "stat="], capture_output=True, text=True, check=False)
    # A zombie whose parent has gone waits for init, and is no process any more.
    return bool(done.stdout.strip()) and not done.stdout.startswith("Z")


def until(check: Callable[[], Any], what: str, seconds: float = DEADLINE_SECONDS) -> Any:
    """Poll until `check` returns something true; return it."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(0.02)
    pytest.fail(f"{what} within {seconds} s")


def launch(template: Path, state: Path, port: int = 0, **overrides: str) -> subprocess.Popen[bytes]:
    code = (
        "import sys; from pathlib import Path; from streamer.local.running import run; "
        f"run(Path({str(template)!r}), {port}, {overrides!r}, Path({str(state)!r}))"
    )
    # Files, not pipes: nobody reads while it runs.
    with (state / "out").open("w") as out, (state / "err").open("w") as err:
        return subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=err)


def ready(process: subprocess.Popen[bytes], state: Path) -> App:
    dev_file = state / "dev.json"
    until(lambda: dev_file.exists() or process.poll() is not None, "ready")
    if process.poll() is not None:
        pytest.fail((state / "err").read_text())
    return App(process, dev_file)


def end(process: subprocess.Popen[bytes]) -> None:
    process.send_signal(signal.SIGINT)
    try:
        process.wait(DEADLINE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        raise


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return local_app.write(tmp_path_factory.mktemp("app"))


@pytest.fixture(scope="module")
def app(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    state = tmp_path_factory.mktemp("state")
    process = launch(template, state, Greeting="hi")
    try:
        yield ready(process, state)
    finally:
        end(process)


async def ask(ws: ClientConnection, **request: Any) -> Any:
    await ws.send(json.dumps(request))
    return json.loads(await asyncio.wait_for(ws.recv(), DEADLINE_SECONDS))


def execute(app: App, **given: Any) -> dict[str, Any]:
    """Run the state machine to its end."""
    machines = app.client("stepfunctions")
    arn = machines.start_execution(
        stateMachineArn=app.info["outputs"]["Machine"], name=f"e{next(_names)}", input=json.dumps(given)
    )["executionArn"]

    def finished() -> dict[str, Any] | None:
        execution: dict[str, Any] = machines.describe_execution(executionArn=arn)
        return None if execution["status"] == "RUNNING" else execution

    result: dict[str, Any] = until(finished, "execution ended")
    return result


# Handshake ---------------------------------------------------------------------------------------


async def test_events_are_api_gateways(app: App) -> None:
    async with connect(app.url(), user_agent_header="tester/1") as ws:
        answer = await ask(ws, action="anything", text='"quoted" é')
    context = answer["event"]["requestContext"]
    assert json.loads(answer["event"]["body"])["text"] == '"quoted" é'
    assert answer["event"]["isBase64Encoded"] is False
    assert context["routeKey"] == "$default"
    assert context["eventType"] == "MESSAGE"
    assert context["stage"] == "live"
    assert context["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "tester/1"}
    authorizer = context["authorizer"]
    assert (authorizer["principalId"], authorizer["tenant"]) == ("ada", "acme")
    assert (authorizer["level"], authorizer["admin"]) == ("5", "true")
    assert answer["greeting"] == "hi"
    assert answer["jwks"] == f"{app.info['endpoint_url']}/.well-known/jwks.json"
    assert answer["key"] == "local"
    assert answer["arn"].endswith(":function:streamer-Message")


@pytest.mark.parametrize(
    ("query", "status", "text"),
    [
        ({"token": ""}, 401, "Unauthorized"),
        ({"token": "deny"}, 403, "Forbidden"),
        ({"token": "crash"}, 500, "Internal server error"),
        ({"connect": "403"}, 403, "Forbidden"),
        ({"connect": "500"}, 500, "Internal server error"),
        ({"connect": "crash"}, 500, "Internal server error"),
    ],
)
async def test_a_refused_handshake_is_a_response(
    app: App, query: dict[str, str], status: int, text: str
) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(app.url(**query))
    response = refused.value.response
    body = json.loads(response.body or b"")
    assert response.status_code == status
    assert body["message"] == text
    assert body.keys() == {"message", "connectionId", "requestId"}


async def test_another_stage_is_forbidden(app: App) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await connect(app.url().replace("/live?", "/other?"))
    assert refused.value.response.status_code == 403


async def test_the_connect_route_selects_the_subprotocol(app: App) -> None:
    offered = [Subprotocol("a"), Subprotocol("b")]
    async with connect(app.url(protocol="b"), subprotocols=offered) as ws:
        assert ws.subprotocol == "b"
    async with connect(app.url(), subprotocols=offered) as ws:
        assert ws.subprotocol is None


# Messages ----------------------------------------------------------------------------------------


async def test_only_a_route_with_a_response_answers(app: App) -> None:
    async with connect(app.url()) as ws:
        await ws.send('{"action": "silent"}')
        assert "pid" in await ask(ws, action="pid")


async def test_messages_of_one_connection_run_concurrently(app: App) -> None:
    async with connect(app.url()) as ws:
        await ws.send('{"action": "sleep", "seconds": 0.5}')
        assert "pid" in await ask(ws, action="pid")
        assert json.loads(await ws.recv()) == {"slept": 0.5}


@pytest.mark.parametrize("action", ["fail", "crash"])
async def test_a_failure_is_generic_and_the_connection_goes_on(app: App, action: str) -> None:
    async with connect(app.url()) as ws:
        answer = await ask(ws, action=action)
        assert answer.keys() == {"message", "connectionId", "requestId"}
        assert answer["message"] == "Internal server error"
        assert "pid" in await ask(ws, action="pid")


async def closed_with(ws: ClientConnection) -> int | None:
    with contextlib.suppress(ConnectionClosed):
        await asyncio.wait_for(ws.recv(), DEADLINE_SECONDS)
    return ws.close_code


async def test_sizes_are_limited_as_on_aws(app: App) -> None:
    async with connect(app.url()) as ws:
        await ws.send("x" * 32 * 1024)
        assert "event" in json.loads(await ws.recv())
        await ws.send("x" * (32 * 1024 + 1))
        assert await closed_with(ws) == 1009
    async with connect(app.url(), max_size=None) as ws:
        await ws.send(["x" * 32 * 1024] * 4)
        assert "event" in json.loads(await ws.recv())
        await ws.send([*["x" * 32 * 1024] * 4, "x"])
        assert await closed_with(ws) == 1009


async def test_binary_is_refused(app: App) -> None:
    async with connect(app.url()) as ws:
        await ws.send(b"bytes")
        assert await closed_with(ws) == 1003


# @connections --------------------------------------------------------------------------------------


async def test_connections_api(app: App) -> None:
    api = app.client("apigatewaymanagementapi")
    async with connect(app.url()) as ws:
        connection = (await ask(ws, action="any"))["event"]["requestContext"]["connectionId"]
        await asyncio.to_thread(api.post_to_connection, ConnectionId=connection, Data="grüße".encode())
        assert await ws.recv() == "grüße"
        about = await asyncio.to_thread(api.get_connection, ConnectionId=connection)
        assert about["Identity"]["SourceIp"] == "127.0.0.1"
        with pytest.raises(api.exceptions.PayloadTooLargeException):
            await asyncio.to_thread(
                api.post_to_connection, ConnectionId=connection, Data=b"x" * (128 * 1024 + 1)
            )
        await asyncio.to_thread(api.delete_connection, ConnectionId=connection)
        assert await closed_with(ws) == 1000
    with pytest.raises(api.exceptions.GoneException):
        api.post_to_connection(ConnectionId=connection, Data=b"late")
    with pytest.raises(api.exceptions.GoneException):
        api.post_to_connection(ConnectionId="unknown=", Data=b"?")


async def test_a_connection_is_gone_until_accepted_and_disconnect_is_told(app: App) -> None:
    async with connect(app.url()) as ws:
        connection = (await ask(ws, action="any"))["event"]["requestContext"]["connectionId"]
        await ws.close(4000)
    table = app.client("dynamodb")

    def item(key: str) -> Any:
        return table.get_item(TableName="streamer-Seen", Key={"id": {"S": key}}).get("Item")

    assert await asyncio.to_thread(item, f"early {connection}")
    left = await asyncio.to_thread(until, lambda: item(connection), "$disconnect")
    assert left["code"] == {"N": "4000"}


# Functions and state machines ------------------------------------------------------------------------


def test_an_execution_keeps_strings_intact(app: App) -> None:
    text = 'a "quote", a \\ and\na line, é, {% $x %}'
    execution = execute(app, say=text)
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"said": text}


def test_concurrent_executions_do_not_mix(app: App) -> None:
    with ThreadPoolExecutor(12) as pool:
        ended = list(pool.map(lambda n: execute(app, say=f"{n}"), range(24)))
    assert [json.loads(execution["output"]) for execution in ended] == [{"said": f"{n}"} for n in range(24)]


@pytest.mark.parametrize(
    ("mode", "error", "cause"),
    [
        ("raise", "KeyError", "missing"),
        ("crash", "Runtime.ExitError", "exit status 3"),
        ("sleep", "Sandbox.Timedout", "timed out after 1.00 seconds"),
    ],
)
def test_failures_of_a_task_have_lambdas_names(app: App, mode: str, error: str, cause: str) -> None:
    execution = execute(app, mode=mode)
    assert (execution["status"], execution["error"]) == ("FAILED", error)
    assert cause in execution["cause"]


def notices(dynamodb: Any, source: str) -> list[Any]:
    """Return the events of one source that reached the function behind the rules."""
    items = dynamodb.scan(TableName="streamer-Seen")["Items"]
    return [json.loads(i["event"]["S"]) for i in items if i.get("source") == {"S": source}]


def status_events(app: App, arn: str, count: int = 2) -> list[Any]:
    """Wait for `count` status events of an execution, or more; return all, oldest first."""
    dynamodb = app.client("dynamodb")

    def found() -> list[Any]:
        events = [event for event in notices(dynamodb, "aws.states") if event["resources"] == [arn]]
        return events if len(events) >= count else []

    events: list[Any] = until(found, "status events")
    return sorted(events, key=lambda event: event["detail"]["stopDate"] or 0)


def create(machines: Any, name: str, definition: dict[str, Any]) -> str:
    """Create a state machine; return its ARN."""
    created = machines.create_state_machine(
        name=name, definition=json.dumps(definition), roleArn="arn:aws:iam::123456789012:role/r"
    )
    return str(created["stateMachineArn"])


def statuses(events: list[Any]) -> list[str]:
    return [event["detail"]["status"] for event in events]


def test_rules_are_told_of_a_failed_execution(app: App) -> None:
    execution = execute(app, mode="raise")
    started, ended = status_events(app, execution["executionArn"])
    assert started["detail"]["status"] == "RUNNING"
    assert started["detail"]["stopDate"] is None
    uuid.UUID(ended.pop("id"))
    datetime.strptime(ended.pop("time"), "%Y-%m-%dT%H:%M:%SZ")
    assert ended == {
        "version": "0",
        "detail-type": "Step Functions Execution Status Change",
        "source": "aws.states",
        "account": "123456789012",
        "region": "us-east-1",
        "resources": [execution["executionArn"]],
        "detail": {
            "executionArn": execution["executionArn"],
            "stateMachineArn": execution["stateMachineArn"],
            "name": execution["name"],
            "status": "FAILED",
            "startDate": round(execution["startDate"].timestamp() * 1000),
            "stopDate": round(execution["stopDate"].timestamp() * 1000),
            "input": '{"mode":"raise"}',
            "inputDetails": {"included": True},
            "output": None,
            "outputDetails": None,
            "error": "KeyError",
            "cause": execution["cause"],
        },
    }
    said = (app.dev_file.parent / "out").read_text()
    assert f"Machine ERROR execution {execution['name']} FAILED KeyError\n" in said
    assert "FailureEventException" not in said + (app.dev_file.parent / "err").read_text()


def test_rules_are_told_of_success(app: App) -> None:
    _, ended = status_events(app, execute(app, say="done")["executionArn"])
    assert ended["detail"]["output"] == '{"said":"done"}'
    assert ended["detail"]["outputDetails"] == {"included": True}


def test_a_stopped_execution_is_aborted_at_once_and_for_good(app: App) -> None:
    machines = app.client("stepfunctions")
    arn = machines.start_execution(
        stateMachineArn=app.info["outputs"]["Machine"], name=f"e{next(_names)}", input='{"mode": "sleep"}'
    )["executionArn"]

    def history() -> list[str]:
        return [event["type"] for event in machines.get_execution_history(executionArn=arn)["events"]]

    until(lambda: "TaskStarted" in history(), "in the first state")
    machines.stop_execution(executionArn=arn, error="CANCELLED", cause="by hand")
    execution = machines.describe_execution(executionArn=arn)
    assert (execution["status"], execution["error"], execution["cause"]) == (
        "ABORTED",
        "CANCELLED",
        "by hand",
    )
    machines.stop_execution(executionArn=arn, error="AGAIN")

    until(lambda: "ExecutionAborted" in history(), "the first state left")
    assert "PassStateEntered" not in history()
    assert "FailStateEntered" not in history()
    after = machines.describe_execution(executionArn=arn)
    assert (after["status"], after["error"], after["stopDate"]) == (
        "ABORTED",
        "CANCELLED",
        execution["stopDate"],
    )
    status_events(app, execute(app, say="later")["executionArn"])
    events = status_events(app, arn)
    assert statuses(events) == ["RUNNING", "ABORTED"]
    assert (events[1]["detail"]["error"], events[1]["detail"]["cause"]) == ("CANCELLED", "by hand")


def test_a_stop_may_come_before_the_first_state(app: App) -> None:
    machines = app.client("stepfunctions")
    waiting = {"StartAt": "Wait", "States": {"Wait": {"Type": "Wait", "Seconds": 60, "End": True}}}
    machine = create(machines, "waiting", waiting)
    for _ in range(8):
        arn = machines.start_execution(stateMachineArn=machine, name=f"e{next(_names)}")["executionArn"]
        machines.stop_execution(executionArn=arn)
        assert machines.describe_execution(executionArn=arn)["status"] == "ABORTED"
        assert statuses(status_events(app, arn)) == ["RUNNING", "ABORTED"]
    assert "Traceback" not in (app.dev_file.parent / "err").read_text()


def waiting_task(action: str) -> dict[str, Any]:
    """Return a machine whose one task waits for its token, which its function is given."""
    call = f"$string({{'action': '{action}', 'token': $states.context.Task.Token}})"
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Arguments": {"FunctionName": "streamer-Message", "Payload": {"body": f"{{% {call} %}}"}},
        "HeartbeatSeconds": 600,
        "End": True,
    }
    return {"QueryLanguage": "JSONata", "StartAt": "Ask", "States": {"Ask": task}}


def test_a_token_takes_one_answer_even_before_its_function_returns(app: App) -> None:
    machines = app.client("stepfunctions")
    machine = create(machines, "asking", waiting_task("answer"))
    arn = machines.start_execution(stateMachineArn=machine, name="asking")["executionArn"]

    def ended() -> dict[str, Any] | None:
        execution: dict[str, Any] = machines.describe_execution(executionArn=arn)
        return None if execution["status"] == "RUNNING" else execution

    execution = until(ended, "answered")
    assert execution["status"] == "SUCCEEDED"
    assert json.loads(execution["output"]) == {"said": "first"}
    with pytest.raises(machines.exceptions.InvalidToken):
        machines.send_task_success(taskToken="made-up", output="{}")


def test_a_stop_ends_a_task_that_waits(app: App) -> None:
    machines = app.client("stepfunctions")
    machine = create(machines, "unanswered", waiting_task("wait"))
    arn = machines.start_execution(stateMachineArn=machine, name="unanswered")["executionArn"]

    def history() -> list[str]:
        return [event["type"] for event in machines.get_execution_history(executionArn=arn)["events"]]

    until(lambda: "TaskSubmitted" in history(), "waiting")
    machines.stop_execution(executionArn=arn)
    until(lambda: "ExecutionAborted" in history(), "the state left")
    assert machines.describe_execution(executionArn=arn)["status"] == "ABORTED"


def test_an_execution_times_out(app: App) -> None:
    machines = app.client("stepfunctions")
    wait = {"Type": "Wait", "Seconds": 60, "Next": "Then"}
    definition = {
        "StartAt": "Wait",
        "TimeoutSeconds": 1,
        "States": {"Wait": wait, "Then": {"Type": "Pass", "End": True}},
    }
    machine = create(machines, "late", definition)
    arn = machines.start_execution(stateMachineArn=machine, name="late")["executionArn"]
    events = status_events(app, arn)
    assert statuses(events) == ["RUNNING", "TIMED_OUT"]
    assert machines.describe_execution(executionArn=arn)["status"] == "TIMED_OUT"
    history = [event["type"] for event in machines.get_execution_history(executionArn=arn)["events"]]
    assert "PassStateEntered" not in history


async def test_schedules_fire(template: Path, tmp_path: Path) -> None:
    out = io.StringIO()
    async with Runner(template, state_dir=tmp_path, schedule_speed=60, console=Console(file=out)) as runner:
        dynamodb = aws("dynamodb", runner.endpoint_url)
        sources = ("aws.events", "aws.scheduler", "given", "cron")

        def fired() -> list[list[Any]] | None:
            found = [notices(dynamodb, source) for source in sources]
            return found if all(len(events) > 1 for events in found) else None

        by_rule, by_scheduler, given, _ = await asyncio.to_thread(until, fired, "two firings each")
        assert not await asyncio.to_thread(notices, dynamodb, "off")
    assert by_rule[0]["detail-type"] == "Scheduled Event"
    assert by_rule[0]["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/streamer-NoticeRule"]
    assert by_rule[0]["detail"] == {}
    assert by_scheduler[0]["resources"] == [
        "arn:aws:scheduler:us-east-1:123456789012:schedule/default/NoticeSchedule"
    ]
    assert given[0] == {"source": "given"}


async def test_what_a_rule_may_not_give_to_its_function(template: Path, tmp_path: Path) -> None:
    out = io.StringIO()
    async with Runner(template, state_dir=tmp_path, schedule_speed=60, console=Console(file=out)) as runner:
        sqs = aws("sqs", runner.endpoint_url)

        def letters() -> list[Any]:
            url = sqs.get_queue_url(QueueName="streamer-Letters")["QueueUrl"]
            asked = {"QueueUrl": url, "MessageAttributeNames": ["All"], "AttributeNames": ["SentTimestamp"]}
            return [read(each) for each in sqs.receive_message(**asked).get("Messages", ())]

        (letter,) = await asyncio.to_thread(until, letters, "a dead letter")
    assert (letter.function, letter.about) == ("streamer-Notice", "Scheduled Event")
    assert letter.payload["resources"] == ["arn:aws:events:us-east-1:123456789012:rule/streamer-NotLet"]
    assert letter.why.startswith("EventBridge may not invoke the function: No AWS::Lambda::Permission")
    assert "NotLet: no AWS::Lambda::Permission lets it call its function" in out.getvalue()


def test_a_definition_that_does_not_parse_harms_no_other(app: App) -> None:
    machines = app.client("stepfunctions")
    bad = {
        "QueryLanguage": "JSONata",
        "StartAt": "A",
        "States": {"A": {"Type": "Pass", "End": True, "QueryLanguage": "JSONPath"}},
    }
    with pytest.raises(machines.exceptions.ClientError):
        create(machines, "bad", bad)
    good = {"StartAt": "A", "States": {"A": {"Type": "Pass", "InputPath": "$.a", "End": True}}}
    create(machines, "good", good)


def test_a_worker_killed_in_mid_invocation(app: App) -> None:
    functions, table = app.client("lambda"), app.client("dynamodb")

    def invoke(**request: Any) -> dict[str, Any]:
        event = json.dumps({"body": json.dumps(request)})
        answer = functions.invoke(FunctionName="streamer-Message", Payload=event)
        return {"error": answer.get("FunctionError"), **json.loads(answer["Payload"].read())}

    with ThreadPoolExecutor(1) as pool:
        failing = pool.submit(invoke, action="linger", id="lingering")
        key = {"id": {"S": "lingering"}}
        until(lambda: "Item" in table.get_item(TableName="streamer-Seen", Key=key), "in mid invocation")
        # All of them: which one took the event cannot be seen from outside.
        killed = set(app.workers("app.message"))
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        outcome = failing.result(DEADLINE_SECONDS)
    assert outcome["error"] == "Unhandled"
    assert outcome["errorType"] == "Runtime.ExitError"
    assert outcome["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert invoke(action="pid")["statusCode"] == 200
    assert not killed & set(app.workers("app.message"))


def test_invoke_tells_what_lambda_tells(app: App) -> None:
    functions = app.client("lambda")
    with pytest.raises(functions.exceptions.ResourceNotFoundException):
        functions.invoke(FunctionName="nobody")
    assert functions.invoke(FunctionName="streamer-Work", InvocationType="Event")["StatusCode"] == 202
    broken = functions.invoke(FunctionName="streamer-Broken", Payload=b"{}")
    assert json.loads(broken["Payload"].read())["errorType"] == "Runtime.ImportModuleError"


@pytest.mark.parametrize(("mode", "error"), [("breakpoint", "RuntimeError"), ("debugger", "BdbQuit")])
def test_a_debugger_without_a_terminal_ends_at_once(app: App, mode: str, error: str) -> None:
    begin = time.monotonic()
    execution = execute(app, say="x", mode=mode)
    assert (execution["status"], execution["error"]) == ("FAILED", error)
    assert time.monotonic() - begin < DEADLINE_SECONDS / 2
    if mode == "breakpoint":
        assert "a worker has no terminal" in execution["cause"]


def test_an_object_is_stored_whatever_a_client_calls_it(app: App) -> None:
    s3, bucket = app.client("s3"), app.info["outputs"]["Bucket"]
    url = s3.generate_presigned_url("put_object", {"Bucket": bucket, "Key": "curl.txt"}, ExpiresIn=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}  # as curl does by itself
    urllib.request.urlopen(urllib.request.Request(url, b"a=1&b=2", headers, method="PUT")).close()
    assert s3.get_object(Bucket=bucket, Key="curl.txt")["Body"].read() == b"a=1&b=2"


def test_a_presigned_url_opens_and_expires(app: App) -> None:
    s3, bucket = app.client("s3"), app.info["outputs"]["Bucket"]
    s3.put_object(Bucket=bucket, Key="a b/ü.txt", Body=b"content")
    url = s3.generate_presigned_url("get_object", {"Bucket": bucket, "Key": "a b/ü.txt"}, ExpiresIn=1)
    with urllib.request.urlopen(url) as response:
        assert response.read() == b"content"

    def refused() -> str | None:
        try:
            urllib.request.urlopen(url).close()
        except urllib.error.HTTPError as error:
            with error:
                return f"{error.code} {error.read().decode()}"
        return None

    answer = until(refused, "expired")
    assert answer.startswith("403")
    assert "<Message>Request has expired</Message>" in answer


# From start to end -----------------------------------------------------------------------------------


async def test_it_ends_within_three_seconds_and_leaves_nothing(template: Path, tmp_path: Path) -> None:
    process = launch(template, tmp_path)
    app = await asyncio.to_thread(ready, process, tmp_path)
    async with connect(app.url()) as ws:
        await ws.send('{"action": "sleep", "seconds": 60}')
        assert "pid" in await ask(ws, action="pid")
        handshake = asyncio.create_task(connect(app.url(token="slow")).__aenter__())
        await asyncio.to_thread(until, lambda: len(app.workers("app.message")) > 1, "two workers")
        workers = app.workers()
        begin = time.monotonic()
        await asyncio.to_thread(end, process)
        assert time.monotonic() - begin < 3
        assert await closed_with(ws) == 1001
    with pytest.raises((OSError, WebSocketException)):
        await handshake
    assert process.returncode == 0
    assert (tmp_path / "err").read_text() == ""
    assert not [pid for pid in workers if alive(pid)]
    assert not app.dev_file.exists()


async def test_workers_end_with_a_killed_runner(template: Path, tmp_path: Path) -> None:
    process = launch(template, tmp_path)
    app = await asyncio.to_thread(ready, process, tmp_path)
    async with connect(app.url()) as ws:
        await ws.send('{"action": "sleep", "seconds": 60}')
        assert "pid" in await ask(ws, action="pid")
        workers = app.workers()
        process.kill()
        await asyncio.to_thread(process.wait)
    await asyncio.to_thread(until, lambda: not any(map(alive, workers)), "workers gone")


def test_a_taken_port_is_one_clear_line(template: Path, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = launch(template, tmp_path, port=port)
        process.wait(DEADLINE_SECONDS)
    assert process.returncode == 1
    assert not (tmp_path / "dev.json").exists()
    assert (
        (tmp_path / "err")
        .read_text()
        .splitlines()[-1]
        .endswith(f"Port {port} is taken. Stop what uses it, or choose another with --port (0: any free).")
    )


async def test_limits_close_connections(template: Path, tmp_path: Path) -> None:
    limits = Limits(idle=0.8, life=2, integration=0.4)
    async with Runner(template, state_dir=tmp_path, limits=limits) as runner:
        url = f"{runner.ws_url}?token=good&quick=1"
        async with connect(url) as ws:
            begin = time.monotonic()
            assert await closed_with(ws) == 1001
            assert 0.7 < time.monotonic() - begin < 1.6
        async with connect(url) as ws:
            answer = await ask(ws, action="sleep", seconds=3)
            assert answer["message"] == "Endpoint request timed out"
        async with connect(url) as ws:
            begin = time.monotonic()
            with pytest.raises(ConnectionClosed):
                while time.monotonic() - begin < 5:
                    await ask(ws, action="pid")
            assert ws.close_code == 1001
            assert time.monotonic() - begin > 1.6
        assert runner.lambdas.pids("streamer-Message")
