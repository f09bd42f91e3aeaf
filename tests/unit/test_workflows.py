"""The workflows name only what exists, and nobody else's code that could change under us."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.environment import read
from tests.support.stack import ROOT

FOLDER = ROOT / ".github/workflows"
TARGETS = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def jobs(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(path.read_text())["jobs"]
    return found


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yml")), ids=lambda path: str(path.name))
def test_actions_are_pinned_and_targets_exist(path: Path) -> None:
    for job in jobs(path).values():
        used = [step["uses"] for step in job.get("steps", []) if "uses" in step]
        assert [each for each in used if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", each)] == []
        called = job.get("uses")
        assert called is None or (ROOT / called).is_file()
        runs = " ".join(step.get("run", "") for step in job.get("steps", []))
        assert set(re.findall(r"^make ([a-z-]+)", runs, re.MULTILINE)) <= TARGETS


def test_it_is_built_once_and_prod_comes_after_dev() -> None:
    deploy = jobs(FOLDER / "deploy.yml")
    built = [name for name, job in deploy.items() if "make build" in str(job)]
    assert built == ["build"]
    assert {name: job.get("needs") for name, job in deploy.items()} == {
        "build": None,
        "dev": "build",
        "prod": "dev",
    }
    for name in ("dev", "prod"):
        assert deploy[name]["with"] == {"environment": name}
        assert read(name).stack == f"streamer-{name}"
    (one,) = jobs(FOLDER / "deploy-one.yml").values()
    assert one["environment"] == "${{ inputs.environment }}"  # whose reviewers are asked
    ran = [step["run"] for step in one["steps"] if "run" in step]
    assert (ran[0], ran[-1]) == ("make release", "make smoke")


def test_an_environment_that_is_none_is_told_with_those_that_are() -> None:
    with pytest.raises(KeyError, match="default, dev, prod"):
        read("production")
