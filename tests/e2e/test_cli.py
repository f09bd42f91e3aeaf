"""The command line against the runner that it starts, as a user types it."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.runner_process import Runner
from tests.support.stack import ROOT

STREAMER = Path(sys.executable).with_name("streamer")
Run = Callable[..., "subprocess.CompletedProcess[str]"]
MONTH = {"start_date": "2013-01-01", "end_date": "2013-01-31"}


@pytest.fixture
def streamer(runner: Runner) -> Run:
    """The command, with the runner's state folder and a token of a tenant that it allows."""
    environment = os.environ | {"STREAMER_STATE_DIR": str(runner.state_dir)}

    def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [STREAMER, *arguments], env=environment, text=True, capture_output=True, timeout=60, check=False
        )

    environment["STREAMER_TOKEN"] = run("token", "--tenant", "acme", "--user", "ada").stdout.strip()
    return run


def test_echo(streamer: Run) -> None:
    ended = streamer("request", "echo", '{"n": 9007199254740993}', "--json", "--id", "cli-1")
    frame = json.loads(ended.stdout)
    assert (frame["type"], frame["request_id"]) == ("response", "cli-1")
    assert frame["data"]["echo"] == {"n": 9007199254740993}
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_report_as_lines_of_json(streamer: Run) -> None:
    ended = streamer("request", "generate_report", json.dumps({**MONTH, "format": "csv"}), "--json")
    frames = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.returncode == 0, ended.stderr
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))
    assert (frames[0]["type"], frames[-1]["type"]) == ("acknowledgment", "complete")
    assert frames[-1]["result"]["records"] == 27_004


def test_a_report_for_people(streamer: Run) -> None:
    ended = streamer("request", "generate_report", json.dumps({**MONTH, "format": "csv"}))
    assert ended.returncode == 0, ended.stderr
    for text in ("accepted generate_report", "Query the records", "100%", "complete", "X-Amz-Signature="):
        assert text in ended.stdout


def test_a_report_as_a_file_and_its_job_once_more(streamer: Run, tmp_path: Path) -> None:
    path = tmp_path / "january.csv"
    payload = json.dumps({**MONTH, "format": "csv"})
    ended = streamer("request", "generate_report", payload, "--id", "cli-file", "--output", str(path))
    assert ended.returncode == 0, ended.stderr
    assert "27004" in path.read_text()
    path.unlink()
    again = streamer("follow", "cli-file", "--json", "--output", str(path))
    assert again.returncode == 0, again.stderr
    assert "27004" in path.read_text()
    frames = [json.loads(line) for line in again.stdout.splitlines()]
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))


def test_the_readmes_python_runs_as_it_stands(runner: Runner, streamer: Run, tmp_path: Path) -> None:
    (program,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / ".streamer").mkdir()
    said = json.loads((runner.state_dir / "dev.json").read_text())
    said["token"] = streamer("token", "--tenant", "acme", "--user", "ada").stdout.strip()
    (tmp_path / ".streamer/dev.json").write_text(json.dumps(said))
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, text=True, capture_output=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "100.0" in ended.stdout or "100 " in ended.stdout
    assert "X-Amz-Signature=" in ended.stdout.splitlines()[-1]


def test_a_report_is_approved_from_another_terminal(streamer: Run) -> None:
    payload = {"report": {**MONTH, "format": "csv"}, "approvers": ["ada"]}
    verdict = json.dumps({"request_id": "cli-approve", "decision": "approve"})
    with ThreadPoolExecutor(1) as other:
        arguments = ("request", "approve_report", json.dumps(payload), "--id", "cli-approve")
        job = other.submit(streamer, *arguments)
        deadline = time.monotonic() + 50
        while (approved := streamer("request", "approve", verdict)).returncode:
            assert any(code in approved.stdout for code in ("NOT_FOUND", "CONFLICT"))  # it is not so far
            assert time.monotonic() < deadline
        ended = job.result(60)
    assert ended.returncode == 0, ended.stderr
    for text in ("Wait for a decision", "X-Amz-Signature=", "approve"):
        assert text in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "text"),
    [
        (["request", "fly"], 1, "INVALID_ACTION"),
        (["request", "generate_report", "{}"], 1, "VALIDATION_ERROR"),
        (["request", "echo", "--id", "not an id"], 1, "VALIDATION_ERROR"),
        (["request", "echo", "--token", "no.valid.token"], 3, "refused the connection"),
    ],
)
def test_failures(streamer: Run, arguments: list[str], status: int, text: str) -> None:
    ended = streamer(*arguments, "--timeout", "20")
    assert ended.returncode == status
    assert text in ended.stdout + ended.stderr
    assert "Traceback" not in ended.stderr


def test_tokens_are_taken_until_they_expire(streamer: Run) -> None:
    token = streamer("token", "--tenant", "acme", "--user", "ada", "--expires", "2s").stdout.strip()
    assert streamer("request", "echo", "--token", token).returncode == 0
    deadline = time.monotonic() + 90  # an authorizer may allow for clocks that differ
    while streamer("request", "echo", "--token", token).returncode == 0:
        assert time.monotonic() < deadline


def test_dev_ends_within_three_seconds_of_ctrl_c(tmp_path: Path) -> None:
    process = subprocess.Popen(
        [STREAMER, "dev", "--port", "0", "--state-dir", tmp_path],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "dev.json").exists():
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        output, _ = process.communicate(timeout=10)
        assert time.monotonic() - began < 3
        assert b"Traceback" not in output
        assert not (tmp_path / "dev.json").exists()
        with pytest.raises(ProcessLookupError):
            os.killpg(process.pid, 0)  # nothing of its session is left
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def test_a_job_is_watched_from_another_terminal(streamer: Run) -> None:
    with ThreadPoolExecutor(1) as other:
        job = other.submit(streamer, "request", "delay", '{"seconds": 2, "steps": 4}', "--id", "cli-watch")
        deadline = time.monotonic() + 50
        while "no job" in (watched := streamer("watch", "cli-watch", "--json")).stderr:
            assert time.monotonic() < deadline  # it is not accepted so far
        assert job.result(60).returncode == 0
    frames = [json.loads(line) for line in watched.stdout.splitlines()]
    assert watched.returncode == 0, watched.stderr
    assert [frame["seq"] for frame in frames] == list(range(len(frames)))
    assert (frames[0]["type"], frames[-1]["type"]) == ("acknowledgment", "complete")
    assert streamer("watch", "cli-watch", "--tenant", "globex").returncode == 1
