"""The state machine of a new action: one Task a stage, every one with the same Retry and Catch."""

import copy
import json
from importlib import resources
from typing import Any

from streamer.scaffold.naming import ActionName, StageName

FUNCTION_SECONDS = 60  # a step's Timeout in the template
_SECONDS_MORE = 10  # a Task outlasts its function

State = dict[str, Any]


def machine(action: ActionName) -> str:
    """Return the text of the action's .asl.json: its stages in even parts of the whole."""
    document: State = json.loads(
        resources.files(__package__).joinpath("templates/machine.asl.json").read_text()
    )
    document["Comment"] = f"{action.title}. Say here what for, and why in these stages."
    document["TimeoutSeconds"] = len(action.stages) * 3600  # a stage with all its retries takes less
    task = document["States"].pop("Stage")
    document["StartAt"] = action.stages[0].state
    stages = {stage.state: _task(task, action, number) for number, stage in enumerate(action.stages)}
    document["States"] = stages | document["States"]
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def part(action: ActionName, number: int) -> tuple[int, int]:
    """Return the percentages at which the stage of that number begins and ends."""
    stages = len(action.stages)
    return round(100 * number / stages), round(100 * (number + 1) / stages)


def given(number: int) -> tuple[str, str]:
    """Return the name of the stage's input and where the machine finds it."""
    if number == 0:
        return "request", "{% $states.context.Execution.Input.payload %}"
    return "given", "{% $states.input %}"


def _task(pattern: State, action: ActionName, number: int) -> State:
    task, stage = copy.deepcopy(pattern), action.stages[number]
    following: StageName | None = (*action.stages, None)[number + 1]
    task["Comment"] = "Say here why this is a stage of its own."
    task["Arguments"]["FunctionName"] = f"${{{stage.function}}}"
    name, expression = given(number)
    start, end = part(action, number)
    task["Arguments"]["Payload"] |= {"progress": {"from": start, "to": end}, "input": {name: expression}}
    task["TimeoutSeconds"] = FUNCTION_SECONDS + _SECONDS_MORE
    if following:
        return task | {"Next": following.state}
    task["Comment"] += " It ends at 100 and so completes the job: its output is the job's result."
    return task | {"End": True}
