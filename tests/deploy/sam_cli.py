"""The stock SAM CLI, run in the checkout."""

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

from samtranslator.yaml_helper import yaml_parse

from scripts.artefact.target import Target

ROOT = Path(__file__).parents[2]
# Emulators run functions on the interpreter and the processor of the tests.
HERE = Target(
    f"python{sys.version_info.major}.{sys.version_info.minor}",
    {"aarch64": "arm64"}.get(platform.machine(), platform.machine()),
)
HERE_PARAMETERS = [f"PythonRuntime={HERE.runtime}", f"Architecture={HERE.architecture}"]


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


def without_machine_aliases(template: Path) -> Path:
    """Write a built template anew, beside it, without what ministack has no types for, and return where.

    SAM takes no condition for them: see docs/decisions/0006-emulators.md.
    """
    document = yaml_parse(template.read_text())  # type: ignore[no-untyped-call]
    for resource in document["Resources"].values():
        if resource["Type"] == "AWS::Serverless::StateMachine":
            del resource["Properties"]["AutoPublishAlias"], resource["Properties"]["DeploymentPreference"]
    changed = template.with_name("without-machine-aliases.json")
    changed.write_text(json.dumps(document))
    return changed
