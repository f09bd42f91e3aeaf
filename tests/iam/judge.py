"""A judge that is not ours: ministack's evaluator says what a policy allows."""

from collections.abc import Iterable
from typing import Any

from ministack.core.iam_evaluator import (  # type: ignore[import-untyped]
    EvalContext,
    evaluate,
    parse_policy_document,
)

from streamer.local.aws import ACCOUNT, REGION
from tests.iam.calls import Call
from tests.iam.roles import Grant

Policy = dict[str, Any]


def allows(policy: Policy, call: Call) -> bool:
    """Whether a role with this policy may make the call."""
    asked = EvalContext(
        principal_arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/a/session",
        principal_type="AssumedRole",
        principal_account=ACCOUNT,
        action=call.action,
        resource_arn=call.resource,
        region=REGION,
        service_context={key.lower(): value for key, value in call.keys},
    )
    return bool(evaluate(asked, [parse_policy_document(policy)]).decision == "Allow")


def forbidden(grants: Iterable[Grant], calls: Iterable[Call]) -> list[str]:
    """Return the calls that none of the grants allows."""
    policy = {"Statement": [grant.statement for grant in grants]}
    return sorted({str(call) for call in calls if not allows(policy, call)})


def idle(grants: Iterable[Grant], calls: Iterable[Call]) -> list[str]:
    """Return the grants that no call needs: each action on each pattern of resources by itself."""
    return [str(grant) for grant in grants if len(forbidden([grant], calls)) == len(set(map(str, calls)))]
