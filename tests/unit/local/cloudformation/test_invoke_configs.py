"""What a template says of asynchronous invocations: how often they are tried, and where what fails goes."""

from copy import deepcopy
from typing import Any

import pytest

from streamer.local.cloudformation.lambda_functions import functions_of
from streamer.local.cloudformation.resources import Stack
from tests.support.stack import PARAMETERS, template


def functions(**changes: Any) -> dict[str, tuple[str, int]]:
    changed = deepcopy(template())
    for resource in changed["Resources"].values():
        if resource["Type"] == "AWS::Lambda::EventInvokeConfig":
            resource["Properties"] |= changes
    found = functions_of(Stack(changed, PARAMETERS))
    return {each.name.removeprefix("streamer-"): (each.on_failure, each.retries) for each in found}


def test_what_eventbridge_invokes_has_the_queue_and_nothing_else_has() -> None:
    found = functions()
    assert {name for name, (queue, _) in found.items() if queue} == {"StatusChangeFunction", "SweepFunction"}
    assert found["SweepFunction"][0].endswith(":streamer-DeadLetters")
    assert {retries for _, retries in found.values()} == {2}


def test_retries_are_as_they_are_declared() -> None:
    assert functions(MaximumRetryAttempts=0)["SweepFunction"][1] == 0


@pytest.mark.parametrize(
    "destination", ["arn:aws:sns:us-east-1:1:topic", "arn:aws:lambda:us-east-1:1:function:f"]
)
def test_other_destinations_are_not_run_here(destination: str) -> None:
    given = {"OnFailure": {"Destination": destination}}
    assert functions(DestinationConfig=given)["SweepFunction"] == ("", 2)
