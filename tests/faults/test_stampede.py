"""Row 69: a tenant whose jobs begin, and end, at the same moment."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from jobs import quota
from progress import Progress, step
from tests.faults.crowd import Crowd, at_once, crowd
from tests.support.router import REPORT, send
from tests.support.steps import LambdaContext, event, in_flight

CLAIMS = 200


@pytest.fixture
def edge() -> Iterator[Crowd]:
    with crowd() as made:
        yield made


def claim(number: int) -> str:
    answer = send("generate_report", REPORT, request_id=f"r{number}", connection=f"c{number}")
    return str(answer["error"]["code"] if answer["type"] == "error" else answer["request_id"])


def end(request_id: str) -> Any:
    def last(progress: Progress) -> str:
        return "done"

    return step(last)(event(request_id, "Last", part=(90, 100)), LambdaContext())


@pytest.mark.parametrize("most", [7, 150, 200])
def test_a69_a_tenants_stampede(most: int, edge: Crowd, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOST_JOBS_PER_TENANT", str(most))
    claimed = at_once(claim, range(CLAIMS))
    accepted = [each for each in claimed if each.startswith("r")]
    assert Counter(claimed)["RATE_LIMITED"] == CLAIMS - most
    assert len(accepted) == most == in_flight(edge.jobs)
    assert edge.jobs.conflicts > 0
    assert at_once(end, accepted) == ["done"] * most
    rows = [
        edge.jobs.get_item(Key={"pk": f"acme#{name}", "sk": "job"}, ConsistentRead=True) for name in accepted
    ]
    assert {row["Item"]["status"] for row in rows} == {"COMPLETED"}
    assert in_flight(edge.jobs) == 0
    if most == CLAIMS:
        assert edge.jobs.conflicts < 5 * CLAIMS  # with one item for all of them it is nearly twenty a job


def test_a69_a_quota_is_used_up_also_where_its_parts_are_not_even(
    edge: Crowd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOST_JOBS_PER_TENANT", "50")
    assert [claim(number) for number in range(50)] == [f"r{number}" for number in range(50)]
    assert claim(50) == "RATE_LIMITED"
    ends = range(0, 50, 7)
    for number in ends:
        end(f"r{number}")
    more = range(100, 100 + len(ends))
    assert [claim(number) for number in more] == [f"r{number}" for number in more]
    assert claim(200) == "RATE_LIMITED"
    assert in_flight(edge.jobs) == 50


@pytest.mark.parametrize("most", [1, 4, 5, 6, 199, 200, 1000, 12_345])
def test_a69_the_parts_are_the_whole(most: int) -> None:
    shares = quota.shares(most)
    assert sum(shares) == most
    assert max(shares) - min(shares) <= 1
    assert min(shares) > 0
    assert len(shares) <= quota.MOST_PARTS
