"""A client, and a fate for its jobs: what the scenes are made of."""

import itertools
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest

import jobs.claims
from jobs.keys import ROW, execution_arn, job_key, shard
from tests.iam.deployment import Deployment, Event

TENANT, USER, CONNECTION = "acme", "ada", "c1"
GONE = [410] * 100
INLINE = jobs.claims.LARGEST_INLINE
# What these return is small by its type; and of a claim, as all else is then, a machine would see no parts.
NEVER_LARGE = {"AskFunction", "ConvertFunction", "CutFunction", "PlanPausesFunction"}

Run = Callable[[Event], Any]
Instead = Callable[[Event, Run], Any]


class Play:
    """Sends requests as a client of the application, and sees to what becomes of its jobs."""

    def __init__(self, app: Deployment) -> None:
        self.app = app
        self._redrives = itertools.count(1)

    def event(self, **more: Any) -> Event:
        """Return what API Gateway tells of a connection."""
        context = {
            "connectionId": CONNECTION,
            "connectedAt": 1,
            "identity": {"sourceIp": "x"},
            "authorizer": {"tenant": TENANT, "user": USER, "permissions": "", "token_expires_at": 1},
        }
        return {"requestContext": context, "headers": {}, **more}

    def send(self, action: str, payload: Any = None, request_id: str | None = None) -> dict[str, Any]:
        """Send a request, and return the answer."""
        body = {"action": action, "id": request_id or uuid.uuid4().hex, "payload": payload}
        answer: dict[str, Any] = json.loads(
            self.app.call("MessageFunction", self.event(body=json.dumps(body)))["body"]
        )
        return answer

    def begin(self, action: str, payload: Any) -> str:
        """Send a request that becomes a job; return its id."""
        answer = self.send(action, payload)
        assert answer["type"] == "acknowledgment", answer
        return str(answer["request_id"])

    def job(self, action: str, payload: Any, status: str = "COMPLETED", **instead: Instead) -> str:
        """Run a job to its end, which is checked; `instead` has what happens where a function is called."""
        before, self.app.around = self.app.around, _instead(instead, self.app.around)
        try:
            request_id = self.begin(action, payload)
            self.over(request_id)
        finally:
            self.app.around = before
        row = self.row(request_id)
        assert row["status"] == status, row
        return request_id

    def over(self, request_id: str) -> None:
        """Return when the job's execution has ended."""
        arn, client = execution_arn(self.row(request_id)), self.app.client("stepfunctions")
        self.app.wait(lambda: client.describe_execution(executionArn=arn)["status"] != "RUNNING")

    def row(self, request_id: str) -> dict[str, Any]:
        key = {"pk": job_key(TENANT, request_id), "sk": ROW}
        row: dict[str, Any] = self.app.jobs.get_item(Key=key, ConsistentRead=True)["Item"]
        return row

    def edit(self, request_id: str, **values: Any) -> None:
        """Change the job's row behind everybody's back."""
        self.app.jobs.put_item(Item=self.row(request_id) | values)

    def reopen(self, request_id: str, *, gone: bool) -> None:
        """Let a job that has ended run again, as far as its row says; its follower is there or gone."""
        self.edit(request_id, status="RUNNING", running=shard(request_id), connections={CONNECTION})
        self.app.connections.refuse[CONNECTION] = GONE.copy() if gone else []

    def put(self, key: str, body: bytes) -> str:
        self.app.client("s3").put_object(Bucket=self.app.bucket, Key=key, Body=body)
        return key

    def delete(self, key: str) -> None:
        self.app.client("s3").delete_object(Bucket=self.app.bucket, Key=key)

    def hardship(self, name: str, event: Event, run: Run) -> Any:
        """Give every stage a redriven execution, a second attempt, and a follower who is gone."""
        execution = event["context"]["Execution"]
        execution["RedriveCount"] = next(self._redrives)
        request_id, stage = execution["Input"]["request_id"], "progress" in event
        if stage:
            event["context"]["State"]["RetryCount"] = 1
        self.edit(request_id, connections={CONNECTION}, **({"status": "FAILED"} if stage else {}))
        self.app.connections.refuse[CONNECTION] = GONE.copy()
        with pytest.MonkeyPatch.context() as patch:
            if name in NEVER_LARGE:
                patch.setattr(jobs.claims, "LARGEST_INLINE", INLINE)
            return run(event)


def fail(_event: Event, _run: Run) -> Any:
    """Fail for good before anything is done."""
    raise PermanentError("It fails.")


def fail_late(event: Event, run: Run) -> Any:
    """Fail for good when all is done."""
    run(event)
    raise PermanentError("It fails.")


class PermanentError(Exception):
    """As Step Functions are told of one: by the name."""


def _instead(instead: dict[str, Instead], around: Callable[[str, Event, Run], Any]) -> Any:
    def given(name: str, event: Event, run: Run) -> Any:
        if name in instead:
            return instead[name](event, lambda event: around(name, event, run))
        return around(name, event, run)

    return given
