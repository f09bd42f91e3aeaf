"""The JavaScript client's own tests, each file as one of ours, and its part in the acceptance list."""

import re
from collections.abc import Callable

import pytest

from scripts.javascript import CLIENT, NodeError, run_node
from tests.clients.conftest import NodeTests

TESTS = CLIENT / "test"
FILES = sorted({str(path.relative_to(TESTS)).split(".")[0] for path in TESTS.rglob("*.test.ts*")} - {"soak"})


@pytest.mark.parametrize("name", FILES)
def test_the_javascript_client(
    name: str, node_tests: NodeTests, record_property: Callable[[str, object], None]
) -> None:
    said = node_tests(f"build/test/{name}.test.js")
    for size in re.findall(r"^. (core: .*)", said, re.MULTILINE):
        record_property("told", size)
    assert re.search(r"^. pass [1-9]", said, re.MULTILINE)


def passed(node_tests: NodeTests, row: str) -> int:
    said = node_tests(f"--test-name-pattern=^{row}\\b", "build/test/**/*.test.js")
    (count,) = re.findall(r"^. pass (\d+)", said, re.MULTILINE)
    return int(count)


def test_a10_the_javascript_client_moves_to_a_second_socket(node_tests: NodeTests) -> None:
    assert passed(node_tests, "a10") >= 1


def test_a47_the_javascript_client_resumes_or_takes_a_snapshot(node_tests: NodeTests) -> None:
    assert passed(node_tests, "a47") >= 4


def test_a48_the_javascript_client_on_two_devices(node_tests: NodeTests) -> None:
    assert passed(node_tests, "a48") >= 1


def test_a50_the_javascript_client_under_random_schedules(node_tests: NodeTests) -> None:
    assert "pass 1" in node_tests("build/test/soak.test.js")


def test_a73_the_javascript_client_attaches_to_a_job(node_tests: NodeTests) -> None:
    assert passed(node_tests, "a73") >= 2


def test_a74_a_token_refused_and_renewed_a_tab_asleep_and_awake(node_tests: NodeTests) -> None:
    assert passed(node_tests, "a74") >= 6


def test_a_test_that_fails_is_heard_of(node_tests: NodeTests) -> None:
    with pytest.raises(NodeError, match="this is wrong"):
        run_node("--test", "--eval", "require('node:test')('this is wrong', () => { throw new Error() })")
    with pytest.raises(NodeError, match="Could not find"):
        node_tests("build/test/nothing.test.js")
