"""A tenant's calls that cost much are bounded; nobody else pays for it."""

from collections.abc import Iterator

import pytest

from router import allowance
from tests.support.clock import TurnedClock
from tests.support.router import make_machine, send
from tests.support.steps import claim

MOST = 3


@pytest.fixture(autouse=True)
def few(aws: list[str], clock: TurnedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("MOST_COSTLY_CALLS_PER_MINUTE", str(MOST))
    monkeypatch.setattr("jobs.clock.SystemClock.now", lambda _: clock.now())
    claim("r1", clock.now(), {"c1"})
    yield
    allowance._used_up.clear()


def ask(tenant: str = "acme") -> str:
    answer = send("upload", {"size": 10}, tenant=tenant)
    return str(answer["error"]["code"] if answer["type"] == "error" else answer["type"])


def test_a_minutes_calls_are_counted_exactly_and_a_tenant(clock: TurnedClock, aws: list[str]) -> None:
    assert [ask() for _ in range(MOST + 2)] == ["response"] * MOST + ["RATE_LIMITED"] * 2
    assert ask("globex") == "response"
    refused = send("resume", {"request_id": "r1", "seq": 0})["error"]
    assert refused["code"] == "RATE_LIMITED"
    assert 0 < refused["details"]["retry_after"] <= 60
    clock.advance(refused["details"]["retry_after"])
    assert send("resume", {"request_id": "r1", "seq": 0}, connection="c1")["data"]["recovered"]


def test_who_asks_in_a_loop_costs_no_write(aws: list[str]) -> None:
    while ask() != "RATE_LIMITED":
        pass
    aws.clear()
    assert {ask() for _ in range(10)} == {"RATE_LIMITED"}
    assert aws == []


def test_what_costs_little_is_not_counted(aws: list[str]) -> None:
    make_machine()
    while ask() != "RATE_LIMITED":
        pass
    assert send("status", {"request_id": "r1"})["type"] == "response"
    assert send("delay", {"seconds": 1})["error"]["code"] != "RATE_LIMITED"
    aws.clear()
    assert send("echo", {"a": 1})["type"] == "response"
    assert aws == []
