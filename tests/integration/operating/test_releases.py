"""`streamer doctor` finds releases that do not fit together, each made on purpose on moto."""

import boto3
import pytest

from streamer.operating.doctor import releases_check
from streamer.operating.doctor.finding import Finding
from streamer.operating.doctor.patient import Patient
from streamer.operating.stack_parts import Parts
from tests.integration.operating.ailing import Ailing

FUNCTION = "app-ReceiveFunction"
CHANGED = "changed = True"
STALE = f"The function {FUNCTION} does not run what was deployed last"
APART = "EchoAsync and its functions are of different releases"


@pytest.fixture
def app(aws: list[str]) -> Ailing:
    """A stack in its second release: the function's version 2, the machine's, and both aliases on them."""
    made = Ailing("https://issuer.example/keys")
    assert made.publish("ReceiveFunction", CHANGED) == "2"
    made.point("ReceiveFunction", "2")
    made.define(f"{made.arn('ReceiveFunction')}:2")
    made.route(v2=100)
    assert found(made) == []
    return made


def found(app: Ailing) -> list[Finding]:
    return list(releases_check.look(Patient(app.place(), Parts(app.listed))))


def problems(app: Ailing) -> list[str]:
    return [each.problem for each in found(app)]


def test_a_machine_whose_alias_stays_on_the_release_before(app: Ailing) -> None:
    app.route(v1=100)
    stale, apart = found(app)
    assert stale.problem == "EchoAsync does not run what was deployed last"
    assert apart.evidence == f"{app.machine}:1 calls {FUNCTION}:1 (live: 2)"
    assert apart.problem == APART
    assert "make deploy" in apart.mend


def test_a_function_whose_alias_was_moved_back(app: Ailing) -> None:
    app.point("ReceiveFunction", "1")
    stale, apart = found(app)
    assert stale.problem == STALE
    assert stale.evidence.startswith("its alias live leads to version 1 (code ")
    assert (apart.problem, apart.evidence) == (APART, f"{app.machine}:2 calls {FUNCTION}:2 (live: 1)")


def test_code_that_was_changed_and_not_published(app: Ailing) -> None:
    app.publish("SweepFunction", CHANGED)
    assert problems(app) == ["The function app-SweepFunction does not run what was deployed last"]


def test_a_release_that_differs_by_its_description_alone(app: Ailing) -> None:
    boto3.client("lambda").update_function_configuration(FunctionName=FUNCTION, Description="a" * 40)
    (stale,) = found(app)
    assert stale.problem == STALE
    assert stale.evidence.endswith("(release aaaaaaaaaa)")


def test_a_machine_that_was_changed_by_hand(app: Ailing) -> None:
    boto3.client("stepfunctions").update_state_machine(
        stateMachineArn=app.machine, definition='{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}'
    )
    assert problems(app) == ["EchoAsync does not run what was deployed last"]


@pytest.mark.parametrize(("qualifier", "said"), [("", "$LATEST"), (":live", "live")])
def test_a_machine_that_calls_no_version(app: Ailing, qualifier: str, said: str) -> None:
    app.define(app.arn("ReceiveFunction") + qualifier)
    app.route(v3=100)
    (apart,) = found(app)
    assert apart.evidence == f"{app.machine}:3 calls {FUNCTION}:{said} (live: 2)"


def test_a_release_that_is_taking_over_is_none(app: Ailing) -> None:
    """The router's functions and the machines have both releases for a while, the stages the new one."""
    for logical in ("MessageFunction", "ReceiveFunction"):
        app.publish(logical, "third = True")
    app.point("MessageFunction", "1", beside="2")
    app.point("ReceiveFunction", "3")
    app.define(f"{app.arn('ReceiveFunction')}:3")
    app.route(v2=90, v3=10)
    assert problems(app) == []


def test_aliases_that_are_gone(app: Ailing) -> None:
    boto3.client("lambda").delete_alias(FunctionName=FUNCTION, Name="live")
    boto3.client("stepfunctions").delete_state_machine_alias(stateMachineAliasArn=f"{app.machine}:live")
    assert problems(app) == [
        "The alias ReceiveFunctionAliaslive is not there",
        "The alias EchoAsyncAliaslive is not there",
    ]


def test_a_machine_without_aliases_is_held_to_what_is_live(app: Ailing) -> None:
    app.listed = [each for each in app.listed if each["LogicalResourceId"] != "EchoAsyncAliaslive"]
    assert problems(app) == []
    app.define(f"{app.arn('ReceiveFunction')}:1")
    assert problems(app) == [APART]
