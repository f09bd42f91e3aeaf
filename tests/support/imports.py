"""What each function of the template imports before it is called: most of a cold start.

`make generate` writes the list anew; its diff shows what a change costs.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.support.stack import ROOT, template

LIST = Path(__file__).parent / "imports.txt"

_CODE = """
import awslambdaric.bootstrap, importlib, json, sys
before = set(sys.modules)
importlib.import_module(sys.argv[1])
print(json.dumps(sorted(set(sys.modules) - before)))
"""


def handlers() -> list[str]:
    """Return the functions' modules, each once."""
    functions = [
        each["Properties"]["Handler"]
        for each in template()["Resources"].values()
        if each["Type"] == "AWS::Lambda::Function"
    ]
    return sorted({handler.rpartition(".")[0] for handler in functions})


def imported(module: str) -> list[str]:
    """Return our own modules that a function imports, and the packages of others; not Python's own."""
    run = [sys.executable, "-c", _CODE, module]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "functions")}
    done = subprocess.run(run, env=environment, capture_output=True, text=True, check=True)
    names = set()
    for name in json.loads(done.stdout.splitlines()[-1]):
        top = name.partition(".")[0]
        if top in sys.stdlib_module_names or top.startswith("_"):
            continue
        ours = (ROOT / "functions" / top).exists() or (ROOT / "functions" / f"{top}.py").exists()
        names.add(name if ours else f"[{top}]")
    return sorted(names)


def text() -> str:
    """Return the whole list."""
    return "".join(f"{module}: {' '.join(imported(module))}\n" for module in handlers())


if __name__ == "__main__":
    LIST.write_text(text())
