"""Rows out of bytes, whole or cut into parts anywhere that rows end."""

import csv
import io
import json
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress import PermanentError
from steps.process_data.reading import (
    LONGEST_ROW,
    MOST_COLUMNS,
    Lines,
    batches,
    csv_rows,
    json_rows,
    read_header,
)


def chunks(body: bytes, size: int) -> Iterator[bytes]:
    return (body[at : at + size] for at in range(0, len(body), size))


def whole(body: bytes, size: int = 1 << 18) -> list[list[str]]:
    lines = Lines(chunks(body, size))
    header = read_header(lines)
    rows = list(csv_rows(lines, len(header)))
    assert lines.end == len(body)
    return [header, *rows]


CELL = st.text(st.sampled_from('ab ,"\r\n\u2028\x85é😀;'), max_size=6)
TABLE = st.integers(1, 4).flatmap(
    lambda width: st.lists(st.lists(CELL, min_size=width, max_size=width), min_size=1, max_size=20)
)


@given(
    TABLE,
    st.sampled_from(["\n", "\r\n"]),
    st.integers(1, 40),
    st.integers(1, 60),
    st.booleans(),
    st.booleans(),
)
def test_cut_at_any_size_the_rows_are_those_of_csv_reader(
    table: list[list[str]], newline: str, chunk: int, part: int, marked: bool, cut_off: bool
) -> None:
    text = io.StringIO(newline="")
    header = [f"c{at}" for at in range(len(table[0]))]
    # Python's writer leaves a CR unquoted where lines end with LF alone.
    all_quoted = csv.writer(text, lineterminator=newline, quoting=csv.QUOTE_ALL)
    writer = all_quoted if newline == "\n" else csv.writer(text, lineterminator=newline)
    writer.writerows([header, *table])
    body = text.getvalue().encode("utf-8-sig" if marked else "utf-8")
    body = body[: -len(newline)] if cut_off else body
    wanted = [
        row for row in csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True) if row
    ]

    assert whole(body, chunk) == wanted

    lines = Lines(chunks(body, chunk))
    read_header(lines)
    rows, start = csv_rows(lines, len(header)), lines.end
    parts = []
    while start < len(body):  # as the survey cuts
        target = start + part
        for _ in rows:
            if lines.end >= target:
                break
        parts.append(body[start : lines.end])
        start = lines.end
    assert b"".join(parts) == body[len(body) - sum(map(len, parts)) :]
    at, found = len(body) - sum(map(len, parts)), list[list[str]]()
    for each in parts:
        found += csv_rows(Lines(chunks(each, chunk), at, len(found)), len(header))
        at += len(each)
    assert found == wanted[1:]


@given(
    st.lists(st.dictionaries(CELL, st.none() | st.booleans() | st.integers() | CELL), max_size=20),
    st.integers(1, 40),
    st.booleans(),
)
def test_jsonl_at_any_chunk_size(objects: list[dict[str, object]], chunk: int, escaped: bool) -> None:
    body = "\n\n".join(json.dumps(each, ensure_ascii=escaped) for each in objects).encode()
    assert list(json_rows(Lines(chunks(body, chunk)))) == objects


def test_a_mark_is_dropped_only_where_the_source_begins() -> None:
    mark = "\ufeff"
    assert whole(f"{mark}a\n{mark}b\n".encode()) == [["a"], [f"{mark}b"]]
    assert list(csv_rows(Lines([f"{mark}b\n".encode()], start=5), 1)) == [[f"{mark}b"]]
    assert list(json_rows(Lines([f'{mark}{{"a": 1}}'.encode()]))) == [{"a": 1}]


def test_integers_keep_every_digit_and_absent_keys_are_null() -> None:
    body = b'{"a": 9007199254740993, "b": 1.5}\n{"b": [1, {"c": null}]}\n'
    assert list(batches(Lines([body]), "jsonl", ["a", "b"])) == [
        [[9007199254740993, 1.5], [None, [1, {"c": None}]]]
    ]


def test_batches_are_small() -> None:
    rows = list(batches(Lines([b"1\n" * 1000]), "csv", ["a"]))
    assert max(map(len, rows)) <= 200
    long = [f"{'x' * (LONGEST_ROW // 2)}\n".encode() * 10]
    assert max(map(len, batches(Lines(long), "csv", ["a"]))) <= 3


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"a,b\n1,2\n3\n", "Row 2 of the source has 1 cells where the header has 2"),
        (b"a,b\n1,2,3\n", "Row 1 of the source has 3 cells"),
        (b'a,b\n1,"2\n', "Row 1 of the source cannot be read as CSV"),
        (b'a,b\n1,"2"x\n', "Row 1 of the source cannot be read as CSV"),
        (b"a,b\n1,2\n1,\xff\n", "Row 2 of the source is not UTF-8"),
        ("a,b\n1,ü\n".encode("utf-16"), "not UTF-8"),
        (b"a,b\n1,\0\n", "Row 1 of the source has a null character"),
        (b"a\n" + b"x" * (LONGEST_ROW + 1), "Row 1 of the source is over 256 KB"),
        (b'a\n"' + b"x\n" * LONGEST_ROW, "Row 1 of the source is over 256 KB"),
        (b"a,a\n", 'two columns "a"'),
        (b"\n\n", "The source is empty"),
        (b'"a', "no CSV header"),
        (",".join(f"c{at}" for at in range(MOST_COLUMNS + 1)).encode(), "over 1,000 columns"),
        (b"c" * 129, "over 128 characters"),
    ],
)
def test_what_is_broken_is_told_with_its_row(body: bytes, why: str) -> None:
    with pytest.raises(PermanentError) as caught:
        whole(body)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("[1]", "is not a JSON object"),
        ("{", "is not JSON"),
        ('{"a": NaN}', "is not JSON"),
        ('{"a": 1e999}', "is not JSON"),
        ('{"a": ' + "9" * 5000 + "}", "is not JSON"),
        ('{"a": ' + "[" * 100_000 + "}", "is not JSON"),
        ('{"a": "\\ud800"}', "has half a surrogate pair"),
        ('{"a": 1}{"b": 2}', "is not JSON"),
    ],
)
def test_broken_json_is_told_with_its_row(line: str, why: str) -> None:
    with pytest.raises(PermanentError) as caught:
        list(json_rows(Lines([b'{"a": 1}\n\n', line.encode()])))
    assert f"Row 2 of the source {why}" in str(caught.value)
