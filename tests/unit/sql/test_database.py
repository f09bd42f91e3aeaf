"""The second wall: the engine does not leave its folder, its memory or its time, whatever it runs."""

import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from progress import OutOfTime, PermanentError
from progress.reporter import Progress
from sql.database import Database, database, quoted, text, told
from tests.unit.sql import hostile


@pytest.fixture
def engine() -> Iterator[Database]:
    end = time.monotonic() + 1
    with database(Progress(None, seconds_left=lambda: end - time.monotonic())) as made:
        yield made


OUTSIDE = [Path("/tmp/streamer-hostile.csv"), Path("/tmp/streamer-hostile.db"), Path("/tmp/streamer-hostile")]


@pytest.mark.parametrize("sql", [*(f"SELECT {each}" for each in hostile.EXPRESSIONS), *hostile.STATEMENTS])
def test_hostile_sql_is_refused_or_ended(sql: str, engine: Database) -> None:
    """Also where the first wall would have let it through."""
    engine.view("rows", "SELECT 1 AS a")
    with pytest.raises((duckdb.Error, OutOfTime)) as caught:
        engine.run(sql)
    assert "root:" not in str(caught.value)
    assert not any(path.exists() for path in OUTSIDE)
    engine._progress = Progress(None)  # its time was over
    assert engine.run("SELECT count(*) FROM range(1000)") == [(1000,)]  # and the engine is whole


def test_files_of_its_own_folder_are_written_and_gone_with_it() -> None:
    with database(Progress(None)) as engine:
        path = engine.new_file()
        engine.run(f"COPY (SELECT 1 AS a) TO {text(path)} (FORMAT csv)")
        assert path.read_text() == "a\n1\n"
        with pytest.raises(duckdb.PermissionException):
            engine.run(f"COPY (SELECT 1) TO {text(path.parent / '..' / 'x.csv')}")
        with pytest.raises(duckdb.PermissionException):
            engine.run(f"COPY (SELECT 1) TO {text(str(path.parent) + 'x/x.csv')}")
    assert not path.parent.exists()


def test_memory_is_bounded_and_sorting_goes_to_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "384")
    with database(Progress(None)) as engine:
        assert engine.run("SELECT current_setting('threads')") == [(1,)]
        numbers = "SELECT hash(range)::VARCHAR || repeat('x', 100) AS a FROM range(2_000_000)"
        assert engine.write(f"({numbers} ORDER BY a)").count == 2_000_000
        large = "SELECT list(repeat('x', 1000) || range) FROM range(1_000_000)"
        with pytest.raises(PermanentError, match=r"Step 1 needs more memory or disk"), told("Step 1"):
            engine.run(large)


def test_a_query_ends_with_the_time_of_its_function(engine: Database) -> None:
    began = time.monotonic()
    with pytest.raises(OutOfTime):
        engine.run("SELECT count(*) FROM range(1_000_000_000) a, range(1_000_000_000) b")
    assert time.monotonic() - began < 20


class Ended(Exception):  # noqa: N818 - what happened
    """As JobEnded is raised by a report."""


def test_a_query_ends_with_its_job() -> None:
    def say(_: float) -> None:
        raise Ended

    with database(Progress(None)) as engine:
        with pytest.raises(Ended):
            engine.run("SELECT count(*) FROM range(1_000_000_000) a, range(1_000_000_000) b", say)
        assert engine.run("SELECT 1") == [(1,)]


def test_what_is_said_is_what_the_engine_has_done() -> None:
    with database(Progress(None)) as engine:
        made = engine.write("(SELECT range AS a, hash(range)::VARCHAR AS b FROM range(3_000_000))")
        heard = list[float]()
        engine.run(f"SELECT max(md5(md5(b))) FROM {made.name}", heard.append)
    assert heard == sorted(heard)
    assert any(0 < each < 1 for each in heard)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("170141183460469231731687303715884105727::HUGEINT % 10::HUGEINT ** 37", "DOUBLE"),
        ("99999999999999999999999999999999999999::HUGEINT", "HUGEINT"),
        ("9007199254740993", "BIGINT"),
        ("NULL", None),
        ("0.1::DECIMAL(3, 2)", "DECIMAL(3,2)"),
        ("'é'", "VARCHAR"),
        ("'[1, {}]'::JSON", "JSON"),
        ("DATE '2013-01-01'", "DATE"),
        ("TIMESTAMP '2013-01-01 10:00:00'", "TIMESTAMP"),
        ("true", "BOOLEAN"),
        ("[1, 2]", "INTEGER[]"),
        ("{'a': 1}", "STRUCT(a INTEGER)"),
    ],
)
def test_values_pass_through_files_as_they_are(value: str, kind: str | None) -> None:
    with database(Progress(None)) as engine:
        before = engine.run(f"SELECT {value}")
        made = engine.write(f'(SELECT {value} AS "it\'s ""a""")')
        assert engine.run(f"FROM {made.name}") == before
        assert list(made.columns) == ['it\'s "a"']
        assert kind is None or list(engine.columns(made.name).values()) == [kind]


def test_what_makes_no_sense_is_null() -> None:
    with database(Progress(None)) as engine:
        assert engine.run("SELECT 1 / 0, 1.5 / 0, 1 // 0, 1 % 0") == [(None, None, None, None)]


def test_no_variable_of_ours_is_a_table() -> None:
    secret = [{"a": 1}]
    with database(Progress(None)) as engine, pytest.raises(duckdb.CatalogException):
        engine.run("SELECT * FROM secret")
    assert secret


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        (
            "SELECT colour FROM rows",
            'Step 1 cannot be computed: Referenced column "colour" not found in FROM clause! Can',
        ),
        ("SELECT 'NA' > 15", "Step 1 cannot be computed: Could not convert string 'NA' to INT32"),
        (
            "SELECT 9223372036854775807 + a FROM rows",
            "Step 1 cannot be computed: Overflow in addition of INT64",
        ),
        ("SELECT lower(a) FROM rows", "Step 1 cannot be computed: No function matches the given name"),
    ],
)
def test_what_the_engine_refuses_is_told_without_our_sql(sql: str, why: str, engine: Database) -> None:
    engine.view("rows", "SELECT 1::BIGINT AS a")
    with pytest.raises(PermanentError) as caught, told("Step 1"):
        engine.run(sql)
    assert str(caught.value).startswith(why)
    assert "LINE 1" not in str(caught.value)


def test_names_and_texts_are_quoted() -> None:
    assert (quoted('a"b'), text("it's")) == ('"a""b"', "'it''s'")
