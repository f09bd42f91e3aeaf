"""Runs commands in a terminal, and keeps what the terminal showed, and when."""

import codecs
import fcntl
import os
import pty
import struct
import subprocess
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, Thread

from scripts.recording.screen import Screen
from scripts.recording.terminal_svg import COLUMNS

ROWS = 24
Shown = tuple[float, list[str]]


class Recorder:
    """A terminal in which one command runs after the other. `shown` has its lines after each change."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.shown: list[Shown] = []
        self._environment = {**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
        self._screen, self._began, self._lock = Screen(), time.monotonic(), Lock()

    @contextmanager
    def running(self, command: Path, *arguments: str) -> Iterator["subprocess.Popen[bytes]"]:
        """Run a command, as if it were typed; wait for its end on the way out."""
        self._write(f"$ {' '.join([command.name, *arguments])}\n")
        ours, its = pty.openpty()
        fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        process = subprocess.Popen(  # noqa: S603
            [command, *arguments], stdin=its, stdout=its, stderr=its, env=self._environment
        )
        os.close(its)
        reading = Thread(target=self._read, args=[ours])
        reading.start()
        yield process
        process.wait()
        reading.join()
        os.close(ours)

    def _read(self, terminal: int) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")()
        while True:
            try:
                written = os.read(terminal, 1 << 16)
            except OSError:  # nobody has it open any more
                return
            self._write(decoder.decode(written))

    def _write(self, text: str) -> None:
        with self._lock:
            self._screen.feed(text)
            lines = self._screen.lines
            self.shown.append((time.monotonic() - self._began, lines[: len(lines) - (lines[-1] == "")]))
