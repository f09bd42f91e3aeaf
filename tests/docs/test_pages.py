"""What pages say of stages, actions and error codes is what the machines and the models say."""

import json
import re

import pytest

from actions import actions
from protocol import ErrorCode
from router import control
from router.registry import Registry
from streamer.outline import stages
from tests.support.stack import ROOT

PAGES = {path.name: " ".join(path.read_text().split()) for path in sorted(ROOT.glob("docs/**/*.md"))}
STAGE = re.compile(r"[A-Z][a-z]+(?: [a-z0-9]+)+ \([0-9.]+-[0-9.]+\)")
JOBS = [name for name in actions if (action := actions.get(name)) and action.job]


def declared(action: str) -> list[str]:
    return [str(each) for each in stages(json.loads((ROOT / f"statemachines/{action}.asl.json").read_text()))]


@pytest.mark.parametrize("action", [path.stem for path in sorted(ROOT.glob("docs/actions/*.md"))])
def test_an_actions_page_names_its_stages_with_their_ranges(action: str) -> None:
    assert [stage for stage in declared(action) if stage not in PAGES[f"{action}.md"]] == []


def test_the_docs_name_no_stage_that_there_is_not() -> None:
    known = {stage for action in JOBS for stage in declared(action)}
    for page, text in PAGES.items():
        assert set(STAGE.findall(text)) <= known, page


def test_the_protocol_page_names_what_every_application_has() -> None:
    engines = Registry()
    control.register(engines)
    assert [name for name in engines if f"`{name}`" not in PAGES["protocol.md"]] == []


@pytest.mark.parametrize("code", list(ErrorCode))
def test_the_protocol_page_explains_an_error_code_as_the_model_does(code: ErrorCode) -> None:
    assert f"| `{code}` | {code.meaning} |" in PAGES["protocol.md"]
