"""The checks of the template: each rule of ours fails where it must, and every skip has its reason."""

import copy
import re
from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.support.stack import ROOT, template

pytest.importorskip("guardpycfn", reason="cfn-guard is not made for this processor")

from scripts.check_template import RULES, broken

Change = Callable[[Any], object]


def properties(name: str) -> Callable[[Any], Any]:
    return lambda resources: resources[name]["Properties"]


STAGE = properties("WebSocketApiStage")
BUCKET_DENIES = [
    ("Effect", "Allow"),
    ("Principal", {"AWS": "*"}),
    ("Condition", {"Bool": {"aws:SecureTransport": "true"}}),
]
CHANGES: list[tuple[str, Change]] = [
    ("logs_are_kept_for_a_time", lambda it: properties("MachineLogs")(it).pop("RetentionInDays")),
    (
        "functions_log_where_that_holds",
        lambda it: properties("AskFunction")(it)["LoggingConfig"].pop("LogGroup"),
    ),
    ("machines_log_errors_without_data", lambda it: properties("Delay")(it).pop("LoggingConfiguration")),
    (
        "machines_log_errors_without_data",
        lambda it: properties("Delay")(it)["LoggingConfiguration"].update(IncludeExecutionData=True),
    ),
    ("machines_and_functions_are_traced", lambda it: properties("Delay")(it).pop("TracingConfiguration")),
    ("accesses_are_logged_without_what_clients_send", lambda it: STAGE(it).pop("AccessLogSettings")),
    (
        "accesses_are_logged_without_what_clients_send",
        lambda it: STAGE(it)["AccessLogSettings"].update(Format="$context.connectionId $context.path"),
    ),
    *(
        (
            "requests_are_not_logged_whole",
            lambda it, setting=setting: STAGE(it).setdefault("DefaultRouteSettings", {}).update(setting),
        )
        for setting in ({"DataTraceEnabled": True}, {"LoggingLevel": "INFO"})
    ),
    (
        "requests_are_not_logged_whole",
        lambda it: STAGE(it).update(RouteSettings={"$connect": {"DataTraceEnabled": True}}),
    ),
    ("buckets_refuse_plain_http", lambda it: it.pop("DataBucketPolicy")),
    ("what_is_not_made_again_is_retained", lambda it: it["RecordsTable"].pop("DeletionPolicy")),
    ("what_is_not_made_again_is_retained", lambda it: it["DataBucket"].update(UpdateReplacePolicy="Delete")),
    *(
        ("functions_are_called_by_alias_or_version", change)
        for change in (
            lambda it: properties("WebSocketApiConnectPermission")(it).update(
                FunctionName={"Ref": "ConnectFunction"}
            ),
            lambda it: properties("WebSocketApiDefaultIntegration")(it)["IntegrationUri"]["Fn::Sub"][
                1
            ].update(FunctionArn={"Fn::GetAtt": ["MessageFunction", "Arn"]}),
            lambda it: properties("WebSocketApiConnectAuthorizer")(it)["AuthorizerUri"]["Fn::Sub"][1].update(
                AuthArn={"Fn::GetAtt": ["AuthorizerFunction", "Arn"]}
            ),
            lambda it: properties("SweepFunctionEveryFiveMinutes")(it)["Targets"][0].update(
                Arn={"Fn::GetAtt": ["SweepFunction", "Arn"]}
            ),
            lambda it: properties("Delay")(it)["DefinitionSubstitutions"].update(
                LetTimePassFunction={"Fn::GetAtt": ["LetTimePassFunction", "Arn"]}
            ),
        )
    ),
    ("releases_are_versions_that_stay", lambda it: properties("AskFunction")(it).pop("Description")),
    ("releases_are_versions_that_stay", lambda it: it["DelayVersion"].pop("UpdateReplacePolicy")),
    *(
        (
            "buckets_refuse_plain_http",
            lambda it, key=key, value=value: properties("DataBucketPolicy")(it)["PolicyDocument"][
                "Statement"
            ][0].update({key: value}),
        )
        for key, value in BUCKET_DENIES
    ),
]


def test_every_rule_holds() -> None:
    assert broken(template(), RULES.read_text()) == []


@pytest.mark.parametrize(("rule", "change"), CHANGES)
def test_a_rule_tells_what_breaks_it(rule: str, change: Change) -> None:
    changed = copy.deepcopy(template())
    change(changed["Resources"])
    assert [found.partition(":")[0] for found in broken(changed, RULES.read_text())] == [rule]


def test_every_rule_was_broken_once() -> None:
    assert set(re.findall(r"^rule (\w+)", RULES.read_text(), re.MULTILINE)) == {rule for rule, _ in CHANGES}


def test_rules_that_cannot_be_read_are_told() -> None:
    with pytest.raises(ValueError, match="Parser Error"):
        broken(template(), "rule x { Resources !!! }")


def test_every_skip_and_every_rule_has_its_reason() -> None:
    linted, checked = (
        yaml.safe_load((ROOT / "checks" / name).read_text()) for name in ("cfn-lint.yaml", "checkov.yaml")
    )
    page = (ROOT / "docs/checks.md").read_text()
    skipped = re.findall(r"\b(?:CKV_AWS_\d+|[EWI]S\d{4})\b", page)
    assert sorted(skipped) == sorted(linted["ignore_checks"] + checked["skip-check"])
    assert set(re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE)) == {rule for rule, _ in CHANGES}
