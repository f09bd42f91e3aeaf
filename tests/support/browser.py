"""The browser of the tests that want one, or a loud skip."""

import pytest

from demo.browser import NAMES, find


def browser_path() -> str:
    """Return the browser's path, or skip the test, saying so."""
    found = find()
    if found is None:
        pytest.skip(f"NOT TESTED IN A BROWSER: there is none of {', '.join(NAMES)}; apt-get install chromium")
    return found
