"""The browser of the tests that want one: where it is, and how it is started."""

import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# No service of its maker's is asked for anything: that would only fail here, many times.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
)


def browser_path() -> str:
    """Return the browser's path, or skip the test, saying so."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"NOT TESTED IN A BROWSER: there is none of {', '.join(NAMES)}; apt-get install chromium")
    return found
