"""`resume`, `list`, `cancel`, quotas: what clients may do with their jobs, and the hand-over to live."""

import json
import time
from typing import Any

import pytest
from pydantic import BaseModel

import jobs.clients
from jobs.clients import jobs_table
from jobs.keys import ROW, frame_key, job_key
from progress import Progress, settle, step
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.router import REPORT, make_machine, send
from tests.support.steps import TENANT, LambdaContext, claim, event, in_flight, logged, row


class Nothing(BaseModel):
    """No state."""


@pytest.fixture
def machine(aws: list[str]) -> str:
    return make_machine()


@pytest.fixture
def job(aws: list[str], connections: Connections, clock: TurnedClock) -> str:
    claim("r1", clock.now(), {"c1"})
    return "r1"


def resume(seq: int, connection: str = "c2", **more: Any) -> dict[str, Any]:
    answer = send("resume", {"request_id": "r1", "seq": seq}, request_id="q", connection=connection, **more)
    data: dict[str, Any] = answer["data"]
    return data


def seqs(frames: list[dict[str, Any]]) -> list[int]:
    return [frame["seq"] for frame in frames]


@pytest.mark.parametrize("joins_after", range(7))
def test_a47_replay_and_live_meet_without_hole_or_duplicate(
    joins_after: int, job: str, connections: Connections, clock: TurnedClock
) -> None:
    replayed: list[dict[str, Any]] = []

    def work(progress: Progress) -> str:
        for number in range(6):
            if number == joins_after:
                replayed.extend(resume(-1)["frames"])
            clock.advance(1)
            progress.report(number / 6, str(number))
        if joins_after == 6:
            replayed.extend(resume(-1)["frames"])
        return "done"

    step(work, clock)(event(job, part=(0, 100)), LambdaContext())
    seen = replayed + connections.frames["c2"]
    assert seqs(seen) == list(range(len(seen)))
    assert seen[0]["type"] == "acknowledgment"
    assert seen[1:] == logged(job) == connections.frames["c1"]
    assert seen[-1]["type"] == "complete"


def test_a47_a_client_that_joins_between_stages(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    assert resume(0) == {"recovered": True, "frames": [], "more": False}

    def work(progress: Progress) -> str:
        return "done"

    step(work, clock)(event(job, "One", part=(0, 50)), LambdaContext())
    step(work, clock)(event(job, "Two", part=(50, 100)), LambdaContext())
    assert connections.frames["c2"] == connections.frames["c1"] == logged(job)
    assert row(job)["status"] == "COMPLETED"


def test_a47_after_the_end_all_is_replayed(job: str, connections: Connections, clock: TurnedClock) -> None:
    def work(progress: Progress) -> str:
        return "done"

    step(work, clock)(event(job, part=(0, 100)), LambdaContext())
    assert resume(-1)["frames"][1:] == logged(job)
    assert resume(1) == {"recovered": True, "frames": logged(job)[1:], "more": False}
    assert resume(3)["frames"] == resume(99)["frames"] == []
    assert connections.frames["c2"] == []


def test_a47_a_long_replay_is_split(job: str, connections: Connections, clock: TurnedClock) -> None:
    def chatty(progress: Progress) -> None:
        for number in range(450):
            clock.advance(0.2)
            progress.report(number / 1000, "x" * 1000 if number > 300 else "x")

    step(chatty, clock)(event(job), LambdaContext())
    got: list[dict[str, Any]] = []
    more, answers = True, 0
    while more:
        answer = resume(got[-1]["seq"] if got else 0)
        assert len(json.dumps(answer)) < 128 * 1024
        got += answer["frames"]
        more, answers = answer["more"], answers + 1
    assert answers >= 3
    assert seqs(got) == list(range(1, len(got) + 1))
    assert got == logged(job)


def test_a47_where_the_log_is_gone_a_snapshot_is_given(
    job: str, connections: Connections, clock: TurnedClock
) -> None:
    def work(progress: Progress) -> str:
        return "done"

    step(work, clock)(event(job, part=(0, 100)), LambdaContext())
    for seq in (1, 2):
        jobs_table().delete_item(Key={"pk": job_key(TENANT, job), "sk": frame_key(seq)})
    assert resume(2)["recovered"] is True
    answer = resume(0)
    assert answer["recovered"] is False
    assert answer["snapshot"]["status"] == "COMPLETED"
    assert answer["snapshot"]["seq"] == 3
    assert answer["snapshot"]["result"] == "done"
    jobs_table().delete_item(Key={"pk": job_key(TENANT, job), "sk": frame_key(3)})
    assert resume(2)["snapshot"]["seq"] == 3


def test_a47_a_hole_in_a_young_log_is_a_read_to_be_repeated(
    aws: list[str], connections: Connections, clock: TurnedClock
) -> None:
    clock.time = time.time()
    claim("r1", clock.now(), {"c1"})

    def work(progress: Progress) -> str:
        return "done"

    step(work, clock)(event("r1", part=(0, 100)), LambdaContext())
    jobs_table().delete_item(Key={"pk": job_key(TENANT, "r1"), "sk": frame_key(2)})
    answer = resume(0)
    assert (seqs(answer["frames"]), answer["recovered"], answer["more"]) == ([1], True, True)


def test_a48_another_tenant_finds_nothing(job: str, connections: Connections) -> None:
    answer = send("resume", {"request_id": job, "seq": 0}, tenant="globex", connection="evil")
    assert answer["error"]["code"] == "NOT_FOUND"
    assert row(job)["connections"] == {"c1"}


def test_a23_a_repeated_request_of_an_ended_job_gets_its_last_frame(
    machine: str, connections: Connections, clock: TurnedClock
) -> None:
    first = send("generate_report", REPORT)
    failure = {"Error": "KeyError", "Cause": "{}", "Stage": "Work"}
    settle.handler({**event("r1"), "failure": failure}, None, clock)
    again = send("generate_report", REPORT, connection="c2")
    assert again == first
    assert connections.frames["c2"] == [logged("r1")[-1]]


def test_a26_the_quota(machine: str, monkeypatch: pytest.MonkeyPatch, connections: Connections) -> None:
    monkeypatch.setenv("MOST_JOBS_PER_TENANT", "2")
    assert send("generate_report", REPORT, request_id="a")["type"] == "acknowledgment"
    assert send("generate_report", REPORT, request_id="b")["type"] == "acknowledgment"
    refused = send("generate_report", REPORT, request_id="c")
    assert refused["error"]["code"] == "RATE_LIMITED"
    assert refused["error"]["details"]["retry_after"] > 0
    assert send("status", {"request_id": "c"})["error"]["code"] == "NOT_FOUND"
    assert send("generate_report", REPORT, request_id="b")["type"] == "acknowledgment"  # it is in already
    assert send("generate_report", REPORT, request_id="c", tenant="globex")["type"] == "acknowledgment"
    send("cancel", {"request_id": "a"}, request_id="q")
    assert send("generate_report", REPORT, request_id="c")["type"] == "acknowledgment"
    assert in_flight(jobs_table()) == 2


def test_a27_cancel_ends_the_job_with_what_it_has(
    machine: str, connections: Connections, clock: TurnedClock
) -> None:
    send("generate_report", REPORT)

    def work(progress: Progress) -> str:
        return "one"

    step(work, clock)(event("r1", "One", part=(0, 50)), LambdaContext())
    assert send("cancel", {"request_id": "r1"}, tenant="globex")["error"]["code"] == "NOT_FOUND"
    answer = send("cancel", {"request_id": "r1"}, request_id="q")
    assert answer["data"] == {"request_id": "r1", "status": "CANCELLED"}
    last = connections.frames["c1"][-1]
    assert last["error"]["code"] == "CANCELLED"
    assert last["partial"]["stage"] == "One"
    assert row("r1")["status"] == "CANCELLED"
    assert send("cancel", {"request_id": "r1"}, request_id="q")["error"]["code"] == "CONFLICT"
    assert [frame["type"] for frame in logged("r1")].count("error") == 1


def test_a27_another_users_job_takes_a_permission(machine: str, connections: Connections) -> None:
    send("generate_report", REPORT)
    send("generate_report", REPORT, request_id="r2")
    for lacking in ("", "jobs:cancelled jobs", "jobs: cancel"):
        answer = send("cancel", {"request_id": "r1"}, request_id="q", user="grace", permissions=lacking)
        assert answer["error"]["code"] == "UNAUTHORIZED"
        assert answer["error"]["details"] == {"permission": "jobs:cancel"}
    assert row("r1")["status"] == "RUNNING"
    forged = {"user": "ada", "permissions": "jobs:cancel"}
    answer = send("cancel", {"request_id": "r1"}, request_id="q", user="grace", metadata=forged)
    assert answer["error"]["code"] == "UNAUTHORIZED"
    may = "reports:write jobs:cancel"
    cancelled = send("cancel", {"request_id": "r1"}, request_id="q", user="grace", permissions=may)
    assert cancelled["data"]["status"] == "CANCELLED"
    assert logged("r1")[-1]["error"]["details"] == {"by": "grace"}
    assert row("r1")["cause"] == "cancelled by grace"
    assert send("status", {"request_id": "r1"})["data"]["error"]["details"] == {"by": "grace"}
    assert send("cancel", {"request_id": "r2"}, request_id="q")["data"]["status"] == "CANCELLED"  # ada's own
    assert row("r2")["cause"] == "cancelled by ada"


def test_a_request_from_no_connection_is_a_job_that_nobody_follows_yet(
    machine: str, connections: Connections
) -> None:
    for _ in range(2):
        assert send("generate_report", REPORT, connection="")["type"] == "acknowledgment"
    assert "connections" not in row("r1")
    assert resume(-1)["recovered"]
    assert row("r1")["connections"] == {"c2"}
    assert not connections.frames[""]


def test_any_user_of_a_tenant_sees_and_follows_its_jobs(machine: str, connections: Connections) -> None:
    send("generate_report", REPORT)
    assert send("status", {"request_id": "r1"}, user="grace")["data"]["status"] == "RUNNING"
    assert [job["request_id"] for job in send("list", {}, user="grace")["data"]["jobs"]] == ["r1"]
    assert resume(-1, user="grace")["recovered"] is True
    assert row("r1")["connections"] == {"c1", "c2"}


def test_a27_an_execution_that_cannot_be_stopped_does_not_undo_it(
    machine: str, connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    send("generate_report", REPORT)
    jobs_table().update_item(
        Key={"pk": job_key(TENANT, "r1"), "sk": ROW},
        UpdateExpression="SET state_machine = :other",
        ExpressionAttributeValues={":other": "arn:aws:states:us-east-1:123456789012:stateMachine:Gone"},
    )
    jobs.clients.step_functions.cache_clear()
    assert send("cancel", {"request_id": "r1"}, request_id="q")["data"]["status"] == "CANCELLED"


def test_a28_list_is_paged_newest_first_and_ones_own(machine: str, clock: TurnedClock) -> None:
    for number in range(5):
        claim(f"job-{number}", clock.now() + number)
    claim("theirs", clock.now(), tenant="globex")
    first = send("list", {"limit": 2})["data"]
    assert [job["request_id"] for job in first["jobs"]] == ["job-4", "job-3"]
    assert set(first["jobs"][0]) == {"request_id", "action", "status", "started_at", "ended_at"}
    second = send("list", {"limit": 2, "cursor": first["cursor"]})["data"]
    third = send("list", {"limit": 2, "cursor": second["cursor"]})["data"]
    assert [job["request_id"] for job in second["jobs"] + third["jobs"]] == ["job-2", "job-1", "job-0"]
    assert third["cursor"] is None
    foreign = send("list", {"limit": 9, "cursor": first["cursor"]}, tenant="globex")["data"]["jobs"]
    assert {job["request_id"] for job in foreign} <= {"theirs"}


@pytest.mark.parametrize("cursor", ["", "x", "1/../2", 5, "1.000/a#b"])
def test_a28_a_cursor_that_was_made_up(cursor: Any, machine: str) -> None:
    assert send("list", {"cursor": cursor})["error"]["code"] == "VALIDATION_ERROR"
