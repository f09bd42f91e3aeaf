"""Stages against tables: what reaches the log, the job's row and the followers."""

import json
import traceback
from decimal import Decimal
from typing import Any

import boto3
import pytest
from pydantic import BaseModel

from jobs.claims import check_in, check_out
from jobs.log import JobEnded, JobLog
from progress import Outcome, OutOfTime, PermanentError, Progress, TransientError, settle, step
from protocol import Progress as ProgressFrame
from tests.e2e.sockets import poll
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.router import send
from tests.support.steps import LambdaContext, claim, event, logged, row
from tests.support.table import refusal

FAILURE = {"Error": "PermanentError", "Cause": json.dumps({"errorMessage": "Bad data."}), "Stage": "Work"}


class Counted(BaseModel):
    items: list[int] = []


def work(progress: Progress) -> dict[str, int]:
    progress.report(0.5, "half")
    return {"answer": 42}


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


def run(function: Any, clock: TurnedClock, given: dict[str, Any], context: Any = None) -> Any:
    return step(function, clock)(given, context or LambdaContext())


def test_a36_sequence_and_percentage_over_stages_and_retries(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    def fails_late(progress: Progress) -> None:
        progress.report(0.9, "nearly")
        raise TransientError("try again")

    with pytest.raises(TransientError):
        run(fails_late, clock, event(job, part=(0, 50)))
    run(work, clock, event(job, part=(0, 50), retry=1))
    assert run(work, clock, event(job, "Last", part=(50, 100))) == {"answer": 42}

    frames = logged(job)
    assert [frame["seq"] for frame in frames] == list(range(1, len(frames) + 1))
    percentages = [frame["percentage"] for frame in frames if frame["type"] == "progress"]
    assert percentages == sorted(percentages)
    assert percentages.count(100) == 1
    assert [frame["type"] for frame in frames[-2:]] == ["progress", "complete"]
    assert frames[-2]["percentage"] == 100
    assert connections.frames["c1"] == frames


def test_a36_two_writers_leave_no_hole_and_no_number_twice(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    def frame(log: JobLog) -> ProgressFrame:
        return log.append(
            lambda end: ProgressFrame(
                request_id=job, timestamp=clock.now(), seq=end.seq + 1, percentage=0, message="", stage="Work"
            )
        )

    one, two = JobLog("acme", job), JobLog("acme", job)
    one.load()
    two.load()
    for writer in (one, one, two, one, two, two):
        clock.advance(1)
        frame(writer)
    assert [each["seq"] for each in logged(job)] == [1, 2, 3, 4, 5, 6]


def test_a36_nothing_follows_the_terminal_frame(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    def overtaken(progress: Progress) -> str:
        settle.handler({**event(job), "failure": FAILURE}, None, clock)
        clock.advance(1)
        progress.report(0.7, "a zombie speaks")
        progress.report(0.8, "and again")
        return "never"

    with pytest.raises(JobEnded):
        run(overtaken, clock, event(job))
    assert [frame["type"] for frame in logged(job)] == ["progress", "error"]
    assert run_last_again(job, clock) == "PermanentError"
    assert [frame["type"] for frame in logged(job)] == ["progress", "error"]


def run_last_again(job: str, clock: TurnedClock) -> str:
    with pytest.raises(PermanentError) as raised:
        run(work, clock, event(job, "Last", part=(90, 100)))
    return raised.type.__name__


def test_a27_a_cancelled_job_is_no_error_of_its_stage(
    job: str, connections: Connections, clock: TurnedClock, caplog: pytest.LogCaptureFixture
) -> None:
    def cancelled(progress: Progress) -> str:
        send("cancel", {"request_id": job}, request_id="q")
        caplog.clear()  # of the execution, which there is none of here
        clock.advance(1)
        progress.report(0.7, "a zombie speaks")
        clock.advance(1)
        progress.report(0.8, "and is told")
        return "never"

    assert run(cancelled, clock, event(job)) is None
    assert run(work, clock, event(job, "Last", part=(90, 100))) is None
    assert caplog.messages == ["the job was cancelled"] * 2
    assert {record.levelname for record in caplog.records} == {"INFO"}
    assert [frame["type"] for frame in logged(job)] == ["progress", "error"]
    redriven = event(job, "Last", part=(90, 100))
    redriven["context"]["Execution"]["RedriveCount"] = 1
    with pytest.raises(PermanentError, match="has ended"):
        run(work, clock, redriven)


class FaultyError(PermanentError):
    """A step's own."""


@pytest.mark.parametrize(
    ("raised", "named"),
    [
        (TransientError("Later."), TransientError),
        (PermanentError("Never."), PermanentError),
        (FaultyError("Never."), PermanentError),
        (refusal("s3", "SlowDown", "GetObject", 503), TransientError),
    ],
)
def test_a41_an_error_keeps_the_line_that_raised_it(
    job: str, connections: Connections, clock: TurnedClock, raised: Exception, named: type[Exception]
) -> None:
    def fails(progress: Progress) -> str:
        raise raised

    with pytest.raises(named) as caught:
        run(fails, clock, event(job))
    assert type(caught.value) is named
    # As Lambda's runtime reports it: the frames of this error alone, the causes' not among them.
    assert "raise raised" in traceback.format_tb(caught.value.__traceback__)[-1]


def test_a36_a_second_delivery_of_the_last_stage_completes_nothing_twice(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    last = event(job, "Last", part=(90, 100))
    assert run(work, clock, last) == run(work, clock, last) == {"answer": 42}
    assert [frame["type"] for frame in logged(job)].count("complete") == 1


def test_a37_a_loop_of_a_thousand_reports_costs_ten_writes_and_pushes_a_second(
    job: str, connections: Connections, clock: TurnedClock, aws: list[str]
) -> None:
    def chatty(progress: Progress) -> None:
        for number in range(1000):
            progress.report(number / 1000, str(number))
            clock.advance(0.001)

    begin = len(aws)
    run(chatty, clock, event(job))
    frames = logged(job)
    assert len(frames) <= 11
    for frame in frames:
        assert sum(frame["timestamp"] <= f["timestamp"] < frame["timestamp"] + 0.999 for f in frames) <= 10
    assert frames[-1]["message"] == "999"
    calls = aws[begin:-1]  # but for the test's own reading of the log
    assert calls.count("dynamodb:PutItem") == len(frames)
    assert calls.count("apigatewaymanagementapi:PostToConnection") == len(frames)
    assert calls.count("dynamodb:Query") == 1
    assert len(calls) == 2 * len(frames) + 1


def test_a39_the_end_of_a_stage_flushes_what_is_pending(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    def ends_at_once(progress: Progress) -> None:
        progress.report(0.2, "first")
        progress.report(0.9, "the last words")

    run(ends_at_once, clock, event(job))
    assert logged(job)[-1]["message"] == "the last words"
    assert connections.frames["c1"][-1]["message"] == "the last words"


def test_a40_a_retry_is_seen_as_one(job: str, connections: Connections, clock: TurnedClock) -> None:
    class HiccupError(TransientError):
        """Of a kind that the state machine does not name."""

    def hiccups(progress: Progress) -> None:
        raise HiccupError("again, please")

    with pytest.raises(TransientError) as raised:
        run(hiccups, clock, event(job))
    assert raised.type is TransientError
    run(work, clock, event(job, retry=1))
    assert [(frame["attempt"], frame["status"], frame["message"]) for frame in logged(job)] == [
        (1, "running", "Started"),
        (2, "retrying", "Started again"),
        (2, "running", "half"),
    ]


def test_a41_a_permanent_error_ends_the_job_with_its_cause(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    run(work, clock, event(job, "Before"))

    def refuses(progress: Progress) -> None:
        raise PermanentError("Bad data.")

    with pytest.raises(PermanentError):
        run(refuses, clock, event(job))
    settle.handler({**event(job), "failure": FAILURE}, None, clock)
    (frame,) = [frame for frame in connections.frames["c1"] if frame["type"] == "error"]
    assert frame["error"] == {
        "code": "PROCESSING_FAILED",
        "message": "Bad data.",
        "details": {"stage": "Work"},
    }
    assert frame["partial"]["completed_stages"] == ["Before"]
    assert row(job)["status"] == "FAILED"
    assert row(job)["cause"] == FAILURE["Cause"]


def test_a41_what_does_not_fit_is_permanent(job: str, connections: Connections, clock: TurnedClock) -> None:
    def wants_a_number(number: int, progress: Progress) -> int:
        return number

    with pytest.raises(PermanentError) as raised:
        run(wants_a_number, clock, event(job, number="secret"))
    assert "secret" not in str(raised.value)


def test_a42_out_of_time_keeps_the_checkpoint_and_tells_of_it(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    context = LambdaContext(10_000)

    def slow(progress: Progress) -> None:
        state = Counted()
        for item in progress.track(list(range(10)), "{done} of {total}", state=state):
            state.items.append(item)
            clock.advance(1)
            context.milliseconds -= 1000

    with pytest.raises(OutOfTime):
        run(slow, clock, event(job), context)
    failure = {"Error": "OutOfTime", "Cause": "{}", "Stage": "Work"}
    settle.handler({**event(job), "failure": failure}, None, clock)
    frame = logged(job)[-1]
    assert frame["error"]["code"] == "TIMEOUT"
    assert frame["partial"] == {
        "percentage": 27.0,
        "message": "9 of 10",
        "stage": "Work",
        "completed_stages": [],
        "checkpoint": {"done": 9, "total": 10},
        "result": None,
    }
    assert json.loads(row(job)["partial"]) == frame["partial"]


@pytest.mark.parametrize("error", ["States.Timeout", "Sandbox.Timedout"])
def test_a42_a_timeout_that_the_step_never_saw(
    error: str, job: str, connections: Connections, clock: TurnedClock
) -> None:
    settle.handler({**event(job), "failure": {"Error": error, "Stage": "Work"}}, None, clock)
    assert logged(job)[-1]["error"]["code"] == "TIMEOUT"


def test_a44_a_retry_does_only_the_work_that_is_left(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    done: list[int] = []

    def interrupted(progress: Progress) -> Counted:
        state = Counted()
        for item in progress.track(list(range(10)), state=state):
            if len(done) == 6:
                done.append(-1)
                raise TransientError("the network went away")
            state.items.append(item)
            done.append(item)
            clock.advance(1)
        return state

    with pytest.raises(TransientError):
        run(interrupted, clock, event(job))
    result = run(interrupted, clock, event(job, retry=1))
    assert result == {"items": list(range(10))}
    assert done == [0, 1, 2, 3, 4, 5, -1, 6, 7, 8, 9]


def test_a46_a_connection_that_is_gone_is_forgotten(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    boto3.resource("dynamodb").Table("ConnectionsTable").put_item(Item={"connection_id": "c1"})
    connections.refuse["c1"] = [410]
    assert run(work, clock, event(job)) == {"answer": 42}
    assert connections.posts == 1
    assert "connections" not in row(job)
    found = boto3.resource("dynamodb").Table("ConnectionsTable").get_item(Key={"connection_id": "c1"})
    assert "Item" not in found


def test_a46_who_came_meanwhile_is_found_when_another_is_gone(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    connected = boto3.resource("dynamodb").Table("ConnectionsTable")
    connected.put_item(Item={"connection_id": "c1"})

    def changes_phones(progress: Progress) -> None:
        boto3.resource("dynamodb").Table("JobsTable").update_item(
            Key={"pk": f"acme#{job}", "sk": "job"},
            UpdateExpression="ADD connections :new",
            ExpressionAttributeValues={":new": {"c2"}},
        )
        poll(lambda: connections.frames["c1"])  # it is there for the first frame, and gone after it
        connections.refuse["c1"] = [410]
        clock.advance(1)
        progress.report(0.5, "the phone is gone")
        poll(lambda: not connected.scan()["Items"])
        clock.advance(1)
        progress.report(0.6, "the tablet sees it")

    run(changes_phones, clock, event(job))
    assert [frame["message"] for frame in connections.frames["c2"]] == ["the tablet sees it"]


@pytest.mark.parametrize(("answers", "arrives"), [([429], True), ([500, 503], True), ([500] * 9, False)])
def test_a46_other_failures_are_tried_a_few_times_and_the_job_goes_on(
    answers: list[int], arrives: bool, job: str, connections: Connections, clock: TurnedClock
) -> None:
    def once(progress: Progress) -> int:
        return 1

    connections.refuse["c1"] = answers
    assert run(once, clock, event(job)) == 1
    assert (len(connections.frames["c1"]) == 1) is arrives
    assert connections.posts <= 4
    assert len(logged(job)) == 1
    assert row(job)["connections"] == {"c1"}


def test_a46_no_gateway_at_all(job: str, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNECTIONS_URL", "http://127.0.0.1:1/live")
    assert run(work, clock, event(job)) == {"answer": 42}
    assert len(logged(job)) == 2


def test_a52_a_finished_job(job: str, connections: Connections, clock: TurnedClock) -> None:
    started = clock.now()
    clock.advance(60)
    run(work, clock, event(job, part=(0, 100)))
    stored = row(job)
    assert stored["status"] == "COMPLETED"
    assert stored["percentage"] == Decimal(100)
    assert float(stored["accepted_at"]) == started
    assert float(stored["ended_at"]) >= started + 60
    assert json.loads(stored["result"]) == {"answer": 42}
    assert int(stored["expires_at"]) == int(clock.now()) + 7 * 24 * 3600


def test_large_results_travel_as_claims_that_only_the_job_may_use(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    def makes(progress: Progress) -> list[str]:
        return ["x" * 1000] * 300

    def takes(rows: list[str], progress: Progress) -> int:
        return sum(map(len, rows))

    made = run(makes, clock, event(job))
    assert len(json.dumps(made)) < 200
    assert run(takes, clock, event(job, "Next", rows=made)) == 300_000
    claim("r2", clock.now())
    with pytest.raises(PermanentError):
        run(takes, clock, event("r2", rows=made))


def test_a_value_that_looks_like_a_claim_is_none(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    def gives_back(value: Any, progress: Progress) -> Any:
        return value

    for payload in ({"$claim": "x"}, {"$claim": "work/acme/r1/other.json"}, {"$claim": {"$claim": 1}}):
        given = check_in("work/acme/r1/", "payload", payload)
        handed_on = run(gives_back, clock, event(job, value=given))
        assert check_out("work/acme/r1/", handed_on) == payload


@pytest.mark.parametrize("success", [True, False])
def test_a33_a_result_may_say_that_not_everything_succeeded(
    job: str, connections: Connections, clock: TurnedClock, success: bool
) -> None:
    class Tally(Outcome):
        failed: int

    def summarise(progress: Progress) -> Tally:
        return Tally(success=success, failed=3)

    run(summarise, clock, event(job, "Last", part=(90, 100)))
    assert logged(job)[-1]["success"] is success
    assert logged(job)[-1]["result"] == {"success": success, "failed": 3}
    assert row(job)["success"] is success
    assert send("status", {"request_id": job})["data"]["success"] is success


def test_a34_a_stage_that_gives_up_names_what_it_leaves(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    def gives_up(progress: Progress) -> None:
        raise PermanentError("Too many failed.", left={"processed": 7})

    with pytest.raises(PermanentError, match="Too many failed"):
        run(gives_up, clock, event(job))
    settle.handler({**event(job), "failure": FAILURE}, None, clock)
    assert logged(job)[-1]["partial"]["result"] == {"processed": 7}
