"""Fixtures of every tier."""

from collections.abc import Iterator

import pytest

from jobs import sender
from jobs.counting import flush
from jobs.logger import logger
from tests.support import stack
from tests.support.clock import TurnedClock
from tests.support.connections import Connections

# Made now: its stream would be the captured one of the first test that logs, closed for all the others.
assert logger.handlers


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the deployment, which takes longest; everything else comes in any order."""
    items.sort(key=lambda item: "deploy" not in item.path.parts)


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
