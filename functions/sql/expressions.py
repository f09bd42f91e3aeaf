"""SQL that a client may write: read by sqlglot, every node and function on a list, and written anew.

The engine is given what is written here, never the client's own text, so that the two parsers cannot disagree
on what was meant. See docs/decisions/0012-duckdb.md.
"""

import logging
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

LONGEST, LONGEST_QUERY = 1_000, 5_000  # characters
DEEPEST = 60  # levels

logging.getLogger("sqlglot").disabled = True  # it would log what clients write


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# By the names of sqlglot's nodes. Functions that make much of little (repeat, range, …) are not here.
_SCALAR = _names(
    """
    Abs Add And Between Boolean Case Cast Ceil Coalesce Column Concat ConcatWs Contains DPipe DataType
    DataTypeParam DateDiff DateTrunc Day DayOfWeek Div EQ EndsWith Exp Extract Floor GT GTE Greatest
    Hour ILike Identifier If In IntDiv Interval Is IsNan JSONExtract JSONExtractScalar JSONPath
    JSONPathKey JSONPathRoot JSONPathSubscript LT LTE Least Left Length Like Literal Ln Log Lower MD5
    Minute Mod Month Mul NEQ Neg Not Null NullSafeEQ NullSafeNEQ Nullif Or Paren Pow Quarter
    RegexpExtract RegexpLike Replace Right Round Second Sign Sqrt StartsWith StrPosition StrToTime Sub
    Substring TimeToStr TimeToUnix TimestampTrunc Trim Trunc TryCast Upper Var Week Year
    """
)
_AGGREGATES = _names(
    """
    AnyValue ArgMax ArgMin Avg Corr Count CountIf LogicalAnd LogicalOr Max Median Min Mode
    PercentileCont PercentileDisc Stddev StddevPop StddevSamp Sum Variance VariancePop
    """
)
_MEASURE = _SCALAR | _AGGREGATES | {"Distinct", "Filter", "Star", "Where"}
_QUERY = _MEASURE | _names(
    """
    Alias CTE CumeDist DenseRank Except Exists FirstValue From Group Having Intersect Join Lag
    LastValue Lead Limit NthValue Ntile Offset Order Ordered PercentRank Qualify Rank RowNumber Select
    Subquery Table TableAlias Tuple Union Window WindowSpec With
    """
)
_UNKNOWN_TO_SQLGLOT = {"date_part", "isfinite", "mean", "prefix", "suffix"}
_TYPES = _names(
    """
    BIGINT BOOLEAN DATE DECIMAL DOUBLE FLOAT INT INT128 JSON TEXT TIME TIMESTAMP TIMESTAMPNTZ VARCHAR
    """
)


class ExpressionError(ValueError):
    """The text is not taken; the message says why and where, in words for the client."""


def scalar(text: str) -> str:
    """Return the SQL of an expression over one row: `dep_delay > 15 and origin in ('JFK', 'LGA')`, say.

    Raises:
        ExpressionError: it is no such expression.
    """
    return _checked(_parsed(text, LONGEST), _SCALAR)


def measure(text: str) -> str:
    """Return the SQL of an expression over a group's rows: `count()` or `avg(dep_delay)`, say.

    Raises:
        ExpressionError: it is no such expression.
    """
    tree = _parsed(text, LONGEST)
    if not any(_is_aggregate(node) for node in tree.walk()):
        raise ExpressionError("must aggregate: count(), sum(…), avg(…), min(…) or max(…), say")
    return _checked(tree, _MEASURE)


def query(text: str) -> str:
    """Return the SQL of a `SELECT … FROM rows …`: one query, over `rows` and what its own WITH names.

    Raises:
        ExpressionError: it is no such query.
    """
    tree = _parsed(text, LONGEST_QUERY)
    if not isinstance(tree, exp.Select | exp.SetOperation):
        raise ExpressionError("must be one SELECT … FROM rows …")
    named, clause = {"rows"}, tree.args.get("with_")
    for cte in clause.expressions if clause else ():
        _check_tables(cte.this, named)
        named.add(cte.alias.lower())
    _check_tables(tree, named)
    return _checked(tree, _QUERY)


def names_in(text: str) -> set[str]:
    """Return the names in SQL that was checked, in small letters."""
    return {node.name.lower() for node in sqlglot.parse_one(text, dialect="duckdb").find_all(exp.Identifier)}


def _check_tables(tree: exp.Expr, named: set[str]) -> None:
    """Check that a query names no tables but `named`, and has no WITH but at its top, which may not recur."""
    for node in tree.walk():
        if isinstance(node, exp.With) and (node.parent is not tree.root() or node.args.get("recursive")):
            raise _error(node, "has a WITH that is recursive or not at the top")
        if isinstance(node, exp.Table):
            plain = isinstance(node.this, exp.Identifier) and not node.args.get("db")
            if not plain or node.name.lower() not in named:
                raise _error(node, f"reads what is not there: there are {', '.join(sorted(named))}")


def _parsed(text: str, longest: int) -> exp.Expr:
    if len(text) > longest:
        raise ExpressionError(f"must not be over {longest:,} characters")
    if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in text):
        raise ExpressionError("has a character that no text may have")
    try:
        trees = sqlglot.parse(text, dialect="duckdb")
    except SqlglotError as error:
        told = getattr(error, "errors", None) or [{}]
        place = f" at character {told[0]['col']} of line {told[0]['line']}" if told[0].get("col") else ""
        raise ExpressionError(f"cannot be read as SQL{place}") from None
    except RecursionError:
        raise ExpressionError("is nested too deeply") from None
    if len(trees) != 1 or trees[0] is None:
        raise ExpressionError("must not be empty" if not any(trees) else "must be one, without a semicolon")
    return trees[0]


def _checked(tree: exp.Expr, allowed: frozenset[str]) -> str:
    for node, depth in _walk(tree):
        if depth > DEEPEST:
            raise ExpressionError(f"is nested over {DEEPEST} levels deep")
        kind = type(node).__name__
        if isinstance(node, exp.Anonymous):
            if node.name.lower() not in _UNKNOWN_TO_SQLGLOT or (_is_aggregate(node) and allowed is _SCALAR):
                raise _error(node, f"has no function {node.name.lower()[:40]}() here")
        elif kind not in allowed:
            raise _error(node, f"has what is not allowed here ({kind})")
        if isinstance(node, exp.DataType) and node.this.name not in _TYPES:
            raise _error(node, f"has a type that is not allowed ({str(node.this.name)[:40]})")
        if allowed is not _QUERY and isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            raise _error(node, "has a star outside of count(*)")
        if allowed is not _QUERY and isinstance(node, exp.Column) and node.args.get("table"):
            raise _error(node, 'names a column with a dot: write "a.b" if that is its name,')
    return tree.sql(dialect="duckdb", identify=True, comments=False)


def _walk(tree: exp.Expr) -> Iterator[tuple[exp.Expr, int]]:
    waiting = [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        yield node, depth
        waiting += [(child, depth + 1) for child in node.iter_expressions()]


def _is_aggregate(node: exp.Expr) -> bool:
    return type(node).__name__ in _AGGREGATES or (
        isinstance(node, exp.Anonymous) and node.name.lower() == "mean"
    )


def _error(node: exp.Expr, what: str) -> ExpressionError:
    starts = [each.meta["start"] for each in node.walk() if "start" in each.meta]
    return ExpressionError(f"{what} at character {min(starts) + 1}" if starts else what.rstrip(","))
