"""Jobs whose end no Catch saw, and jobs that are redriven."""

import json
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import boto3
import pytest

from jobs.clients import jobs_table
from jobs.keys import KEPT_SECONDS, ROW, frame_key, job_key, shard
from progress import PermanentError, Progress, ended, settle, step, sweeping
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.router import REPORT, make_machine, send
from tests.support.steps import LambdaContext, claim, event, in_flight, logged, row
from tests.support.table import refusal


def change(status: str, request_id: str = "r1") -> dict[str, Any]:
    """Return Step Functions' own event."""
    return {
        "source": "aws.states",
        "detail-type": "Step Functions Execution Status Change",
        "detail": {
            "executionArn": "arn:aws:states:us-east-1:123456789012:execution:streamer-any:x",
            "status": status,
            "input": json.dumps({"tenant": "acme", "request_id": request_id}),
            "inputDetails": {"included": True},
        },
    }


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


@pytest.mark.parametrize(
    ("status", "code"),
    [("TIMED_OUT", "TIMEOUT"), ("ABORTED", "CANCELLED"), ("FAILED", "PROCESSING_FAILED")],
)
def test_a43_the_client_gets_one_terminal_frame(
    status: str, code: str, job: str, connections: Connections
) -> None:
    for _ in range(3):  # EventBridge delivers at least once
        ended.on_status_change(change(status), None)
    assert [frame["error"]["code"] for frame in connections.frames["c1"]] == [code]
    assert row(job)["status"] == ("CANCELLED" if status == "ABORTED" else "FAILED")


def test_a43_a_job_that_the_catch_settled_stays_as_it_is(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    failure = {"Error": "OutOfTime", "Cause": "{}", "Stage": "Work"}
    settle.handler({**event(job), "failure": failure}, None, clock)
    before = row(job)
    ended.on_status_change(change("FAILED"), None)
    assert row(job) == before
    assert [frame["type"] for frame in logged(job)] == ["error"]


def test_a43_an_execution_of_nobodys_job_is_let_be(aws: list[str]) -> None:
    ended.on_status_change(change("FAILED", "unknown"), None)


@pytest.mark.parametrize("given", [None, '"text"', "[]", '{"tenant": "acme"}'])
def test_a43_an_event_without_its_input_is_left_to_the_sweep(
    given: str | None, job: str, connections: Connections
) -> None:
    told = change("FAILED")
    told["detail"] |= {"input": given, "inputDetails": {"included": given is not None}}
    ended.on_status_change(told, None)
    assert row(job)["status"] == "RUNNING"
    assert not connections.frames["c1"]


def test_a42_a_timeout_has_no_cause_but_the_row_says_what_it_was(job: str, clock: TurnedClock) -> None:
    failure = {"Error": "States.Timeout", "Cause": "", "Stage": "Work"}
    settle.handler({**event(job), "failure": failure}, None, clock)
    assert row(job)["cause"] == "States.Timeout"


def test_a43_the_sweep_settles_what_the_rule_missed(
    aws: list[str], connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_machine()
    send("generate_report", REPORT, request_id="aborted")
    send("generate_report", REPORT, request_id="runs")
    client = boto3.client("stepfunctions")
    arns = {
        json.loads(client.describe_execution(executionArn=each["executionArn"])["input"])["request_id"]: each[
            "executionArn"
        ]
        for machine in client.list_state_machines()["stateMachines"]
        for each in client.list_executions(stateMachineArn=machine["stateMachineArn"])["executions"]
    }
    client.stop_execution(executionArn=arns["aborted"])
    claim("never-started", time.time() - 3600)
    claim("young", time.time())
    claim("over", time.time() - 3600)
    ended.settle("acme", "over", "FAILED", "", "Sweep")
    assert sweeping.handler({}, LambdaContext()) == 1  # the others are younger than a minute
    monkeypatch.setattr(sweeping, "GRACE_SECONDS", -1)
    assert sweeping.handler({}, LambdaContext()) == 2
    assert sweeping.handler({}, LambdaContext()) == 0
    statuses = {name: row(name)["status"] for name in ("aborted", "runs", "never-started", "young")}
    assert statuses == {
        "aborted": "CANCELLED",
        "runs": "RUNNING",
        "never-started": "FAILED",
        "young": "FAILED",
    }


def test_a43_a_job_that_cannot_be_looked_at_does_not_end_the_sweep(
    aws: list[str], connections: Connections, clock: TurnedClock, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("first", "broken", "last"):
        claim(name, clock.now() - 3600)
    jobs_table().update_item(
        Key={"pk": job_key("acme", "broken"), "sk": ROW}, UpdateExpression="REMOVE state_machine"
    )
    assert sweeping.handler({}, LambdaContext(), clock) == 2
    assert {row(name)["status"] for name in ("first", "last")} == {"FAILED"}
    assert row("broken")["status"] == "RUNNING"
    assert '"SweepFailed":[1.0]' in capsys.readouterr().out


def test_a43_a_part_of_the_index_that_cannot_be_read_does_not_end_the_sweep(
    aws: list[str], connections: Connections, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"job-{number}" for number in range(12)]
    for name in names:
        claim(name, clock.now() - 3600)
    refused, running = shard(names[0]), sweeping._running

    def refuses(part: str, before: float) -> list[dict[str, Any]]:
        if part == refused:
            raise refusal("dynamodb", "ProvisionedThroughputExceededException", "Query")
        return running(part, before)

    monkeypatch.setattr(sweeping, "_running", refuses)
    assert sweeping.handler({}, LambdaContext(), clock) == sum(shard(name) != refused for name in names) > 0


class Deadline(LambdaContext):
    """A function's time, by the clock."""

    def __init__(self, clock: TurnedClock, seconds: float) -> None:
        self._clock, self._end = clock, clock.now() + seconds

    def get_remaining_time_in_millis(self) -> float:
        return (self._end - self._clock.now()) * 1000


def test_a43_the_sweep_keeps_to_its_quota_and_to_its_time(
    aws: list[str],
    connections: Connections,
    clock: TurnedClock,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for number in range(40):
        claim(f"job-{number}", clock.now() - 3600)
    described: list[float] = []

    def look_at(row: dict[str, Any], before: float, clock: TurnedClock) -> bool:
        described.append(clock.now())
        return False

    monkeypatch.setattr(sweeping, "_look_at", look_at)
    sweeping.handler({}, Deadline(clock, 240), clock)
    assert len(described) == 40
    assert all(later - sooner > 0.99 for sooner, later in zip(described, described[15:], strict=False))
    assert described[-1] - described[0] < 5
    assert "SweepUnfinished" not in capsys.readouterr().out
    described.clear()
    sweeping.handler({}, Deadline(clock, 32), clock)
    assert 15 < len(described) < 25  # 30 s are kept
    assert '"SweepUnfinished":[1.0]' in capsys.readouterr().out


def test_a43_the_sweep_begins_at_any_part_of_the_index(
    aws: list[str], connections: Connections, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        claim(f"job-{number}", clock.now() - 3600)
    begins: set[str] = set()

    def look_at(row: dict[str, Any], before: float, clock: TurnedClock) -> bool:
        begins.add(shard(row["request_id"]))
        return False

    monkeypatch.setattr(sweeping, "_look_at", look_at)
    for _ in range(60):
        sweeping.handler({}, Deadline(clock, 30.05), clock)  # time for one
    assert len(begins) > 1


@pytest.fixture
def never_begun(aws: list[str], connections: Connections, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A request whose execution could not be started, and which the sweep closed; its error."""
    assert send("generate_report", REPORT)["error"]["code"] == "INTERNAL_ERROR"  # there is no such machine
    monkeypatch.setattr(sweeping, "GRACE_SECONDS", -1)
    assert sweeping.handler({}, LambdaContext()) == 1
    monkeypatch.undo()
    monkeypatch.setenv("CONNECTIONS_URL", connections.url)
    (error,) = connections.frames["c1"]
    make_machine()
    return error


def executions() -> int:
    client = boto3.client("stepfunctions")
    machines = client.list_state_machines()["stateMachines"]
    return sum(
        len(client.list_executions(stateMachineArn=each["stateMachineArn"])["executions"])
        for each in machines
    )


def test_a43_a_job_that_never_began_begins_when_it_is_asked_for_again(
    never_begun: dict[str, Any], connections: Connections
) -> None:
    assert (never_begun["seq"], never_begun["error"]["code"]) == (1, "INTERNAL_ERROR")
    before = row("r1")
    answers = [send("generate_report", REPORT, connection=f"c{number}") for number in (2, 3)]
    assert [answer["type"] for answer in answers] == ["acknowledgment"] * 2
    assert answers[0] == answers[1]
    assert executions() == 1
    after = row("r1")
    assert after["status"] == "RUNNING"
    assert not {"error", "partial", "cause", "ended_at"} & after.keys()
    assert after["accepted_at"] == before["accepted_at"]
    assert [(frame["seq"], frame["type"], frame["message"]) for frame in logged("r1")] == [
        (1, "progress", "Accepted again")
    ]
    resumed = send("resume", {"request_id": "r1", "seq": -1}, request_id="q", connection="c2")
    assert [frame["type"] for frame in resumed["data"]["frames"]] == ["acknowledgment", "progress"]
    assert in_flight(jobs_table()) == 1


def test_a43_at_the_same_moment_it_begins_once(never_begun: dict[str, Any]) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: send("generate_report", REPORT), range(8)))
    assert {answer["type"] for answer in answers} == {"acknowledgment"}
    assert executions() == 1
    assert in_flight(jobs_table()) == 1


def test_a43_the_sweep_leaves_a_job_alone_that_has_just_begun_again(
    never_begun: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs_table().update_item(  # the request was sent an hour ago
        Key={"pk": job_key("acme", "r1"), "sk": ROW},
        UpdateExpression="SET accepted_at = :then, state_machine = :gone",
        ExpressionAttributeValues={
            ":then": f"{time.time() - 3600:.3f}",
            ":gone": "arn:aws:states:us-east-1:123456789012:stateMachine:streamer-gone",
        },
    )
    assert send("generate_report", REPORT)["error"]["code"] == "INTERNAL_ERROR"  # the start fails again
    assert sweeping.handler({}, LambdaContext()) == 0
    assert row("r1")["status"] == "RUNNING"
    monkeypatch.setattr(sweeping, "GRACE_SECONDS", -1)
    assert sweeping.handler({}, LambdaContext()) == 1  # a minute later
    assert [frame["type"] for frame in logged("r1")] == ["progress", "error"]


def test_a26_a_job_that_begins_again_is_within_the_quota(
    never_begun: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOST_JOBS_PER_TENANT", "1")
    assert send("generate_report", REPORT, request_id="other")["type"] == "acknowledgment"
    answer = send("generate_report", REPORT)
    assert (answer["request_id"], answer["error"]["code"]) == ("r1", "RATE_LIMITED")
    assert row("r1")["status"] == "FAILED"
    assert [frame["type"] for frame in logged("r1")] == ["error"]


def test_a43_what_has_run_does_not_begin_again(
    aws: list[str], connections: Connections, clock: TurnedClock
) -> None:
    make_machine()
    send("generate_report", REPORT)
    failure = {"Error": "KeyError", "Cause": '"NEVER_STARTED"', "Stage": "Work"}
    settle.handler({**event("r1"), "failure": failure}, None, clock)
    before = row("r1")
    send("generate_report", REPORT)
    assert row("r1") == before
    assert executions() == 1


def fail(job: str, clock: TurnedClock) -> dict[str, Any]:
    """Let a job's stage fail; return the stage's event, redriven."""

    def works(progress: Progress) -> str:
        progress.report(0.5, "half")
        return "ok"

    given = event(job, "One", part=(0, 50))
    step(works, clock)(given, LambdaContext())
    failure = {"Error": "PermanentError", "Cause": '{"errorMessage": "Not today."}', "Stage": "One"}
    settle.handler({**given, "failure": failure}, None, clock)
    given["context"]["Execution"]["RedriveCount"] = 1
    return given


def test_a45_a_redriven_job_is_kept_as_one_that_began_now(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    redriven = fail(job, clock)
    assert row(job)["expires_at"] == int(clock.now()) + KEPT_SECONDS
    clock.advance(KEPT_SECONDS - 60)

    def works(progress: Progress) -> str:
        assert row(job)["expires_at"] == int(clock.now()) + KEPT_SECONDS
        return "ok"

    assert step(works, clock)(redriven, LambdaContext()) == "ok"


def test_a45_numbers_and_percentages_go_on_though_the_frames_before_have_expired(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    redriven = fail(job, clock)
    last = logged(job)[-1]["seq"]
    clock.advance(KEPT_SECONDS + 60)  # DynamoDB takes its time, and begins where it likes
    for frame in logged(job):
        jobs_table().delete_item(Key={"pk": job_key("acme", job), "sk": frame_key(frame["seq"])})

    def works(progress: Progress) -> str:
        answer = send("status", {"request_id": job})["data"]
        assert (answer["status"], answer["seq"]) == ("RUNNING", last + 1)
        joined = send("resume", {"request_id": job, "seq": last + 1}, request_id="q", connection="c2")
        assert joined["data"] == {"recovered": True, "frames": [], "more": False}
        return "ok"

    step(works, clock)(redriven, LambdaContext())
    assert [(frame["seq"], frame["percentage"]) for frame in logged(job)] == [(last + 1, 25)]


def test_a45_a_redriven_job_goes_on_at_the_failed_stage(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    broken = [True]

    def fails_at_first(progress: Progress) -> str:
        if broken[0]:
            raise PermanentError("Not today.")
        return "done"

    def works(progress: Progress) -> str:
        return "ok"

    step(works, clock)(event(job, "One", part=(0, 50)), LambdaContext())
    failing = event(job, "Two", part=(50, 100))
    with pytest.raises(PermanentError):
        step(fails_at_first, clock)(failing, LambdaContext())
    failure = {"Error": "PermanentError", "Cause": '{"errorMessage": "Not today."}', "Stage": "Two"}
    settle.handler({**failing, "failure": failure}, None, clock)
    assert row(job)["status"] == "FAILED"

    broken[0] = False
    failing["context"]["Execution"]["RedriveCount"] = 1  # as AWS documents the context object
    assert step(fails_at_first, clock)(failing, LambdaContext()) == "done"
    frames = connections.frames["c1"]
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    assert [frame["type"] for frame in frames[-4:]] == ["error", "progress", "progress", "complete"]
    percentages = [frame["percentage"] for frame in frames if frame["type"] == "progress"]
    assert percentages == sorted(percentages)
    assert row(job)["status"] == "COMPLETED"
    assert "error" not in row(job)


def test_a45_a_late_delivery_of_the_attempt_before_does_not_reopen_a_job(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    ended.on_status_change(change("FAILED"), None)

    def works(progress: Progress) -> str:
        return "ok"

    with pytest.raises(PermanentError):
        step(works, clock)(event(job), LambdaContext())
    assert row(job)["status"] == "FAILED"
