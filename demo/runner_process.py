"""Runs `streamer dev` as a user does: as a process of its own, stopped with Ctrl-C's signal."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

READY_WITHIN = 60.0
STOPPED_WITHIN = 10.0


class RunnerError(Exception):
    """The runner did not start; the message has the end of its log."""


@dataclass(frozen=True)
class Runner:
    """A running `streamer dev`: what its dev.json says, and where its files are."""

    ws_url: str
    endpoint_url: str
    token: str
    outputs: dict[str, str]
    state_dir: Path
    log: Path
    pid: int

    @property
    def bucket(self) -> str:
        """The data bucket's name."""
        return self.outputs["DataBucketName"]


@contextmanager
def running(
    overrides: Sequence[str] = (),
    template: Path = Path("template.yaml"),
    environment: dict[str, str] | None = None,
) -> Iterator[Runner]:
    """Start a runner on free ports with a state folder of its own; stop it on the way out.

    `overrides` are `Parameter=value`. The folder goes too, unless the body
    raised an error: then its log may say why.

    Raises RunnerError if it ends or is not ready in time.
    """
    state_dir = Path(tempfile.mkdtemp(prefix="streamer-"))
    command = [str(Path(sys.executable).with_name("streamer")), "dev", "--port", "0"]
    command += ["--template", str(template), "--state-dir", str(state_dir)]
    for override in overrides:
        command += ["--parameter-overrides", override]
    log = state_dir / "dev.log"
    with log.open("wb") as output:
        # A session of its own: the terminal's Ctrl-C reaches only us, and we stop it in order.
        process = subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
    failed = False
    try:
        yield _ready(process, state_dir, log)
    except Exception:
        failed = True
        raise
    finally:
        stop(process)
        if not failed:
            shutil.rmtree(state_dir, ignore_errors=True)


def stop(process: "subprocess.Popen[bytes]") -> None:
    """End the runner as Ctrl-C does; kill it with its workers if it does not obey."""
    process.send_signal(signal.SIGINT)
    try:
        process.wait(STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)  # its own session, so the group is its own as well
        process.wait()


def _ready(process: "subprocess.Popen[bytes]", state_dir: Path, log: Path) -> Runner:
    deadline = time.monotonic() + READY_WITHIN
    while time.monotonic() < deadline and process.poll() is None:
        try:
            said = json.loads((state_dir / "dev.json").read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            time.sleep(0.02)
            continue
        return Runner(
            said["ws_url"], said["endpoint_url"], said["token"], said["outputs"], state_dir, log, process.pid
        )
    what = (
        f"is not ready after {READY_WITHIN:g} s"
        if process.poll() is None
        else f"ended with {process.returncode}"
    )
    tail = "\n".join(log.read_text(errors="replace").splitlines()[-20:])
    raise RunnerError(f"streamer dev {what}; its log, {log}, ends with:\n{tail}")
