"""Fixtures of every tier."""

from collections.abc import Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from jobs import sender
from jobs.counting import flush
from jobs.logger import logger
from tests.support import stack
from tests.support.clock import TurnedClock
from tests.support.connections import Connections

# Made now: its stream would be the captured one of the first test that logs, closed for all the others.
assert logger.handlers

DEPLOYMENT = "tests/deploy/"


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the deployment, which takes longest; everything else comes in any order."""
    items.sort(key=lambda item: "deploy" not in item.path.parts)


class _OneDeployment(LoadFileScheduling):
    """A file's tests stay on one worker, and all of tests/deploy: they share one deployed stack."""

    def _split_scope(self, nodeid: str) -> str:
        return DEPLOYMENT if nodeid.startswith(DEPLOYMENT) else str(super()._split_scope(nodeid))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling:
    return _OneDeployment(config, log)


@pytest.fixture(autouse=True)
def nothing_counted_before() -> None:
    """Write what the test before has left: a push may end after what it was made for."""
    flush()


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connections]:
    server = Connections()
    monkeypatch.setenv("CONNECTIONS_URL", server.url)
    for name in ("STAGE_SECONDS", "LAST_SECONDS"):  # however busy the machine is
        monkeypatch.setattr(sender, name, 30)
    yield server
    server.close()


@pytest.fixture
def aws() -> Iterator[list[str]]:
    """AWS on moto, in process. Yields the calls that are made."""
    with stack.counted() as calls:
        yield calls
