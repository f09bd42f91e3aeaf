"""Stages read from machines with everything that a machine may have."""

import json
from typing import Any

from streamer.outline import Stage, part, stages
from tests.support.stack import ROOT


def task(start: float, end: float, after: str = "", **more: Any) -> dict[str, Any]:
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Arguments": {
            "FunctionName": "${WorkFunction}",
            "Payload": {"progress": {"from": start, "to": end}},
        },
        "TimeoutSeconds": 60,
        "Retry": [
            {"ErrorEquals": ["Lambda.ServiceException"], "MaxAttempts": 9},
            {"ErrorEquals": ["TransientError"], "MaxAttempts": 2},
        ],
        "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Save partial progress"}],
    }
    return state | ({"Next": after} if after else {"End": True}) | more


SAVE = {
    "Type": "Task",
    "Resource": "",
    "Arguments": {"FunctionName": "${Save}", "Payload": {}},
    "Next": "Fail",
}
MACHINE = {
    "StartAt": "Read the items",
    "States": {
        "Work on the items": {
            "Type": "Map",
            "ItemProcessor": {
                "StartAt": "Work on one batch",
                "States": {"Work on one batch": task(20, 80)},
            },
            "Next": "Is it asked for",
        },
        "Read the items": task(0, 20, "Are there any"),
        "Are there any": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% $x %}", "Next": "Work on the items"}],
            "Default": "Skip the items",
        },
        "Skip the items": task(20, 80, "Is it asked for"),
        "Is it asked for": {
            "Type": "Choice",
            "Choices": [
                {"Condition": "{% $y %}", "Next": "Ask somebody"},
                {"Condition": "{% $z %}", "Next": "Refuse the job"},
            ],
            "Default": "Wait for a while",
        },
        "Wait for a while": {"Type": "Wait", "Seconds": 1, "Next": "Is it asked for"},
        "Ask somebody": task(
            80,
            99.5,
            "Sum the items up",
            Resource="arn:aws:states:::lambda:invoke.waitForTaskToken",
            TimeoutSeconds=86_400,
            Retry=[],
        ),
        "Sum the items up": task(99.5, 100),
        "Refuse the job": {"Type": "Fail"},
        "Save partial progress": SAVE,
        "Fail": {"Type": "Fail"},
    },
}


def test_the_reports_stages_are_those_that_its_clients_see() -> None:
    machine = json.loads((ROOT / "statemachines/generate_report.asl.json").read_text())
    assert [str(stage) for stage in stages(machine)] == [
        "Query the records (0-30)",
        "Process the records (30-60)",
        "Render the report (60-90)",
        "Publish the report (90-100)",
    ]
    assert stages(machine)[0] == Stage(
        "Query the records", 0, 30, 310, 4, "QueryFunction", False, False, True
    )


def test_all_ways_are_read_and_what_only_some_take_is_told() -> None:
    assert [(str(stage), stage.always) for stage in stages(MACHINE)] == [
        ("Read the items (0-20)", True),
        ("Work on the items (20-80)", False),
        ("Skip the items (20-80)", False),
        ("Ask somebody (80-99.5)", True),  # the other way out fails
        ("Sum the items up (99.5-100)", True),
    ]


def test_a_map_has_its_own_name_and_the_rest_of_the_stage_inside() -> None:
    work = stages(MACHINE)[1]
    assert (work.each, work.seconds, work.attempts, work.function) == (True, 60, 3, "WorkFunction")
    assert part(MACHINE["States"]["Work on the items"]) == {"from": 20, "to": 80}  # type: ignore[index]
    assert work.document() == {
        "name": "Work on the items",
        "from": 20,
        "to": 80,
        "timeout_seconds": 60,
        "attempts": 3,
        "each_item": True,
        "optional": True,
    }


def test_a_stage_that_waits_says_so() -> None:
    waiting = [stage for stage in stages(MACHINE) if stage.waits]
    assert [(stage.name, stage.seconds, stage.attempts) for stage in waiting] == [("Ask somebody", 86_400, 1)]


def test_a_timeout_that_the_template_decides_is_not_told() -> None:
    machine = {"StartAt": "Wait", "States": {"Wait": task(0, 100, TimeoutSeconds="{% ${Patience} %}")}}
    assert [stage.seconds for stage in stages(machine)] == [None]


def test_states_that_are_no_stage_have_no_part() -> None:
    assert part(SAVE) is None
    assert part({"Type": "Task", "Resource": "arn:aws:states:::sqs:sendMessage", "End": True}) is None
    assert part({"Type": "Task", "Arguments": {"Payload": "{% $x %}"}}) is None
