"""The Lambda calls of a path, each with its function and the time that it takes.

A stage's part of the job's time is its part of the progress, `from` to `to`: whoever wrote the machine said
so. Lambda calls that are no stage (they settle a job, say) take `OTHER_SECONDS` each.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from streamer.forecast.history import Path, Run, runs
from streamer.project import LAMBDA_MEGABYTES, Function

OTHER_SECONDS = 0.1


@dataclass(frozen=True)
class Stage:
    """A state that calls a function: `calls` times in a job, `retries` of them again, `at_once` together.

    `seconds` is its part of the job's time. `share` is its part of the progress in percent, 0 where it is no
    stage; `counted` says that its calls count items and announce nothing.
    """

    name: str
    function: Function | None
    calls: int
    retries: int
    at_once: int
    seconds: float
    share: float
    counted: bool
    ends: bool

    @property
    def busy(self) -> float:
        """The seconds of all its calls together: those at the same time take as long as one."""
        return self.seconds * self.at_once

    @property
    def gigabytes(self) -> float:
        """The memory of its function; of a function that is not the template's, what AWS gives at least."""
        return (self.function.memory if self.function else LAMBDA_MEGABYTES) / 1024


def stages(path: Path, functions: Mapping[str, Function], seconds: float) -> list[Stage]:
    """Return the stages of a path whose job takes `seconds`, in order."""
    return [_stage(run, functions, seconds) for run in runs(path) if run.visit.is_lambda]


def _stage(run: Run, functions: Mapping[str, Function], seconds: float) -> Stage:
    state = run.visit.state
    arguments = state.get("Arguments", {})
    named = str(arguments.get("FunctionName", state.get("Resource", "")))
    progress = _progress(arguments.get("Payload"))
    share = _number(progress.get("to")) - _number(progress.get("from"))
    calls = run.times * run.visit.attempts
    return Stage(
        name=run.visit.name,
        function=functions.get(named.removeprefix("${").removesuffix("}")),
        calls=calls,
        retries=calls - run.times,
        at_once=run.at_once,
        seconds=seconds * share / 100 if share else OTHER_SECONDS * calls / run.at_once,
        share=share,
        counted="total" in progress,
        ends=progress.get("to") == 100,
    )


def _progress(payload: Any) -> Mapping[str, Any]:
    found = payload.get("progress") if isinstance(payload, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else 0.0
