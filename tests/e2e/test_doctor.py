"""`streamer doctor` against the running `streamer dev`, as a user types it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from mypy_boto3_dynamodb.service_resource import Table

from demo.runner_process import Runner
from streamer.local import identity

STREAMER = Path(sys.executable).with_name("streamer")
Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def doctor(runner: Runner) -> Run:
    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        environment = os.environ | {"STREAMER_STATE_DIR": str(runner.state_dir)}
        command = [str(STREAMER), "doctor", *arguments]
        return subprocess.run(
            command, env=environment, text=True, capture_output=True, timeout=60, check=False
        )

    return run


def findings(ended: "subprocess.CompletedProcess[str]") -> dict[str, list[dict[str, str]]]:
    """Return what was found, by check; the jobs that other tests have left are not ours."""
    made = json.loads(ended.stdout)["checks"]
    return {each["name"]: each["findings"] for each in made if each["findings"] and each["name"] != "jobs"}


def test_a_runner_that_is_well_and_tokens_that_are_not(doctor: Run, runner: Runner) -> None:
    good = identity.mint(runner.state_dir, "acme", "ada", 60)
    assert findings(doctor("--json", "--token", good)) == {}
    late = doctor("--json", "--token", identity.mint(runner.state_dir, "acme", "ada", -60))
    assert late.returncode == 1
    (found,) = findings(late)["token"]
    assert found["problem"] == "The token is refused: its exp is not good"
    stranger = identity.mint(runner.state_dir, "initech", "ada", 60)
    (found,) = findings(doctor("--json", "--token", stranger))["token"]
    assert found["evidence"] == "'initech' is none of acme,globex"
    assert good not in doctor("--json", "--token", good).stdout


def test_a_job_that_does_not_start_here(doctor: Run, jobs: Table) -> None:
    machine = "arn:aws:states:us-east-1:000000000000:stateMachine:streamer-echo_async"
    row = {"tenant": "acme", "request_id": "lost", "state_machine": machine, "running": "0"}
    key = {"pk": "acme#lost", "sk": "job"}
    jobs.put_item(Item={**key, **row, "accepted_at": f"{time.time() - 120:.3f}", "status": "RUNNING"})
    ended = doctor()
    jobs.delete_item(Key=key)
    assert ended.returncode == 1, ended.stderr
    assert "!! The job lost of acme does not start" in ended.stdout
    assert "mend  Its request sent again starts it." in ended.stdout
    assert "routes: the local runner has none" in ended.stdout


def test_no_runner(tmp_path: Path, doctor: Run) -> None:
    ended = doctor("--state-dir", str(tmp_path))
    assert ended.returncode == 3
    assert "run `streamer dev` first" in ended.stderr
