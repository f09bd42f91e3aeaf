"""DuckDB, locked into a folder of the invocation's own, and watched while it works."""

import json
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from progress import PermanentError, Progress

SECONDS_BETWEEN_LOOKS = 0.05
OTHERS_MB = 256  # of the function's memory: Python, AWS's clients, and what the engine does not count
CORE_MB = 1769  # Lambda gives a core for so much memory
ROW_GROUP = 20_480  # rows that Parquet's writer holds at once
LONGEST_MESSAGE = 300  # characters
_UNTYPED = '"NULL"'  # what is always null

Say = Callable[[float], None]


def quoted(name: str) -> str:
    """Return a name as SQL's identifier."""
    return '"' + name.replace('"', '""') + '"'


def text(value: object) -> str:
    """Return a text as SQL's literal."""
    return "'" + str(value).replace("'", "''") + "'"


@dataclass(frozen=True)
class Table:
    """Rows in a Parquet file of the database's folder, as the view `name`; `columns` has their SQL types.

    `read` is how many rows of a text file were read to make them, or None where the engine cannot tell.
    """

    name: str
    path: Path
    columns: Mapping[str, str]
    count: int
    read: int | None = None


class Database:
    """An engine that reads and writes files of one folder and nothing else; no query outlives the job."""

    def __init__(self, folder: Path, progress: Progress) -> None:
        self._folder, self._progress, self._made = folder, progress, 0
        memory = int(os.environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", 512))
        self._connection = duckdb.connect(
            config={
                "memory_limit": f"{max(memory - OTHERS_MB, 128)}MB",
                "threads": max(memory // CORE_MB, 1),
                "temp_directory": str(folder / "spill"),
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
            }
        )
        for setting, value in {
            "enable_progress_bar_print": "false",
            "enable_progress_bar": "true",  # it counts what is done
            "progress_bar_time": "0",
            "enable_profiling": "'no_output'",  # it counts what is read
            "error_on_division_by_zero": "false",  # it is null
            "ieee_floating_point_ops": "false",  # of floating-point numbers too
            "allowed_directories": f"[{text(f'{folder}/')}]",
            "enable_external_access": "false",
            "lock_configuration": "true",
        }.items():
            self._connection.execute(f"SET {setting} = {value}")

    def run(self, sql: str, say: Say = lambda _: None) -> list[tuple[Any, ...]]:
        """Run a statement and return its rows; `say` is told how much of it (0-1) the engine has done.

        Raises:
            duckdb.Error: the engine refuses.
            OutOfTime: the function's time is nearly over.
            JobEnded: the job has ended meanwhile.
        """
        with ThreadPoolExecutor(1) as thread:
            result = thread.submit(lambda: self._connection.execute(sql).fetchall())
            try:
                while not wait([result], SECONDS_BETWEEN_LOOKS).done:
                    self._progress.check_time()
                    say(min(max(self._connection.query_progress(), 0), 100) / 100)
            except BaseException:
                while not wait([result], SECONDS_BETWEEN_LOOKS).done:
                    self._connection.interrupt()
                raise
        return result.result()

    def close(self) -> None:
        """Let go of memory and files."""
        self._connection.close()

    def columns(self, source: str) -> dict[str, str]:
        """Return the columns of a view, or of a query in parentheses, and their SQL types."""
        return {row[0]: row[1] for row in self.run(f"DESCRIBE SELECT * FROM {source}")}

    def view(self, name: str, query: str) -> str:
        """Make a view, whose names and types are checked at once; return its name."""
        self.run(f"CREATE OR REPLACE VIEW {name} AS {query}")
        return name

    def count(self, view: str) -> int:
        """Return how many rows a view has."""
        counted: int = self.run(f"SELECT count(*) FROM {view}")[0][0]
        return counted

    def write(self, source: str, say: Say = lambda _: None) -> Table:
        """Write the rows of a view, or of a query in parentheses, to a file of the folder."""
        columns, path = self.columns(source), self.new_file()
        # Parquet has no whole numbers of 128 bits: they would lose digits.
        instead = {"HUGEINT": "::DECIMAL(38, 0)", "UHUGEINT": "::DECIMAL(38, 0)", _UNTYPED: "::VARCHAR"}
        stored = [
            f"{quoted(name)}{instead.get(kind, '')} AS {quoted(name)}" for name, kind in columns.items()
        ]
        options = f"(FORMAT parquet, ROW_GROUP_SIZE {ROW_GROUP})"
        copy = f"COPY (SELECT {', '.join(stored)} FROM {source}) TO {text(path)} {options}"
        count = self.run(copy, say)[0][0]
        return self.table(path, columns, count, self._rows_read())

    def table(self, path: Path, columns: Mapping[str, str], count: int, read: int | None = None) -> Table:
        """Return the rows of a file that was written before; what is not of its column's type is null."""
        values = {name: f"TRY_CAST({quoted(name)} AS {kind})" for name, kind in columns.items()}
        values |= {name: "NULL" for name, kind in columns.items() if kind == _UNTYPED}
        cells = [f"{value} AS {quoted(name)}" for name, value in values.items()]
        query = f"SELECT {', '.join(cells)} FROM read_parquet({text(path)})"
        return Table(self.view(f"table_{path.stem}", query), path, columns, count, read)

    def _rows_read(self) -> int | None:
        """Return how many rows of a CSV or JSON file the last statement read, if its profile says."""
        read = list[int]()

        def look(node: dict[str, Any]) -> None:
            if str(node.get("name")).startswith(("READ_CSV", "READ_JSON")):
                read.append(node["intermediate_rows"])

        json.loads(self._connection.get_profiling_information(), object_hook=look)
        return max(read, default=None)

    def new_file(self) -> Path:
        """Return where a new file of the folder may be."""
        self._made += 1
        return self._folder / str(self._made)


@contextmanager
def database(progress: Progress) -> Iterator[Database]:
    """Give a database, whose folder goes with it."""
    with tempfile.TemporaryDirectory() as folder, closing(Database(Path(folder), progress)) as made:
        yield made


@contextmanager
def told(what: str) -> Iterator[None]:
    """Raise as a PermanentError what the engine refuses: `what`, and the engine's reason."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        raise PermanentError(f"{what} needs more memory or disk than a stage has.") from error
    except (duckdb.DataError, duckdb.ProgrammingError, duckdb.NotSupportedError) as error:
        said = " ".join(str(error).partition("\n\n")[0].split())  # what follows shows the SQL that we wrote
        reason = re.sub(r"^[\w ]*Error: ", "", said)[:LONGEST_MESSAGE]
        raise PermanentError(f"{what} cannot be computed: {reason}") from error
