"""What the formats say alike: titles, dates, figures as people read them, and the ranking they show."""

from datetime import UTC, date, datetime
from decimal import Decimal

from steps.generate_report.report import DailyRow, GroupRow, Report, Sums

AUTHOR = "Streamer"
NO_RECORDS = "There are no records in this period."
TOP_GROUPS = 10

_LISTED_FILTER_VALUES = 10
_LONGEST_TEXT = 128


def plain(text: str) -> str:
    """Return data's text on one line, without control characters, cut to a length that can be laid out."""
    line = "".join(c if c.isprintable() else " " for c in text[: 4 * _LONGEST_TEXT])
    line = " ".join(line.split())
    return line if len(line) <= _LONGEST_TEXT else line[: _LONGEST_TEXT - 1] + "…"


def label(column: str) -> str:
    """Return a column's name as words: `tail_number` becomes `tail number`."""
    return plain(column.replace("_", " ")) or "value"


def heading(column: str) -> str:
    """Return a column's name as the heading of a table's column."""
    words = label(column)
    return words[0].upper() + words[1:]


def group_name(name: str) -> str:
    """Return a group's name as shown, also where the data has none."""
    return plain(name) or "(blank)"


def title(report: Report) -> str:
    """Return the report's title."""
    return f"Report by {label(report.dimension)}"


def long_date(day: date) -> str:
    """Return `1 January 2013`."""
    return f"{day.day} {day:%B %Y}"


def period(report: Report) -> str:
    """Return the first and the last day with a dash between; a single day stands alone."""
    first, last = long_date(report.start_date), long_date(report.end_date)
    return first if first == last else f"{first} \N{EN DASH} {last}"


def generated_at(report: Report) -> datetime:
    """Return when the figures were made, in UTC."""
    return datetime.fromtimestamp(report.generated_at, UTC)


def generated(report: Report) -> str:
    """Return `Generated 24 November 2026, 01:10 UTC`."""
    moment = generated_at(report)
    return f"Generated {long_date(moment)}, {moment:%H:%M} UTC"


def filters(report: Report) -> list[tuple[str, str]]:
    """Return each filter's column and the values it keeps; of a long list, the first ten."""
    lines = []
    for column, kept in report.filters.items():
        values = [kept] if isinstance(kept, str) else kept
        shown = ", ".join(group_name(value) for value in values[:_LISTED_FILTER_VALUES])
        more = len(values) - _LISTED_FILTER_VALUES
        lines.append((label(column), f"{shown} and {more:,} more" if more > 0 else shown))
    return lines


def count(number: int, noun: str) -> str:
    """Return `1 day`, `27,004 records`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def places(report: Report) -> int:
    """Return how many decimals show every total of the report exactly."""
    exponents = [row.total.as_tuple().exponent for row in (report.totals, *report.daily, *report.groups)]
    return max(0, *(-exponent for exponent in exponents if isinstance(exponent, int)))


def amount(value: Decimal, decimals: int) -> str:
    """Return `27,188,805` or `1,234.50`."""
    return f"{value:,.{decimals}f}"


def mean(sums: Sums) -> Decimal:
    """Return the measure's mean over these records; 0 where there are none."""
    return sums.total / sums.records if sums.records else Decimal(0)


def busiest(report: Report) -> DailyRow | None:
    """Return the day with most records, the first of equals; None where there are no records."""
    return max(report.daily, key=lambda row: row.records, default=None) if report.totals.records else None


def shown_groups(report: Report) -> tuple[list[GroupRow], GroupRow | None]:
    """Return the groups to print and, for a summary that leaves some out, their sums in one row."""
    rest = report.groups[TOP_GROUPS:]
    if report.report_type == "detailed" or not rest:
        return report.groups, None
    return report.groups[:TOP_GROUPS], GroupRow(
        name=f"Other ({count(len(rest), 'group')})",
        records=sum(row.records for row in rest),
        total=sum((row.total for row in rest), Decimal(0)),
        share=sum(row.share for row in rest),
    )
