"""What a new action and its stages are called, in every place where they have a name."""

import builtins
import keyword
import re
import sys
from dataclasses import dataclass

LONGEST_NAME, LONGEST_STAGE, MOST_STAGES = 39, 40, 10

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_STAGE = re.compile(r"[a-z]|[a-z]{2,}(_[a-z0-9]+)*")  # its state is a phrase that begins with a word
_OF_THE_MACHINE = {"Save partial progress", "Fail the job"}
_OF_THE_CODE = {"given", "handler", "item", "progress", "request", "result", "step", "worked"}


class Refused(Exception):  # noqa: N818 - what happened to the wish
    """The action cannot be made; the message says why and what to do. `option` is what it is about."""

    def __init__(self, message: str, option: str | None = None) -> None:
        super().__init__(message)
        self.option = option


@dataclass(frozen=True)
class StageName:
    """A stage: its module and function have one name."""

    name: str

    @property
    def state(self) -> str:
        """The state's name, which clients see: a phrase of two words or more."""
        if len(self.name) == 1:
            return f"Stage {self.name}"
        words = self.name.replace("_", " ").capitalize()
        return words if " " in words else f"{words} the items"

    @property
    def function(self) -> str:
        """The Lambda function's logical id."""
        return f"{_pascal(self.name)}Function"


@dataclass(frozen=True)
class ActionName:
    """An action and its stages, in their order."""

    name: str
    stages: tuple[StageName, ...]

    @property
    def title(self) -> str:
        """The name as a phrase."""
        return self.name.replace("_", " ").capitalize()

    @property
    def machine(self) -> str:
        """The state machine's logical id."""
        return _pascal(self.name)

    @property
    def model(self) -> str:
        """The payload model's class."""
        return f"{_pascal(self.name)}Request"

    @property
    def shapes(self) -> str:
        """The module of the shapes that the stages hand to each other."""
        return f"{self.name}_request"

    @property
    def logical_ids(self) -> list[str]:
        """The resources that the template gets."""
        return [self.machine, *(stage.function for stage in self.stages)]


def parse(name: str, stages: str) -> ActionName:
    """Return the names of an action. `stages` is separated by commas.

    Raises:
        Refused: a name is not valid, or two of them are one.
    """
    if not _NAME.fullmatch(name) or not 2 <= len(name) <= LONGEST_NAME or keyword.iskeyword(name):
        form = f"2 to {LONGEST_NAME} characters in snake_case (a-z, 0-9, _), no keyword: import_orders, say"
        raise Refused(f"{name!r} cannot be an action's name; it has {form}", "NAME")
    given = [each.strip() for each in stages.split(",")]
    if len(given) > MOST_STAGES:
        raise Refused(f"{len(given)} stages are too many; an action has 1 to {MOST_STAGES}", "--stages")
    for stage in given:
        _check(stage, name)
    action = ActionName(name, tuple(StageName(stage) for stage in given))
    states = [stage.state for stage in action.stages]
    for names in (given, states, action.logical_ids, [*given, action.shapes]):
        if twice := next((each for each in names if names.count(each) > 1), None):
            raise Refused(f"{twice!r} would be there twice; give every stage a name of its own", "--stages")
    if taken := _OF_THE_MACHINE.intersection(states):
        message = f"every machine has its own state {taken.pop()!r}; give the stage another name"
        raise Refused(message, "--stages")
    return action


def another(stage: str, name: str) -> str:
    """Return a name for the stage that says whose it is."""
    words = (name, stage) if len(stage) == 1 else (stage, name)
    return "_".join(words)[:LONGEST_STAGE].rstrip("_")


def _check(stage: str, name: str) -> None:
    if not _STAGE.fullmatch(stage) or len(stage) > LONGEST_STAGE:
        form = f"up to {LONGEST_STAGE} characters in snake_case, the first word of letters only: fetch_orders"
        raise Refused(f"{stage!r} cannot be a stage's name; it has {form}, say", "--stages")
    if keyword.iskeyword(stage) or hasattr(builtins, stage) or stage in sys.stdlib_module_names:
        message = f"{stage!r} is a name of Python's own; say {another(stage, name)!r}"
        raise Refused(message, "--stages")
    if stage in _OF_THE_CODE:
        message = f"{stage!r} means something else in a step's code; say {another(stage, name)!r}"
        raise Refused(message, "--stages")


def _pascal(name: str) -> str:
    return "".join(word.capitalize() for word in name.split("_"))
