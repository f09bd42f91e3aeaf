"""The jobs of a place, newest first, by the index that keeps a tenant's jobs in their order."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.forecasts import Forecasts
from streamer.console.run.job_items import job as job_of
from streamer.console.run.job_items import logged, summary

JOBS_A_PAGE = 50
MOST_TENANTS = 200
MOST_SCANNED_PAGES = 20
TENANTS_SECONDS, LOCAL_TENANTS_SECONDS = 30.0, 5.0  # a look through the index is dear on AWS
MOST_FRAMES = 300  # of an ended job, to count its retries
MOST_READS = 20  # pages of a tenant that a filter may pass over before it has a page to show

Summary = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which jobs: "" is any. `id` is a part of it; `seconds` how old at most, 0 for any age."""

    tenant: str = ""
    action: str = ""
    status: str = ""
    id: str = ""
    seconds: float = 0

    def condition(self) -> ConditionBase | None:
        """Return what DynamoDB is to leave out by itself."""
        found: ConditionBase | None = None
        for each in (
            Attr("action").eq(self.action) if self.action else None,
            Attr("status").eq(self.status) if self.status else None,
            Attr("request_id").contains(self.id) if self.id else None,
        ):
            found = each if found is None else found & each if each is not None else found
        return found


class JobsList:
    """Reads pages of jobs. It knows the tenants from the index, which is looked through now and then."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._forecasts = Forecasts(reads)
        self._tenants: list[str] = []
        self._looked = float("-inf")
        self._details: dict[tuple[str, str], dict[str, Any]] = {}

    def page(self, wanted: Wanted, cursor: str = "", size: int = JOBS_A_PAGE) -> dict[str, Any]:
        """Return `{"jobs", "cursor"}`: the jobs after `cursor`, and the next cursor, "" on the last page."""
        tenants = [wanted.tenant] if wanted.tenant else self.tenants()
        after = tuple(cursor.split("/", 2)) if cursor else None
        streams = [self._of(tenant, wanted, after) for tenant in tenants]
        jobs = list(islice(merge(*streams, key=_order, reverse=True), size + 1))
        more = len(jobs) > size
        return {"jobs": jobs[:size], "cursor": "/".join(_order(jobs[size - 1])) if more else ""}

    def tenants(self) -> list[str]:
        """Return the tenants that have jobs, in the order of the alphabet."""
        kept = LOCAL_TENANTS_SECONDS if self._reads.place.local else TENANTS_SECONDS
        if time.monotonic() - self._looked > kept or not self._tenants:
            self._looked = time.monotonic()
            self._tenants = self._look_for_tenants()
        return self._tenants

    def detail(self, job: Summary) -> dict[str, Any]:
        """Return how far a job is, its retries, and its forecast; one that has ended is read once."""
        key = (job["tenant"], job["id"])
        known = self._details.get(key)
        if known and known["ended"] != job["ended"]:
            known = None
        if known and job["ended"]:
            return known
        items = self._reads.newest(*key, most=MOST_FRAMES if job["ended"] else 2)
        frames = [frame.frame for item in items if (frame := logged(item))]
        row: dict[str, Any] = items[0] if items else {}
        last = frames[0] if frames else {}
        partial = last.get("partial") or {}
        found = {
            "ended": job["ended"],
            "percentage": float(row.get("percentage", last.get("percentage", 0))),
            "stage": last.get("stage") or partial.get("stage") or "",
            "retries": _retries(frames),
            "message": str(last.get("message") or (last.get("error") or {}).get("message") or ""),
            "success": bool(row.get("success", True)),
            "error": json.loads(str(row["error"])) if "error" in row else None,
            "approvers": job_of(row).get("approvers") if row else None,
            "forecast": known["forecast"] if known else self._forecasts.dollars(row) if row else None,
        }
        self._details[key] = found
        return found

    def _of(self, tenant: str, wanted: Wanted, after: tuple[str, ...] | None) -> Iterator[Summary]:
        """Yield a tenant's jobs, newest first."""
        since = f"{time.time() - wanted.seconds:.3f}" if wanted.seconds else "0"
        until = after[0] if after else "9"
        more: dict[str, Any] = {}
        condition = wanted.condition()
        if condition is not None:
            more["FilterExpression"] = condition
        if since > until:
            return
        for _ in range(MOST_READS):
            answer = self._reads.query(
                IndexName="by-tenant",
                KeyConditionExpression=Key("tenant").eq(tenant) & Key("accepted_at").between(since, until),
                ScanIndexForward=False,
                Limit=200 if condition is not None else JOBS_A_PAGE + 1,
                **more,
            )
            # Jobs of the same millisecond come in any order.
            for row in sorted(answer["Items"], key=lambda row: _order(summary(row)), reverse=True):
                if after is None or _order(summary(row)) < after:
                    yield summary(row)
            if "LastEvaluatedKey" not in answer:
                return
            more["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _look_for_tenants(self) -> list[str]:
        found: set[str] = set()
        start: dict[str, Any] = {}
        for _ in range(MOST_SCANNED_PAGES):
            answer = self._reads.scan(
                IndexName="by-tenant",
                ProjectionExpression="#tenant",
                ExpressionAttributeNames={"#tenant": "tenant"},
                **start,
            )
            found |= {str(item["tenant"]) for item in answer["Items"]}
            if "LastEvaluatedKey" not in answer or len(found) > MOST_TENANTS:
                break
            start = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}
        return sorted(found)[:MOST_TENANTS]


def _retries(frames: list[dict[str, Any]]) -> int:
    tries: dict[str, int] = {}
    for frame in frames:
        if "attempt" in frame:
            tries[frame["stage"]] = max(tries.get(frame["stage"], 1), int(frame["attempt"]))
    return sum(tries.values()) - len(tries)


def _order(job: Summary) -> tuple[str, str, str]:
    return f"{job['accepted']:.3f}", job["tenant"], job["id"]
