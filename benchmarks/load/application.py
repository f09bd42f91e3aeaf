"""The real application with one more action, `load`: three stages of twenty updates that do nothing else."""

import json
from pathlib import Path
from typing import Any

from demo.added_action import ROOT, added

STAGES = ("First", "Second", "Third")
PARTS = ({"from": 0, "to": 30}, {"from": 30, "to": 60}, {"from": 60, "to": 100})

_STEP = '''"""Twenty updates, and no work."""

from typing import Any

from progress import Progress, step


def work(request: Any, progress: Progress) -> dict[str, Any]:
    """Report twenty times, at once or so many seconds apart."""
    for number in range(1, 21):
        if request:
            progress.pause(request["pace"])
        progress.report(number / 20, f"{number} of 20")
    return {}


handler = step(work)
'''
_ACTIONS = '''"""The shipped actions, and `load`."""

from typing import Any

from actions import actions, handler

__all__ = ["handler"]

actions.add("load", Any, estimate=60, job=True)
'''
_FUNCTION = """
  {stage}Function:
    Type: AWS::Serverless::Function
    Properties:
      Handler: steps.load.work.handler
"""
_MACHINE = """
  Load:
    Type: AWS::Serverless::StateMachine
    Properties:
      Name: !Sub "${AWS::StackName}-load"
      DefinitionUri: statemachines/load.asl.json
      AutoPublishAlias: live
      DefinitionSubstitutions:
        SavePartialProgressFunction: !Ref SavePartialProgressFunction.Version
"""


def application(folder: Path, functions: Path = ROOT / "functions") -> Path:
    """Write the application, with `functions` as its code, to `folder`; return its template."""
    resources = _MACHINE
    for stage in STAGES:
        resources += f"        {stage}Function: !Ref {stage}Function.Version\n"
    resources += "".join(_FUNCTION.format(stage=stage) for stage in STAGES)
    template = added(folder, "load", resources, _machine(), functions)
    steps = folder / "functions/steps/load"
    steps.mkdir()
    (steps / "__init__.py").write_text('"""Twenty updates, and no work."""\n')
    (steps / "work.py").write_text(_STEP)
    (folder / "functions/load_actions.py").write_text(_ACTIONS)
    return template


def _machine() -> dict[str, Any]:
    """Return echo_async's machine with three stages of ours; Retry and Catch are the real ones."""
    document: dict[str, Any] = json.loads((ROOT / "statemachines/echo_async.asl.json").read_text())
    states = document["States"]
    # Its first task takes the payload.
    task, _ = states.pop("Receive the payload"), states.pop("Return the payload")
    for stage, part, then in zip(STAGES, PARTS, (*STAGES[1:], None), strict=True):
        payload = {**task["Arguments"]["Payload"], "progress": part}
        arguments = {"FunctionName": f"${{{stage}Function}}", "Payload": payload}
        following = {"Next": then} if then else {"End": True}
        states[stage] = {**task, "Arguments": arguments, **following}
        if not then:
            del states[stage]["Next"]
    return {**document, "StartAt": STAGES[0]}
