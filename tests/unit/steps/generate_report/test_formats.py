"""Every format is read back and compared with the report that it was written from."""

import csv
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO, StringIO
from itertools import cycle
from typing import Literal, get_args

import pytest
from openpyxl import Workbook, load_workbook
from pypdf import PdfReader

from steps.generate_report.formats import write
from steps.generate_report.report import DailyRow, Format, GroupRow, Report, Sums

FORMATS: tuple[Format, ...] = get_args(Format)
ARABIC, CHINESE = "الطيران العربية", "中国国际航空公司"
HOSTILE = ["=cmd()", "+1", "@x", "<b>&", "</para>", "", "a\r\nb\x07c", "x" * 40_000, ARABIC, CHINESE]


def report(
    days: int = 31,
    names: list[str] | None = None,
    report_type: Literal["summary", "detailed"] = "summary",
    filters: dict[str, str | list[str]] | None = None,
    measure: str = "air_time",
    start: date = date(2013, 1, 1),
) -> Report:
    """Return a report whose groups and days both add up to its totals; without names it has no records."""
    names = [f"Group {n}" for n in range(14)] if names is None else names
    by_name = {name: Sums() for name in names}
    by_day = {start + timedelta(n): Sums() for n in range(days)}
    totals = Sums()
    cells = cycle(by_name)
    for at in range(max(days, len(names)) * 7 if names else 0):
        records = 100 + at % 13
        total = Decimal(records * 7919) / 100
        for sums in (by_name[next(cells)], by_day[start + timedelta(at % days)], totals):
            sums.records += records
            sums.total += total
    groups = [
        GroupRow(name=name, records=sums.records, total=sums.total, share=sums.records / totals.records)
        for name, sums in by_name.items()
    ]
    return Report(
        measure=measure,
        dimension="carrier_name",
        start_date=start,
        end_date=start + timedelta(days - 1),
        report_type=report_type,
        filters=filters or {},
        generated_at=1_795_482_600,
        totals=totals,
        daily=[DailyRow(day=day, records=sums.records, total=sums.total) for day, sums in by_day.items()],
        groups=sorted(groups, key=lambda row: -row.records),
    )


def written(source: Report, file_format: Format, *, charts: bool = True) -> bytes:
    """Write the file and check that its parts were counted from one to the last."""
    parts: list[tuple[int, int]] = []
    file = write(source, file_format, charts=charts, on_part=lambda done, total: parts.append((done, total)))
    total = parts[-1][1]
    assert total >= 4
    assert parts == [(done, total) for done in range(1, total + 1)]
    return file


def pdf_pages(source: Report, *, charts: bool = True) -> list[str]:
    pages = PdfReader(BytesIO(written(source, "pdf", charts=charts))).pages
    return [page.extract_text() for page in pages]


def pdf_text(source: Report, *, charts: bool = True) -> str:
    return "\n".join(pdf_pages(source, charts=charts))


def csv_rows(source: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(StringIO(written(source, "csv").decode(), newline="")))


def workbook(source: Report, *, charts: bool = True) -> Workbook:
    return load_workbook(BytesIO(written(source, "xlsx", charts=charts)))


def sheet_rows(book: Workbook, name: str) -> list[tuple[object, ...]]:
    return list(book[name].iter_rows(values_only=True))


def test_pdf_says_what_it_is_about_and_its_exact_totals() -> None:
    source = report(filters={"origin": ["JFK", "LGA"], "<b>&": "<i>x</i>"})
    text = pdf_text(source)
    for expected in (
        "Report by carrier name",
        "1 January 2013 \N{EN DASH} 31 January 2013",
        "Generated 24 November 2026, 01:10 UTC",
        "Only origin: JFK, LGA",
        "Only <b>&: <i>x</i>",
        f"{source.totals.records:,}",
        f"{source.totals.total:,}",
        f"{source.average:,.2f}",
    ):
        assert expected in text


def test_pdf_carries_metadata_and_numbers_its_pages() -> None:
    reader = PdfReader(BytesIO(written(report(), "pdf")))
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == ("Report by carrier name", "Streamer")
    assert reader.metadata.subject == "1 January 2013 \N{EN DASH} 31 January 2013"
    for number, page in enumerate(reader.pages, start=1):
        assert f"Page {number} of {len(reader.pages)}" in page.extract_text()


def test_pdf_summary_adds_what_it_leaves_out() -> None:
    source = report()
    lines = pdf_text(source, charts=False).splitlines()
    at = lines.index("Other (4 groups)")
    rest = source.groups[10:]
    assert lines[at + 1] == f"{sum(row.records for row in rest):,}"
    assert lines[at + 2] == f"{sum(row.total for row in rest):,}"
    assert source.groups[10].name not in lines


def test_pdf_detailed_lists_every_group_and_day() -> None:
    source = report(days=40, names=[f"Group {n}" for n in range(60)], report_type="detailed")
    lines = set(pdf_text(source).splitlines())
    assert {row.name for row in source.groups} <= lines
    assert {f"{row.day.day} {row.day:%B %Y}" for row in source.daily} <= lines
    assert not any(line.startswith("Other (") for line in lines)


def test_pdf_charts_are_drawn_only_where_asked_for() -> None:
    assert "Records per day" in pdf_text(report(), charts=True)
    assert "Records per day" not in pdf_text(report(), charts=False)
    # Vectors: the page refers to no image.
    assert "/XObject" not in str(PdfReader(BytesIO(written(report(), "pdf"))).pages[0]["/Resources"])


def test_csv_is_one_table_of_days_groups_and_the_total() -> None:
    source = report()
    rows = csv_rows(source)
    assert list(rows[0]) == ["section", "name", "records", "air_time"]
    for section, expected in (("day", source.daily), ("group", source.groups), ("total", [source.totals])):
        found = [row for row in rows if row["section"] == section]
        assert [(int(row["records"]), Decimal(row["air_time"])) for row in found] == [
            (sums.records, sums.total) for sums in expected
        ]
    assert rows[0]["name"] == "2013-01-01"
    assert rows[-1]["section"] == "total"


def test_csv_ends_lines_as_rfc_4180_says_and_quotes_what_needs_it() -> None:
    text = written(report(days=1, names=['a,"b"']), "csv").decode()
    assert text.count("\r\n") == text.count("\n") == 4
    assert '"a,""b"""' in text


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n"])
def test_csv_never_starts_a_text_cell_with_a_formula(start: str) -> None:
    rows = csv_rows(report(days=1, names=[f"{start}cmd()"], measure=f"{start}1"))
    assert rows[1]["name"] == f"'{start}cmd()"
    assert list(rows[0])[3] == f"'{start}1"


def test_xlsx_holds_numbers_and_dates() -> None:
    source = report()
    book = workbook(source)
    assert book.sheetnames == ["Summary", "Daily", "Groups"]
    daily, groups = sheet_rows(book, "Daily"), sheet_rows(book, "Groups")
    assert daily[0] == ("Day", "Weekday", "Records", "Air time", "Average air time")
    first = source.daily[0]
    assert daily[1][:4] == (datetime(2013, 1, 1), "Tuesday", first.records, float(first.total))
    assert groups[1][:4] == (
        1,
        source.groups[0].name,
        source.groups[0].records,
        float(source.groups[0].total),
    )
    assert len(groups) == 1 + len(source.groups) + 1
    totals = (source.totals.records, float(source.totals.total))
    assert daily[-1][2:4] == groups[-1][2:4] == totals
    summary = {row[0]: row[1] for row in sheet_rows(book, "Summary")}
    assert (summary["Records"], summary["Total air time"]) == totals
    assert summary["First day"] == datetime(2013, 1, 1)
    assert summary["Generated"] == datetime(2026, 11, 24, 1, 10)


def test_xlsx_is_laid_out_for_reading() -> None:
    book = workbook(report())
    for name in ("Daily", "Groups"):
        assert book[name].freeze_panes == "A2"
        assert book[name]["D2"].number_format == "#,##0.00"
    assert book["Daily"]["A2"].number_format == "d mmm yyyy"


@pytest.mark.parametrize("charts", [True, False])
def test_xlsx_has_native_charts_only_where_asked_for(charts: bool) -> None:
    drawn = workbook(report(), charts=charts)["Summary"]._charts  # type: ignore[attr-defined]
    assert len(drawn) == (2 if charts else 0)


def test_xlsx_never_makes_a_formula_of_text() -> None:
    book = workbook(report(days=1, names=HOSTILE, measure="=1+1", filters={"=a": "=b"}))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    assert "=cmd()" in [cell.value for cell in cells]


@pytest.mark.parametrize("report_type", ["summary", "detailed"])
def test_hostile_names_are_shown_as_they_are(report_type: Literal["summary", "detailed"]) -> None:
    source = report(days=3, names=HOSTILE, report_type=report_type, measure="<b>", filters={CHINESE: HOSTILE})
    text = pdf_text(source)
    for shown in ("=cmd()", "<b>&", "</para>", "(blank)", "a b c", "x…", CHINESE):
        assert shown in text
    assert f"{source.totals.total:,}" in text
    names = {row["name"] for row in csv_rows(source) if row["section"] == "group"}
    assert {"'=cmd()", "<b>&", "", ARABIC, CHINESE} <= names
    listed = {row[1] for row in sheet_rows(workbook(source), "Groups")}
    assert {"=cmd()", "<b>&", "(blank)", ARABIC, CHINESE} <= listed


@pytest.mark.parametrize("file_format", FORMATS)
def test_no_records_are_said_plainly(file_format: Format) -> None:
    source = report(days=2, names=[])
    if file_format == "pdf":
        assert "There are no records in this period." in pdf_text(source)
    elif file_format == "csv":
        assert [row["records"] for row in csv_rows(source)] == ["0", "0", "0"]
    else:
        values = [row[0] for row in sheet_rows(workbook(source), "Summary")]
        assert "There are no records in this period." in values


@pytest.mark.parametrize("file_format", FORMATS)
def test_a_report_may_be_without_days_or_lie_before_excels_first(file_format: Format) -> None:
    empty = report(days=1, names=[]).model_copy(update={"daily": []})
    assert written(empty, file_format)
    assert written(report(start=date(1, 1, 1)), file_format)


def test_one_day_needs_no_series() -> None:
    text = pdf_text(report(days=1))
    assert "Records per day" not in text
    assert "Records by carrier name" in text


@pytest.mark.parametrize("report_type", ["summary", "detailed"])
def test_a_year_of_many_groups(report_type: Literal["summary", "detailed"]) -> None:
    names = [f"Group {n}" for n in range(400)]
    source = report(366, names, report_type, start=date(2012, 1, 1))
    pages = pdf_pages(source)
    assert f"Page {len(pages)} of {len(pages)}" in pages[-1]
    assert f"{source.totals.total:,}" in pages[-1]
    assert len(csv_rows(source)) == 366 + 400 + 1
    assert len(sheet_rows(workbook(source), "Daily")) == 366 + 2


@pytest.mark.parametrize("file_format", FORMATS)
def test_an_error_of_the_listener_ends_the_writing(file_format: Format) -> None:
    def out_of_time(_done: int, _total: int) -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        write(report(), file_format, charts=True, on_part=out_of_time)
