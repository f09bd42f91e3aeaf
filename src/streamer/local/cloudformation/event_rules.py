"""Rules of EventBridge and schedules of its Scheduler, as a template declares them."""

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from streamer.local.cloudformation.intrinsics import Resolver
from streamer.local.cloudformation.permissions import lets_call
from streamer.local.cloudformation.resources import Stack
from streamer.local.errors import LocalError
from streamer.local.eventbridge import patterns, schedule
from streamer.local.eventbridge.rules import Rule, Target

_RULE, _SCHEDULE = "AWS::Events::Rule", "AWS::Scheduler::Schedule"
_CALLED = {"AWS::Lambda::Alias", "AWS::Lambda::Function", "AWS::Lambda::Version"}
# Others may refer to resources that are skipped.
_SCHEDULING = "ScheduleExpression", "ScheduleExpressionTimezone"
_PROPERTIES = {"EventBusName", "EventPattern", "State", *_SCHEDULING}
_TARGET_PROPERTIES = {"Input", "InputPath", "InputTransformer"}

_DEFAULT_BUS = re.compile(r"(arn:.*:event-bus/)?default")
_PATH = re.compile(r"\$(\.[\w-]+)*")


def rules_of(stack: Stack) -> list[Rule]:
    """Return the stack's enabled rules. Raises LocalError for what they ask and cannot get here."""
    found = (
        _rule(name, resource, stack)
        for name, resource in stack.resources.items()
        if resource["Type"] in (_RULE, _SCHEDULE) and stack.resolver.exists(name)
    )
    return [rule for rule in found if rule]


def _rule(name: str, resource: Mapping[str, Any], stack: Stack) -> Rule | None:
    given, resolver = resource["Properties"], stack.resolver
    properties = resolver.resolve({key: value for key, value in given.items() if key in _PROPERTIES}, name)
    if not properties.get("State", "ENABLED").startswith("ENABLED"):
        return None
    functions = {resolver.arn(n) for n, r in stack.resources.items() if r["Type"] in _CALLED}
    targets = given["Targets"] if "Targets" in given else [given[key] for key in ("Target",) if key in given]
    called = [target for target in targets if _arn(target, name, resolver) in functions]
    expression, zone = (properties.get(each) for each in _SCHEDULING)
    rule = Rule(
        name,
        arn=str(resolver.arn(name)),
        pattern=_pattern(name, properties),
        schedule=schedule.read(expression, zone or "UTC", name) if expression else None,
        targets=[_target(name, target, stack) for target in called],
        of_scheduler=resource["Type"] == _SCHEDULE,
    )
    return replace(rule, note=_note(rule, len(targets)))


def _note(rule: Rule, declared: int) -> str:
    """Return what users are told of a rule whose targets are not all called."""
    if refused := [target for target in rule.targets if not target.permitted]:
        kept = "to its dead letters" if all(target.dead_letters for target in refused) else "nowhere"
        return f"no AWS::Lambda::Permission lets it call its function, so its events go {kept}"
    return (
        "only this template's functions are called, not its other targets"
        if len(rule.targets) < declared
        else ""
    )


def _pattern(name: str, properties: Mapping[str, Any]) -> patterns.Pattern | None:
    pattern = properties.get("EventPattern")
    if pattern is None:
        return None
    pattern = json.loads(pattern) if isinstance(pattern, str) else pattern
    patterns.check(pattern, name)
    # Nothing here sends to other buses.
    return pattern if _DEFAULT_BUS.fullmatch(properties.get("EventBusName", "default")) else None


def _arn(holder: Mapping[str, Any], rule: str, resolver: Resolver) -> str:
    """Return the ARN that a target, or where it leaves its dead letters, names; "" where that is skipped."""
    try:
        return str(resolver.resolve(holder.get("Arn", ""), rule))
    except LocalError:
        return ""


def _target(rule: str, target: Mapping[str, Any], stack: Stack) -> Target:
    resolver = stack.resolver
    given = resolver.resolve({key: each for key, each in target.items() if key in _TARGET_PROPERTIES}, rule)
    path = given.get("InputPath", "$")
    if "InputTransformer" in given or not _PATH.fullmatch(path):
        raise LocalError(
            f"{rule}: of a target's input only Input and a plain InputPath are supported locally."
        )
    function = _arn(target, rule, resolver)
    return Target(
        function,
        given.get("Input"),
        path.split(".")[1:],
        # The Scheduler calls as a role of its own.
        permitted="RoleArn" in target
        or lets_call(stack, "events.amazonaws.com", str(resolver.arn(rule)), function),
        dead_letters=_arn(target.get("DeadLetterConfig", {}), rule, resolver),
    )
