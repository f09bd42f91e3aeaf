"""`ask` and `approve`: a decision, from a person to the state that waits, under races and deaths."""

import json
from typing import Any

import boto3
import pytest

from jobs.claims import check_in
from jobs.job import Job
from progress import Progress, settle, step, waiting
from router import approving
from steps.approve_report import ask as asking
from steps.approve_report import discard, draft, release
from steps.generate_report.process import process
from steps.generate_report.query import query
from steps.generate_report.report import Rendered, ReportRequest
from steps.origins import Source, key_of
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.router import send
from tests.support.steps import LambdaContext, claim, event, logged, row
from tests.support.table import exceptions, refusal

RENDERED: dict[str, Any] = {"key": "work/acme/r1/a.csv", "format": "csv", "size": 3, "records": 7}
JOB = Job("acme", "ada", "r1", "approve_report", {})
DECISION: dict[str, Any] = {"decision": "approve", "by": "grace", "comment": None, "at": 5.0}


class Tasks:
    """Step Functions, as far as tokens go: `alive` ones take one answer."""

    def __init__(self) -> None:
        self.alive: set[str] = set()
        self.answers: dict[str, dict[str, Any]] = {}
        self.beats: list[str] = []
        self.exceptions = exceptions("stepfunctions")
        self.dies = False

    def send_task_success(self, taskToken: str, output: str) -> None:  # noqa: N803 - boto3's
        if self.dies:
            raise SystemExit
        self._check(taskToken, "SendTaskSuccess")
        self.alive.remove(taskToken)
        self.answers[taskToken] = json.loads(output)

    def send_task_heartbeat(self, taskToken: str) -> None:  # noqa: N803 - boto3's
        self._check(taskToken, "SendTaskHeartbeat")
        self.beats.append(taskToken)

    def _check(self, token: str, operation: str) -> None:
        if token not in self.alive:
            raise refusal("stepfunctions", "TaskTimedOut", operation)


@pytest.fixture
def tasks(monkeypatch: pytest.MonkeyPatch) -> Tasks:
    made = Tasks()
    monkeypatch.setattr(approving, "step_functions", lambda: made)
    return made


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


def ask(tasks: Tasks, token: str = "t1", retry: int = 0) -> None:
    tasks.alive.add(token)
    given: dict[str, Any] = {"rendered": RENDERED, "approvers": ["grace", "linus"], "token": token}
    asking.handler(event("r1", "Wait for a decision", part=(70, 90), retry=retry, **given), LambdaContext())


def decide(decision: str = "approve", user: str = "grace", **more: Any) -> dict[str, Any]:
    tenant = more.pop("tenant", "acme")
    payload = {"request_id": "r1", "decision": decision} | more
    return send("approve", payload, request_id="q", user=user, tenant=tenant)


def code(answer: dict[str, Any]) -> str:
    return str(answer["error"]["code"])


def test_the_followers_are_told_who_may_decide_on_what(
    job: str, tasks: Tasks, connections: Connections
) -> None:
    ask(tasks)
    last = connections.frames["c1"][-1]
    assert last == logged(job)[-1]
    assert last["percentage"] == 70
    about = {"records": 7, "size": 3, "format": "csv"}
    assert last["metadata"] == {"waiting_for": "approve", "approvers": ["grace", "linus"]} | about
    assert "t1" not in json.dumps([logged(job), send("status", {"request_id": job})])


def test_the_decision_that_is_sent_is_the_callers(job: str, tasks: Tasks) -> None:
    ask(tasks)
    answer = decide("reject", "linus", comment="No.")
    assert answer["data"] == {"request_id": "r1", "decision": "reject"}
    sent = tasks.answers["t1"]
    assert sent.pop("at") > 1_700_000_000
    assert sent == {"decision": "reject", "by": "linus", "comment": "No."}


def test_who_may_not_decide(job: str, tasks: Tasks) -> None:
    assert code(decide()) == "CONFLICT"  # it does not wait yet
    ask(tasks)
    for decision in ("approve", "reject", "extend"):
        assert code(decide(decision, "ada")) == "UNAUTHORIZED"
        assert code(decide(decision, tenant="globex")) == "NOT_FOUND"
    assert (tasks.answers, tasks.beats) == ({}, [])
    assert "decided" not in row(job)


@pytest.mark.parametrize(
    "more", [{"comment": "x" * 1001}, {"by": "linus"}, {"decision": "yes"}, {"decision": None}, {"seq": 1}]
)
def test_what_is_no_decision(more: dict[str, Any], job: str, tasks: Tasks) -> None:
    ask(tasks)
    assert code(decide(**more)) == "VALIDATION_ERROR"
    assert tasks.answers == {}


def test_the_second_decision_is_a_conflict_that_names_the_first(job: str, tasks: Tasks) -> None:
    ask(tasks)
    assert decide("approve", "grace")["type"] == "response"
    lost = decide("reject", "linus")
    assert code(lost) == "CONFLICT"
    assert lost["error"]["details"].items() >= {"decision": "approve", "by": "grace"}.items()
    assert code(decide("extend")) == "CONFLICT"
    assert tasks.answers["t1"]["decision"] == "approve"


def test_two_at_the_same_moment(job: str, tasks: Tasks, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(tasks)
    record, others = approving._record, list[dict[str, Any]]()

    def overtaken(*given: Any) -> dict[str, Any]:
        monkeypatch.setattr(approving, "_record", record)
        others.append(decide("reject", "linus"))
        return record(*given)

    monkeypatch.setattr(approving, "_record", overtaken)
    assert code(decide("approve", "grace")) == "CONFLICT"
    assert others[0]["type"] == "response"
    assert tasks.answers["t1"]["by"] == "linus"


@pytest.mark.parametrize(
    ("decision", "user", "wins"), [("approve", "grace", True), ("reject", "linus", False)]
)
def test_a_death_before_the_decision_is_sent_is_healed_by_whoever_comes_next(
    decision: str, user: str, wins: bool, job: str, tasks: Tasks
) -> None:
    ask(tasks)
    tasks.dies = True
    with pytest.raises(SystemExit):
        decide("approve", "grace")
    tasks.dies = False
    assert (decide(decision, user)["type"] == "response") is wins
    assert tasks.answers["t1"]["by"] == "grace"


def test_a_retry_asks_with_a_token_of_its_own(job: str, tasks: Tasks) -> None:
    ask(tasks)
    tasks.alive.clear()  # the attempt died
    assert code(decide()) == "CONFLICT"
    ask(tasks, "t2", retry=1)
    assert decide("extend")["type"] == "response"
    assert tasks.beats == ["t2"]
    assert decide("reject")["type"] == "response"
    assert tasks.answers["t2"]["decision"] == "reject"


def test_an_attempt_that_comes_late_does_not_hide_the_one_that_lives(job: str, tasks: Tasks) -> None:
    ask(tasks, "t2", retry=1)
    ask(tasks, "t1")
    tasks.alive = {"t2"}
    assert decide()["type"] == "response"
    assert list(tasks.answers) == ["t2"]


def test_an_attempt_that_is_delivered_twice_reopens_nothing(job: str, tasks: Tasks) -> None:
    ask(tasks)
    assert decide()["type"] == "response"
    ask(tasks)
    assert code(decide("reject", "linus")) == "CONFLICT"
    assert tasks.answers["t1"]["by"] == "grace"


def test_who_may_decide_in_the_approvers_place(job: str, tasks: Tasks) -> None:
    ask(tasks)
    lacking = send("approve", {"request_id": "r1", "decision": "approve"}, user="operator")
    assert lacking["error"]["details"] == {"permission": "jobs:approve"}
    may = {"user": "operator", "permissions": "jobs:approve"}
    assert send("approve", {"request_id": "r1", "decision": "extend"}, **may)["type"] == "response"
    assert send("approve", {"request_id": "r1", "decision": "approve"}, **may)["type"] == "response"
    assert (tasks.answers["t1"]["by"], tasks.beats) == ("operator", ["t1"])


def test_a_job_that_has_ended_takes_no_decision(job: str, tasks: Tasks, clock: TurnedClock) -> None:
    ask(tasks)
    failure = {"Error": "States.Timeout", "Cause": "", "Stage": "Wait for a decision"}
    settle.handler({**event(job), "failure": failure}, None, clock)
    assert logged(job)[-1]["error"]["code"] == "TIMEOUT"
    for decision in ("approve", "reject", "extend"):
        assert code(decide(decision)) == "CONFLICT"
    assert code(decide("approve", "ada")) == "UNAUTHORIZED"
    assert (tasks.answers, tasks.beats) == ({}, [])


def test_a_job_that_is_cancelled_under_the_decision(
    job: str, tasks: Tasks, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(tasks)
    record = approving._record

    def overtaken(*given: Any) -> dict[str, Any]:
        send("cancel", {"request_id": "r1"}, request_id="c")
        return record(*given)

    monkeypatch.setattr(approving, "_record", overtaken)
    assert code(decide()) == "CONFLICT"
    assert tasks.answers == {}


def test_a_decision_ends_the_job_with_its_result(job: str, tasks: Tasks, clock: TurnedClock) -> None:
    boto3.client("s3").put_object(
        Bucket="databucket", Key=RENDERED["key"], Body=b"abc", ContentType="text/csv"
    )
    given: dict[str, Any] = {"rendered": RENDERED, "decision": DECISION}
    result = release.handler(event(job, "Release the report", part=(90, 100), **given), LambdaContext())
    assert logged(job)[-1]["result"] == result
    assert result["decision"] == DECISION
    assert "/results/acme/r1/a.csv?" in result["url"]
    assert "X-Amz-Signature=" in result["url"]
    for _ in range(2):  # killed after the copy, the stage is tried again
        found = boto3.client("s3").get_object(Bucket="databucket", Key="results/acme/r1/a.csv")
        assert (found["Body"].read(), found["ContentType"]) == (b"abc", "text/csv")
        release.release(Rendered(**RENDERED), waiting.Decision(**DECISION), Progress(None, job=JOB))
    claim("r2", clock.now())
    rejected = DECISION | {"decision": "reject"}
    given["decision"] = rejected
    again = event("r2", "Discard the report", part=(90, 100), **given)
    assert discard.handler(again, LambdaContext()) == {"decision": rejected}
    assert logged("r2")[-1]["success"] is True
    assert "Contents" not in boto3.client("s3").list_objects_v2(Bucket="databucket", Prefix="work/")
    progress = Progress(None)
    assert discard.discard(Rendered(**RENDERED), waiting.Decision(**rejected), progress)  # a retry finds none


def test_what_nobody_has_approved_lies_where_no_source_reaches(job: str, connections: Connections) -> None:
    request = ReportRequest.model_validate(
        {"start_date": "2013-01-01", "end_date": "2013-01-01", "format": "csv"}
    )
    progress = Progress(None, job=JOB)
    figures = process(query(request, progress), progress)
    key = draft.draft(request, figures, progress).key
    listed = boto3.client("s3").list_objects_v2(Bucket="databucket")["Contents"]
    assert [found["Key"] for found in listed] == [key]
    assert key_of(Source(bucket_key=key), "acme", "records") is None


def test_a_part_of_a_payload_that_is_a_claim(job: str, connections: Connections) -> None:
    filters = {f"column {number}": ["x" * 128] * 100 for number in range(4)}
    report = {"start_date": "2013-01-01", "end_date": "2013-01-02", "format": "csv", "filters": filters}
    payload = check_in("work/acme/r1/", "payload", {"report": report, "approvers": ["grace"]})
    assert payload.keys() == {"$claim"}

    def read(request: ReportRequest, approvers: list[str], progress: Progress) -> int:
        assert approvers == ["grace"]
        return sum(map(len, request.filters.values()))

    given = event(job, request=payload, approvers=payload)
    given["part"] = {"request": "report", "approvers": "approvers"}
    assert step(read)(given, LambdaContext()) == 400


def test_who_follows_or_joins_while_the_job_waits_leaves_no_frame(
    job: str, connections: Connections, tasks: Tasks
) -> None:
    ask(tasks)
    waits = len(logged(job))
    payload = {"request_id": job, "seq": waits}
    for connection in ("c1", "c2", "c1", "c2"):
        answer = send("resume", payload, request_id="q", connection=connection)
        assert answer["data"] == {"recovered": True, "frames": [], "more": False}
    assert len(logged(job)) == waits
    decide()
    step(quiet)(event(job, "Release", part=(90, 100)), LambdaContext())
    assert connections.frames["c2"] == logged(job)[waits:]


def quiet(progress: Progress) -> int:
    return 1
