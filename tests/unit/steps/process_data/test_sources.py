"""Sources out of bytes: types that hold every cell, and what is broken told with its row."""

import csv
import io
import json
from pathlib import Path
from typing import Any, Literal

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from progress import PermanentError
from progress.reporter import Progress
from sql.database import database, told
from steps.process_data.cells import MISFIT
from steps.process_data.lines import DEEPEST, LONGEST_ROW
from steps.process_data.pipeline import ProcessRequest
from steps.process_data.sources import MOST_COLUMNS, fault_of, types_of, view_of

QUIET = Progress(None)


def request(file_format: str, output: str = "jsonl") -> ProcessRequest:
    payload = {"source": {"bucket_key": "records/x"}, "format": file_format, "output": {"format": output}}
    return ProcessRequest.model_validate(payload | {"pipeline": [{"filter": "true"}]})


def read(
    body: bytes, file_format: str = "csv", sampled: int | None = None
) -> tuple[dict[str, str], list[Any]]:
    """Return the types and the rows of a source, read as `prepare` reads it."""
    asked = request(file_format)
    with database(QUIET) as engine:
        path = engine.new_file()
        path.write_bytes(body)
        types = types_of(engine, path, asked, QUIET, sampled)
        view = view_of(engine, path, asked, types)
        try:
            with told("Step 1"):
                rows = engine.run(f"FROM {view}")
                assert file_format == "parquet" or engine.write(view).read == len(rows)
        except (PermanentError, duckdb.Error) as error:
            raise fault_of(error, asked) from error
        return types, rows


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-2", "0"], "BIGINT", [1, -2, 0]),
        (["1", "NA", "N/A"], "BIGINT", [1, None, None]),
        (["NA", "x"], "VARCHAR", ["NA", "x"]),
        (["NA", "NA"], "VARCHAR", ["NA", "NA"]),
        (["007", "12"], "VARCHAR", ["007", "12"]),
        (["-01"], "VARCHAR", ["-01"]),
        (["1_000"], "VARCHAR", ["1_000"]),
        ([" 1"], "VARCHAR", [" 1"]),
        (["+1"], "VARCHAR", ["+1"]),
        (["1.50", "2"], "DOUBLE", [1.5, 2.0]),
        (["1e3", "0.5"], "DOUBLE", [1000.0, 0.5]),
        ([".5"], "VARCHAR", [".5"]),
        (["1e999"], "VARCHAR", ["1e999"]),
        (["inf"], "VARCHAR", ["inf"]),
        (["true"], "VARCHAR", ["true"]),
        (["9007199254740993"], "BIGINT", [9007199254740993]),
        (
            ["12345678901234567890123456789012345678", "1"],
            "HUGEINT",
            [12345678901234567890123456789012345678, 1],
        ),
        (["9" * 39], "VARCHAR", ["9" * 39]),
        (["2013-01-05"], "VARCHAR", ["2013-01-05"]),
    ],
)
def test_a_csvs_column_has_the_least_type_that_holds_its_cells(
    cells: list[str], kind: str, values: list[Any]
) -> None:
    types, rows = read(("a,b\n" + "".join(f"{cell},x\n" for cell in [*cells, ""])).encode())
    assert types == {"a": kind, "b": "VARCHAR"}
    assert [row[0] for row in rows] == [*values, None]


@pytest.mark.parametrize("later", ["x", "1.5", "007", " 2", "1_0", "9" * 20, "+3"])
def test_a_later_cell_that_does_not_fit_ends_the_query_and_the_types_are_read_anew(later: str) -> None:
    body = f"a,b\n1,1\n2,1\n{later},1\n".encode()
    with pytest.raises(PermanentError) as caught:
        read(body, sampled=2)
    assert MISFIT in str(caught.value.__cause__)
    types, rows = read(body)
    assert types["a"] != "BIGINT"
    assert str(rows[-1][0]) == later


CELL = st.text(st.sampled_from('ab 01,"\u2028\x85é😀;-.'), max_size=6)
TABLE = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=12)
)


@settings(max_examples=40, deadline=None)
@given(TABLE, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans(), st.booleans())
def test_any_csv_is_read_as_python_reads_it(
    table: list[list[str]], newline: str, marked: bool, cut_off: bool, quoted: bool
) -> None:
    file = io.StringIO(newline="")
    header = [f"c{at}" for at in range(len(table[0]))]
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quoted else csv.QUOTE_MINIMAL
    csv.writer(file, lineterminator=newline, quoting=quoting).writerows([header, *table])
    body = file.getvalue()
    body = body[: -len(newline)] if cut_off else body
    encoded = body.encode("utf-8-sig" if marked else "utf-8")
    asked = request("csv", "csv")  # so that nothing is computed with
    with database(QUIET) as engine:
        path = engine.new_file()
        path.write_bytes(encoded)
        view = view_of(engine, path, asked, types_of(engine, path, asked, QUIET))
        found = engine.run(f"FROM {view}")
        assert engine.write(view).read == len(table)
    assert [[cell or "" for cell in row] for row in found] == table


BROKEN: list[tuple[bytes, str]] = [
    (b"a,b\n1,2\n3\n", "Row 2 of the source has 1 cells where the header has 2."),
    (b"a,b\n1,2,3\n", "Row 1 of the source has 3 cells where the header has 2."),
    (b'a,b\n1,"2\n', "Row 1 of the source cannot be read as CSV."),
    (b'a,b\n1,"2"x\n', "Row 1 of the source cannot be read as CSV."),
    (b"a,b\n1,2\n1,\xff\n", "Row 2 of the source is not UTF-8."),
    (b'a,b\n1,"2\n2"\n3\n', "Row 2 of the source has 1 cells"),
    (b"a\n" + b"x" * (LONGEST_ROW + 1), "Row 1 of the source is over 256 KB."),
    (b"a,b\r\n1,2\n3,4\r\n", "do its lines end alike?"),
    (b"a,a\n", 'two columns "a"'),
    (b"a,A\n", 'two columns "a"'),
    (b"\n\na\n", "The source has no columns"),
    (b"a,\n", "whose name has not 1 to 128 characters"),
    (",".join(f"c{at}" for at in range(MOST_COLUMNS + 1)).encode(), "over 1,000"),
    (b"c" * 129, "whose name has not 1 to 128 characters"),
]


@pytest.mark.parametrize(("body", "why"), BROKEN, ids=[ascii(body[:20]) for body, _ in BROKEN])
def test_a_broken_csv_is_told_with_its_row(body: bytes, why: str) -> None:
    with pytest.raises(PermanentError) as caught:
        read(body)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("values", "kind", "found"),
    [
        (["1", "null"], "BIGINT", [1, None]),
        (["1", "2.5"], "DOUBLE", [1.0, 2.5]),
        (['"1"', '"x"'], "VARCHAR", ["1", "x"]),
        (['"a\\u0000\\u00e9"'], "VARCHAR", ["a\0é"]),
        (["true", "false"], "BOOLEAN", [True, False]),
        (["1", "true"], "JSON", ["1", "true"]),
        (["1", '"1"'], "JSON", ["1", '"1"']),
        (["[1, 2]", '{"b": null}'], "JSON", ["[1,2]", '{"b":null}']),
        (["9007199254740993"], "BIGINT", [9007199254740993]),
        (["18446744073709551616"], "HUGEINT", [18446744073709551616]),
        (["9" * 50], "JSON", ["9" * 50]),
    ],
)
def test_json_keeps_its_types(values: list[str], kind: str, found: list[Any]) -> None:
    body = "".join(f'{{"a": {value}, "b": 1}}\n\n' for value in values) + '{"b": 1}\n'
    types, rows = read(body.encode(), "jsonl")
    assert types == {"a": kind, "b": "BIGINT"}
    assert [row[0] for row in rows] == [*found, None]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("[1]", "is not a JSON object"),
        ("\ufeff{}", "is not JSON"),
        ('"a"', "is not a JSON object"),
        ("{", "is not JSON"),
        ('{"a": NaN}', "is not JSON"),
        ('{"a": 1e999}', "is not JSON"),
        ('{"a": 1, "a": 2}', "is not JSON"),
        ('{"a": "\\ud800"}', "is not JSON"),
        ('{"a": 1}{"b": 2}', "is not JSON"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"a": ' + "[" * 1_000 + "]" * 1_000 + "}", "is nested over 100 levels deep"),
        ('{"a": ' + "[" * DEEPEST + "]" * DEEPEST + "}", "is nested over 100 levels deep"),
        ('{"a": ' + "[" * 100_000 + "]" * 100_000 + "}", "is nested over 100 levels deep"),
        ('{"a": "' + "x" * LONGEST_ROW + '"}', "is over 256 KB"),
    ],
)
def test_broken_json_is_told_with_its_row(line: str, why: str) -> None:
    with pytest.raises(PermanentError) as caught:
        read(f'{{"a": 1}}\n\n{line}\n'.encode(), "jsonl")
    assert f"Row 2 of the source {why}." in str(caught.value)


def test_deep_but_bearable_json_is_read() -> None:
    deep = "[" * (DEEPEST - 1) + "]" * (DEEPEST - 1)
    assert read(f'{{"a": {deep}, "b": "{"[" * 200}"}}\n'.encode(), "jsonl")[1] == [(deep, "[" * 200)]


def test_parquet_keeps_its_types_and_no_parquet_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    duckdb.execute(f"COPY (SELECT 1::SMALLINT AS a, DATE '2013-01-05' AS d, [1, 2] AS l) TO '{path}'")
    types, rows = read(path.read_bytes(), "parquet")
    assert (types, len(rows)) == ({"a": "SMALLINT", "d": "DATE", "l": "INTEGER[]"}, 1)
    whole = path.read_bytes()
    for broken in (b"PAR1", b"a,b\n1,2\n", whole[:-20], b"PAR1" + b"\0" * 200 + whole[-400:]):
        with pytest.raises(PermanentError, match=r"The source cannot be read as Parquet\."):
            read(broken, "parquet")


def test_json_that_is_large_is_read_row_by_row() -> None:
    body = "".join(json.dumps({"n": number, "t": "x" * 100}) + "\n" for number in range(30_000))
    types, rows = read(body.encode(), "jsonl")
    assert types == {"n": "BIGINT", "t": "VARCHAR"}
    assert rows[-1][0] == 29_999
