"""The language of expressions: a checked part of Python's expression grammar. Nothing here runs anything.

`ast.parse` reads the text, and every node of the tree has to be on the list below: anything else is refused
with its place. closures.py makes functions of what passed. See docs/decisions/0011-expressions.md.
"""

import ast
import math
import warnings
from collections.abc import Iterator
from typing import Any

from steps.process_data.vocabulary import FUNCTIONS

LONGEST = 1_000  # characters
DEEPEST = 100  # levels
MEASURES = ("count", "max", "mean", "min", "sum")
LONGEST_INTEGER = 100  # digits

WORDS: dict[str, Any] = {"null": None, "true": True, "false": False}

_ONE_LINE = dict.fromkeys(map(ord, "\r\n\f"), " ")  # so that a place is one number
_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.FloorDiv, ast.Mod)
_COMPARISONS = (ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn)


class ExpressionError(ValueError):
    """The text is no expression; the message says why and where, in words for the client."""


def parse(text: str) -> ast.expr:
    """Return the checked tree of an expression.

    Raises:
        ExpressionError: the text is no expression of the language.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"must not be over {LONGEST:,} characters")
    checked = _Checked(text.translate(_ONE_LINE))
    checked.check(checked.tree, 1)
    return checked.tree


def parse_measure(text: str) -> tuple[str, ast.expr | None]:
    """Return a measure's name and what it measures: `mean(delay)`, say, or `count()`, which has nothing.

    Raises:
        ExpressionError: the text is no measure.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"must not be over {LONGEST:,} characters")
    checked = _Checked(text.translate(_ONE_LINE))
    match checked.tree:
        case ast.Call(func=ast.Name(id="count"), args=[], keywords=[]):
            return "count", None
        case ast.Call(func=ast.Name(id=name), args=[measured], keywords=[]) if name in MEASURES:
            checked.check(measured, 2)
            return name, measured
    raise ExpressionError(f"must be count(), or one of {', '.join(MEASURES)} of one expression")


def columns(tree: ast.expr) -> list[str]:
    """Return the names of the columns that an expression reads, in order, each once."""
    return list(dict.fromkeys(name for node in _values(tree) if (name := column(node)) is not None))


def column(node: ast.expr) -> str | None:
    """Return the column that a node names, as `name` or as `col("any name")`; None where it names none."""
    match node:
        case ast.Name(id=name) if name not in WORDS:
            return name
        case ast.Call(func=ast.Name(id="col"), args=[ast.Constant(value=str() as name)]):
            return name
    return None


def is_literal(node: ast.expr) -> bool:
    """Whether a node is a literal: text, a number (with its sign), null, true or false."""
    match node:
        case ast.Constant():
            return True
        case ast.Name(id=name):
            return name in WORDS
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=ast.Constant(value=number)):
            return number.__class__ in (int, float)
    return False


def literal(node: ast.expr) -> Any:
    """Return the value of a literal."""
    match node:
        case ast.Constant(value=value):
            return value
        case ast.Name(id=name):
            return WORDS[name]
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -literal(operand)
        case ast.UnaryOp(operand=operand):
            return literal(operand)
    raise TypeError(f"{ast.dump(node)} is no literal")


def _values(node: ast.expr) -> Iterator[ast.expr]:
    """Yield every node that stands for a value; the names of functions do not."""
    yield node
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.expr) and not (isinstance(node, ast.Call) and child is node.func):
            yield from _values(child)


class _Checked:
    """One text on its way through the check."""

    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._before = len(text) - len(text.lstrip())
        if not self._text:
            raise ExpressionError("must not be empty")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # Python's advice to programmers ("\\d", `1 is 1`)
                self.tree = ast.parse(self._text, mode="eval").body
        except SyntaxError as error:
            at = self._before + (error.offset or 1)
            raise ExpressionError(f"cannot be read at character {at}: {error.msg}") from None
        except (RecursionError, MemoryError):
            raise ExpressionError("is nested too deeply") from None
        except ValueError:  # a null character, half a surrogate pair
            raise ExpressionError("has a character that no expression may have") from None

    def check(self, node: ast.expr, depth: int) -> None:
        """Check a node and all below it."""
        if depth > DEEPEST:
            raise self._error(node, f"is nested over {DEEPEST} levels deep")
        for child in self._children(node):
            self.check(child, depth + 1)

    def _children(self, node: ast.expr) -> list[ast.expr]:
        """Return what is left to check below a node that is allowed itself."""
        match node:
            case ast.Constant(value=value):
                self._check_constant(node, value)
                return []
            case ast.Name():
                return []
            case ast.BoolOp(values=values):
                return values
            case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.UAdd(), operand=operand):
                return [operand]
            case ast.BinOp(left=left, op=operator, right=right) if isinstance(operator, _OPERATORS):
                for side in (left, right):
                    if isinstance(side, ast.Constant) and isinstance(side.value, str):
                        raise self._error(side, "computes with a text: concat(…) joins texts,")
                return [left, right]
            case ast.Compare(left=left, ops=operators, comparators=others):
                return [left, *self._compared(node, operators, others)]
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return [test, body, orelse]
            case ast.Call():
                return self._arguments(node)
            case _:
                raise self._error(node, f"has what is not allowed here ({type(node).__name__})")

    def _check_constant(self, node: ast.expr, value: object) -> None:
        match value:
            case bool() | None:
                pass
            case str():
                if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in value):
                    raise self._error(node, "has a character that no text may have")
            case int() if abs(value) < 10**LONGEST_INTEGER:
                pass
            case float() if math.isfinite(value):
                pass
            case int() | float():
                raise self._error(node, "has a number that is too large")
            case _:
                raise self._error(node, f"has a literal that is not allowed ({type(value).__name__})")

    def _compared(
        self, node: ast.expr, operators: list[ast.cmpop], others: list[ast.expr]
    ) -> Iterator[ast.expr]:
        for operator, other in zip(operators, others, strict=True):
            if not isinstance(operator, _COMPARISONS):
                raise self._error(node, "compares with `is`: use == or !=,")
            if not isinstance(operator, ast.In | ast.NotIn):
                yield other
                continue
            if len(operators) > 1:
                raise self._error(node, "has `in` in a chain of comparisons")
            if not isinstance(other, ast.List | ast.Tuple) or not all(map(is_literal, other.elts)):
                raise self._error(other, "needs a list of literals after `in`")
            yield from other.elts

    def _arguments(self, node: ast.Call) -> list[ast.expr]:
        if not isinstance(node.func, ast.Name):
            raise self._error(node, "calls what is no function's name")
        name, given = node.func.id, node.args
        if node.keywords or any(isinstance(each, ast.Starred) for each in given):
            raise self._error(node, f"has an argument of {name}() that is named or has a star")
        if name == "col":
            if column(node) is None:
                raise self._error(node, 'must give col() one name, as in col("dep delay"),')
            return []
        function = FUNCTIONS.get(name)
        if function is None:
            raise self._error(node, f"has no function {name}() (there are: {', '.join(FUNCTIONS)})")
        if len(given) < function.least or (function.most is not None and len(given) > function.most):
            raise self._error(node, f"gives {name}() {len(given)} arguments")
        return given

    def _error(self, node: ast.expr, what: str) -> ExpressionError:
        before = len(self._text.encode()[: node.col_offset].decode())  # the tree counts bytes
        return ExpressionError(f"{what} at character {self._before + before + 1}")
