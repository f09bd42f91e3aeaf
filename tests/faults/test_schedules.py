"""Rows 47 and 50: whatever goes wrong, and in whatever order, clients end up knowing the same."""

from typing import Any

import boto3
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.faults import soak
from tests.faults.invariants import check, log_of
from tests.faults.story import Story, from_seed
from tests.support import stack


@settings(max_examples=2000, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32 - 1), most=st.integers(0, soak.MOST_FAULTS))
def test_a50_no_schedule_of_faults_changes_what_a_client_ends_up_knowing(seed: int, most: int) -> None:
    counted = soak.play(seed, most)
    assert (counted.lost, counted.duplicated, counted.out_of_order) == (0, 0, 0)


def test_a50_a_seed_repeats_everything() -> None:
    for seed in range(20):
        assert vars(soak.play(seed)) == vars(soak.play(seed))


def test_a50_the_schedules_do_what_they_say() -> None:
    total, failures = soak.play_all(range(300), soak.MOST_FAULTS)
    assert not failures
    assert {"COMPLETE", "PROCESSING_FAILED", "TIMEOUT", "CANCELLED"} <= set(total.ends)
    assert min(total.kills, total.resumes, total.late, total.doubled, total.vanished) > 100
    assert total.faults > 1000


@pytest.mark.parametrize("seed", range(30))
def test_a50_the_table_in_memory_is_as_good_as_moto(seed: int) -> None:
    with stack.counted():
        tables = {name: boto3.resource("dynamodb").Table(name) for name in ("JobsTable", "ConnectionsTable")}
        theirs = Story(*from_seed(seed, soak.MOST_FAULTS), tables).run()
        check(theirs)
        ours = Story(*from_seed(seed, soak.MOST_FAULTS)).run()
        assert _outcome(ours) == _outcome(theirs)


def _outcome(story: Story) -> dict[str, Any]:
    return {
        "log": log_of(story),
        "row": story.row,
        "work": story.work,
        "shown": [device.shown for device in story.devices],
        "time": story.world.clock.now(),
    }
