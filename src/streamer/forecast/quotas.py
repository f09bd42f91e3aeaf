"""AWS's limits in us-east-1, before anybody asks for more; and where and when they were read.

They were read in stored copies of these pages. A new account has less; Service Quotas shows what yours has.
"""

from dataclasses import dataclass

READ = "2026-11-24"


@dataclass(frozen=True)
class Quota:
    """A limit. Where a bucket of tokens stands for it, `burst` is the bucket and `most` refills a second."""

    most: int
    what: str
    source: str
    burst: int = 0


_STEP_FUNCTIONS = "https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html"
_LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"
_API_GATEWAY = "https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html"
_DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html"
_PARTITION = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html"

HISTORY_EVENTS = Quota(25_000, "events in the history of a Standard execution", _STEP_FUNCTIONS)
STATE_BYTES = Quota(256 * 1024, "bytes into or out of a state", _STEP_FUNCTIONS)
EXPRESS_SECONDS = Quota(300, "seconds that an Express execution may take", _STEP_FUNCTIONS)

START_EXECUTION = Quota(300, "StartExecution a second", _STEP_FUNCTIONS, burst=1_300)
# As an older copy of that page has it; Service Quotas may show more.
STATE_TRANSITION = Quota(1_500, "state transitions a second", _STEP_FUNCTIONS, burst=5_000)
OPEN_EXECUTIONS = Quota(1_000_000, "open executions", _STEP_FUNCTIONS)
OPEN_MAP_RUNS = Quota(1_000, "open runs of Distributed Maps", _STEP_FUNCTIONS)
LAMBDA_CONCURRENCY = Quota(1_000, "concurrent Lambda executions", _LAMBDA)
API_REQUESTS = Quota(10_000, "API Gateway requests and pushes a second", _API_GATEWAY, burst=5_000)
TABLE_WRITES = Quota(40_000, "write units of the jobs table a second", _DYNAMODB)
PARTITION_WRITES = Quota(1_000, "write units a second of a partition", _PARTITION)
