"""Rows 57 and 61: roles allow what functions call, and nothing else; ministack's evaluator judges."""

import ast

import pytest

from jobs.clients import connections_table
from router import connections
from streamer.local.aws import ACCOUNT, REGION
from tests.iam import call_sites, machines
from tests.iam.calls import Call, Site
from tests.iam.deployment import Deployment
from tests.iam.judge import Policy, allows, forbidden, idle
from tests.iam.play import Play
from tests.iam.rights_page import PAGE, exceptions, reasons, short, written
from tests.iam.roles import Grant, managed, roles
from tests.iam.second_judge import TOKENS, judged

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
    assert call_sites.unplayed(call_sites.asked(), played.sites) == []


def test_a57_a_second_judge_says_the_same_of_every_role_and_every_call(played: Deployment) -> None:
    """Of each role and all calls: its own, which are allowed, and the others', of which most are not."""
    policies: list[Policy] = [
        {"Version": "2012-10-17", "Statement": [grant.statement for grant in grants]}
        for grants in [*ROLES.values(), *machines.ROLES.values()]
        if grants
    ]
    calls = set[Call]().union(*played.calls.values(), *map(machines.named, machines.MACHINES.values()))
    judgeable = sorted((call for call in calls if call.action not in TOKENS), key=str)
    asked = [(number, call) for number in range(len(policies)) for call in judgeable]
    ours = [allows(policies[number], call) for number, call in asked]
    said = zip(asked, ours, judged(policies, asked), strict=True)
    assert [(policies[n], str(call), theirs) for (n, call), our, theirs in said if our is not theirs] == []
    assert {True, False} == set(ours)


def test_a57_nothing_is_a_star_without_a_reason() -> None:
    """Neither an action nor a whole resource; a pattern within a resource is judged by its calls."""
    excepted, stars = exceptions(PAGE.read_text()), set()
    for grants in [*ROLES.values(), *machines.ROLES.values()]:
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
    ((function, operation),) = [
        each for each in call_sites.methods(ast.parse(code)) if each[1] == "delete_item"
    ]
    added = Site("jobs/log.py", function, operation)
    assert added == Site("jobs/log.py", "Log.trim", "delete_item")
    assert call_sites.unplayed(call_sites.asked() | {added}, played.sites) == [added]
