"""docs/scale.md: each table has its place there, between a mark of its name and its end."""

import re
from collections.abc import Callable, Mapping

from benchmarks.scale import dollar_tables, played_tables, quota_tables

TABLES: Mapping[str, Callable[[], str]] = {
    "calibration": quota_tables.calibrated,
    "limits": quota_tables.of_limits,
    "tenant": quota_tables.of_a_tenant,
    "connections": quota_tables.of_connections,
    "grid": quota_tables.of_both,
    "minute": played_tables.of_a_minute,
    "retries": played_tables.of_retries,
    "storm": played_tables.of_a_storm,
    "pushing": dollar_tables.of_pushing,
    "thousand": dollar_tables.of_a_thousand,
    "month": dollar_tables.of_a_month,
    "read": dollar_tables.of_what_was_read,
}


def filled(page: str) -> str:
    """Return the page with every table written anew. Raises ValueError where one has no place in it."""
    places = {name: re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->", re.DOTALL) for name in TABLES}
    for name, place in places.items():
        if (found := len(place.findall(page))) != 1:
            raise ValueError(f"docs/scale.md has {found} places for the table {name!r}")
    for name, place in places.items():
        (here,) = place.finditer(page)
        made = f"<!-- {name} -->\n\n{TABLES[name]()}\n\n<!-- /{name} -->"
        page = page[: here.start()] + made + page[here.end() :]
    return page
