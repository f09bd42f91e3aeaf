"""docs/scale.md has the tables that `python -m benchmarks.scale` makes; and these are made right."""

from dataclasses import replace

import pytest

from benchmarks.scale.limits import ROUTE, Limit, broken, limits
from benchmarks.scale.overload import MINUTE, Overload
from benchmarks.scale.reports import ROOT, calibration, checkpoints, counted
from benchmarks.scale.scale_page import filled
from benchmarks.scale.storm import come_back
from streamer.forecast import quotas

PAGE = (ROOT / "docs/scale.md").read_text()
AMPLE = 1e9


def ample(*tight: Limit) -> list[Limit]:
    """Return limits that nothing reaches, but for those that are given."""
    given = {each.what: each for each in tight}
    return [given.get(each.what, replace(each, most=AMPLE)) for each in limits(counted())]


def limit(what: str) -> Limit:
    (found,) = [each for each in limits(counted()) if each.what == what]
    return found


def test_the_page_has_the_tables_that_the_program_makes() -> None:
    assert filled(PAGE) == PAGE, "`python -m benchmarks.scale` writes them"


def test_a_page_without_a_place_for_a_table_is_refused() -> None:
    with pytest.raises(ValueError, match="0 places for the table 'storm'"):
        filled(PAGE.replace("<!-- storm -->", ""))


def test_the_forecast_has_what_was_counted() -> None:
    for what, of_the_run, of_the_forecast in calibration():
        assert of_the_run == of_the_forecast > 0, what
    # A write a frame, but for the last, which are in the end's transaction; what is more are checkpoints.
    assert 0 <= checkpoints() <= counted().seconds


def test_the_worst_of_what_breaks_comes_first_and_else_what_is_nearest() -> None:
    found = limits(counted())
    assert [each.what for each in broken(found, 1_000_000, 10)] == [ROUTE]
    shares = [each.share(1_000, 1_000) for each in broken(found, 1_000, 1_000)]
    assert shares == sorted(shares, reverse=True)
    assert len(shares) > 1
    assert shares[-1] > 1
    (nearest,) = broken(found, 1, 1)
    assert nearest.share(1, 1) == max(each.share(1, 1) for each in found) < 1


def test_under_every_limit_each_job_ends_in_its_own_time() -> None:
    out = Overload(counted(), limits(counted())).run(100)
    assert out.ended == pytest.approx(out.offered) == pytest.approx(100 * MINUTE)
    assert (out.refused, out.failed, out.pushes_refused, out.first) == (0, 0, 0, None)
    assert out.seconds_in_all / out.ended == pytest.approx(counted().seconds, abs=0.05)
    assert out.pushes == pytest.approx(counted().traffic.pushes * out.ended, rel=0.01)
    assert out.peak == pytest.approx(limit(quotas.LAMBDA_CONCURRENCY.what).need(0, 100), rel=0.01)


def test_over_a_limit_of_starts_its_bucket_and_its_refill_are_let_in() -> None:
    starts = limit(quotas.START_EXECUTION.what)
    out = Overload(counted(), ample(starts)).run(400)
    assert out.offered - out.refused == pytest.approx(starts.burst + starts.most * MINUTE, rel=0.01)
    assert out.first is not None
    assert out.first[0] == starts.what
    assert out.first[1] == pytest.approx(starts.burst / (400 - starts.most), abs=0.5)


def test_transitions_over_their_limit_wait_and_no_job_is_lost() -> None:
    out = Overload(counted(), ample(limit(quotas.STATE_TRANSITION.what))).run(500)
    assert out.ended == pytest.approx(500 * MINUTE)
    assert out.seconds_in_all / out.ended > counted().seconds + 1


def test_over_lambdas_limit_stages_are_tried_again_and_then_fail_their_job() -> None:
    tight = limit(quotas.LAMBDA_CONCURRENCY.what)
    out = Overload(counted(), ample(tight)).run(200)
    assert out.peak <= tight.most + 1e-6
    assert out.failed > 0
    assert out.ended + out.failed + out.refused == pytest.approx(out.offered)
    patient = replace(counted(), retry={**counted().retry, "MaxAttempts": 30})
    assert Overload(patient, ample(tight)).run(200).failed == 0


def test_pushes_over_their_limit_are_refused_and_the_jobs_go_on() -> None:
    out = Overload(counted(), ample(replace(limit(quotas.API_REQUESTS.what), most=800, burst=800))).run(100)
    assert out.pushes_refused / out.pushes == pytest.approx(
        1 - (800 - 100) / (counted().traffic.pushes * 100), abs=0.05
    )
    assert out.ended == pytest.approx(out.offered)


def test_nobody_comes_back_sooner_than_the_limit_lets_in() -> None:
    back = come_back(5_000, 500)
    assert back.gave_up == 0
    assert back.last >= 5_000 / 500 - 1
    assert back.attempts > 1


def test_who_is_not_let_in_within_a_quarter_of_an_hour_gives_up() -> None:
    back = come_back(5_000, 2)
    assert back.last <= 15 * 60
    assert back.gave_up == pytest.approx(1 - 2 * 15 * 60 / 5_000, abs=0.02)
