"""The real application with one more action, `trouble`, whose stages fail as their payload says.

Who asks for approval dies after it has asked, once, if the request's metadata has `{"die": "asked"}`.

It is added the way a user adds an action, to a copy; what ships has nothing that fails on purpose.
"""

import json
import shutil
from pathlib import Path
from typing import Any

from demo.added_action import ROOT, added

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
    template = added(folder, "trouble", _RESOURCES, machine())
    here = Path(__file__).parent
    shutil.copytree(here / "steps", folder / "functions/steps/trouble")
    shutil.copy(here / "trouble_actions.py", folder / "functions/trouble_actions.py")
    with (folder / "functions/steps/approve_report/ask.py").open("a") as ask:
        ask.write(_DIES_ASKED)
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
