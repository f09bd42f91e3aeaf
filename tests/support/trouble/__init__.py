"""The real application with one more action, `trouble`, whose stages fail as their payload says.

Who asks for approval dies after it has asked, once, if the request's metadata has `{"die": "asked"}`.

It is added the way a user adds an action, to a copy; what ships has nothing that fails on purpose.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from tests.support.stack import ROOT

_RESOURCES = """
  Trouble:
    Type: AWS::Serverless::StateMachine
    Properties: &trouble
      Name: !Sub "${AWS::StackName}-trouble"
      DefinitionUri: statemachines/trouble.asl.json
      DefinitionSubstitutions:
        WorkFunction: !Ref WorkFunction.Version
        FinishFunction: !Ref FinishFunction.Version
        SavePartialProgressFunction: !Ref SavePartialProgressFunction.Version
      AutoPublishAlias: live

  Weigh:
    Type: AWS::Serverless::StateMachine
    Properties:
      <<: *trouble
      Name: !Sub "${AWS::StackName}-weigh"

  WorkFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: steps.trouble.work.handler
      Timeout: 3

  FinishFunction:
    Type: AWS::Serverless::Function
    Properties:
      Handler: steps.trouble.finish.handler
      Timeout: 3

Outputs:
"""


_DIES_ASKED = """

_asks = handler


def handler(event, context):
    answer = _asks(event, context)
    if event["context"]["Execution"]["Input"]["metadata"].get("die") == "asked":
        if event["context"]["State"]["RetryCount"] == 0:
            import os

            os.kill(os.getpid(), 9)
    return answer
"""


def application(folder: Path) -> Path:
    """Write the application to `folder`; return its template."""
    shutil.copytree(ROOT / "functions", folder / "functions", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "statemachines", folder / "statemachines")
    here = Path(__file__).parent
    shutil.copytree(here / "steps", folder / "functions/steps/trouble")
    shutil.copy(here / "trouble_actions.py", folder / "functions/trouble_actions.py")
    with (folder / "functions/steps/approve_report/ask.py").open("a") as ask:
        ask.write(_DIES_ASKED)
    (folder / "statemachines/trouble.asl.json").write_text(json.dumps(machine()))
    text = (ROOT / "template.yaml").read_text()
    for old, new in (
        ("\nOutputs:\n", _RESOURCES),
        ("Handler: actions.handler", "Handler: trouble_actions.handler"),
    ):
        assert text.count(old) == 1
        text = text.replace(old, new)
    template = folder / "template.yaml"
    template.write_text(text)
    return template


def machine() -> dict[str, Any]:
    """Return generate_report's machine with two stages of ours; Retry and Catch are the real ones."""
    document: dict[str, Any] = json.loads((ROOT / "statemachines/generate_report.asl.json").read_text())
    states = document["States"]
    work, finish = states.pop("Query the records"), states.pop("Publish the report")
    del states["Process the records"], states["Render the report"]
    work["Arguments"]["FunctionName"], finish["Arguments"]["FunctionName"] = (
        "${WorkFunction}",
        "${FinishFunction}",
    )
    work["Arguments"]["Payload"]["progress"] = {"from": 0, "to": 80}
    finish["Arguments"]["Payload"]["progress"] = {"from": 80, "to": 100}
    finish["Arguments"]["Payload"]["input"] = {"worked": "{% $states.input %}"}
    work["Next"] = "Finish the work"
    for retry in work["Retry"]:  # as declared, but for what a test would wait for
        retry["MaxAttempts"], retry["IntervalSeconds"] = min(retry["MaxAttempts"], 3), 1
        retry["MaxDelaySeconds"] = 1
    document["StartAt"] = "Do the work"
    document["States"] = {"Do the work": work, "Finish the work": finish, **states}
    return document
