"""Links to files, as results have them: which there are, what their file is called, how long they open."""

import re
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from streamer.printable import printable

# What may stand in a terminal's escape sequence, and be opened without any.
_PLAIN = re.compile(r"https?://[!-~]+")
_UNITS = ((86400, "day"), (3600, "h"), (60, "min"), (1, "s"))


def links_in(body: Any) -> dict[str, str]:
    """Return the links among a result's fields, by the fields' names; none of those that are sent to."""
    if not isinstance(body, Mapping) or "method" in body:
        return {}
    found = {name: value for name, value in body.items() if name == "url" or name.endswith("_url")}
    return {name: url for name, url in found.items() if isinstance(url, str) and _PLAIN.fullmatch(url)}


def file_name(url: str) -> str:
    """Return the name of the file behind a link."""
    path = urlsplit(url)
    return printable(unquote(path.path.rpartition("/")[2])) or path.netloc


def expiry(body: Mapping[str, Any]) -> str:
    """Return when the links of a result expire, as "expires in 1 h"; nothing where it does not say."""
    at = body.get("expires_at")
    if not isinstance(at, int | float):
        return ""
    return f"expires in {length(at - time.time())}" if at > time.time() else "has expired"


def length(seconds: float) -> str:
    """Return a length of time for people: "0.3 s", "9 s", "2 min", "1.5 h", "1 day"."""
    # 59.6 min are 1 h: what is rounded up takes the next unit.
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= 0.995 * size), _UNITS[-1])
    value = f"{seconds / size:.2g}" if seconds < 9.95 * size else f"{seconds / size:.0f}"
    return f"{value} {unit}{'s' if unit == 'day' and value != '1' else ''}"
