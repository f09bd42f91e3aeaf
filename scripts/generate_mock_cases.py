"""Write tests/asl/MockConfigFile.json: runs of every state machine with mocked stages.

The format is that of AWS's Step Functions Local. What may happen to a stage follows from its Retry and Catch;
which stage it happens to changes from case to case, so that all have their turn. `python
scripts/generate_mock_cases.py` writes it; `--check` exits 1 if it is not what would be written.
https://docs.aws.amazon.com/step-functions/latest/dg/sfn-local-mock-cfg-file.html
"""

import itertools
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from streamer.outline import tasks

ROOT = Path(__file__).parents[1]
FILE = ROOT / "tests/asl/MockConfigFile.json"
SAVING = "Save partial progress"
APPROVED, REJECTED = ({"decision": decision, "by": "ada"} for decision in ("approve", "reject"))
# What a state answers where its machine looks into it; any other's answer only has to arrive.
ITEMS = 3  # of a Map
ANSWERS = {
    "Plan the pauses": {"pauses": [{"until": 0, "over": n, "more": 1, "steps": ITEMS} for n in (1, 2, 3)]},
    "Cut the batches": {"bucket": "data", "batches": "work/batches.json", "total": ITEMS},
    "Wait for a decision": APPROVED,
}
# How cases are called whose error has a name of AWS's.
LABELS = {
    "Lambda.TooManyRequestsException": "Throttled",
    "Lambda.ClientExecutionTimeoutException": "LambdasFault",
}
# A stage that is on the way of another answer only.
WAYS = {"Discard the report": {"Wait for a decision": [{"Return": REJECTED}]}}

Answer = dict[str, Any]
Case = dict[str, list[Answer]]  # what each state answers, one visit after the other


def throw(error: str, times: int = 1) -> list[Answer]:
    """Return the answers of a state that fails so often."""
    cause = json.dumps({"errorType": error, "errorMessage": "as asked"})
    return [{"Throw": {"Error": error, "Cause": cause}}] * times


def cases(machine: dict[str, Any]) -> Iterator[tuple[str, Case]]:
    """Yield a machine's cases by their names."""
    found = dict(tasks(machine))
    well = {name: [_well(name, state)] for name, state in found.items()}
    stages = [name for name in found if name in machine["States"] and name != SAVING]
    inside = [name for name in found if name not in machine["States"]]
    well |= {name: well[name] * ITEMS for name in inside}
    turn = itertools.cycle(stages)

    def at(stage: str, trouble: list[Answer], *, ends: bool = True) -> Case:
        return well | WAYS.get(stage, {}) | {stage: trouble if ends else trouble + well[stage]}

    yield "AllWell", well
    for retrier in found[stages[0]]["Retry"]:
        error, most = retrier["ErrorEquals"][0], retrier["MaxAttempts"]
        label = LABELS.get(error, error)
        yield f"{label}ThenWell", at(next(turn), throw(error), ends=False)
        yield f"{label}UntilTheLastAttempt", at(next(turn), throw(error, most), ends=False)
        yield f"{label}OnceTooOften", at(next(turn), throw(error, most + 1))
    yield "PermanentErrorAtOnce", at(stages[0], throw("PermanentError"))
    yield "PermanentErrorAtLast", at(stages[-1], throw("PermanentError"))
    yield "Bug", at(next(turn), throw("KeyError"))
    yield "TimedOut", at(next(turn), throw("States.Timeout"))
    failing = at(stages[0], throw("PermanentError"))
    yield "LastWordAtLast", failing | {SAVING: throw("TransientError", 6) + well[SAVING]}
    yield "LastWordLost", failing | {SAVING: throw("TransientError", 7)}
    for stage in stages:
        if found[stage]["Resource"].endswith(".waitForTaskToken"):
            yield "Rejected", well | {stage: [{"Return": REJECTED}]}
            yield "NobodyDecided", well | {stage: throw("States.HeartbeatTimeout")}
    for item in inside:
        first, *others = well[item]
        yield "ItemFails", well | {item: [first, *throw("PermanentError"), *others[1:]]}
        yield "ItemThenWell", well | {item: [first, *throw("TransientError", 2), *others]}
        yield "ItemsFail", well | {item: throw("PermanentError", ITEMS)}


def _well(name: str, state: Any) -> Answer:
    answer = ANSWERS.get(name, {"from": name})
    waits = state["Resource"].endswith(".waitForTaskToken")
    return {"Return": answer if waits else {"StatusCode": 200, "Payload": answer}}


def document() -> str:
    """Return the file's text: machines by their names in the stack `streamer`, and all answers."""
    machines: dict[str, Any] = {}
    answers: dict[str, dict[str, Answer]] = {}
    for path in sorted((ROOT / "statemachines").glob("*.asl.json")):
        machine = f"streamer-{path.name.removesuffix('.asl.json')}"
        machines[machine] = {"TestCases": {}}
        for name, case in cases(json.loads(path.read_text())):
            machines[machine]["TestCases"][name] = {state: _name(state, case[state]) for state in case}
            answers |= {_name(state, given): _numbered(given) for state, given in case.items()}
    return json.dumps({"StateMachines": machines, "MockedResponses": answers}, indent=2) + "\n"


def _name(state: str, given: list[Answer]) -> str:
    """Return what tells a state's answers from others: its name, and what happens."""
    happens = [answer["Throw"]["Error"] if "Throw" in answer else "well" for answer in given]
    if {"Return": REJECTED} in given:
        happens = ["rejected"]
    runs = [(what, len(list(group))) for what, group in itertools.groupby(happens)]
    return f"{state}: " + ", ".join(what if times == 1 else f"{times} {what}" for what, times in runs)


def _numbered(given: list[Answer]) -> dict[str, Answer]:
    """Return the answers by the numbers of their visits, equal ones as a range."""
    numbered, first = {}, 0
    for _, group in itertools.groupby(given, key=json.dumps):
        same = list(group)
        last = first + len(same) - 1
        numbered[str(first) if last == first else f"{first}-{last}"] = same[0]
        first = last + 1
    return numbered


if __name__ == "__main__":
    if sys.argv[1:] == ["--check"]:
        if FILE.read_text() != document():
            sys.exit(f"{FILE.relative_to(ROOT)} is not what the machines say: run `make generate`")
    else:
        FILE.write_text(document())
