"""Who owns a runner's folder."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from streamer.local.errors import LocalError
from streamer.local.state import StateFolder, write_private

HOLD = """
import sys, time
from pathlib import Path
from streamer.local.state import StateFolder
folder = StateFolder(Path(sys.argv[1]))
folder.take()
folder.publish({"ws_url": "ws://127.0.0.1:1/live"})
print(flush=True)
time.sleep(60)
"""


def test_the_second_is_told_who_serves_there_and_changes_nothing(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE) as owner:
        try:
            assert owner.stdout
            assert owner.stdout.readline()
            before = {path: path.read_bytes() for path in tmp_path.iterdir()}
            second = StateFolder(tmp_path)
            with pytest.raises(LocalError, match=rf"process {owner.pid}, serves ws://127.0.0.1:1/live"):
                second.take()
            second.withdraw()
            second.release()
            assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
        finally:
            owner.send_signal(signal.SIGKILL)
    third = StateFolder(tmp_path)  # a killed owner owns nothing
    third.take()
    third.withdraw()
    assert (tmp_path / "dev.json").exists()  # written by another hand
    third.publish({"ws_url": "ws://127.0.0.1:2/live"})
    assert stat.S_IMODE((tmp_path / "dev.json").stat().st_mode) == 0o600
    third.withdraw()
    assert not (tmp_path / "dev.json").exists()
    third.release()


def test_one_that_has_no_addresses_yet_is_starting(tmp_path: Path) -> None:
    first, second = StateFolder(tmp_path), StateFolder(tmp_path)
    first.take()
    with pytest.raises(LocalError, match=f"process {os.getpid()}, is starting"):
        second.take()
    first.release()
    second.take()
    second.release()


def test_a_folder_that_cannot_be_had_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path / "file", tmp_path / "file" / "below"):
        with pytest.raises(LocalError, match=r"cannot be written: .*--state-dir") as refused:
            StateFolder(path).take()
        assert "\n" not in str(refused.value)


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_private(tmp_path / "dev.json", "old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(LocalError, match="No space left on device"):
        write_private(tmp_path / "dev.json", "new")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("dev.json", "old")]
