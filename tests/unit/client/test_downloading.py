"""`--output`: a result's file on the disk."""

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, cast

import pytest
from rich.console import Console

from streamer.client.frames import ServerFrame
from streamer.commands.arguments import Failed
from streamer.commands.downloading import LONG_BYTES, download
from tests.unit.client.endpoint import complete

LONG = b"x" * (LONG_BYTES + 1)


@pytest.fixture
def files() -> Iterator[str]:
    """A server of files: one that is there, one that is long, one that breaks off, one that has expired."""

    class Files(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = LONG if self.path == "/long" else b"content"
            self.send_response({"/expired": 403, "/gone": 404}.get(self.path, 200))
            self.send_header("Content-Length", str(len(body) + (self.path == "/broken")))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def fetch(result: Any, path: Path, terminal: bool = False) -> str:
    output = io.StringIO()
    last = cast("ServerFrame", complete({"id": "job"}, 2, result))
    download(last, path, Console(file=output, force_terminal=terminal, width=80))
    return output.getvalue()


def test_the_file_is_written(files: str, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(b"an older one")
    assert fetch({"url": f"{files}/report.pdf", "size": 7}, path).endswith("report.pdf: 7 bytes\n")
    assert path.read_bytes() == b"content"
    assert list(tmp_path.iterdir()) == [path]


def test_a_long_one_has_a_bar(files: str, tmp_path: Path) -> None:
    assert "downloading" in fetch({"report_url": f"{files}/long"}, tmp_path / "long", terminal=True)
    assert (tmp_path / "long").read_bytes() == LONG
    assert "downloading" not in fetch({"url": f"{files}/short"}, tmp_path / "short", terminal=True)


@pytest.mark.parametrize(
    ("name", "reason"),
    [("expired", "its link has expired"), ("gone", "status 404"), ("broken", "7 of 8 bytes came")],
)
def test_a_file_that_does_not_come_is_one_line(files: str, tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"an older one")
    with pytest.raises(Failed, match=reason):
        fetch({"url": f"{files}/{name}"}, path)
    assert path.read_bytes() == b"an older one"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "result", [None, {}, {"url": "file:///etc/passwd"}, {"url": "http://a", "b_url": "http://b"}]
)
def test_a_result_without_one_file(tmp_path: Path, result: Any) -> None:
    with pytest.raises(Failed, match="file in the result"):
        fetch(result, tmp_path / "file")
    assert not list(tmp_path.iterdir())


def test_a_disk_that_refuses_is_one_line(files: str, tmp_path: Path) -> None:
    with pytest.raises(Failed, match=r"cannot be downloaded to .*No such file"):
        fetch({"url": f"{files}/a"}, tmp_path / "missing" / "file")
