"""`make smoke` against `streamer dev`: it passes where the application works, and says what does not."""

import json
import os
import subprocess
import sys
from pathlib import Path

from demo.runner_process import Runner
from tests.e2e.sockets import token
from tests.support.stack import ROOT


def smoke(runner: Runner, folder: Path, bearer: str) -> "subprocess.CompletedProcess[str]":
    """Run it as if this were the runner's token."""
    (folder / "dev.json").write_text(json.dumps({"ws_url": runner.ws_url, "token": bearer}))
    return subprocess.run(
        [sys.executable, "-m", "scripts.smoke", "local"],
        cwd=ROOT,
        env=os.environ | {"STREAMER_STATE_DIR": str(folder)},
        capture_output=True,
        text=True,
        timeout=180,
    )


def test_a_running_application_passes(runner: Runner, tmp_path: Path) -> None:
    done = smoke(runner, tmp_path, token(runner))
    said = done.stdout.splitlines()
    assert done.returncode == 0, done.stderr
    assert said == [
        "ok: echo",
        "ok: progress to 100 %",
        "ok: a link that has not expired",
        "ok: the link opens",
    ]


def test_one_without_records_passes_too(shipped: Runner, tmp_path: Path) -> None:
    assert smoke(shipped, tmp_path, shipped.token).returncode == 0


def test_what_is_not_good_is_said(shipped: Runner, tmp_path: Path) -> None:
    done = smoke(shipped, tmp_path, "none.such.token")
    assert done.returncode == 1
    assert "ConnectionRefused" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_a_token_it_says_where_one_belongs() -> None:
    """A deployed stack is not even asked for."""
    environment = {name: value for name, value in os.environ.items() if name != "STREAMER_TOKEN"}
    command = [sys.executable, "-m", "scripts.smoke", "prod"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "STREAMER_TOKEN holds a token" in done.stderr
    assert "Traceback" not in done.stderr
