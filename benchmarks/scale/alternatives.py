"""What other services cost and carry: Express in place of Standard, AppSync Events in place of pushes."""

import math
from dataclasses import dataclass

from benchmarks.scale import known
from benchmarks.scale.limits import AT_A_HANDSHAKE, LIFE
from benchmarks.scale.reports import Report
from streamer.forecast import prices, quotas
from streamer.forecast.dollars import JOBS, Bill
from streamer.forecast.forecasting import ROUTER_SECONDS

MONTH = 30 * 24 * 3600.0  # seconds
EXPRESS_STEP, EXPRESS_GIGABYTES = 0.1, 64 / 1024  # what Express bills at least


def with_express(report: Report) -> Bill:
    """Return the dollars of a thousand reports whose machine is an Express one."""
    seconds = math.ceil(report.seconds / EXPRESS_STEP - 1e-9) * EXPRESS_STEP
    one = prices.EXPRESS_REQUEST.dollars + prices.EXPRESS_GB_SECOND.dollars * seconds * EXPRESS_GIGABYTES
    return _instead(report.dollars, "Step Functions", JOBS * one)


def with_events(report: Report) -> Bill:
    """Return the dollars of a thousand reports whose one follower is told by AppSync Events."""
    request = report.traffic.messages - report.traffic.pushes
    pushing = Pushing(report, 1).events_dollars
    return _instead(report.dollars, "API Gateway", JOBS * request * prices.MESSAGE.dollars + pushing)


def _instead(bill: Bill, part: str, dollars: float) -> Bill:
    changed = {**bill, part: dollars}
    return {**changed, "total": sum(value for name, value in changed.items() if name != "total")}


@dataclass(frozen=True)
class Pushing:
    """Frames of a report to `followers`: the reports a second that either way carries, and its dollars."""

    report: Report
    followers: int

    @property
    def gateway_jobs(self) -> float:
        """Each push is a request of the account's."""
        return quotas.API_REQUESTS.most / (1 + self._frames * self.followers)

    @property
    def events_jobs(self) -> float:
        """A frame is published once, and delivered to each."""
        delivered = self._frames * self.followers
        return min(known.EVENTS_IN.value / self._frames, known.EVENTS_OUT.value / delivered)

    @property
    def gateway_dollars(self) -> float:
        """A message for each push."""
        return JOBS * self._frames * self.followers * prices.MESSAGE.dollars

    @property
    def events_dollars(self) -> float:
        """An operation for each frame, each delivery, and each subscription."""
        operations = self._frames * (1 + self.followers) + self.followers
        return JOBS * operations * known.EVENT_OPERATION.value

    @property
    def _frames(self) -> int:
        return self.report.traffic.frames


def connections_month(report: Report, connections: float, asks: float) -> float:
    """Return the dollars a month of so many connections that say something every `asks` seconds."""
    minutes = MONTH / 60 * known.CONNECTION_MINUTE.value
    calls = MONTH / asks + AT_A_HANDSHAKE * MONTH / LIFE
    gigabyte_seconds = ROUTER_SECONDS * report.router_gigabytes
    call = prices.LAMBDA_REQUEST.dollars + gigabyte_seconds * prices.LAMBDA_GB_SECOND.dollars
    writes = 2 * MONTH / LIFE * prices.WRITE_UNIT.dollars  # its row comes and goes
    return connections * (minutes + 2 * MONTH / asks * prices.MESSAGE.dollars + calls * call + writes)


def jobs_month(dollars_per_thousand: float, jobs: float) -> float:
    """Return the dollars a month of so many jobs a second."""
    return dollars_per_thousand / JOBS * jobs * MONTH
