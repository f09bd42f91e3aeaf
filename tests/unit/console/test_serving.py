"""Boards, the budget, the poller and the gate."""

import json
import threading
import time

import pytest

from streamer.console.reading.budget import Budget
from streamer.console.serving.board import Board
from streamer.console.serving.gatekeeping import Gate
from streamer.console.serving.poller import Poller


def test_a_board_sends_what_changed() -> None:
    board = Board()
    assert board.put({"a": 1, "b": [1]})
    version, text = board.since(0)
    assert json.loads(text)["values"] == {"a": 1, "b": [1]}
    assert not board.put({"a": 1})
    assert not board.wait(version, 0)
    assert board.put({"b": [2]})
    assert json.loads(board.since(version)[1])["values"] == {"b": [2]}
    assert json.loads(board.since(0)[1])["values"] == {"a": 1, "b": [2]}


def test_what_is_gone_becomes_null() -> None:
    board = Board()
    board.put({"job/1": 1, "job/2": 2, "order": 3}, prefix="job/")
    version, _ = board.since(0)
    board.put({"job/2": 2, "order": 3}, prefix="job/")
    assert json.loads(board.since(version)[1])["values"] == {"job/1": None}


def test_the_budget_is_a_burst_and_then_a_rate() -> None:
    now = [0.0]
    budget = Budget(rate=10, burst=3, clock=lambda: now[0])
    assert [budget.take() for _ in range(4)] == [True, True, True, False]
    now[0] = 0.1
    assert [budget.take() for _ in range(2)] == [True, False]
    now[0] = 60.0
    assert [budget.take() for _ in range(4)] == [True, True, True, False]


class Counting:
    """A topic that counts how often it is read."""

    def __init__(self, *, fails: bool = False) -> None:
        self.board, self.reads, self._fails = Board(), 0, fails
        self.read = threading.Event()

    def refresh(self, now: float) -> float:
        self.reads += 1
        self.read.set()
        if self._fails:
            raise RuntimeError("throttled")
        return 3600


def test_however_many_look_it_is_read_once() -> None:
    poller, made = Poller(), []

    def make() -> Counting:
        made.append(Counting())
        return made[-1]

    with poller.following("job", make) as one, poller.following("job", make) as other:
        assert one is other
        assert made[0].read.wait(5)
    with poller.following("job", make):  # a page that is loaded again finds it as it was
        time.sleep(0)
    poller.close()
    assert [topic.reads for topic in made] == [1]


def test_trouble_is_told_and_harms_no_other() -> None:
    poller = Poller()
    bad, good = Counting(fails=True), Counting()
    with poller.following("bad", lambda: bad), poller.following("good", lambda: good):
        assert good.read.wait(5)
        assert bad.board.wait(0, 5)
    poller.close()
    assert bad.board.get("trouble") == "RuntimeError: throttled"


OWN = {"Host": "127.0.0.1:8789"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Host": "evil.example"},
        {"Host": "evil.example:8789"},
        {"Host": "127.0.0.1:8788"},
        {**OWN, "Origin": "https://evil.example"},
        {**OWN, "Origin": "null"},
        {**OWN, "Origin": "http://127.0.0.1:9999"},
        {**OWN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"},
        {**OWN, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "websocket"},
    ],
)
def test_a77_a_foreign_host_or_page_is_refused(headers: dict[str, str]) -> None:
    assert Gate(8789, "secret").refusal(headers)


@pytest.mark.parametrize(
    "headers",
    [
        OWN,
        {"Host": "localhost:8789", "Origin": "http://localhost:8789"},
        {**OWN, "Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate"},
        {**OWN, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    ],
)
def test_its_own_pages_are_let_in(headers: dict[str, str]) -> None:
    assert Gate(8789, "secret").refusal(headers) == ""


def test_only_the_token_opens() -> None:
    gate = Gate(8789, "secret")
    assert gate.holds_token("/?token=secret")
    assert not any(map(gate.holds_token, ("/", "/?token=", "/?token=secre", "/?token=%C3%A9")))
    assert gate.is_known({"Cookie": gate.set_cookie().split(";")[0]})
    for cookie in ("", "streamer-console-8789=", "streamer-console-8789=x", "streamer-console-1=secret"):
        assert not gate.is_known({"Cookie": cookie})
    assert "HttpOnly; SameSite=Strict" in gate.set_cookie()
