"""From a SAM template to functions, routes and outputs."""

from pathlib import Path

import pytest

from streamer.local.cloudformation.apis import api_of
from streamer.local.cloudformation.event_rules import rules_of
from streamer.local.cloudformation.lambda_functions import functions_of
from streamer.local.cloudformation.resources import Stack
from streamer.local.cloudformation.template import load
from streamer.local.errors import LocalError
from tests.e2e import local_app

PARAMETERS = {"JwksUrl": "http://127.0.0.1:1/keys"}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    path = local_app.write(tmp_path_factory.mktemp("with space"))
    return Stack(load(path, PARAMETERS), PARAMETERS, endpoint_url="http://here:1", ws_url="ws://here:2")


def test_functions_have_their_settings(stack: Stack) -> None:
    work = next(function for function in functions_of(stack) if function.name == "streamer-Work")
    assert (work.handler, work.timeout, work.memory) == ("app.work", 1, 128)
    assert work.code.name == "code"
    assert work.environment["TABLE"] == "streamer-Seen"
    assert work.environment["CONNECTIONS_URL"] == "http://here:1/live"


def test_routes_know_their_function_and_whether_they_answer(stack: Stack) -> None:
    api = api_of(stack)
    assert api.routes.keys() == {"$connect", "$disconnect", "$default", "silent"}
    assert api.routes["$default"].responds
    assert not api.routes["silent"].responds
    assert api.routes["silent"].function.endswith(":streamer-Message")
    assert (api.authorizer or "").endswith(":streamer-Authorizer")
    assert [arn.split("-")[-1] for arn in api.first_functions] == ["Authorizer", "Connect", "Message"]


def test_rules_are_the_enabled_ones(stack: Stack) -> None:
    names = {rule.name for rule in rules_of(stack)}
    assert names == {"NoticeStatus", "NoticeRule", "NoticeSchedule", "NoticeGiven", "NoticeCron", "NotLet"}
    assert {target.function.split("-")[-1] for rule in rules_of(stack) for target in rule.targets} == {
        "Notice"
    }


def test_outputs_are_local(stack: Stack) -> None:
    assert stack.outputs["Url"] == "ws://here:2/live"
    assert stack.outputs["Bucket"] == "streamer-data"


def test_a_missing_template_says_so(tmp_path: Path) -> None:
    with pytest.raises(LocalError, match="There is no template"):
        load(tmp_path / "template.yaml", {})


def test_what_the_translator_refuses_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "Transform: AWS::Serverless-2016-10-31\nResources: {F: {Type: AWS::Serverless::Function}}\n"
    )
    with pytest.raises(LocalError, match=r"template\.yaml: the SAM translator refuses it: ") as refused:
        load(path, {})
    assert "\n" not in str(refused.value)


def test_exactly_one_api() -> None:
    with pytest.raises(LocalError, match="it has 0"):
        api_of(Stack({"Resources": {}}, {}))
