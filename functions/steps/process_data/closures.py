"""From an expression's tree to a function of a row, made once and called for every row."""

import ast
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from steps.process_data.expressions import column, is_literal, literal
from steps.process_data.values import NUMERIC, Value, cell, comparable, equal, numeric, text_of
from steps.process_data.vocabulary import FUNCTIONS

Row = list[Any]
Evaluate = Callable[[Row], Value]

_ARITHMETIC: dict[type, Callable[..., Value]] = {
    ast.Add: numeric(operator.add),
    ast.Sub: numeric(operator.sub),
    ast.Mult: numeric(operator.mul),
    ast.Div: numeric(operator.truediv),
    ast.FloorDiv: numeric(operator.floordiv),
    ast.Mod: numeric(operator.mod),
    ast.USub: numeric(operator.neg),
    ast.UAdd: numeric(operator.pos),
}
_ORDERS: dict[type, Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
_MIRRORED: dict[type, type] = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}


@dataclass(frozen=True)
class Place:
    """Where a column is in the rows. `raw` says that it holds CSV cells as they were read, not values."""

    index: int
    raw: bool


@dataclass(frozen=True)
class Code:
    """What a node became. `cell` is the index of the CSV cell that it is, where it is one and no more."""

    value: Evaluate
    cell: int | None = None
    constant: bool = False

    @property
    def text(self) -> Callable[[Row], str | None]:
        """The node as text: a cell as it was read, null where it is empty."""
        if (index := self.cell) is not None:
            return lambda row: row[index] or None
        value = self.value
        return lambda row: text_of(value(row))


def compiled(tree: ast.expr, places: Mapping[str, Place]) -> Evaluate:
    """Return the function that an expression is. `places` has every column that it names."""
    return _code(tree, places).value


def _code(node: ast.expr, places: Mapping[str, Place]) -> Code:
    if is_literal(node):
        constant = literal(node)
        return Code(lambda _: constant, constant=True)
    if (name := column(node)) is not None:
        return _column(places[name])
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return Code(_all([_code(each, places).value for each in values], True))
        case ast.BoolOp(values=values):
            return Code(_all([_code(each, places).value for each in values], False))
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return Code(_negated(_code(operand, places).value))
        case ast.UnaryOp(op=operation, operand=operand):
            return Code(_applied(_ARITHMETIC[type(operation)], [_code(operand, places).value]))
        case ast.BinOp(left=left, op=operation, right=right):
            sides = [_code(left, places).value, _code(right, places).value]
            return Code(_applied(_ARITHMETIC[type(operation)], sides))
        case ast.Compare(
            ops=[ast.In() | ast.NotIn() as within],
            left=left,
            comparators=[ast.List() | ast.Tuple() as listed],
        ):
            found = _among(_code(left, places), [literal(each) for each in listed.elts])
            return Code(found if isinstance(within, ast.In) else lambda row: not found(row))
        case ast.Compare(left=left, ops=operators, comparators=others):
            sides_of = [_code(each, places) for each in (left, *others)]
            pairs = [
                _compared(type(each), one, other)
                for each, one, other in zip(operators, sides_of[:-1], sides_of[1:], strict=True)
            ]
            return Code(pairs[0] if len(pairs) == 1 else _all(pairs, True))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            parts = [_code(each, places).value for each in (test, body, orelse)]
            return Code(_chosen(*parts))
        case ast.Call(func=ast.Name(id=called), args=args):
            return _called(called, [_code(each, places) for each in args])
    raise TypeError(f"{ast.dump(node)} was not checked")


def _column(place: Place) -> Code:
    index = place.index
    if place.raw:
        return Code(lambda row: cell(row[index]), cell=index)
    return Code(operator.itemgetter(index))


def _all(parts: Sequence[Evaluate], wanted: bool) -> Evaluate:
    """`and` (wanted: true) and `or` (wanted: false): what is neither true nor false counts as null."""

    def evaluate(row: Row) -> bool | None:
        result: bool | None = wanted
        for part in parts:
            value = part(row)
            if value is (not wanted):
                return not wanted
            if value is not wanted:
                result = None
        return result

    return evaluate


def _negated(part: Evaluate) -> Evaluate:
    def evaluate(row: Row) -> bool | None:
        value = part(row)
        return not value if value is True or value is False else None

    return evaluate


def _chosen(test: Evaluate, body: Evaluate, orelse: Evaluate) -> Evaluate:
    return lambda row: body(row) if test(row) is True else orelse(row)


def _applied(function: Callable[..., Value], arguments: Sequence[Evaluate]) -> Evaluate:
    if len(arguments) == 1:
        (only,) = arguments
        return lambda row: function(only(row))
    if len(arguments) == 2:
        one, other = arguments
        return lambda row: function(one(row), other(row))
    return lambda row: function(*[argument(row) for argument in arguments])


def _called(name: str, arguments: Sequence[Code]) -> Code:
    function = FUNCTIONS[name]
    takes = [each.text if function.as_text(at) else each.value for at, each in enumerate(arguments)]
    if function.of_null:
        return Code(_applied(function.call, takes))
    call = function.call
    if len(takes) == 1:
        (only,) = takes
        return Code(lambda row: None if (given := only(row)) is None else call(given))

    def evaluate(row: Row) -> Value:
        given = [take(row) for take in takes]
        return None if None in given else call(*given)

    return Code(evaluate)


def _compared(kind: type, one: Code, other: Code) -> Evaluate:
    if one.constant and not other.constant:  # 15 < delay, as delay > 15
        return _compared(_MIRRORED.get(kind, kind), other, one)
    if kind in (ast.Eq, ast.NotEq):
        same = _equal(one, other)
        return same if kind is ast.Eq else lambda row: not same(row)
    return _ordered(_ORDERS[kind], one, other)


def _equal(one: Code, other: Code) -> Callable[[Row], bool]:
    index, left, right = one.cell, one.value, other.value
    if index is not None and other.constant and isinstance(text := right([]), str):
        return lambda row: row[index] == text
    if one.cell is None and other.cell is None:
        return lambda row: equal(left(row), right(row))
    pair = _pair(one, other)
    return lambda row: equal(*pair(row))


def _ordered(order: Callable[[Any, Any], bool], one: Code, other: Code) -> Evaluate:
    left, right = one.value, other.value
    if other.constant and (limit := right([])).__class__ in NUMERIC:

        def against(row: Row) -> bool | None:
            value = left(row)
            return order(value, limit) if value.__class__ in NUMERIC else None

        return against
    pair = _pair(one, other, of_empty=None)

    def evaluate(row: Row) -> bool | None:
        a, b = pair(row)
        return order(a, b) if comparable(a, b) else None

    return evaluate


def _pair(one: Code, other: Code, of_empty: str | None = "") -> Callable[[Row], tuple[Value, Value]]:
    """Return what gives two values to compare: a cell beside a text is a text, as it was read."""
    left, right, left_cell, right_cell = one.value, other.value, one.cell, other.cell

    def pair(row: Row) -> tuple[Value, Value]:
        a, b = left(row), right(row)
        if a.__class__ is not str and b.__class__ is not str:
            return a, b
        if left_cell is not None:
            a = row[left_cell] or of_empty
        if right_cell is not None:
            b = row[right_cell] or of_empty
        return a, b

    return pair


def _among(one: Code, listed: Sequence[Value]) -> Callable[[Row], bool]:
    texts = frozenset(each for each in listed if each.__class__ is str)
    others = [each for each in listed if each.__class__ is not str]
    value, index = one.value, one.cell

    def evaluate(row: Row) -> bool:
        if index is not None and row[index] in texts:
            return True
        found = value(row)
        if found.__class__ is str:
            return index is None and found in texts
        return any(equal(found, each) for each in others)

    return evaluate
