"""The whole of it: look for jobs that run, count or delete, and look once more."""

from dataclasses import replace
from typing import Any

from streamer.console.acting.router_function import RouterFunction
from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.place import Place
from streamer.operating.forget import forgetting
from streamer.operating.forget.forgetting import Tell
from streamer.operating.forget.holdings import holdings
from streamer.operating.stack_parts import Parts

NAMED = 5


class Refused(Exception):  # noqa: N818 - nothing was done
    """Jobs of the tenant run; the message says which, and what to do."""


def run(place: Place, parts: Parts, tenant: str, tell: Tell, *, really: bool, stop: bool) -> dict[str, Any]:
    """Return `{"tenant", "deleted", "running", "cancelled", "found", "left"}`.

    The last two are counts by kind; where it only counts, `left` is empty.

    Raises:
        Refused: jobs run, and nobody said to stop them; nothing was done.
        ActionError, ClientError, OSError: see `forgetting`.
    """
    jobs = forgetting.running(Reads(place), tenant)
    report: dict[str, Any] = {"tenant": tenant, "deleted": really, "running": len(jobs), "cancelled": 0}
    kept = holdings(place, parts, tenant)
    if not really:
        return report | {"found": forgetting.count(kept, tell), "left": {}}
    if jobs and not stop:
        named = ", ".join(jobs[:NAMED]) + (", …" if len(jobs) > NAMED else "")
        raise Refused(f"{len(jobs)} jobs of {tenant} run ({named}): wait for them, or say --cancel.")
    if jobs:
        router = RouterFunction(replace(place, router=place.router or parts.name("MessageFunction")))
        forgetting.cancel(router, tenant, jobs, tell)
    found = forgetting.delete(kept, tell)
    left = forgetting.count(kept, lambda *_: None)
    return report | {"cancelled": len(jobs), "found": found, "left": left}
