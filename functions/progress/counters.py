"""How far a Map is: its items, each in a process of its own, count together."""

import math
from collections.abc import Callable

from jobs.clients import jobs_table
from jobs.clock import Clock
from jobs.job import Stage
from jobs.keys import KEPT_SECONDS, counter_key
from progress.speaker import Speaker

Count = Callable[[int, str], None]


def counter(job: str, stage: Stage, speaker: Speaker, clock: Clock) -> Count:
    """Return what adds to the stage's count; whoever crosses a whole percent of the job says so.

    One write an addition. An item that is killed after it has counted counts again when it is retried:
    the count is for people to watch, results are added up from the results.

    Raises (from what is returned):
        JobEnded: the job has its terminal frame.
    """

    def count(more: int, message: str) -> None:
        counted = jobs_table().update_item(
            Key={"pk": job, "sk": counter_key(stage.name)},
            UpdateExpression="ADD done :more SET expires_at = :expires",
            ExpressionAttributeValues={":more": more, ":expires": int(clock.now()) + KEPT_SECONDS},
            ReturnValues="UPDATED_NEW",
        )["Attributes"]
        done = int(str(counted["done"]))
        if _percent(stage, done) > _percent(stage, done - more):
            done = min(done, stage.total)
            speaker.counted(stage, _percent(stage, done), done, message.format(done=done, total=stage.total))

    return count


def _percent(stage: Stage, done: int) -> int:
    return math.floor(stage.percentage(done / max(stage.total, 1), stage.start))
