"""Rules of EventBridge and schedules of its Scheduler, as a template declares them."""

import json
import re
from collections.abc import Mapping
from typing import Any

from streamer.local.cloudformation.intrinsics import Resolver
from streamer.local.cloudformation.resources import Stack
from streamer.local.errors import LocalError
from streamer.local.eventbridge import patterns
from streamer.local.eventbridge.rules import Rule, Target
from streamer.local.eventbridge.schedule import period_of

_RULE, _SCHEDULE = "AWS::Events::Rule", "AWS::Scheduler::Schedule"
_CALLED = {"AWS::Lambda::Alias", "AWS::Lambda::Function", "AWS::Lambda::Version"}
# Others may refer to resources that are skipped.
_PROPERTIES = {"EventBusName", "EventPattern", "ScheduleExpression", "State"}
_TARGET_PROPERTIES = {"Input", "InputPath", "InputTransformer"}

_DEFAULT_BUS = re.compile(r"(arn:.*:event-bus/)?default")
_PATH = re.compile(r"\$(\.[\w-]+)*")


def rules_of(stack: Stack) -> list[Rule]:
    """Return the stack's enabled rules. Raises LocalError for what they ask and cannot get here."""
    found = (
        _rule(name, resource, stack.resources, stack.resolver)
        for name, resource in stack.resources.items()
        if resource["Type"] in (_RULE, _SCHEDULE) and stack.resolver.exists(name)
    )
    return [rule for rule in found if rule]


def _rule(
    name: str, resource: Mapping[str, Any], resources: Mapping[str, Any], resolver: Resolver
) -> Rule | None:
    given = resource["Properties"]
    properties = resolver.resolve({key: value for key, value in given.items() if key in _PROPERTIES}, name)
    if not properties.get("State", "ENABLED").startswith("ENABLED"):
        return None
    expression = properties.get("ScheduleExpression")
    period = period_of(expression, name) if expression else None
    functions = {resolver.arn(n) for n, r in resources.items() if r["Type"] in _CALLED}
    targets = given["Targets"] if "Targets" in given else [given[key] for key in ("Target",) if key in given]
    called = [target for target in targets if _arn(target, name, resolver) in functions]
    note = ""
    if expression and not period:
        note = f"{expression} does not run here; only rate(…) does"
    elif len(called) < len(targets):
        note = "only this template's functions are called, not its other targets"
    return Rule(
        name,
        str(resolver.arn(name)),
        _pattern(name, properties),
        period,
        [_target(name, target, resolver) for target in called],
        resource["Type"] == _SCHEDULE,
        note,
    )


def _pattern(name: str, properties: Mapping[str, Any]) -> patterns.Pattern | None:
    pattern = properties.get("EventPattern")
    if pattern is None:
        return None
    pattern = json.loads(pattern) if isinstance(pattern, str) else pattern
    patterns.check(pattern, name)
    # Nothing here sends to other buses.
    return pattern if _DEFAULT_BUS.fullmatch(properties.get("EventBusName", "default")) else None


def _arn(target: Mapping[str, Any], rule: str, resolver: Resolver) -> str | None:
    try:
        return str(resolver.resolve(target["Arn"], rule))
    except LocalError:  # of a type that is skipped
        return None


def _target(rule: str, target: Mapping[str, Any], resolver: Resolver) -> Target:
    wanted = {key: value for key, value in target.items() if key in _TARGET_PROPERTIES}
    given = resolver.resolve(wanted, rule)
    path = given.get("InputPath", "$")
    if "InputTransformer" in given or not _PATH.fullmatch(path):
        raise LocalError(
            f"{rule}: of a target's input only Input and a plain InputPath are supported locally."
        )
    return Target(str(_arn(target, rule, resolver)), given.get("Input"), path.split(".")[1:])
