"""What a job writes and pushes, computed by hand."""

from typing import Any

import pytest

from streamer.forecast.paths import happy, worst
from streamer.forecast.stages import Stage, stages
from streamer.forecast.traffic import Assumed, answered, claim_units, end_units, job
from streamer.project import Function
from tests.support.machines import CAUGHT, OVER, a_map, block, retry, task

WORK = {"Work": Function("Work", "work.handler", timeout=30, memory=512)}
SMALL = Assumed(payload=100, followers=1)


def ten(_name: str, _state: Any) -> int:
    return 10


def of(machine: dict[str, Any], seconds: float = 8) -> list[Stage]:
    well = happy(machine, ten)
    assert well is not None
    return stages(well, WORK, seconds)


TWO = block(A=task(0, 25), B=task(25, 100))


def test_a_stages_part_of_the_time_is_its_part_of_the_progress() -> None:
    first, second = of(TWO)
    assert (first.seconds, second.seconds, first.ends, second.ends) == (2, 6, False, True)
    assert first.function == WORK["Work"]
    assert first.gigabytes == 0.5
    (other,) = of(block(A=task()))
    assert (other.seconds, other.share) == (0.1, 0)


def test_calls_at_the_same_time_take_as_long_as_one() -> None:
    counted = task(0, 50)
    counted["Arguments"]["Payload"]["progress"]["total"] = "{% $total %}"
    (stage,) = of(block(A=a_map(block(B=counted), "EXPRESS", MaxConcurrency=5)))
    assert (stage.calls, stage.at_once, stage.seconds, stage.busy) == (10, 5, 4, 20)
    assert stage.counted


def test_the_units_of_a_claim_and_of_an_end() -> None:
    # the row: 500 + 256 + 100 bytes, 1 KB; twice for it and for the tenant's count; and two indexes
    assert claim_units(SMALL) == 2 * (1 + 1) + 2
    # with the result it is 2 KB; two frames, the row, the count
    assert end_units(SMALL, 2) == 2 * (2 + 2 + 1) + 2
    # 20,000 + 756 bytes are 21 KB, and 22 with the result
    large = Assumed(payload=20_000, followers=1)
    assert (claim_units(large), end_units(large, 1)) == (2 * (21 + 1) + 2, 2 * (1 + 22 + 1) + 2)


def test_the_least_of_a_job() -> None:
    found = job(of(TWO), SMALL, most=False, completes=True)
    # a frame a stage, 100 % and `complete`; the request, its acknowledgment, the pushes
    assert (found.frames, found.pushes, found.messages) == (4, 4, 6)
    # the claim, the end, two frames; 6 + 12 + 2
    assert (found.writes, found.write_units) == (4, 20)
    assert (found.reads, found.read_units, found.s3_puts, found.s3_gets) == (2, 2, 0, 0)


def test_the_most_of_a_job() -> None:
    found = job(of(TWO), Assumed(100, followers=3), most=True, completes=True)
    # 2 + 8 s x 10, and 2 at the end
    assert (found.frames, found.pushes, found.messages) == (84, 252, 254)
    # 82 progress frames, 8 checkpoints, the claim and the end
    assert (found.writes, found.write_units) == (92, 6 + 12 + 90)
    # the first stage's result; the last one's goes into the row
    assert (found.s3_puts, found.s3_gets) == (1, 1)


def test_the_worst_of_a_job() -> None:
    caught = [{**CAUGHT[0], "Next": "Save"}]
    machine = block(
        A=task(0, 100, Retry=retry(2), Catch=caught, End=True, Next="Save"), Save=task(), Over=OVER
    )
    found = job(stages(worst(machine, ten), WORK, 8), SMALL, most=False, completes=False)
    # three attempts announce themselves; one error
    assert (found.frames, found.writes) == (4, 5)
    # each attempt and the settling read the job; two retries and the settling look for a checkpoint
    assert found.reads == 3 + 1 + 2 + 1


@pytest.mark.parametrize(("items", "frames"), [(10, 10), (1000, 80)])
def test_items_that_count_tell_of_whole_percents(items: int, frames: int) -> None:
    counted = task(10, 90)
    counted["Arguments"]["Payload"]["progress"]["total"] = items
    machine = block(Plan=task(0, 10), Each=a_map(block(Item=counted), "EXPRESS"), Sum=task(90, 100))
    well = happy(machine, lambda _n, _s: items)
    assert well is not None
    found = [job(stages(well, WORK, 0), SMALL, most=most, completes=True) for most in (False, True)]
    # Plan and Sum announce themselves; 100 % and `complete`
    assert [each.frames for each in found] == [4, 4 + frames]
    # every item adds to the count; then frames, the claim, the end
    assert [each.writes for each in found] == [items + 2 + 2, items + 2 + 2 + frames]
    assert found[0].reads == items + 2


def test_a_payload_over_32_kb_waits_in_s3_and_is_more_messages() -> None:
    found = job(of(TWO), Assumed(100_000, 1), most=False, completes=True)
    assert (found.s3_puts, found.s3_gets) == (1, 1)
    assert found.messages == 4 + 1 + 4  # 100,000 bytes are four times 32 KB
    assert claim_units(Assumed(100_000, 1)) == 2 * (1 + 1) + 2  # 500 + 256 + 256


def test_a_large_row_takes_more_to_read() -> None:
    # 10,000 + 756 + 2,048 bytes: four times 4 KB, at each of two stages
    assert job(of(TWO), Assumed(10_000, 1), most=False, completes=True).read_units == 8


def test_an_answer_at_once_is_two_messages() -> None:
    found = answered(SMALL)
    assert (found.messages, found.writes, found.frames) == (2, 0, 0)
