"""The demonstration's data is all there, each row as it was."""

import csv
import io
from datetime import date, timedelta

from demo.flights import JANUARY, YEAR, partitions


def test_january_by_day() -> None:
    days = list(partitions(JANUARY))
    assert [day for day, _, _ in days] == [date(2013, 1, 1) + timedelta(days=n) for n in range(31)]
    assert sum(rows for _, _, rows in days) == 27_004
    for day, body, rows in days:
        flights = list(csv.DictReader(io.StringIO(body.decode())))
        assert len(flights) == rows
        assert {(f["year"], f["month"], f["day"]) for f in flights} == {("2013", "1", str(day.day))}
        assert len(flights[0]) == 19


def test_the_year() -> None:
    days = [(day, rows) for day, _, rows in partitions(YEAR)]
    assert len({day for day, _ in days}) == len(days) == 365
    assert sum(rows for _, rows in days) == 336_776
