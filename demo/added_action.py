"""The real application with one more action, as a user adds one: to a copy."""

import json
import shutil
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def added(
    folder: Path, action: str, resources: str, machine: dict[str, Any], functions: Path = ROOT / "functions"
) -> Path:
    """Write the application to `folder`, with `functions` as its code; return its template.

    `resources` is what the template gets more; the router's handler is that of `ACTION_actions.py`, which the
    caller writes beside actions.py, as it does `steps/ACTION/`. Raises ValueError: the template is another.
    """
    shutil.copytree(functions, folder / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "statemachines", folder / "statemachines")
    (folder / f"statemachines/{action}.asl.json").write_text(json.dumps(machine))
    text = (ROOT / "template.yaml").read_text()
    for old, new in (
        ("\nOutputs:\n", f"{resources}\nOutputs:\n"),
        ("Handler: actions.handler", f"Handler: {action}_actions.handler"),
    ):
        if text.count(old) != 1:
            raise ValueError(f"template.yaml has {text.count(old)} of {old!r}")
        text = text.replace(old, new)
    template = folder / "template.yaml"
    template.write_text(text)
    return template
