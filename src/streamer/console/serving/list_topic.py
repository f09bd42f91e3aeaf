"""The newest jobs that a page wants, followed."""

from typing import Any

from streamer.console.reading.jobs_list import JobsList, Wanted
from streamer.console.serving.board import Board

LIVE_SECONDS, IDLE_SECONDS = 1.0, 2.0
MOST_DETAILS = 25  # of running jobs, in one turn; the others have theirs in the next


class ListTopic:
    """Follow with `refresh`, from one thread at a time; its board may be read by many."""

    def __init__(self, jobs: JobsList, wanted: Wanted) -> None:
        self.board = Board()
        self._jobs, self._wanted = jobs, wanted
        self._details: dict[str, dict[str, Any]] = {}
        self._turn = 0

    def refresh(self, now: float) -> float:  # noqa: ARG002 - as of every topic
        """Read the newest jobs; return in how many seconds to come again. Raises what boto3 raises."""
        page = self._jobs.page(self._wanted)
        named = {f"job/{job['tenant']}/{job['id']}": job for job in page["jobs"]}
        # The list first: details are a call for each job.
        self._put(named, page["cursor"])
        for name in self._due(named):
            self._details[name] = self._jobs.detail(named[name])
        self._details = {name: found for name, found in self._details.items() if name in named}
        self._put(named, page["cursor"])
        return LIVE_SECONDS if any(job["ended"] is None for job in page["jobs"]) else IDLE_SECONDS

    def _put(self, named: dict[str, Any], cursor: str) -> None:
        jobs = {
            name: {**job, **self._details.get(name, {}), "ended": job["ended"]} for name, job in named.items()
        }
        order = {"order": list(named), "cursor": cursor, "tenants": self._jobs.tenants()}
        self.board.put({**jobs, **order}, prefix="job/")

    def _due(self, named: dict[str, Any]) -> list[str]:
        """Return the jobs to look at: those that are new or have just ended, and some that run."""
        running = [name for name, job in named.items() if job["ended"] is None]
        start = self._turn % len(running) if running else 0
        self._turn += MOST_DETAILS
        some = (running[start:] + running[:start])[:MOST_DETAILS]
        fresh = [
            name
            for name, job in named.items()
            if name not in self._details or self._details[name]["ended"] != job["ended"]
        ]
        return list(dict.fromkeys([*fresh[: 2 * MOST_DETAILS], *some]))
