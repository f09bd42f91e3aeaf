"""Rows 57 and 61: roles allow what functions call, and nothing else; ministack's evaluator judges."""

import ast

import pytest

from jobs.clients import connections_table
from router import connections
from streamer.local.aws import ACCOUNT, REGION
from tests.iam.call_sites import asked, methods, unplayed
from tests.iam.calls import Site
from tests.iam.deployment import Deployment
from tests.iam.judge import forbidden, idle
from tests.iam.play import Play
from tests.iam.rights_page import PAGE, exceptions, reasons, short, written
from tests.iam.roles import Grant, managed, roles

ROLES = roles("AWS::Lambda::Function")
CONNECTIONS = f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/streamer-ConnectionsTable"


def test_a57_every_function_may_make_its_calls(played: Deployment) -> None:
    denied = {name: forbidden(grants, played.calls.get(name, ())) for name, grants in ROLES.items()}
    assert {name: calls for name, calls in denied.items() if calls} == {}


def test_a57_no_function_may_do_what_it_does_not(played: Deployment) -> None:
    unused = {name: idle(grants, played.calls.get(name, ())) for name, grants in ROLES.items()}
    assert {name: grants for name, grants in unused.items() if grants} == {}


def test_a57_every_function_was_played(played: Deployment) -> None:
    assert played.calls.keys() == ROLES.keys()


def test_a57_every_call_in_the_code_was_played(played: Deployment) -> None:
    assert unplayed(asked(), played.sites) == []


def test_a57_nothing_is_a_star_without_a_reason() -> None:
    """Neither an action nor a whole resource; a pattern within a resource is judged by its calls."""
    excepted, stars = exceptions(PAGE.read_text()), set()
    for grants in [*ROLES.values(), *roles("AWS::StepFunctions::StateMachine").values()]:
        stars |= {short(each) for each in grants if "*" in each.action or each.resource == "*"}
    stars |= {f"`{name}`" for name in managed()}
    assert stars == excepted.keys()
    assert all(excepted.values())


def test_a57_the_page_says_who_has_which_right_and_why() -> None:
    text = PAGE.read_text()
    assert written(text) == text, "run `make generate`"
    assert [right for right, why in reasons(text).items() if not why.strip()] == []


def test_a61_a_right_that_is_taken_away_is_missed(played: Deployment) -> None:
    """Each of them, by itself: so none stands there twice, or beneath a wider one."""
    missed = {
        (name, str(taken))
        for name, grants in ROLES.items()
        for taken in grants
        if not forbidden([grant for grant in grants if grant is not taken], played.calls[name])
    }
    assert missed == set()


def test_a61_a_right_that_is_added_is_found(played: Deployment) -> None:
    more = Grant("dynamodb:DeleteItem", CONNECTIONS.replace("Connections", "Jobs"))
    for name, grants in ROLES.items():
        assert idle([*grants, more], played.calls[name]) == [str(more)]


def test_a61_a_call_that_is_added_is_forbidden(played: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    def curious(offered: list[str]) -> dict[str, str]:
        connections_table().scan()
        return {}

    monkeypatch.setattr(connections, "_choose", curious)
    with played.apart() as calls:
        played.call("ConnectFunction", Play(played).event())
    assert forbidden(ROLES["ConnectFunction"], calls) == [f"dynamodb:Scan {CONNECTIONS}"]


def test_a61_a_call_that_no_scene_comes_by_is_found(played: Deployment) -> None:
    code = "class Log:\n    def trim(self):\n        def inner():\n            table().delete_item(Key={})\n"
    ((function, operation),) = [each for each in methods(ast.parse(code)) if each[1] == "delete_item"]
    added = Site("jobs/log.py", function, operation)
    assert added == Site("jobs/log.py", "Log.trim", "delete_item")
    assert unplayed(asked() | {added}, played.sites) == [added]
