"""Row 56: what dashboard and alarms name is what the code says, and docs/operate.md explains it."""

import json
import re
from collections import defaultdict
from typing import Any

import pytest

from streamer.local.cloudformation.resources import Stack
from tests.support import scenes
from tests.support.connections import Connections
from tests.support.stack import PARAMETERS, ROOT, template

# As AWS's pages have them: the dimensions of which each metric that we name is published.
AWS_PUBLISHES: "Published" = {
    ("AWS/ApiGateway", "IntegrationError"): {("ApiId", "Stage")},
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits"): {("TableName",)},
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits"): {("TableName",)},
    ("AWS/DynamoDB", "ReadThrottleEvents"): {("TableName",)},
    ("AWS/DynamoDB", "WriteThrottleEvents"): {("TableName",)},
    ("AWS/Lambda", "ConcurrentExecutions"): {()},
    ("AWS/Lambda", "Errors"): {("FunctionName",)},
    ("AWS/Lambda", "Invocations"): {("FunctionName",)},
    ("AWS/Lambda", "Throttles"): {(), ("FunctionName",)},
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): {("QueueName",)},
    ("AWS/States", "ThrottledEvents"): {("APIName",), ("ServiceMetric",)},
}
OURS = {("service",), ("action", "service")}
SEARCH = re.compile(r"SEARCH\('\{(\w+),([\w,]+)\} MetricName=\"(\w+)\" service=\"(\w+)\"', 'Sum', 300\)")

Published = dict[tuple[str, str], set[tuple[str, ...]]]


@pytest.fixture
def lines(aws: list[str], connections: Connections, capsys: pytest.CaptureFixture[str]) -> list[Any]:
    """Return the lines with metrics that the functions write while everything that is counted happens."""
    scenes.handshakes()
    scenes.connections_come_and_go()
    scenes.jobs_are_accepted()
    scenes.jobs_end(connections)
    scenes.a_push_is_refused(connections)
    scenes.executions_end_badly()
    scenes.the_sweep_finds()
    scenes.writers_meet()
    return [json.loads(line) for line in capsys.readouterr().out.splitlines() if '"_aws"' in line]


def emitted(lines: list[Any]) -> Published:
    found: Published = defaultdict(set)
    for line in lines:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        sets = {tuple(sorted(names)) for names in directive["Dimensions"]}
        for metric in directive["Metrics"]:
            found[directive["Namespace"], metric["Name"]] |= sets
    return found


def resources(kind: str) -> dict[str, Any]:
    return dict(Stack(template(), PARAMETERS).of(kind))


def alarms() -> dict[str, Any]:
    return resources("AWS::CloudWatch::Alarm")


def widgets() -> list[Any]:
    (dashboard,) = resources("AWS::CloudWatch::Dashboard").values()
    return list(json.loads(dashboard["DashboardBody"])["widgets"])


def alarmed() -> Published:
    found: Published = defaultdict(set)
    for alarm in alarms().values():
        names = tuple(sorted(each["Name"] for each in alarm.get("Dimensions", [])))
        found[alarm["Namespace"], alarm["MetricName"]].add(names)
    return found


def shown() -> Published:
    found: Published = defaultdict(set)
    for widget in widgets():
        for metric in widget["properties"].get("metrics", []):
            if isinstance(metric[0], dict):
                searched = SEARCH.fullmatch(metric[0]["expression"])
                assert searched, metric
                namespace, names, name, _ = searched.groups()
                found[namespace, name].add(tuple(sorted(names.split(","))))
            else:
                namespace, name, *rest = (each for each in metric if isinstance(each, str))
                found[namespace, name].add(tuple(sorted(rest[::2])))
    return found


def test_a56_what_is_named_is_emitted_and_what_is_emitted_is_shown(lines: list[Any]) -> None:
    published: Published = {**emitted(lines), **AWS_PUBLISHES}
    for named in (alarmed(), shown()):
        unknown = {name: sets - published.get(name, set()) for name, sets in named.items()}
        assert {name: sets for name, sets in unknown.items() if sets} == {}
    assert emitted(lines).keys() <= shown().keys()


def test_a56_dimensions_are_the_service_and_the_action_and_nothing_of_a_tenant(lines: list[Any]) -> None:
    assert {sets for every in emitted(lines).values() for sets in every} == OURS
    assert {line["service"] for line in lines} == {"streamer"}
    assert {line.get("action") for line in lines} == {None, "generate_report", "test"}
    assert not re.search("acme|ada|r1|c1", json.dumps(lines))


def test_a56_a_stack_is_told_from_another_by_its_name() -> None:
    """The dimension that widgets and alarms name is what the functions are given."""
    stack = Stack(template(), PARAMETERS)
    given = {
        properties["Environment"]["Variables"]["POWERTOOLS_SERVICE_NAME"]
        for _, properties in stack.of("AWS::Lambda::Function")
    }
    named = {
        each["Value"]
        for alarm in alarms().values()
        for each in alarm.get("Dimensions", [])
        if each["Name"] == "service"
    }
    body = json.dumps(widgets())
    assert given == named == {"streamer"}
    assert set(re.findall(r'"service", "(\w+)"', body)) == given


def test_a56_every_alarm_is_on_the_dashboard_and_has_its_heading() -> None:
    page = (ROOT / "docs/operate.md").read_text()
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line.lstrip("# ").lower()).replace(" ", "-")
        for line in page.splitlines()
        if line.startswith("#")
    }
    told = {name: alarm["AlarmDescription"].partition("docs/operate.md#") for name, alarm in alarms().items()}
    assert {name: heading for name, (_, _, heading) in told.items() if heading not in headings} == {}
    shown_alarms = {arn for widget in widgets() for arn in widget["properties"].get("alarms", [])}
    assert len(shown_alarms) == len(told)


def test_a56_alarms_tell_a_topic_where_there_is_one() -> None:
    topic = "arn:aws:sns:us-east-1:123456789012:on-call"
    given = dict(Stack(template(), PARAMETERS | {"AlarmTopicArn": topic}).of("AWS::CloudWatch::Alarm"))
    assert all(alarm["AlarmActions"] == alarm["OKActions"] == [topic] for alarm in given.values())
    assert not any("AlarmActions" in alarm for alarm in alarms().values())


def test_a56_values_are_sums_and_milliseconds(lines: list[Any]) -> None:
    units = {
        metric["Name"]: metric["Unit"]
        for line in lines
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
    }
    waits = {name for name, unit in units.items() if unit == "Milliseconds"}
    assert waits == {"AcknowledgmentLatency", "FirstProgress", "PushHop"}
    assert set(units.values()) == {"Count", "Milliseconds"}
    merged = sum(sum(line.get("FramesMerged", [])) for line in lines)
    sent = sum(sum(line.get("FramesSent", [])) for line in lines)
    assert merged > 50  # of a hundred reports at once
    assert 10 < sent < 40
