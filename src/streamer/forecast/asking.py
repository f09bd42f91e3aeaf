"""From a template and a payload to a forecast: reads the project, and asks the action."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from streamer.forecast import findings, forecasting
from streamer.forecast.constants import filled_in
from streamer.forecast.engine_facts import LARGEST_MESSAGE
from streamer.forecast.growth import Declared
from streamer.forecast.results import Forecast, Given
from streamer.project import Machine, Project, ProjectError, load


def ask(
    template: Path, action: str, payload: Any, *, items: int | None, followers: int, seconds: float | None
) -> Forecast:
    """Return the forecast of an action of the project at `template`; `payload` None takes its example.

    Raises:
        ProjectError: the project cannot be read, or has no such action, or the payload does not fit.
    """
    project = load(template)
    chosen = project.action(action)
    checked = project.check(action, payload)
    written = chosen.payload.dump_python(checked, mode="json")
    size = len(json.dumps(written))
    if size > LARGEST_MESSAGE:
        raise ProjectError(f"The payload has {size:,} bytes; a message has {LARGEST_MESSAGE:,} at most.")
    given = Given(
        action=action,
        payload=written,
        payload_bytes=size,
        seconds=chosen.seconds(checked),
        working=seconds,
        followers=followers,
        items=items,
        router=project.router,
        declared=declared(project),
    )
    if chosen.runs_as_job(checked, float(project.parameter("SyncThresholdSeconds") or 0)):
        return forecasting.job(_machine(project, action), given)
    return forecasting.answer(given)


def _machine(project: Project, action: str) -> Machine:
    if action not in project.machines:
        raise ProjectError(f"{project.path} has no state machine with the Name ${{AWS::StackName}}-{action}.")
    machine = project.machines[action]
    machine = replace(machine, definition=filled_in(machine.definition, project.parameter))
    for finding in findings.broken(machine.definition):
        raise ProjectError(f"{machine.path}: {finding.state}: {finding.message}")
    return machine


def declared(project: Project) -> Declared:
    """Return the template's own limits."""
    route = project.api.get("DefaultRouteSettings", {})
    jobs = project.parameter("MostJobsPerTenant")
    return Declared(
        tenant_jobs=None if jobs is None else int(jobs),
        route_requests=route.get("ThrottlingRateLimit"),
        route_burst=route.get("ThrottlingBurstLimit"),
    )
