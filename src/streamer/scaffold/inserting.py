"""Adds an action to template.yaml and actions.py as text: comments and the form of all else stay."""

import ast
import re
from typing import Any

from streamer.scaffold.naming import ActionName, Refused
from streamer.scaffold.taken import is_registration

_STORAGE = re.compile(r"^  # Storage -.*$", re.MULTILINE)


def into_template(text: str, action: ActionName, block: str) -> str:
    """Return the template with the action's block at the end of the actions' part.

    Raises:
        Refused: there is no such place, or the block would not fit there.
    """
    headings = list(_STORAGE.finditer(text))
    if len(headings) != 1:
        message = "the template needs one heading `  # Storage ---…` among its Resources"
        raise Refused(f"{message}: an action's block goes before it")
    at = headings[0].start()
    changed = f"{text[:at]}{block}\n{text[at:]}"
    before, after = _parsed(text), _parsed(changed)
    added = {name: after["Resources"].pop(name, None) for name in action.logical_ids}
    if None in added.values() or before != after:
        raise Refused("the template's `# Storage` is not at the end of its actions; put it there")
    return changed


def into_registrations(text: str, action: ActionName, wanted: str, registration: str) -> str:
    """Return actions.py with the import line where ruff wants it, and the registration after the last.

    Raises:
        Refused: the module has no registry `actions`, or has the model's name already.
    """
    tree = ast.parse(text)
    if action.model in {name for node in ast.walk(tree) for name in _names(node)}:
        raise Refused(f"functions/actions.py has a {action.model} already; take another name", "NAME")
    imports = [node for node in tree.body if isinstance(node, ast.Import | ast.ImportFrom)]
    registry = [node for node in tree.body if _is_of_the_registry(node)]
    if not imports or not registry:
        raise Refused("functions/actions.py needs a line `actions = Registry()` and its import")
    steps = [node for node in imports if isinstance(node, ast.ImportFrom) and _is_a_steps(node)]
    ours = order(f"steps.{action.name}.{action.shapes}")
    later = [node.lineno - 1 for node in steps if order(node.module) > ours]
    lines = text.splitlines(keepends=True)
    lines.insert(registry[-1].end_lineno or 0, f"{registration}\n")
    lines.insert(later[0] if later else (steps or imports)[-1].end_lineno or 0, f"{wanted}\n")
    changed = "".join(lines)
    left = [ast.dump(node) for node in ast.parse(changed).body]
    for line in (wanted, registration):
        left.remove(ast.dump(ast.parse(line).body[0]))
    if left != [ast.dump(node) for node in tree.body]:
        raise Refused("functions/actions.py could not be added to; one statement a line is what it needs")
    return changed


def _parsed(text: str) -> dict[str, Any]:
    from samtranslator.yaml_helper import yaml_parse

    try:
        document: dict[str, Any] = yaml_parse(text)  # type: ignore[no-untyped-call]
    except Exception as error:  # yaml has many
        message = " ".join(str(error).split())
        raise Refused(
            f"the template cannot take an action's block (it needs &step-policies): {message}"
        ) from error
    return document


def _is_of_the_registry(node: ast.stmt) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id="actions")]):
            return True
        case ast.Expr(value=ast.Call() as call):
            return is_registration(call)
    return False


def _names(node: ast.AST) -> list[str]:
    match node:
        case ast.ClassDef(name=name) | ast.FunctionDef(name=name) | ast.Name(id=name):
            return [name]
        case ast.alias(name=name, asname=asname):
            return [asname or name]
    return []


def _is_a_steps(node: ast.ImportFrom) -> bool:
    return (node.module or "").split(".")[0] == "steps"


def order(module: str | None) -> list[tuple[int, int]]:
    """Return what ruff sorts a module by: numbers in a name count as numbers."""
    pieces = re.findall(r"[0-9]+|.", module or "")
    return [(ord("0"), int(piece)) if piece.isdigit() else (ord(piece), 0) for piece in pieces]
