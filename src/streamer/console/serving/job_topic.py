"""One job, followed: reads what is new of it, and puts it on a board."""

import json
import time
from dataclasses import asdict
from typing import Any

from streamer.console.reading.aws_reads import Reads
from streamer.console.run import document, history_reader
from streamer.console.run.cost import cost
from streamer.console.run.job_items import LoggedFrame, acknowledgment, execution_arn, job, logged
from streamer.console.run.layout import lay_out
from streamer.console.run.redriving import why_not
from streamer.console.run.visits import End, Story
from streamer.console.serving.board import Board
from streamer.outline import stages

LIVE_SECONDS, ENDED_SECONDS, CATCHING_UP_SECONDS = 0.5, 5.0, 0.02
HISTORY_SECONDS = 1.0
READING_SECONDS = 0.3  # pages are read so long before what they tell is shown


class JobTopic:
    """Follow with `refresh`, from one thread at a time; its board may be read by many."""

    def __init__(self, reads: Reads, tenant: str, request_id: str) -> None:
        self.board = Board()
        self.row: dict[str, Any] = {}
        self.frames: list[LoggedFrame] = []
        self.story = Story()
        self._reads, self._tenant, self._id = reads, tenant, request_id
        self._events: dict[int, dict[str, Any]] = {}
        self._older: str | None = None  # the token for what was not read so far
        self._next_history = 0.0
        self._machine: dict[str, Any] | None = None
        self._has_log = self._missing = False
        self._end: End | None = None

    def refresh(self, now: float) -> float:
        """Read what is new; return in how many seconds to come again. Raises what boto3 raises."""
        changed = self._read_log()
        if not self.row:
            self.board.put({"job": {"missing": True}})
            return ENDED_SECONDS
        self._read_machine()
        if self._older or (not self._is_settled and now >= self._next_history):
            self._next_history = now + HISTORY_SECONDS
            changed = self._read_history() or changed
            changed = self._read_end() or changed
        if changed:
            values = document.of_story(self.story, self.frames) | document.of_frames(self.frames)
            shown = job(self.row)
            more = {
                "links": self._reads.place.links(shown["execution"], self._end.trace if self._end else ""),
                "redrive": why_not(shown["status"], self._end),
            }
            self.board.put({"job": shown | more, **values}, prefix="items/")
        self._read_map_runs()
        if changed:
            self.board.put({"cost": self._cost()})
        if self._older or not self._has_log:
            return CATCHING_UP_SECONDS
        return ENDED_SECONDS if self._is_settled else LIVE_SECONDS

    def text(self, event: int, name: str) -> str | None:
        """Return what an event of the job's execution carries; see ExecutionReads.text."""
        if not self.row:
            self._find()
        return self._reads.executions.text(execution_arn(self.row), event, name) if self.row else None

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come, unless somebody redrives it."""
        return bool(self.row) and self.row["status"] != "RUNNING"

    @property
    def _is_settled(self) -> bool:
        return self.ended and (
            self._missing or (self.story.closed and self.story.redrives >= int(self.row.get("redrives", 0)))
        )

    def _read_log(self) -> bool:
        """Take over the row and new frames, what a while brings; say whether there was news."""
        before, count = self.row, len(self.frames)
        if not self.row:
            self._find()
        if not self.row:
            return False
        until = time.monotonic() + READING_SECONDS
        self._has_log = False
        for items in self._reads.log_after(self._tenant, self._id, self.frames[-1].seq):
            for item in items:
                frame = logged(item)
                if frame is not None:
                    self.frames.append(frame)
                else:
                    self.row, self._has_log = item, True  # it sorts last
            if time.monotonic() > until:
                break
        return self.row != before or len(self.frames) != count

    def _cost(self) -> dict[str, Any] | None:
        """Return what an ended job has cost; what is not read of a history would be missing from it."""
        if self._machine is None or not self.ended or not self.story.complete:
            return None
        router = self._reads.function(self._reads.place.router) if self._reads.place.router else None
        return cost(self._machine, self.row, self.story, self.frames, self._reads.function, router)

    def _find(self) -> None:
        for item in self._reads.newest(self._tenant, self._id, most=1):
            if logged(item) is None:
                self.row = item
                self.frames = [acknowledgment(item)]

    def _read_machine(self) -> None:
        if self._machine is not None:
            return
        not_found = self._reads.executions.states.exceptions.ExecutionDoesNotExist
        try:
            text = self._reads.executions.definition(execution_arn(self.row))
        except not_found:
            # It is claimed and not started yet, or so old that AWS has forgotten it.
            self._missing = True
            return
        self._missing, self._machine = False, json.loads(text)
        ranges = [{"name": each.name, "from": each.start, "to": each.end} for each in stages(self._machine)]
        self.board.put({"machine": {"stages": ranges, **asdict(lay_out(self._machine))}})

    def _read_history(self) -> bool:
        """Read the newest page, or some of those before the last one; say whether there was news."""
        known, until = len(self._events), time.monotonic() + (READING_SECONDS if self._older else 0)
        while not self._missing and self._read_page() and self._older and time.monotonic() < until:
            pass
        if len(self._events) == known:
            return False
        self._end = None  # what is new may be a redrive
        self.story = history_reader.read(self._events.values())
        return True

    def _read_page(self) -> bool:
        """Read the newest page, or the one before the last; say whether the budget had a call for it."""
        page = self._reads.executions.history(execution_arn(self.row), self._older)
        if page is None:
            return False
        new = {event["id"]: event for event in page.events if event["id"] not in self._events}
        # Where a page meets what is known, all that is older is known too.
        self._older = page.older if len(new) == len(page.events) and 1 not in new else None
        self._events |= new
        return True

    def _read_end(self) -> bool:
        """Ask how the execution ended, where the row says that the job has; say whether that is news."""
        if self._missing or not self.ended or self._end:
            return False
        self._end = self._reads.executions.end(execution_arn(self.row))
        if self._end:
            self.story = history_reader.read(self._events.values(), self._end)
        return self._end is not None

    def _read_map_runs(self) -> None:
        newest = {visit.name: visit.map_run for visit in self.story.all() if visit.map_run}
        for state, arn in newest.items():
            known = self.board.get(f"map_run/{state}")
            if known is None or known["arn"] != arn or known["status"] == "RUNNING":
                self.board.put({f"map_run/{state}": {"arn": arn, **self._reads.executions.map_run(arn)}})
