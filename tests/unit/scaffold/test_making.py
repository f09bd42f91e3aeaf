"""An action is made whole, or nothing is: on a copy of the project."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from streamer import project
from streamer.scaffold import making
from streamer.scaffold.naming import Refused, parse
from streamer.scaffold.rendering import block
from tests.support.project import copy, texts

RUFF = Path(sys.executable).with_name("ruff")


@pytest.fixture
def template(tmp_path: Path) -> Path:
    return copy(tmp_path)


def make(template: Path, name: str, stages: str) -> None:
    making.write(making.plan(project.load(template), parse(name, stages)))


def checked(folder: Path) -> str:
    """Return what ruff says against a folder's code."""
    runs = [
        subprocess.run([RUFF, *command], cwd=folder, text=True, capture_output=True, check=False)
        for command in (["check", "--no-cache", "--quiet"], ["format", "--no-cache", "--diff", "--quiet"])
    ]
    return "".join(run.stdout + run.stderr for run in runs)


def test_the_rest_of_the_template_stays_to_the_letter(template: Path) -> None:
    before = template.read_text()
    make(template, "import_orders", "fetch_orders,check_orders")
    action = parse("import_orders", "fetch_orders,check_orders")
    after = template.read_text()
    assert after.count(block(action)) == 1
    assert after.replace(f"{block(action)}\n", "") == before
    assert after.index(block(action)) < after.index("  # Storage ---")


def test_one_action_after_another_and_ruff_finds_nothing(template: Path) -> None:
    # Of every length, so that each line which has a name in it is broken where ruff would break it.
    for length in (2, 12, *range(14, 40, 3), 39):
        letter = chr(ord("a") + length - 2) if length < 28 else "z"
        name = f"{letter}{length}".ljust(length, "x")[:length]
        make(template, name, f"stage_{length},{f'other_{length}'.ljust(40, 'y')}")
    make(template, "zz10", "ten")
    make(template, "zz9", "nine")  # numbers are sorted as such
    assert checked(template.parent) == ""
    actions = (template.parent / "functions/actions.py").read_text()
    assert actions.index("from steps.zz9.") < actions.index("from steps.zz10.")


@pytest.mark.parametrize(
    ("name", "stages", "text"),
    [
        ("echo", "one_thing", "there is an action 'echo' already, in functions/actions.py"),
        ("cancel", "one_thing", "there is an action 'cancel' already, in functions/router/control.py"),
        ("trouble", "one_thing", "there is a state machine of 'trouble' already"),
        ("leftover", "one_thing", "there is a folder functions/steps/leftover already"),
        ("jobs", "one_thing", "tests/e2e/test_jobs.py is there already"),
        ("orders", "query", "stands in functions/steps/generate_report/query.py already; say 'query_orders'"),
        ("orders", "connect", "ConnectFunction among its Resources"),
        ("query_function", "one_thing", "QueryFunction among its Resources"),
        ("stage_name", "one_thing", "StageName among its Parameters"),
        ("report", "one_thing", "has a ReportRequest already"),
    ],
)
def test_what_is_taken_is_refused_and_nothing_is_written(
    name: str, stages: str, text: str, template: Path
) -> None:
    (template.parent / "functions/steps/leftover").mkdir()
    (template.parent / "tests/e2e/test_report.py").unlink()
    machine = template.parent / "statemachines"
    (machine / "trouble.asl.json").write_text((machine / "generate_report.asl.json").read_text())
    whole = template.read_text()
    template.write_text(
        whole.replace(
            "\n  # Storage -",
            """
  Other:
    Type: AWS::Serverless::StateMachine
    Properties: {Name: !Sub "${AWS::StackName}-trouble", DefinitionUri: statemachines/trouble.asl.json}

  # Storage -""",
        )
    )
    before = texts(template.parent)
    with pytest.raises(Refused) as refused:
        make(template, name, stages)
    assert text in str(refused.value)
    assert texts(template.parent) == before


@pytest.mark.parametrize(
    ("file", "old", "new", "text"),
    [
        ("template.yaml", "  # Storage -", "  # Tables -", "needs one heading"),
        ("template.yaml", "step-policies", "policies", "it needs &step-policies"),
        ("template.yaml", "\nOutputs:\n", "\nOutputs:\n  # Storage ---\n", "needs one heading"),
        ("functions/actions.py", "actions", "registry", "needs a line"),
        ("functions/actions.py", "actions = Registry()", "actions = (", "cannot be read"),
    ],
)
def test_a_project_without_the_place_for_it_is_refused(
    file: str, old: str, new: str, text: str, template: Path
) -> None:
    path = template.parent / file
    changed = path.read_text().replace(old, new)
    path.write_text(changed)
    before = texts(template.parent)
    with pytest.raises(Refused) as refused:
        make(template, "import_orders", "fetch_orders")
    assert text in str(refused.value)
    assert texts(template.parent) == before


@pytest.mark.parametrize("survives", range(9))
def test_a_disk_that_refuses_leaves_everything_as_it_was(
    survives: int, template: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, written, write = texts(template.parent), [0], making._write

    def full(path: Path, text: str) -> None:
        written[0] += 1
        if written[0] == survives + 1:
            write(path, text[:10])
            raise OSError("No space left on device")
        write(path, text)

    monkeypatch.setattr(making, "_write", full)
    change = making.plan(project.load(template), parse("import_orders", "fetch_orders,check_orders"))
    if survives == len(change.new) + len(change.edited):
        making.write(change)
        return
    with pytest.raises(OSError, match="No space left"):
        making.write(change)
    assert texts(template.parent) == before


def test_line_ends_stay(template: Path) -> None:
    actions = template.parent / "functions/actions.py"
    actions.write_bytes(actions.read_bytes().replace(b"\n", b"\r\n"))
    before = actions.read_bytes().splitlines(keepends=True)
    make(template, "import_orders", "fetch_orders")
    after = actions.read_bytes().splitlines(keepends=True)
    assert [line for line in after if b"import_orders" not in line] == before


def test_a_project_without_e2e_tests_gets_no_such_test(template: Path) -> None:
    (template.parent / "tests/e2e/sockets.py").unlink()
    make(template, "import_orders", "fetch_orders")
    assert not (template.parent / "tests/e2e/test_import_orders.py").exists()
    assert (template.parent / "tests/unit/steps/import_orders/test_import_orders_stages.py").exists()


def test_the_heading_is_as_long_as_the_others(template: Path) -> None:
    lines = block(parse("import_orders", "fetch_orders")).splitlines()
    assert {len(line) for line in template.read_text().splitlines() if line.startswith("  # Storage -")} == {
        len(lines[0])
    }
    assert yaml.safe_load(lines[2].strip()) == {"ImportOrders": None}
