"""What a project has already, so that a new action takes nothing of it."""

import ast
from pathlib import Path

from streamer.project import Project
from streamer.scaffold.naming import ActionName, Refused, another

REGISTRATIONS = Path("functions/actions.py")
_CONTROL = Path("functions/router/control.py")  # actions as well: the engine brings them


def check(project: Project, action: ActionName) -> None:
    """Return if every name of the action is free.

    Raises:
        Refused: one is not; the message says where it stands.
    """
    root = project.path.parent
    for file in (REGISTRATIONS, _CONTROL):
        if action.name in registered(root / file):
            raise Refused(f"there is an action {action.name!r} already, in {file}", "NAME")
    if action.name in project.machines:
        path = project.machines[action.name].path
        raise Refused(f"there is a state machine of {action.name!r} already, {path}", "NAME")
    _check_modules(root, action)
    for section in ("Parameters", "Conditions", "Resources"):
        for logical_id in action.logical_ids:
            if logical_id in project.template.get(section, {}):
                option = "NAME" if logical_id == action.machine else "--stages"
                message = f"{project.path} has {logical_id} among its {section} already; take another name"
                raise Refused(message, option)


def registered(path: Path) -> set[str]:
    """Return the names that a module gives to `actions.add`; none where there is no such file."""
    if not path.is_file():
        return set()
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        raise Refused(f"{path} cannot be read: {error}") from error
    calls = (node for node in ast.walk(tree) if isinstance(node, ast.Call) and is_registration(node))
    return {
        call.args[0].value
        for call in calls
        if isinstance(call.args[0], ast.Constant) and isinstance(call.args[0].value, str)
    }


def is_registration(call: ast.Call) -> bool:
    """Whether the call is `actions.add(…, …)`."""
    match call:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="actions"), attr="add"), args=[_, *_]):
            return True
    return False


def _check_modules(root: Path, action: ActionName) -> None:
    package = Path("functions/steps") / action.name
    if (root / package).exists():
        raise Refused(f"there is a folder {package} already", "NAME")
    modules = {path.stem: path.relative_to(root) for path in sorted((root / "functions").rglob("*.py"))}
    if action.shapes in modules:
        raise Refused(f"the module {action.shapes} stands in {modules[action.shapes]} already", "NAME")
    for stage in action.stages:
        if stage.name in modules:
            message = f"the module {stage.name} stands in {modules[stage.name]} already"
            raise Refused(f"{message}; say {another(stage.name, action.name)!r}", "--stages")
