"""The JavaScript client, compiled once for all tests that run it."""

from collections.abc import Callable

import pytest

from scripts.javascript import prepare, run_node

NodeTests = Callable[..., str]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have recorded as told: the bundle's size."""
    for report in terminalreporter.stats.get("passed", []):
        for name, value in report.user_properties:
            if name == "told":
                terminalreporter.write_line(f"the JavaScript client, {value}")


@pytest.fixture(scope="session")
def node_tests() -> NodeTests:
    """Return what runs node's own test runner in clients/js, and returns what it said."""
    prepare()

    def run(*arguments: str, environment: dict[str, str] | None = None) -> str:
        return run_node("--test", "--test-timeout=120000", *arguments, environment=environment)

    return run
