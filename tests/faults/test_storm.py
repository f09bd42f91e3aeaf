"""Row 68: everybody asks for one job, again and again, while it ends."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from progress import Progress, step
from streamer.client.inbox import Inbox
from tests.faults.crowd import Crowd, at_once, crowd
from tests.support.router import send
from tests.support.steps import LambdaContext, claim_in, event, logged_in

CLIENTS, STAGES, UPDATES = 300, 3, 8
PATIENCE_SECONDS = 0.05
Frames = list[dict[str, Any]]


@pytest.fixture
def edge() -> Iterator[Crowd]:
    with crowd() as made:
        yield made


class Client:
    """Asks for the job until it has shown its last frame; what is pushed to it arrives meanwhile."""

    def __init__(self, edge: Crowd, name: str, *, moves: bool) -> None:
        self.shown: Frames = []
        self.refused = Counter[str]()
        self.asked = 0
        self._edge, self._name, self._moves, self._taken = edge, name, moves, 0
        self._inbox = Inbox("r1", 0, 0, is_job=True)

    def run(self) -> None:
        while not self._inbox.done:
            payload = {"request_id": "r1", "seq": self._inbox.ask(0)}
            connection = f"{self._name}-{self.asked * self._moves}"
            answer: Any = send("resume", payload, request_id="q", connection=connection)
            self.asked += 1
            if answer["type"] == "error":
                self.refused[answer["error"]["code"]] += 1
            self.shown += self._inbox.resumed(answer, 0)  # type: ignore[arg-type]
            for frame in self._edge.pushed[f"{self._name}-0"][self._taken :]:
                self._taken += 1
                self.shown += self._inbox.receive(frame, 0)  # type: ignore[arg-type]
            time.sleep(PATIENCE_SECONDS)


def carry_out() -> None:
    def work(progress: Progress) -> str:
        for number in range(UPDATES):
            progress.report(number / UPDATES, str(number))
            progress.pause(0.1)
        return "done"

    for number in range(STAGES):
        part = (100 * number / STAGES, 100 * (number + 1) / STAGES)
        step(work)(event("r1", f"Stage {number}", part=part), LambdaContext())


@pytest.mark.parametrize("moves", [False, True], ids=["from one connection", "from another each time"])
def test_a68_a_storm_of_joiners_neither_fails_nor_fails_anybody(moves: bool, edge: Crowd) -> None:
    claim_in(edge.jobs, "r1", {"c0"})
    failed: list[BaseException] = []

    def job() -> None:
        try:
            carry_out()
        except BaseException as error:
            failed.append(error)

    running = threading.Thread(target=job)
    running.start()
    clients = [Client(edge, f"c{number}", moves=moves) for number in range(CLIENTS)]
    at_once(Client.run, clients)
    running.join()
    assert not failed
    log = logged_in(edge.jobs, "r1")
    assert log[-1]["type"] == "complete"
    assert [frame["seq"] for frame in log] == list(range(1, len(log) + 1))
    assert [frame["type"] for frame in log].count("complete") == 1
    for client in clients:
        assert client.shown[0]["type"] == "acknowledgment"
        assert client.shown[1:] == log
        assert not client.refused
    assert sum(client.asked for client in clients) > 2 * CLIENTS
    assert len(log) <= STAGES * (UPDATES + 1) + 2  # who joins takes no number
