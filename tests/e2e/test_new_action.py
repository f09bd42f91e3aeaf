"""Row 60: a newcomer's first hour. One command in a copy of the project, then everything is tried on it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from demo.runner_process import running
from tests.deploy.sam_cli import sam
from tests.e2e.sockets import check_stream, run, socket
from tests.support import project
from tests.support.stack import ROOT

BIN = Path(sys.executable).parent
COMMAND = ["new-action", "import_orders", "--stages", "fetch_orders,check,store_orders"]
MADE = {
    "functions/steps/import_orders",
    "functions/steps/import_orders/__init__.py",
    "functions/steps/import_orders/import_orders_request.py",
    "functions/steps/import_orders/fetch_orders.py",
    "functions/steps/import_orders/check.py",
    "functions/steps/import_orders/store_orders.py",
    "statemachines/import_orders.asl.json",
    "tests/unit/steps/import_orders",
    "tests/unit/steps/import_orders/test_import_orders_stages.py",
    "tests/e2e/test_import_orders.py",
}


def call(program: str, *arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [BIN / program, *arguments],
        cwd=cwd,
        text=True,
        capture_output=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project in which the command was run, and succeeded."""
    folder = tmp_path_factory.mktemp("newcomer")
    project.copy(folder)
    before = project.texts(folder)
    ended = call("streamer", *COMMAND, cwd=folder)
    assert (ended.returncode, ended.stderr) == (0, "")
    after = project.texts(folder)
    assert after.keys() - before.keys() == MADE
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"template.yaml", "functions/actions.py"}
    for path in MADE | changed:
        assert Path(path).name in ended.stdout  # it says what it made
    assert "streamer request import_orders" in ended.stdout
    return folder


async def test_a60_the_new_action_runs_at_once(copy: Path) -> None:
    with running(template=copy / "template.yaml") as runner:
        async with socket(runner) as c:
            frames = await run(c, "import_orders", {"items": ["one", "two", "three"]})
    check_stream(frames)
    last = {each["stage"]: (each["percentage"], each["message"]) for each in frames[1:-2]}
    assert list(last.items()) == [
        ("Fetch orders", (33, "3 of 3 items")),
        ("Check the items", (67, "3 of 3 items")),
        ("Store orders", (99, "3 of 3 items")),
    ]
    assert frames[-1]["result"] == {"items": 3, "stages": ["fetch_orders", "check", "store_orders"]}


def test_a60_its_tests_pass_and_so_do_those_of_its_state_machine(copy: Path) -> None:
    made = [path for path in sorted(MADE) if "/test_" in path]
    ended = call("pytest", "-p", "no:cacheprovider", "-k", "import_orders", *made, "tests/asl", cwd=copy)
    assert ended.returncode == 0, ended.stdout
    for path in (*made, "tests/asl/test_state_machines.py"):
        assert f"{path} ." in ended.stdout


def test_a57_its_functions_may_do_what_they_do_and_nothing_else(copy: Path) -> None:
    ended = call(
        "pytest", "-p", "no:cacheprovider", "-k", "a57 and not page and not second", "tests/iam", cwd=copy
    )
    assert ended.returncode == 0, ended.stdout


@pytest.mark.parametrize(
    "command",
    [["ruff", "check", "--no-cache"], ["ruff", "format", "--check", "--no-cache"]],
    ids=lambda command: " ".join(command[:2]),
)
def test_a60_nothing_is_left_to_be_put_right(command: list[str], copy: Path) -> None:
    ended = call(*command, cwd=copy)
    assert ended.returncode == 0, ended.stdout


def test_a60_its_types_are_right(copy: Path, tmp_path: Path) -> None:
    if (kept := ROOT / ".mypy_cache").exists():  # all that is as it was need not be read again
        shutil.copytree(kept, tmp_path / "mypy")
    checked = ["functions", "tests/unit/steps", "tests/e2e/test_import_orders.py"]
    ended = call("mypy", "--cache-dir", str(tmp_path / "mypy"), *checked, cwd=copy)
    assert ended.returncode == 0, ended.stdout


def test_a60_the_forecast_warns_of_nothing(copy: Path) -> None:
    ended = call("streamer", "forecast", "import_orders", cwd=copy)
    assert (ended.returncode, "warning" in ended.stdout) == (0, False), ended.stdout


def test_a60_sam_takes_the_template(copy: Path) -> None:
    said = sam("validate", "--lint", "--template", copy / "template.yaml", AWS_DEFAULT_REGION="us-east-1")
    assert "is a valid SAM Template" in said


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["import_orders", "--stages", "read_orders"], "there is an action 'import_orders' already"),
        (["other", "--stages", "check"], "functions/steps/import_orders/check.py already; say 'check_other'"),
        (["Other", "--stages", "one_thing"], "cannot be an action's name"),
        (["other"], "Missing option '--stages'"),
        (["other", "--stages", "one_thing", "--template", "none.yaml"], "'none.yaml' does not exist"),
        (["other", "--stages", "one_thing", "--template", "pyproject.toml"], "is not YAML"),
    ],
)
def test_a60_what_is_wrong_is_said_and_nothing_written(arguments: list[str], text: str, copy: Path) -> None:
    before = project.texts(copy)
    ended = call("streamer", "new-action", *arguments, cwd=copy)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert text in " ".join(ended.stderr.split())
    assert project.texts(copy) == before
