"""The browser that pages are looked at with: where it is, and how it is started."""

import shutil

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


def find() -> str | None:
    """Return the browser's path, if there is one."""
    return next(filter(None, map(shutil.which, NAMES)), None)
