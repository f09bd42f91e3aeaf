"""The Lambda service, with real workers."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from streamer.local.aws_lambda import lambdas as module
from streamer.local.aws_lambda.functions import Function
from streamer.local.aws_lambda.invocations import Outcome
from streamer.local.aws_lambda.lambdas import FunctionNotFound, Lambdas

CODE = """
import locale, os, random, sys, time

calls = 0

def handler(event, context):
    global calls
    calls += 1
    print("called", event)
    if "seconds" in event:
        time.sleep(event["seconds"])
    if "exit" in event:
        os._exit(event["exit"])
    if "hold" in event:
        held = b"x" * (event["hold"] << 20)
        time.sleep(1)
    if "raise" in event:
        raise KeyError(event["raise"])
    return {"pid": os.getpid(), "calls": calls, "env": dict(os.environ), "arn": context.invoked_function_arn,
            "name": context.function_name, "left": context.get_remaining_time_in_millis(), "path": sys.path,
            "random": random.random(), "locale": locale.setlocale(locale.LC_CTYPE),
            "zone": time.localtime().tm_zone}
"""
ARN = "arn:aws:lambda:us-east-1:123456789012:function:work"
PATIENCE = 20


def until(check: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if value := check():
            return value
        time.sleep(0.01)
    pytest.fail("not in time")


@pytest.fixture
def lines() -> list[str]:
    return []


@pytest.fixture
def lambdas(tmp_path: Path, lines: list[str]) -> Iterator[Lambdas]:
    (tmp_path / "module.py").write_text(CODE)
    service = Lambdas(lambda _, line: lines.append(line), most=2)
    work = Function("work", ARN, "module.handler", tmp_path, {"OWN": "1"}, timeout=2, memory=256)
    patient = replace(work, name="patient", timeout=PATIENCE)
    broken = Function("broken", ARN, "nowhere.handler", tmp_path, {})
    service.declare([work, patient, broken], "http://127.0.0.1:9")
    yield service
    pids = [pid for name in service.names() for pid in service.pids(name)]
    service.close()
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def read(outcome: Outcome) -> Any:
    return json.loads(outcome.payload)


def invoke(lambdas: Lambdas, function: str = "work", **event: Any) -> Outcome:
    return lambdas.invoke(function, json.dumps(event).encode()).result(PATIENCE)


def test_a_worker_is_a_lambda_environment_and_stays_warm(
    lambdas: Lambdas, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SESSION_TOKEN", "the user's own")
    first, second = (read(invoke(lambdas)) for _ in range(2))
    assert (first["calls"], second["calls"]) == (1, 2)
    assert first["pid"] == second["pid"] == lambdas.pids("work")[0]
    assert (first["arn"], first["name"]) == (ARN, "work")
    assert 1000 < first["left"] <= 2000
    env = first["env"]
    assert (env["OWN"], env["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]) == ("1", "256")
    assert (env["AWS_ENDPOINT_URL"], env["AWS_ACCESS_KEY_ID"]) == ("http://127.0.0.1:9", "local")
    assert "AWS_SESSION_TOKEN" not in env
    assert not [path for path in first["path"] if path.endswith("streamer/local")]
    until(lambda: "called {}" in lines)


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "POSIX")
    monkeypatch.setenv("TZ", "Pacific/Chatham")


@pytest.mark.usefixtures("elsewhere")  # before there is a service, whose parent of workers has it from here
def test_a_worker_is_where_lambda_is_and_not_where_its_user_is(lambdas: Lambdas) -> None:
    """In a Turkish locale AWS's runtime client finds none of its headers."""
    found = read(invoke(lambdas))
    assert (found["locale"], found["zone"]) == ("C.UTF-8", "UTC")


def test_names_arns_and_qualifiers(lambdas: Lambdas) -> None:
    for name in (ARN, f"{ARN}:$LATEST", "work:1"):
        assert not lambdas.invoke(name, b"{}").result(PATIENCE).failed
    with pytest.raises(FunctionNotFound):
        lambdas.invoke("nobody", b"{}")


def test_what_a_function_is(lambdas: Lambdas) -> None:
    for name in ("work", ARN, f"{ARN}:live"):
        told = lambdas.describe(name)
        assert (told["FunctionName"], told["FunctionArn"], told["MemorySize"]) == ("work", ARN, 256)
    with pytest.raises(FunctionNotFound):
        lambdas.describe("none")


def test_workers_are_bounded_and_the_rest_waits(lambdas: Lambdas) -> None:
    futures = [lambdas.invoke("work", b'{"seconds": 0.1}') for _ in range(6)]
    answers = [read(future.result(PATIENCE)) for future in futures]
    assert len({answer["pid"] for answer in answers}) == 2
    assert not lambdas.pids("work", busy=True)


def test_a_handlers_error_keeps_its_worker(lambdas: Lambdas) -> None:
    outcome = invoke(lambdas, **{"raise": "missing"})
    assert outcome.failed
    assert read(outcome)["errorType"] == "KeyError"
    assert read(invoke(lambdas))["calls"] == 2


def test_time_runs_out(lambdas: Lambdas) -> None:
    outcome = invoke(lambdas, seconds=60)
    assert outcome.failed
    assert read(outcome)["errorType"] == "Sandbox.Timedout"
    assert read(outcome)["errorMessage"].endswith(" Error: Task timed out after 2.00 seconds")
    assert read(invoke(lambdas))["calls"] == 1


def test_an_exit_in_mid_invocation(lambdas: Lambdas) -> None:
    outcome = invoke(lambdas, exit=7)
    assert outcome.failed
    assert read(outcome)["errorType"] == "Runtime.ExitError"
    assert read(outcome)["errorMessage"].endswith("Runtime exited with error: exit status 7")


def test_a_kill_in_mid_invocation(lambdas: Lambdas) -> None:
    future = lambdas.invoke("work", b'{"seconds": 60}')
    (pid,) = until(lambda: lambdas.pids("work", busy=True))
    os.kill(pid, signal.SIGKILL)
    assert read(future.result(PATIENCE))["errorMessage"].endswith("signal: killed")


def test_a_worker_that_dies_idle_is_replaced(lambdas: Lambdas) -> None:
    pid = read(invoke(lambdas))["pid"]
    for _ in range(5):
        os.kill(pid, signal.SIGKILL)
        until(lambda: not lambdas.pids("work"))
        answer = read(invoke(lambdas))
        assert answer["pid"] != pid
        pid = answer["pid"]


def test_a_handler_that_cannot_be_loaded(lambdas: Lambdas) -> None:
    for _ in range(2):
        outcome = lambdas.invoke("broken", b"{}").result(PATIENCE)
        assert outcome.failed
        assert read(outcome)["errorType"] == "Runtime.ImportModuleError"


def test_an_event_is_tried_three_times(
    lambdas: Lambdas, lines: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RETRY_SECONDS", (0.01, 0.02))
    lambdas.send(ARN, b'{"raise": "always"}')
    until(lambda: any("dropped" in line for line in lines))
    until(lambda: lines.count("called {'raise': 'always'}") == 3)
    lambdas.send("work", b"{}")
    until(lambda: "called {}" in lines)
    assert lines.count("called {}") == 1
    with pytest.raises(FunctionNotFound):
        lambdas.send("nobody", b"{}")


def test_retired_workers_take_nothing_more(lambdas: Lambdas) -> None:
    before = read(invoke(lambdas))["pid"]
    busy = lambdas.invoke("work", b'{"seconds": 0.5}')
    until(lambda: lambdas.pids("work", busy=True))
    lambdas.retire(["work"])
    after = read(invoke(lambdas))
    assert (read(busy.result(PATIENCE))["pid"], after["calls"]) == (before, 1)
    assert after["pid"] != before
    until(lambda: before not in lambdas.pids("work"))


def test_idle_workers_of_one_function_make_room_for_another(lambdas: Lambdas) -> None:
    for future in [lambdas.invoke("work", b'{"seconds": 0.1}') for _ in range(2)]:
        future.result(PATIENCE)
    assert len(lambdas.pids("work")) == 2
    assert read(lambdas.invoke("broken", b"{}").result(PATIENCE))["errorType"] == "Runtime.ImportModuleError"


def test_a_worker_ends_when_it_holds_too_much(lambdas: Lambdas, lines: list[str]) -> None:
    outcome = invoke(lambdas, "patient", hold=300)
    assert outcome.failed
    assert read(outcome)["errorType"] == "Runtime.OutOfMemory"
    assert read(outcome)["errorMessage"].endswith("Runtime exited with error: signal: killed")
    assert read(invoke(lambdas, "patient", hold=1))["calls"] == 1


def test_nothing_is_left_of_one_invocation_in_another_process(lambdas: Lambdas) -> None:
    futures = [lambdas.invoke("work", b'{"seconds": 0.3}') for _ in range(2)]
    answers = [read(future.result(PATIENCE)) for future in futures]
    assert [answer["calls"] for answer in answers] == [1, 1]
    assert len({answer["random"] for answer in answers}) == 2


def test_the_parent_of_all_may_die(lambdas: Lambdas) -> None:
    pid = read(invoke(lambdas))["pid"]
    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    os.kill(parent, signal.SIGKILL)
    until(lambda: not lambdas.pids("work"))
    assert read(invoke(lambdas))["pid"] != pid
    until(lambda: not Path(f"/proc/{pid}").exists())


def test_a_function_may_bring_what_is_preloaded(tmp_path: Path, lines: list[str]) -> None:
    (tmp_path / "pydantic.py").write_text("WHOSE = 'its own'")
    code = "import pydantic\ndef handler(event, context):\n    return pydantic.WHOSE"
    (tmp_path / "bringing.py").write_text(code)
    service = Lambdas(lambda _, line: lines.append(line))
    try:
        service.declare([Function("brings", ARN, "bringing.handler", tmp_path, {})], "http://127.0.0.1:9")
        assert read(service.invoke("brings", b"{}").result(PATIENCE)) == "its own"
    finally:
        service.close()


def test_closing_fails_what_runs_what_waits_and_what_comes(lambdas: Lambdas) -> None:
    futures = [lambdas.invoke("work", b'{"seconds": 60}') for _ in range(3)]
    lambdas.close()
    futures.append(lambdas.invoke("work", b"{}"))
    for future in futures:
        assert read(future.result(PATIENCE))["errorType"] == "Runtime.ExitError"


def test_only_the_worker_that_has_what_is_wanted_in_hand_is_killed(lambdas: Lambdas) -> None:
    wanted, other = (lambdas.invoke("work", json.dumps({"seconds": 1.5, "of": of}).encode()) for of in "ab")
    until(lambda: len(lambdas.pids("work", busy=True)) == 2)
    assert lambdas.kill(lambda payload: json.loads(payload)["of"] == "a") == ["work"]
    assert read(wanted.result(PATIENCE))["errorType"] == "Runtime.ExitError"
    assert not other.result(PATIENCE).failed
    assert lambdas.kill(lambda _: True) == []  # who is idle has nothing in hand
