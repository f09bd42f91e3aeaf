"""What a thousand jobs cost at list prices, service by service."""

import math
from collections.abc import Sequence

from streamer.forecast import prices
from streamer.forecast.history import Path, children, transitions
from streamer.forecast.prices import Price
from streamer.forecast.stages import OTHER_SECONDS, Stage
from streamer.forecast.traffic import Traffic

JOBS = 1000

# Express bills in steps of 100 ms and of 64 MB; a child of ours holds little.
_EXPRESS_STEP, _EXPRESS_GIGABYTES = 0.1, 64 / 1024

Bill = dict[str, float]


def per_thousand(
    path: Path, stages: Sequence[Stage], traffic: Traffic, router_gigabytes: float, router_seconds: float
) -> Bill:
    """Return the dollars of a thousand jobs by service, and their `total`."""
    gigabyte_seconds = router_gigabytes * router_seconds + sum(each.busy * each.gigabytes for each in stages)
    calls = 1 + sum(stage.calls for stage in stages)
    bill = {
        "Step Functions": _cost((transitions(path), prices.TRANSITION), *_express(path, stages)),
        "Lambda": _cost((calls, prices.LAMBDA_REQUEST), (gigabyte_seconds, prices.LAMBDA_GB_SECOND)),
        "DynamoDB": _cost((traffic.write_units, prices.WRITE_UNIT), (traffic.read_units, prices.READ_UNIT)),
        "API Gateway": _cost((traffic.messages, prices.MESSAGE)),
        "S3": _cost((traffic.s3_puts, prices.S3_PUT), (traffic.s3_gets, prices.S3_GET)),
    }
    return bill | {"total": sum(bill.values())}


def _express(path: Path, stages: Sequence[Stage]) -> list[tuple[float, Price]]:
    """Return the bill of Express children: a request each, and the time of the calls in it."""
    billed: list[tuple[float, Price]] = []
    for visit, number in children(path):
        if visit.child_kind == "EXPRESS" and number:
            inside = {each.name for each in visit.inner}
            busy = sum(stage.busy for stage in stages if stage.name in inside)
            seconds = math.ceil(max(busy / number, OTHER_SECONDS) / _EXPRESS_STEP - 1e-9) * _EXPRESS_STEP
            billed.append((number, prices.EXPRESS_REQUEST))
            billed.append((number * seconds * _EXPRESS_GIGABYTES, prices.EXPRESS_GB_SECOND))
    return billed


def _cost(*items: tuple[float, Price]) -> float:
    return JOBS * sum(amount * price.dollars for amount, price in items)
