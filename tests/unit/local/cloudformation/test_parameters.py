"""Parameters that the template does not allow."""

from typing import Any

import pytest

from streamer.local.cloudformation.parameters import check
from streamer.local.errors import LocalError

NUMBER = {"Type": "Number", "MinValue": 1, "MaxValue": "10"}


@pytest.mark.parametrize(
    ("declaration", "value"),
    [
        (NUMBER, "1"),
        (NUMBER, "9.5"),
        ({"Type": "Number"}, "-1e3"),
        ({"Type": "String", "AllowedPattern": "[a-z]*"}, ""),
        ({"Type": "String", "AllowedValues": ["a", 1]}, "1"),
        ({"Type": "String", "MinLength": 1, "MaxLength": "2"}, "ab"),
    ],
)
def test_allowed(declaration: Any, value: str) -> None:
    check({"P": declaration}, {"P": value})


@pytest.mark.parametrize(
    ("declaration", "value", "fault"),
    [
        (NUMBER, "five", "a number"),
        (NUMBER, "", "a number"),
        (NUMBER, "nan", "a number"),
        (NUMBER, "0", "1 at least"),
        (NUMBER, "11", "10 at most"),
        ({"Type": "Number", "AllowedValues": [1, 2]}, "3", "one of 1, 2"),
        ({"Type": "String", "AllowedPattern": "[a-z]+"}, "a b", r"match \[a-z\]\+"),
        ({"Type": "String", "AllowedPattern": "a", "ConstraintDescription": "say a"}, "b", "say a"),
        ({"Type": "String", "MinLength": 1}, "", "1 characters at least"),
        ({"Type": "String", "MaxLength": 1}, "ab", "1 characters at most"),
        ({"Type": "Number", "Default": "x"}, None, "a number"),
    ],
)
def test_refused_in_one_line(declaration: Any, value: str | None, fault: str) -> None:
    with pytest.raises(LocalError, match=rf"P=.*: .*{fault}"):
        check({"P": declaration}, {} if value is None else {"P": value})


def test_all_faults_are_told() -> None:
    with pytest.raises(LocalError, match=r"A=x: .*; B=y: "):
        check({"A": NUMBER, "B": NUMBER}, {"A": "x", "B": "y"})
