"""What is an expression, what is not, and where it says so."""

import ast
import warnings

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.process_data.expressions import LONGEST, ExpressionError, columns, parse, parse_measure

GOOD = [
    "dep_delay > 15",
    "0 <= dep_delay < 15",
    "origin == 'JFK' and not cancelled or dest != null",
    "carrier in ['AA', \"UA\", -1, null] or dest not in ('LAX',)",
    "a + b * -c / d // e % 2",
    "'late' if col(\"dep delay\") > 15 else null",
    "round(distance / air_time * 60, 1)",
    "concat(carrier, '-', text(flight))",
    " (a\n > 1)\r\n",
    "lower + text",  # columns may be called like functions
    "größe > 1",
]
BAD = {
    "": "must not be empty",
    " \n": "must not be empty",
    "a.b": "Attribute) at character 1",
    "1 + a.__class__": "Attribute) at character 5",
    "a[0]": "Subscript",
    "a ** 2": "BinOp",
    "a & b": "BinOp",
    "~a": "UnaryOp",
    "lambda: 1": "Lambda",
    "[x for x in y]": "ListComp",
    "max(x for x in y)": "GeneratorExp) at character 4",
    "f'{a}'": "JoinedStr",
    "{'a': 1}": "Dict",
    "(a, b)": "Tuple",
    "await x": "Await",
    "a := 1": "cannot be read at character 3",
    "a = 1": "cannot be read at character 3",
    "a; b": "cannot be read at character 2",
    "import os": "cannot be read",
    "b'x'": "bytes",
    "1j": "complex",
    "...": "ellipsis",
    "9" * 101: "too large at character 1",
    "9" * 900: "too large",
    "1e999": "too large",
    "a is null": "use == or !=",
    "a in b": "needs a list of literals after `in` at character 6",
    "a in [b]": "needs a list of literals",
    "a < b in [1]": "chain",
    "__import__('os')": "no function __import__()",
    "eval('1')": "no function eval()",
    "open('/etc/passwd')": "no function open()",
    "'a'.join('b')": "calls what is no function's name",
    "(lower)(a)(b)": "calls what is no function's name",
    "lower()": "gives lower() 0 arguments",
    "lower(a, b)": "gives lower() 2 arguments",
    "lower(text=a)": "named or has a star",
    "coalesce(*a)": "named or has a star",
    "col(a)": "must give col() one name",
    "col()": "must give col() one name",
    "'a' + b": "concat",
    "'\\x00'": "no text may have",
    "'\\ud800'": "no text may have",
    "\0": "cannot be read",
    "\ud800": "no expression may have",
    "é + .x": "cannot be read at character 5",
    "'é' == a.b": "at character 8",
    "   a.b": "at character 4",
}


@pytest.mark.parametrize("text", GOOD)
def test_expressions(text: str) -> None:
    parse(text)


@pytest.mark.parametrize(("text", "why"), BAD.items(), ids=[ascii(text)[:40] for text in BAD])
def test_what_is_no_expression_says_why_and_where(text: str, why: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(text)
    assert why in str(caught.value)


@pytest.mark.parametrize(
    "text", ["(" * 400 + "1" + ")" * 400, "-" * 990 + "1", "not " * 240 + "a", "a" + "+a" * 490]
)
def test_deep_nesting_is_refused(text: str) -> None:
    with pytest.raises(ExpressionError, match="nested"):
        parse(text)


def test_long_text_is_refused_unread() -> None:
    parse(f"'{'a' * (LONGEST - 2)}'")
    with pytest.raises(ExpressionError, match="over 1,000 characters"):
        parse(f"'{'a' * (LONGEST - 1)}'")


def test_pythons_advice_to_programmers_is_not_heard() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parse(r"contains(a, '\d')")


@given(st.text(max_size=60) | st.text("abc()[].,:'\"+-*/%<>=! 0\\{}", max_size=60))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        tree = parse(text)
    except ExpressionError:
        pass
    else:
        allowed = (
            ast.Constant
            | ast.Name
            | ast.BoolOp
            | ast.UnaryOp
            | ast.BinOp
            | ast.Compare
            | ast.IfExp
            | ast.Call
        )
        inside = {
            id(part) for node in ast.walk(tree) if isinstance(node, ast.Compare) for part in node.comparators
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.expr) and id(node) not in inside:
                assert isinstance(node, allowed)


def test_the_columns_that_an_expression_reads() -> None:
    tree = parse("lower(a) == col('b c') and a > d or true and max in ['x']")
    assert columns(tree) == ["a", "b c", "d", "max"]


def test_measures() -> None:
    assert parse_measure("count()") == ("count", None)
    name, measured = parse_measure(" mean( delay * 2 )")
    assert name == "mean"
    assert measured is not None
    assert columns(measured) == ["delay"]


@pytest.mark.parametrize(
    "text",
    ["delay", "median(delay)", "mean()", "mean(a, b)", "mean(a) + 1", "sum(a.b)", "count(", "", "x" * 1001],
)
def test_what_is_no_measure(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse_measure(text)
