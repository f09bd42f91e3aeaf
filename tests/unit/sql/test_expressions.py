"""The first wall: what SQL is taken, what is not, and where it says so."""

import logging
import subprocess
import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sql.expressions import LONGEST, LONGEST_QUERY, ExpressionError, measure, query, scalar
from tests.support.stack import ROOT
from tests.unit.sql import hostile


@pytest.mark.parametrize(
    ("text", "sql"),
    [
        ("dep_delay > 15", '"dep_delay" > 15'),
        ("origin == 'JFK' and not cancelled", '"origin" = \'JFK\' AND NOT "cancelled"'),
        ("carrier in ('AA', 'UA') or dest not in ('LAX')", None),
        ("carrier in ['AA', 'UA']", "\"carrier\" IN ('AA', 'UA')"),
        ("a + b * -c / d // e % 2", None),
        ("case when \"dep delay\" > 15 then 'late' else null end", None),
        ("round(distance / air_time * 60, 1)", 'ROUND("distance" / "air_time" * 60, 1)'),
        ("carrier || '-' || flight::varchar", None),
        (" (a\n > 1)\r\n", '("a" > 1)'),
        ("a -- what it is\n + 1", '"a" + 1'),
        ("größe > 1 and größe between 2 and 3", None),
        ("try_cast(x as double) is not null", 'NOT TRY_CAST("x" AS DOUBLE) IS NULL'),
        ("date_trunc('month', t::timestamp)", None),
        ("tags ->> 'a' = 'b'", "(\"tags\" ->> '$.a') = 'b'"),
        ("'it''s; --'", "'it''s; --'"),
    ],
)
def test_expressions(text: str, sql: str | None) -> None:
    found = scalar(text)
    assert found == sql or sql is None
    assert scalar(found) == found  # what is written anew is read alike


BAD: dict[str, str] = {
    "": "must not be empty",
    " \n": "must not be empty",
    "a; b": "must be one, without a semicolon",
    "1 +": "cannot be read as SQL at character 3 of line 1",
    "a b c": "cannot be read as SQL",
    "1 FROM rows": "cannot be read as SQL",
    "a.b": "names a column with a dot",
    "1 + getenv('HOME')": "has no function getenv() here at character 5",
    "list_transform(a, x -> x)": "not allowed here (Transform) at character 1",
    "[x for x in y]": "not allowed here",
    "{'a': 1}": "not allowed here (Struct)",
    "a[1]": "not allowed here (Bracket)",
    "count()": "not allowed here (Count)",
    "mean(a)": "has no function mean() here",
    "row_number() over ()": "not allowed here (Window)",
    "*": "not allowed here (Star)",
    "$1": "not allowed here (Placeholder)",
    "?": "not allowed here (Placeholder)",
    "random()": "not allowed here (Rand)",
    "a::bit": "has a type that is not allowed",
    "a::int[]": "has a type that is not allowed (ARRAY)",
    "(select 1)": "not allowed here (Subquery)",
    "exists (from rows)": "not allowed here (Exists)",
    "a in (select b from rows)": "not allowed here",
    "a \0": "has a character that no text may have",
    "\ud800": "has a character that no text may have",
    "'": "cannot be read as SQL",
}


@pytest.mark.parametrize(("text", "why"), BAD.items(), ids=[ascii(text)[:40] for text in BAD])
def test_what_is_no_expression_says_why_and_where(text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        scalar(text)
    assert why in str(caught.value)


@pytest.mark.parametrize("text", hostile.EXPRESSIONS)
def test_hostile_expressions_are_refused_wherever_they_stand(text: str) -> None:
    for check, around in (
        (scalar, "{}"),
        (scalar, "a + {}"),
        (measure, "count() + {}"),
        (query, "SELECT {} FROM rows"),
    ):
        with pytest.raises(ExpressionError):
            check(around.format(text))


@pytest.mark.parametrize("text", hostile.STATEMENTS)
def test_hostile_statements_are_refused_whatever_they_pass_for(text: str) -> None:
    for check in (scalar, measure, query):
        for each in (
            text,
            f"({text})",
            f"1; {text}",
            f"SELECT * FROM ({text})",
            f"WITH x AS ({text}) FROM x",
        ):
            with pytest.raises(ExpressionError):
                check(each)


NESTED = [
    *(
        "(" * 400 + "1" + ")" * 400,
        "not " * 240 + "a",
        "a" + "+a" * 490,
        "[" * 500,
        "case when " * 90,
        "f(" * 400,
    ),
    *(
        "cast(" * 190,
        "a in (" * 150,
        "select " * 100,
        "exists(" * 120,
        "x -> " * 190,
        "interval " * 100,
        "{" * 500,
    ),
]


@pytest.mark.parametrize("text", NESTED, ids=[text[:12] for text in NESTED])
def test_deep_nesting_is_refused_at_once(text: str) -> None:
    began = time.process_time()
    for check in (scalar, measure, query):
        with pytest.raises(ExpressionError):
            check(text)
    assert time.process_time() - began < 5  # an exponential reading would take for ever


def test_long_text_is_refused_unread() -> None:
    scalar(f"'{'a' * (LONGEST - 2)}'")
    with pytest.raises(ExpressionError, match="over 1,000 characters"):
        scalar(f"'{'a' * (LONGEST - 1)}'")
    with pytest.raises(ExpressionError, match="over 5,000 characters"):
        query(f"SELECT '{'a' * LONGEST_QUERY}' FROM rows")


@given(st.text(max_size=60) | st.text("abc()[].,:'\"+-*/%<>=! 0\\{};$?#", max_size=60))
def test_any_text_is_taken_or_refused(text: str) -> None:
    for check in (scalar, measure, query):
        try:
            found = check(text)
        except ExpressionError:
            continue
        assert check(found) == found


@pytest.mark.parametrize(
    "text",
    [
        "count()",
        "count(*)",
        "mean(delay * 2)",
        "sum(a) / count()",
        "count(distinct a)",
        "sum(a) filter (where b > 1)",
    ],
)
def test_measures(text: str) -> None:
    measure(text)


@pytest.mark.parametrize(
    "text", ["delay", "1", "list(delay)", "string_agg(a)", "sum(a) over ()", "sum(*)", "count("]
)
def test_what_is_no_measure(text: str) -> None:
    with pytest.raises(ExpressionError):
        measure(text)


QUERIES = [
    "SELECT carrier, count(*) AS n FROM rows GROUP BY carrier ORDER BY n DESC LIMIT 3",
    "FROM rows",
    "WITH late AS (SELECT * FROM rows WHERE d > 15), two AS (FROM late) FROM two UNION FROM rows",
    "SELECT *, rank() OVER (PARTITION BY a ORDER BY b DESC) AS place FROM rows QUALIFY place = 1",
    "SELECT r.a, (SELECT max(a) FROM rows) FROM rows r JOIN rows s USING (a)",
]


@pytest.mark.parametrize("text", QUERIES)
def test_queries(text: str) -> None:
    assert query(query(text)) == query(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT * FROM orders", "reads what is not there: there are rows at character 15"),
        ("SELECT * FROM main.rows", "reads what is not there"),
        ("SELECT * FROM information_schema.tables", "reads what is not there"),
        ("SELECT * FROM rows, range(9)", "reads what is not there"),
        ('SELECT * FROM "/etc/passwd"', "reads what is not there"),
        ("WITH a AS (FROM b), b AS (FROM rows) FROM a", "reads what is not there"),
        ("SELECT * FROM (WITH q AS (SELECT 1) FROM q)", "a WITH that is recursive or not at the top"),
        ("WITH RECURSIVE r AS (FROM rows) FROM r", "a WITH that is recursive"),
        ("SELECT * FROM rows TABLESAMPLE 3", "TableSample"),
        ("SELECT unnest([1, 2]) FROM rows", "not allowed here"),
        ("SELECT COLUMNS('x') FROM rows", "Columns"),
        ("VALUES (1)", "must be one SELECT"),
        ("CREATE TABLE x AS FROM rows", "must be one SELECT"),
        ("DESCRIBE rows", "must be one SELECT"),
        ("SELECT 1; SELECT 2", "must be one, without a semicolon"),
    ],
)
def test_what_is_no_query(text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        query(text)
    assert why in str(caught.value)


def test_what_clients_write_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG), pytest.raises(ExpressionError):
        scalar("LOAD secret")
    assert caplog.text == ""


def test_an_echo_imports_neither_the_parser_nor_the_engine() -> None:
    """Nor does the payload's model, until there is a text to check."""
    program = (
        "import sys; sys.path.insert(0, 'functions'); import actions\n"
        "from steps.process_data.pipeline import ProcessRequest\n"
        "print(sorted({'sqlglot', 'duckdb', 'boto3'} & set(sys.modules)))\n"
        "request = ProcessRequest.model_json_schema()['examples'][0]\n"
        "ProcessRequest.model_validate(request)\n"
        "print(sorted({'sqlglot', 'duckdb'} & set(sys.modules)))\n"
    )
    run = [sys.executable, "-c", program]
    done = subprocess.run(
        run, cwd=ROOT, capture_output=True, text=True, check=True, env={"SYNC_THRESHOLD_SECONDS": "5"}
    )
    assert done.stdout == "[]\n['sqlglot']\n"
