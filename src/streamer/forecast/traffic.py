"""What a job writes, reads and pushes: frames, DynamoDB's request units, messages, and large values in S3."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from streamer.forecast import engine_facts as engine
from streamer.forecast.stages import Stage


@dataclass(frozen=True)
class Traffic:
    """A job's requests. `writes` and `reads` are calls of DynamoDB, a transaction being one; AWS bills units.

    `messages` pass API Gateway: the request, its answer, and a push of each frame to each follower.
    """

    frames: int
    pushes: int
    messages: int
    writes: int
    write_units: int
    reads: int
    read_units: int
    s3_puts: int
    s3_gets: int


@dataclass(frozen=True)
class Assumed:
    """What is assumed of a job: the bytes of its payload, and how many connections follow it."""

    payload: int
    followers: int

    @property
    def claimed(self) -> bool:
        """Whether the payload waits in S3."""
        return self.payload > engine.LARGEST_INLINE

    @property
    def row(self) -> int:
        """The bytes of the job's row."""
        return engine.ROW + engine.ENVELOPE + (engine.CLAIM if self.claimed else self.payload)


def answered(assumed: Assumed) -> Traffic:
    """Return what an action costs that is answered at once: nothing but the two messages."""
    return Traffic(0, 0, metered(assumed.payload) + 1, 0, 0, 0, 0, 0, 0)


def job(stages: Sequence[Stage], assumed: Assumed, *, most: bool, completes: bool) -> Traffic:
    """Return a job's traffic.

    The most: ten frames a second and a checkpoint a second while a stage works, and each stage's result in
    S3. The least: each stage announces itself and says nothing else.
    """
    speaking = [stage for stage in stages if stage.share]
    counts = sum(stage.calls for stage in speaking if stage.counted)
    calls = sum(stage.calls for stage in stages)
    # Later attempts look for a checkpoint; so does what settles a job.
    lookups = sum(stage.retries if stage.share else stage.calls for stage in stages)
    progress = sum(stage.calls for stage in speaking if not stage.counted)
    checkpoints = claims = 0
    if most:
        working = sum(stage.seconds for stage in speaking if not stage.counted)
        # Items that count tell of whole percents.
        percents = sum(min(stage.calls, math.ceil(stage.share)) for stage in speaking if stage.counted)
        progress += math.ceil(engine.FRAMES_PER_SECOND * working - 1e-6) + percents
        checkpoints = math.floor(engine.CHECKPOINTS_PER_SECOND * working + 1e-6)
        claims = sum(1 for stage in speaking if not stage.ends)
    last = engine.LAST_FRAMES if completes else 1
    pushes = (progress + last) * assumed.followers
    single = progress + checkpoints + counts
    return Traffic(
        frames=progress + last,
        pushes=pushes,
        messages=metered(assumed.payload) + 1 + pushes,
        writes=2 + single,
        write_units=claim_units(assumed) + end_units(assumed, last) + single,
        reads=calls + lookups,
        read_units=calls * read_units(assumed.row) + lookups,
        s3_puts=assumed.claimed + claims,
        s3_gets=assumed.claimed + claims,
    )


def claim_units(assumed: Assumed) -> int:
    """Return the write units of an acknowledgment: the row, the tenant's count, the row's indexes."""
    return engine.TRANSACTION * (write_units(assumed.row) + 1) + engine.ROW_INDEXES


def end_units(assumed: Assumed, frames: int) -> int:
    """Return the write units of a job's end: its last frames, the row, the tenant's count, the indexes."""
    row = write_units(assumed.row + engine.RESULT)
    return engine.TRANSACTION * (frames + row + 1) + engine.ROW_INDEXES


def metered(size: int) -> int:
    """Return how many messages API Gateway counts for one of `size` bytes."""
    return max(1, math.ceil(size / (32 * engine.KIB)))


def write_units(size: int) -> int:
    """Return the units of a write of `size` bytes."""
    return math.ceil(size / engine.KIB)


def read_units(size: int) -> int:
    """Return the units of a consistent read: of a row of `size` bytes, and the two items before it."""
    return math.ceil((size + 2 * engine.KIB) / (4 * engine.KIB))
