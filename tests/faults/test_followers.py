"""Row 67: followers that are slow, many, or gone; the job takes what it takes without them."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from jobs import sender
from jobs.following import MOST_FOLLOWERS
from progress import Progress, step
from tests.faults.crowd import Crowd, crowd
from tests.support.router import send
from tests.support.steps import LambdaContext, claim_in, event, logged_in
from tests.support.table import refusal

REPORTS = 1000
STAGES = 3


@pytest.fixture
def edge() -> Iterator[Crowd]:
    with crowd() as made:
        yield made


class Stuck:
    """Connections that take no push: each waits, and then fails as boto3 does."""

    def __init__(self, *connections: str) -> None:
        self.connections = set(connections)
        self.over = threading.Event()

    def __call__(self, connection: str) -> None:
        if connection in self.connections:
            assert self.over.wait(60)
            raise ReadTimeoutError(endpoint_url="https://connections")


@pytest.fixture
def stuck() -> Iterator[Stuck]:
    made = Stuck()
    yield made
    made.over.set()


def chatty(progress: Progress) -> None:
    for number in range(REPORTS):
        progress.report(number / REPORTS, str(number))


def stage(number: int, function: Any = chatty) -> Any:
    part = (100 * number / STAGES, 100 * (number + 1) / STAGES)
    return step(function)(event("r1", f"Stage {number}", part=part), LambdaContext())


def test_a67_a_job_ends_while_a_follower_has_not_read_its_first_frame(edge: Crowd, stuck: Stuck) -> None:
    claim_in(edge.jobs, "r1", {"c1", "asleep"})
    stuck.connections, edge.post = {"asleep"}, stuck
    for number in range(STAGES):
        stage(number)
    frames = logged_in(edge.jobs, "r1")
    assert frames[-1]["type"] == "complete"
    assert not stuck.over.is_set()
    assert edge.pushed["c1"] == frames
    assert (
        edge.posts.count("asleep") == STAGES
    )  # one a stage: it takes no second while it has not taken the first
    assert edge.pushed["asleep"] == []


def test_a67_the_job_goes_on_where_all_pushes_hang(edge: Crowd, stuck: Stuck) -> None:
    followers = {f"c{number}" for number in range(3)}
    claim_in(edge.jobs, "r1", followers)
    stuck.connections, edge.post = followers, stuck
    for number in range(STAGES):
        stage(number)
    assert not stuck.over.is_set()
    assert [frame["type"] for frame in logged_in(edge.jobs, "r1")].count("complete") == 1


def test_a67_a_hundred_followers_get_every_frame_in_order(
    edge: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("STAGE_SECONDS", "LAST_SECONDS"):  # however busy the machine is
        monkeypatch.setattr(sender, name, 30)
    followers = {f"c{number}" for number in range(MOST_FOLLOWERS)}
    claim_in(edge.jobs, "r1", followers)
    for number in range(STAGES):
        stage(number)
    frames = logged_in(edge.jobs, "r1")
    assert len(frames) == 2 * STAGES + 2
    assert all(edge.pushed[connection] == frames for connection in followers)


def test_a67_who_did_not_take_a_push_is_left_alone_until_the_next_stage(
    edge: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "STAGE_SECONDS", 30)
    claim_in(edge.jobs, "r1", {"c1", "c2", "c3"})
    refused = {"c1": ReadTimeoutError(endpoint_url=""), "c2": _refused("LimitExceededException", 429)}

    def post(connection: str) -> None:
        if connection in refused:
            raise refused[connection]

    def spaced(progress: Progress) -> None:
        for number in range(5):
            progress.report(number / 5, str(number))
            progress.pause(0.2)

    edge.post = post
    stage(0, spaced)
    assert edge.posts.count("c1") == 1
    assert edge.posts.count("c2") == sender.MOST_TRIES
    assert len(edge.pushed["c3"]) == len(logged_in(edge.jobs, "r1")) > 3
    refused.clear()
    stage(1)
    assert edge.pushed["c1"] == edge.pushed["c2"] == logged_in(edge.jobs, "r1")[-2:]


def test_a67_who_is_gone_is_forgotten_beside_the_job(edge: Crowd) -> None:
    claim_in(edge.jobs, "r1", {"c1", "c2"})
    edge.tables["ConnectionsTable"].put_item(Item={"connection_id": "c1"})

    def post(connection: str) -> None:
        if connection == "c1":
            raise _refused("GoneException", 410)

    edge.post = post
    stage(0)
    stage(1)
    assert edge.posts.count("c1") == 1
    row = edge.jobs.get_item(Key={"pk": "acme#r1", "sk": "job"}, ConsistentRead=True)["Item"]
    assert row["connections"] == {"c2"}
    key = {"connection_id": "c1"}
    assert "Item" not in edge.tables["ConnectionsTable"].get_item(Key=key, ConsistentRead=True)


def test_a67_who_comes_after_the_last_place_is_taken_has_the_log(edge: Crowd) -> None:
    claim_in(edge.jobs, "r1", {f"c{number}" for number in range(MOST_FOLLOWERS - 1)})
    assert resume(0, "last")["more"] is False
    stage(0)
    late = resume(0, "late")
    assert (late["frames"], late["more"]) == (logged_in(edge.jobs, "r1"), True)
    assert resume(late["frames"][-1]["seq"], "late") == {"recovered": True, "frames": [], "more": True}
    stage(1)
    assert edge.pushed["late"] == []
    assert resume(0, "late")["frames"] == logged_in(edge.jobs, "r1") == edge.pushed["last"]
    stage(2)
    assert resume(0, "late") == {"recovered": True, "frames": logged_in(edge.jobs, "r1"), "more": False}


def resume(seq: int, connection: str) -> dict[str, Any]:
    answer = send("resume", {"request_id": "r1", "seq": seq}, request_id="q", connection=connection)
    data: dict[str, Any] = answer["data"]
    return data


def _refused(code: str, status: int) -> Exception:
    return refusal("apigatewaymanagementapi", code, "PostToConnection", status)
