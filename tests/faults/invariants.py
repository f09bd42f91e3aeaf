"""What must hold at the end of every schedule, whatever happened in it."""

import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from tests.faults.devices import REQUEST_ID, Device
from tests.faults.story import Story
from tests.support.steps import TENANT, in_flight

STATUS_OF = {"complete": "COMPLETED", "CANCELLED": "CANCELLED"}


@dataclass
class Figures:
    """Counts over schedules. The last three are what devices showed; they must be zero."""

    schedules: int = 0
    frames: int = 0
    faults: int = 0
    kills: int = 0
    pushes: int = 0
    resumes: int = 0
    late: int = 0
    doubled: int = 0
    vanished: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    duplicated: int = 0
    out_of_order: int = 0

    def add(self, other: "Figures") -> None:
        """Count another's too."""
        for name, value in vars(other).items():
            setattr(self, name, getattr(self, name) + value)


def log_of(story: Story) -> list[dict[str, Any]]:
    """Return the job's log, read past all faults."""
    items = story.tables["JobsTable"].query(
        KeyConditionExpression="pk = :pk AND begins_with(sk, :frame)",
        ExpressionAttributeValues={":pk": f"{TENANT}#{REQUEST_ID}", ":frame": "frame#"},
    )["Items"]
    return [json.loads(item["frame"]) for item in items if "frame" in item]


def figures(story: Story) -> Figures:
    """Count what happened."""
    log, network = log_of(story), story.network
    counted = Figures(
        schedules=1,
        frames=len(log),
        faults=getattr(story.decisions, "faults", 0),
        kills=story.world.kills,
        pushes=network.pushes,
        resumes=sum(device.resumes for device in story.devices),
        late=network.late,
        doubled=network.doubled,
        vanished=network.vanished,
        ends=Counter([log[-1]["error"]["code"] if log[-1]["type"] == "error" else "COMPLETE"]),
    )
    for device in story.devices:
        seqs = [frame["seq"] for frame in device.shown]
        counted.lost += len(set(range(len(shown_of(log, device)) + 1)) - set(seqs))
        counted.duplicated += len(seqs) - len(set(seqs))
        counted.out_of_order += sum(later < sooner for sooner, later in pairwise(seqs))
    return counted


def shown_of(log: list[dict[str, Any]], device: Device) -> list[dict[str, Any]]:
    """Return what the device has to have shown of the log.

    A job that never began ends for those who are told so. Where somebody repeats the request, it begins, and
    its log goes on in the place of that end.
    """
    end = device.shown[-1]
    if device.never_began and log[end["seq"] - 1] != end:
        assert log[end["seq"] - 1].items() >= {"type": "progress", "message": "Accepted again"}.items()
        return [*log[: end["seq"] - 1], end]
    return log


def check(story: Story) -> None:
    """Raise AssertionError for the first promise that was not kept."""
    log, row = log_of(story), story.row
    assert row is not None
    _check_log(log, row)
    _check_work(story, log)
    for number, device in enumerate(story.devices):
        assert device.shown[0]["type"] == "acknowledgment", f"device {number}"
        assert device.shown[1:] == shown_of(log, device), (
            f"device {number} shows another job than the log has"
        )
        assert device.shown[0] == story.devices[0].shown[0], f"device {number} has another acknowledgment"
        assert device.snapshots == 0, f"device {number} was given a snapshot, but the log is whole"
    count = in_flight(story.tables["JobsTable"])
    assert count == 0, f"{count} jobs are in flight"


def _check_log(log: list[dict[str, Any]], row: dict[str, Any]) -> None:
    assert [frame["seq"] for frame in log] == list(range(1, len(log) + 1)), "seq has a hole"
    assert [frame["type"] in {"complete", "error"} for frame in log] == [False] * (len(log) - 1) + [True]
    times = [frame["timestamp"] for frame in log]
    for eleven in (times[start : start + 11] for start in range(len(log) - 10)):
        # A clock that was set back meanwhile makes them look nearer than they were.
        assert eleven != sorted(eleven) or eleven[-1] - eleven[0] >= 1, "eleven frames in a second"
    end = log[-1]
    percentages = [frame["percentage"] for frame in log[:-1]]
    assert percentages == sorted(percentages), "the percentage fell"
    assert all(0 <= value <= 100 for value in percentages)
    complete = end["type"] == "complete"
    assert percentages.count(100) == complete
    assert not complete or percentages[-1] == 100
    assert row["seq"] == end["seq"]
    assert "running" not in row
    assert row["status"] == STATUS_OF.get(end["type"] if complete else end["error"]["code"], "FAILED")
    if complete:
        assert json.loads(row["result"]) == end["result"]
        assert row["percentage"] == 100
    else:
        assert json.loads(row["error"]) == {"details": None} | end["error"]
        last = log[-2] if len(log) > 1 else {"percentage": 0, "message": ""}
        assert end["partial"].items() >= {name: last[name] for name in ("percentage", "message")}.items()


def _check_work(story: Story, log: list[dict[str, Any]]) -> None:
    if log[-1]["type"] == "complete":
        every = [f"{stage}/{item}" for stage, count in enumerate(story.plan.items) for item in range(count)]
        assert log[-1]["result"] == {"done": every}, "an item is missing, or there twice"
        assert all(story.work[item] for item in every), "an item was skipped"
