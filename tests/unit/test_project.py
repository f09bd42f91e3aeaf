"""The project in a folder."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from streamer.project import Function, Project, ProjectError, load
from tests.support.stack import ROOT


@pytest.fixture
def shipped() -> Project:
    return load(ROOT / "template.yaml")


def test_what_ships(shipped: Project) -> None:
    machine = shipped.machines["generate_report"]
    assert machine.path == ROOT / "statemachines/generate_report.asl.json"
    assert machine.definition["StartAt"] == "Query the records"
    assert machine.functions["PublishFunction"] == Function(
        "PublishFunction", "steps.generate_report.publish.handler", timeout=60, memory=512
    )
    assert machine.functions["QueryFunction"].memory == 1024
    assert shipped.router == shipped.functions["MessageFunction"]
    assert shipped.parameter("SyncThresholdSeconds") == 5
    assert shipped.parameter("Unknown") is None
    assert set(shipped.machines) <= set(shipped.actions)


def test_a_payload_is_checked(shipped: Project) -> None:
    month = {"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "csv"}
    assert len(shipped.check("generate_report", month).days) == 31
    assert shipped.check("echo", [1]) == [1]
    assert shipped.check("echo", None) == {"hello": "world"}  # its example
    with pytest.raises(ProjectError, match=r"start_date: Field required; .*format: Field required"):
        shipped.check("generate_report", {"end_date": "2013-01-31"})
    with pytest.raises(ProjectError, match=r"no action 'nothing'\. There are: .*generate_report, health"):
        shipped.check("nothing", {})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: [", "is not YAML"),
        ("just text", "is no template"),
        ("- 1", "is no template"),
    ],
)
def test_templates_that_are_none(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(text)
    with pytest.raises(ProjectError, match=message):
        load(path)
    with pytest.raises(ProjectError, match="There is no template"):
        load(tmp_path / "other.yaml")


MACHINE = """
Resources:
  Named:
    Type: AWS::Serverless::StateMachine
    Properties: {Name: !Sub "${AWS::StackName}-shout", DefinitionUri: shout.asl.json}
  Other:
    Type: AWS::Serverless::StateMachine
    Properties: {Name: another, DefinitionUri: another.asl.json}
  Work:
    Type: AWS::Serverless::Function
    Properties: {Handler: work.handler}
"""


def test_machines_are_found_by_their_name(tmp_path: Path) -> None:
    (tmp_path / "template.yaml").write_text(MACHINE)
    project = load(tmp_path / "template.yaml")
    with pytest.raises(ProjectError, match=r"shout\.asl\.json cannot be read: No such file"):
        _ = project.machines
    (tmp_path / "shout.asl.json").write_text("{")
    with pytest.raises(ProjectError, match=r"shout\.asl\.json is not JSON"):
        _ = project.machines
    (tmp_path / "shout.asl.json").write_text("{}")
    assert list(project.machines) == ["shout"]
    assert project.functions["Work"] == Function("Work", "work.handler", 3, 128)  # AWS's own defaults
    assert project.router is None


def test_actions_that_cannot_be_imported(tmp_path: Path) -> None:
    """In processes of their own: this one has imported the shipped actions."""
    (tmp_path / "template.yaml").write_text(MACHINE)
    (tmp_path / "functions").mkdir()
    command = (
        "import sys; from pathlib import Path; from streamer.project import load\n"
        "load(Path(sys.argv[1]) / 'template.yaml').actions"
    )

    def said() -> str:
        run = [sys.executable, "-c", command, str(tmp_path)]
        done = subprocess.run(run, capture_output=True, text=True, check=False)
        return done.stderr.strip().splitlines()[-1]

    assert "There is no" in said()
    for text, message in [
        ("import nothing_like_it", "No module named 'nothing_like_it'; the functions' packages must be"),
        ("def (", "SyntaxError"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("", "AttributeError"),
    ]:
        (tmp_path / "functions/actions.py").write_text(text)
        assert "ProjectError" in said()
        assert message in said()


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    command = (
        "import sys; from pathlib import Path; from streamer.project import load\n"
        "load(Path('template.yaml')).machines\n"
        "print(*({'pydantic', 'boto3', 'moto', 'actions'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", command], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == ""


def test_another_folders_actions(tmp_path: Path) -> None:
    shutil.copy(ROOT / "template.yaml", tmp_path / "template.yaml")
    with pytest.raises(ProjectError, match=r"There is no .*functions/actions\.py"):
        _ = load(tmp_path / "template.yaml").actions
