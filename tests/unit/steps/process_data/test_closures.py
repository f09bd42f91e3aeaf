"""What expressions compute, over CSV cells and over JSON's values."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.process_data.closures import Place, compiled
from steps.process_data.expressions import parse
from steps.process_data.values import LONGEST_TEXT, TextTooLong

CELLS = {
    "delay": "15",
    "exact": "15.0",
    "low": "-2",
    "empty": "",
    "na": "NA",
    "zip": "007",
    "code": "12",
    "big": "9007199254740993",
    "origin": "JFK",
    "date": "2013-01-05",
    "beyond": "1e999",
}
VALUES = {
    "n": 5,
    "f": 2.5,
    "t": "Ab",
    "none": None,
    "yes": True,
    "no": False,
    "tags": [1, "a"],
    "blank": "",
    "huge": 10**300,
}


def compute(text: str) -> Any:
    places = {name: Place(at, raw=True) for at, name in enumerate(CELLS)}
    places |= {name: Place(len(CELLS) + at, raw=False) for at, name in enumerate(VALUES)}
    return compiled(parse(text), places)([*CELLS.values(), *VALUES.values()])


@pytest.mark.parametrize(
    ("text", "value"),
    [
        # A cell is a number where it is written as one, null where it is empty, and text beside a text.
        ("delay > 9", True),
        ("9 < delay", True),
        ("delay == 15", True),
        ("delay == '15'", True),
        ("delay == exact", True),
        ("exact == '15'", False),
        ("zip == 7", False),
        ("zip == '007'", True),
        ("code == '12' and code == 12", True),
        ("code in ['12']", True),
        ("code in [12]", True),
        ("zip in [7, '7']", False),
        ("zip not in [7]", True),
        ("origin > 'J'", True),
        ("na > 3", None),
        ("na < 'O'", True),
        ("delay < na", True),  # two cells, one of them text: as texts
        ("code < origin", True),
        ("empty == null", True),
        ("empty == ''", True),
        ("empty != 0", True),
        ("empty < 'a'", None),
        ("big + 1", 9007199254740994),
        ("beyond > 1", None),
        ("-low", 2),
        ("delay", 15),
        # null
        ("none + 1", None),
        ("none == null", True),
        ("none != 1", True),
        ("none > 1", None),
        ("none in [null]", True),
        ("not (none > 1)", None),
        ("lower(none)", None),
        ("coalesce(none, empty, 'x')", "x"),
        ("n if none > 1 else f", 2.5),
        # true and false are themselves
        ("yes", True),
        ("yes == true", True),
        ("yes == 1", False),
        ("yes + 1", None),
        ("yes in [1]", False),
        ("n and yes", None),
        ("no and n", False),
        ("none > 1 or yes", True),
        ("none > 1 and no", False),
        ("none > 1 or no", None),
        ("not no", True),
        ("not n", None),
        # numbers
        ("1 < n <= 5 < 6", True),
        ("1 < n < 5", False),
        ("n / 2", 2.5),
        ("n // 2", 2),
        ("-n // 2", -3),
        ("-n % 3", 1),
        ("n / 0", None),
        ("n % 0", None),
        ("n // 0.0", None),
        ("huge * huge", None),
        ("huge / 0.5 * huge", None),
        ("1e300 * 1e300", None),
        ("t * 3", None),
        ("t + n", None),
        ("tags + tags", None),
        ("tags == tags", True),
        ("tags > 1", None),
        ("blank < t", True),
        ("round(f)", 2),
        ("round(2.345, 2)", 2.35),
        ("round(f, 'x')", None),
        ("floor(-f)", -3),
        ("ceil(f)", 3),
        ("abs(low)", 2),
        ("min(n, f, 9)", 2.5),
        ("max(n, t)", None),
        ("max(t, 'B')", "B"),
        ("number('1.5') + number(t)", None),
        ("number(' 1.5 ')", 1.5),
        ("number('1_000')", None),
        ("number(yes)", None),
        # text
        ("text(zip)", "007"),
        ("text(exact)", "15.0"),
        ("text(n)", "5"),
        ("text(yes)", "true"),
        ("text(tags)", '[1, "a"]'),
        ("text(empty)", None),
        ("length(zip)", 3),
        ("upper(t)", "AB"),
        ("lower(origin)", "jfk"),
        ("trim(' x ')", "x"),
        ("contains(origin, 'FK')", True),
        ("starts_with(date, '2013-')", True),
        ("ends_with(code, 2)", True),
        ("substring(date, 5, 2)", "01"),
        ("substring(date, 5)", "01-05"),
        ("substring(date, -1)", None),
        ("substring(date, 1, -1)", None),
        ("replace(date, '-', '')", "20130105"),
        ("replace(date, '', 'x')", "2013-01-05"),
        ("concat(origin, '/', zip, n)", "JFK/0075"),
        ("concat(origin, none)", None),
        ("'a' if delay >= 15 else 'b'", "a"),
        ("col('origin')", "JFK"),
    ],
)
def test_values(text: str, value: Any) -> None:
    found = compute(text)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    "text",
    [
        "concat(" + ", ".join(["big"] * 130) + ")",
        "replace(replace(replace(big, '9', '" + "0" * 300 + "'), '0', '" + "1" * 300 + "'), '1', '22')",
    ],
)
def test_texts_do_not_grow_without_end(text: str) -> None:
    with pytest.raises(TextTooLong):
        compute(text)
    assert len(compute("concat(" + ", ".join(["big"] * (LONGEST_TEXT // 16)) + ")")) <= LONGEST_TEXT


@given(
    st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    st.integers(-99, 99),
    st.sampled_from("+-*/%"),
)
def test_arithmetic_is_pythons_where_it_is_finite(one: float, other: int, sign: str) -> None:
    places = {"a": Place(0, raw=False), "b": Place(1, raw=False)}
    found = compiled(parse(f"a {sign} b"), places)([one, other])
    try:
        wanted = {"+": one + other, "-": one - other, "*": one * other}.get(sign)
        if wanted is None:
            wanted = one / other if sign == "/" else one % other
    except (ZeroDivisionError, OverflowError):
        wanted = None
    assert found == wanted or (found is None and (wanted is None or abs(wanted) >= 2**1024))
