"""The JavaScript client, compiled once for all tests that run it."""

from collections.abc import Callable

import pytest

from scripts.javascript import prepare, run_node

NodeTests = Callable[..., str]
TOLD: list[str] = []  # what people want to read at the run's end


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the bundle's size."""
    for line in TOLD:
        terminalreporter.write_line(f"the JavaScript client, {line}")


@pytest.fixture(scope="session")
def node_tests() -> NodeTests:
    """Return what runs node's own test runner in clients/js, and returns what it said."""
    prepare()

    def run(*arguments: str, environment: dict[str, str] | None = None) -> str:
        return run_node("--test", "--test-timeout=120000", *arguments, environment=environment)

    return run
