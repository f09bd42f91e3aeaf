"""An action as data: what its registration, its payload's model and its state machine say of it."""

import inspect
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from streamer.catalogue.schemas import schema_of
from streamer.forecast.constants import filled_in
from streamer.outline import Stage, stages
from streamer.project import Project

if TYPE_CHECKING:
    from router.registry import Action, Registry

UNTOLD = "The payload decides."
Runs = Literal["at once", "as a job", "by estimate"]


@dataclass(frozen=True)
class Entry:
    """What people know of an action.

    `estimate` is in seconds, or what the function says that makes it of the payload; `example_seconds`
    is the first example's. `runs` "by estimate": as a job where the estimate is over the threshold.
    `permission` is the one that a token needs, if any.
    """

    name: str
    summary: str
    runs: Runs
    permission: str | None
    estimate: float | str
    example_seconds: float | None
    payload: Mapping[str, Any]
    examples: list[Any]
    stages: list[Stage]

    def document(self) -> dict[str, Any]:
        """Return the action for other programs, its payload as JSON Schema."""
        return asdict(self) | {"stages": [stage.document() for stage in self.stages]}


def entries_of(project: Project) -> list[Entry]:
    """Return a project's actions; where a machine takes a number from the template, it is the default.

    Raises:
        ProjectError: its actions or machines cannot be read.
    """
    machines = {
        action: filled_in(machine.definition, project.parameter)
        for action, machine in project.machines.items()
    }
    return entries(project.actions, machines)


def entries(actions: "Registry", machines: Mapping[str, Mapping[str, Any]]) -> list[Entry]:
    """Return every action by name. `machines` has the state machines' documents, by action."""
    known = [action for name in actions if (action := actions.get(name))]
    return [entry(action, machines.get(action.name)) for action in known]


def entry(action: "Action", machine: Mapping[str, Any] | None) -> Entry:
    """Return what people know of one action."""
    payload = schema_of(action.payload)
    examples = payload.get("examples", [])
    return Entry(
        name=action.name,
        # Quick actions share models: what they do, their handlers say.
        summary=payload.get("description", "") if action.job else _said(action.handler),
        runs="at once" if not action.job else "by estimate" if action.handler else "as a job",
        permission=action.permission,
        estimate=(_said(action.estimate) or UNTOLD) if callable(action.estimate) else action.estimate,
        example_seconds=_seconds(action, examples[0]) if examples else None,
        payload=payload,
        examples=examples,
        stages=stages(machine) if action.job and machine else [],
    )


def _said(function: Any) -> str:
    """Return a function's docstring, as one paragraph."""
    return " ".join((inspect.getdoc(function) or "").split()) if callable(function) else ""


def _seconds(action: "Action", example: Any) -> float:
    return round(action.seconds(action.payload.validate_python(example)), 3)
