"""Makes an action: everything is checked and rendered before the first file is written, or none is."""

from dataclasses import dataclass
from pathlib import Path

from streamer.project import Project
from streamer.scaffold import asl, inserting, rendering, taken
from streamer.scaffold.naming import ActionName, Refused


@dataclass(frozen=True)
class Change:
    """Texts by path: files that are not there yet, and files that get a part more."""

    new: dict[Path, str]
    edited: dict[Path, str]


def plan(project: Project, action: ActionName) -> Change:
    """Return what makes the action part of the project.

    Raises:
        Refused: a name or a file is taken, or the project has no place for it.
    """
    taken.check(project, action)
    root = project.path.parent
    actions = root / taken.REGISTRATIONS
    if not actions.is_file():
        raise Refused(f"there is no {actions}, where actions are registered; start where template.yaml is")
    steps, tests = root / "functions/steps" / action.name, root / "tests"
    new = {steps / file: text for file, text in rendering.package(action).items()}
    new[root / f"statemachines/{action.name}.asl.json"] = asl.machine(action)
    new[tests / f"unit/steps/{action.name}/test_{action.name}_stages.py"] = rendering.stages_test(action)
    if (tests / "e2e/sockets.py").is_file():  # what the test of the whole job is made with
        new[tests / f"e2e/test_{action.name}.py"] = rendering.job_test(action)
    if there := next((path for path in new if path.exists()), None):
        raise Refused(f"{there.relative_to(root)} is there already; take another name, or remove it", "NAME")
    return Change(
        new,
        {
            project.path: inserting.into_template(_read(project.path), action, rendering.block(action)),
            actions: inserting.into_registrations(_read(actions), action, *rendering.registration(action)),
        },
    )


def write(change: Change) -> None:
    """Write it all; where the disk refuses, leave everything as it was.

    Raises:
        OSError: the disk refused.
    """
    before = {path: _read(path) for path in change.edited}
    made: list[Path] = []
    try:
        for path, text in change.new.items():
            missing = [folder for folder in path.parents if not folder.exists()]
            for folder in reversed(missing):
                folder.mkdir()
                made.append(folder)
            made.append(path)
            _write(path, text)
        for path, text in change.edited.items():
            _write(path, text)
    except OSError:
        for path in reversed(made):
            path.rmdir() if path.is_dir() else path.unlink(missing_ok=True)
        for path, text in before.items():
            if _read(path) != text:
                _write(path, text)
        raise


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", newline="") as file:  # line ends stay as they are
        return file.read()


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
