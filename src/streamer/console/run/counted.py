"""What a run took of AWS, as far as its history, its log and its row tell, and the dollars of it. Pure."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from streamer.console.run.job_items import LoggedFrame
from streamer.console.run.visits import Attempt, Story
from streamer.forecast import engine_facts as engine
from streamer.forecast import prices
from streamer.forecast.dollars import Bill
from streamer.forecast.forecasting import ROUTER_SECONDS
from streamer.forecast.traffic import Assumed, claim_units, end_units, metered, read_units, write_units
from streamer.project import Function

ITEM = 300  # bytes of a frame's item beside the frame
# Frames of the transaction that closes the row, by the type of the log's last one.
_CLOSING = {"complete": engine.LAST_FRAMES, "error": 1, "progress": 0, "acknowledgment": 0}


@dataclass(frozen=True)
class Counted:
    """A run's units. `seconds` are those of its Lambda calls, as Step Functions saw them.

    `unknown` are the functions whose memory nobody told: their time is not in `gigabyte_seconds`.
    """

    transitions: int
    calls: int
    seconds: float
    gigabyte_seconds: float
    write_units: int
    read_units: int
    pushes: int
    messages: int
    unknown: list[str]

    @property
    def bill(self) -> Bill:
        """The dollars of one such run, by service."""
        return {
            "Step Functions": self.transitions * prices.TRANSITION.dollars,
            "Lambda": self.calls * prices.LAMBDA_REQUEST.dollars
            + self.gigabyte_seconds * prices.LAMBDA_GB_SECOND.dollars,
            "DynamoDB": self.write_units * prices.WRITE_UNIT.dollars
            + self.read_units * prices.READ_UNIT.dollars,
            "API Gateway": self.messages * prices.MESSAGE.dollars,
        }


def count(
    story: Story,
    frames: Sequence[LoggedFrame],
    assumed: Assumed,
    calls: Mapping[str, Function | None],
    router: Function | None,
) -> Counted:
    """Count a run. `calls` has the function of each state that calls one, None where it is not known.

    The acknowledgment's call of the router is assumed; `frames` begin with it, and it is nobody's push.
    """
    visits = list(story.all())
    transitions = sum(max(1, len(visit.attempts)) for visit in visits)
    made = [
        (calls[visit.name], seconds)
        for visit in visits
        if visit.name in calls
        for attempt in visit.attempts
        if (seconds := _seconds(attempt)) is not None
    ]
    known = [(function.memory / engine.KIB, seconds) for function, seconds in made if function]
    router_gigabytes = router.memory / engine.KIB if router else 0
    logged = [frame for frame in frames if frame.seq]
    closing = _CLOSING[str(frames[-1].frame["type"])]
    singles = sum(write_units(frame.size + ITEM) for frame in logged[: len(logged) - closing])
    return Counted(
        transitions=transitions,
        calls=1 + len(made),
        seconds=sum(seconds for _, seconds in made),
        gigabyte_seconds=router_gigabytes * ROUTER_SECONDS
        + sum(gigabytes * seconds for gigabytes, seconds in known),
        write_units=claim_units(assumed) + singles + (end_units(assumed, closing) if closing else 0),
        read_units=len(made) * read_units(assumed.row),
        pushes=len(logged) * assumed.followers,
        messages=metered(assumed.payload) + 1 + assumed.followers * sum(metered(f.size) for f in logged),
        unknown=sorted({name for name, function in calls.items() if function is None}),
    )


def _seconds(attempt: Attempt) -> float | None:
    """Return how long a function worked, to the billed millisecond; None while it does, or never did."""
    ended = attempt.submitted if attempt.submitted is not None else attempt.ended
    if attempt.started is None or ended is None:
        return None
    return math.ceil(max(ended - attempt.started, 0) * 1000 - 1e-6) / 1000
