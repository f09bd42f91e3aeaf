"""The stock SAM CLI, run in the checkout."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
RUNTIME = f"PythonRuntime=python{sys.version_info.major}.{sys.version_info.minor}"


def sam(*arguments: str | Path, **environment: str) -> str:
    """Run `sam` with these variables added to the environment; it must succeed. Return all that it says."""
    finished = subprocess.run(
        [Path(sys.executable).with_name("sam"), *arguments],
        cwd=ROOT,
        env=os.environ | {"SAM_CLI_TELEMETRY": "0"} | environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=600,
    )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout
