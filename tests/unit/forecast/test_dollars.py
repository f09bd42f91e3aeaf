"""Dollars per thousand jobs, computed by hand."""

from typing import Any

import pytest

from streamer.forecast import prices, quotas
from streamer.forecast.dollars import per_thousand
from streamer.forecast.growth import Declared, breaks
from streamer.forecast.history import Path
from streamer.forecast.paths import worst
from streamer.forecast.stages import Stage, stages
from streamer.forecast.traffic import Traffic
from streamer.project import Function
from tests.support.machines import a_map, block, task

WORK = {"Work": Function("Work", "work.handler", timeout=30, memory=1024)}
TRAFFIC = Traffic(
    frames=0, pushes=9, messages=1000, writes=0, write_units=100, reads=0, read_units=40, s3_puts=1, s3_gets=5
)
NOTHING = Declared(None, None, None)


def way(machine: dict[str, Any], seconds: float) -> tuple[Path, list[Stage]]:
    found = worst(machine, lambda _n, _s: 100)
    return found, stages(found, WORK, seconds)


TWO = block(A=task(0, 50), B=task(50, 100))


def test_per_thousand() -> None:
    path, found = way(TWO, 10)
    assert per_thousand(path, found, TRAFFIC, router_gigabytes=0.5, router_seconds=0.1) == {
        "Step Functions": pytest.approx(0.05),  # 2,000 transitions at $25 a million
        # 3,000 requests at $0.20 a million; 1,000 x (10 s x 1 GB + 0.1 s x 0.5 GB) = 10,050 GB-s
        "Lambda": pytest.approx(0.0006 + 10_050 * 0.0000133334),
        "DynamoDB": pytest.approx(0.1 * 0.625 + 0.04 * 0.125),  # 100,000 and 40,000 units
        "API Gateway": pytest.approx(1.00),  # a million messages
        "S3": pytest.approx(1000 * 0.005 / 1000 + 5000 * 0.0004 / 1000),
        "total": pytest.approx(0.05 + 0.0006 + 10_050 * 0.0000133334 + 0.0675 + 1 + 0.007),
    }


def test_express_children() -> None:
    path, found = way(block(A=a_map(block(B=task(0, 100)), "EXPRESS", MaxConcurrency=10)), 9.5)
    bill = per_thousand(path, found, TRAFFIC, 0, 0)
    # one transition; 100 requests; each child 9.5 s x 10 at once ÷ 100 = 0.95 s, billed 1.0 s of 64 MB
    express = 1000 * (100 * 0.000001 + 100 * 1.0 * 0.0625 * 0.00001667)
    assert bill["Step Functions"] == pytest.approx(0.025 + express)
    standard, its = way(block(A=a_map(block(B=task(0, 100)), "STANDARD")), 9.5)
    assert per_thousand(standard, its, TRAFFIC, 0, 0)["Step Functions"] == pytest.approx(101 * 0.025)


def test_what_breaks_first() -> None:
    path, found = way(TWO, 10)
    told = breaks(path, found, TRAFFIC, 10, 0.1, Declared(200, 1000, 500))
    rates = {each.what: each.jobs_per_second for each in told}
    assert rates == {
        "jobs in flight of a tenant": 20,  # 200 ÷ 10 s
        "concurrent Lambda executions": pytest.approx(99.0099),  # 1,000 ÷ 10.1 s
        "writes to the tenant's count of jobs": 250,  # 1,000 ÷ (two writes, twice for the transaction)
        "StartExecution a second": 300,
        "write units of the jobs table a second": 400,  # 40,000 ÷ 100
        "writes to the index by-tenant": 500,
        "state transitions a second": 750,  # 1,500 ÷ 2
        "API Gateway requests and pushes a second": 1000,  # 10,000 ÷ (1 + 9)
        "requests a second of the API's stage": 1000,
        "writes to the index running, 8 partitions": 4000,
        "open executions": 100_000,  # a million ÷ 10 s
    }
    assert [each.jobs_per_second for each in told] == sorted(rates.values())
    assert (told[0].scope, told[0].source) == ("tenant", "template.yaml")


def test_open_map_runs_and_an_answer_at_once() -> None:
    path, found = way(block(A=task(0, 50), B=a_map(block(C=task(50, 100)), "EXPRESS")), 10)
    rates = {each.what: each.jobs_per_second for each in breaks(path, found, TRAFFIC, 10, 0.1, NOTHING)}
    assert rates["open runs of Distributed Maps"] == 200  # 1,000 ÷ 5 s
    at_once = breaks((), [], Traffic(0, 0, 2, 0, 0, 0, 0, 0, 0), 0.2, 0.2, NOTHING)
    assert [(each.what, each.jobs_per_second) for each in at_once] == [
        ("concurrent Lambda executions", 5000),
        ("API Gateway requests and pushes a second", 10_000),
    ]


def test_every_price_and_limit_says_where_it_is_from() -> None:
    numbers = [each for each in vars(quotas).values() if isinstance(each, quotas.Quota)]
    assert len(numbers) == 11
    for source in [price.source for price in prices.ALL] + [quota.source for quota in numbers]:
        assert source.startswith(("https://aws.amazon.com/", "https://docs.aws.amazon.com/"))
    assert len(prices.ALL) == sum(isinstance(each, prices.Price) for each in vars(prices).values())
