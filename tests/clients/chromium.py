"""A headless browser with a page, for as long as a test wants it."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from demo.browser import FLAGS
from tests.support.browser import browser_path


@contextmanager
def page(url: str) -> Iterator[None]:
    """Show a page while the body runs."""
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        process = subprocess.Popen(
            [browser_path(), "--headless", *FLAGS, f"--user-data-dir={profile}", url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            yield
        finally:
            process.terminate()
            process.wait(10)
