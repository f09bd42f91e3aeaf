"""Rows out of bytes: CSV (RFC 4180, with a header) and JSONL, in UTF-8.

One reader serves the survey, which finds where rows end, and the stages that read parts cut there; so that a
part's rows are the whole's, whatever is in quotes.
"""

import csv
import json
import math
from collections.abc import Iterable, Iterator
from typing import Any, NoReturn

from progress import PermanentError
from steps.process_data.pipeline import LONGEST_NAME, Format

LONGEST_ROW = 256 * 1024  # bytes
MOST_COLUMNS = 1_000
ROWS_AT_ONCE = 200  # so that a batch is small, whatever a pipeline makes of its rows

csv.field_size_limit(LONGEST_ROW)

Row = list[Any]


class Lines:
    """The lines of a source, from the byte `start` on, before which there are `row` rows.

    `end` is where in the source the line ends that was read last. Only CR and LF end a line.
    """

    def __init__(self, chunks: Iterable[bytes], start: int = 0, row: int = 0) -> None:
        self._lines = self._split(chunks)
        self.end = start
        self.row = row
        self.row_start = start  # where the row begins that is being read

    def __iter__(self) -> Iterator[str]:
        """Return the lines that were not yet read, each with its end.

        Raises (when iterated):
            PermanentError: a row is too long, no UTF-8, or has a null character.
        """
        return self._lines

    def _split(self, chunks: Iterable[bytes]) -> Iterator[str]:
        rest = b""
        for chunk in chunks:
            block = rest + chunk
            cut = (
                max(block.rfind(b"\n"), block.rfind(b"\r", 0, -1)) + 1
            )  # a CR at the end may have its LF to come
            yield from self._decoded(block[:cut])
            rest = block[cut:]
            if len(rest) > LONGEST_ROW:
                self.refuse(f"is over {LONGEST_ROW // 1024} KB")
        yield from self._decoded(rest)

    def _decoded(self, block: bytes) -> Iterator[str]:
        for line in block.splitlines(keepends=True):
            self.end += len(line)
            if self.end - self.row_start > LONGEST_ROW:
                self.refuse(f"is over {LONGEST_ROW // 1024} KB")
            try:
                text = line.decode()
            except UnicodeDecodeError:
                self.refuse("is not UTF-8")
            if "\0" in text:
                self.refuse("has a null character")
            yield text.removeprefix("\ufeff") if self.end == len(line) else text

    def refuse(self, what: str) -> NoReturn:
        """Refuse the row that is being read."""
        raise PermanentError(f"Row {self.row + 1:,} of the source {what}.")


def read_header(lines: Lines) -> list[str]:
    """Read a CSV's header: its columns' names.

    Raises:
        PermanentError: there is none, or its names are no names.
    """
    try:
        header = next((cells for cells in csv.reader(lines, strict=True) if cells), [])
    except csv.Error:
        raise PermanentError("The source's first line is no CSV header.") from None
    lines.row_start = lines.end
    if not header:
        raise PermanentError("The source is empty: a CSV begins with its columns' names.")
    header = check_names(header)
    if twice := [name for at, name in enumerate(header) if name in header[:at]]:
        raise PermanentError(f'The source has two columns "{twice[0]}".')
    return header


def check_names(names: list[str]) -> list[str]:
    """Return columns' names whose number and length are bearable.

    Raises:
        PermanentError: they are too many or too long.
    """
    if len(names) > MOST_COLUMNS:
        raise PermanentError(f"The source has over {MOST_COLUMNS:,} columns.")
    if any(len(name) > LONGEST_NAME for name in names):
        raise PermanentError(f"The source has a column whose name is over {LONGEST_NAME} characters.")
    return names


def csv_rows(lines: Lines, width: int) -> Iterator[Row]:
    """Yield each row's cells as they are. Empty lines are no rows. `lines.end` is where the row ends.

    Raises:
        PermanentError: a row has other than `width` cells, or cannot be read.
    """
    try:
        for cells in csv.reader(lines, strict=True):
            lines.row_start = lines.end
            if len(cells) == width:
                lines.row += 1
                yield cells
            elif cells:
                lines.refuse(f"has {len(cells)} cells where the header has {width}")
    except csv.Error as error:
        lines.refuse(f"cannot be read as CSV ({error})")


def json_rows(lines: Lines) -> Iterator[dict[str, Any]]:
    """Yield each line's object. Blank lines are no rows.

    Raises:
        PermanentError: a line is no JSON object.
    """
    for line in lines:
        if not line.isspace():
            try:
                found = _decode(line)
                if "\\u" in line:
                    json.dumps(found, ensure_ascii=False).encode()
            except UnicodeEncodeError:
                lines.refuse("has half a surrogate pair")
            except (ValueError, RecursionError):
                lines.refuse("is not JSON")
            if not isinstance(found, dict):
                lines.refuse("is not a JSON object")
            lines.row += 1
            yield found
        lines.row_start = lines.end


def batches(lines: Lines, file_format: Format, columns: list[str]) -> Iterator[list[Row]]:
    """Yield the rows as lists in the order of `columns`, some at a time; what an object lacks is null.

    Raises:
        PermanentError: a row cannot be read.
    """
    rows: Iterator[Row]
    if file_format == "csv":
        rows = csv_rows(lines, len(columns))
    else:
        rows = ([found.get(name) for name in columns] for found in json_rows(lines))
    batch, start = [], lines.end
    for row in rows:
        batch.append(row)
        if len(batch) == ROWS_AT_ONCE or lines.end - start > LONGEST_ROW:
            yield batch
            batch, start = [], lines.end
    if batch:
        yield batch


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError("a number beyond all floats")
    return number


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


_decode = json.JSONDecoder(parse_float=_finite, parse_constant=_no_constant).decode
