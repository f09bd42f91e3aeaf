"""Every action that this application offers. To add one, register it here; see the README."""

import time
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from router.messages import router
from router.registry import Identity, Registry
from steps.approve_report.approval import ApprovalRequest
from steps.bulk_operation.operation import BulkOperation
from steps.delay.delay_request import DelayRequest
from steps.echo_async.echo_async_request import EchoAsyncRequest
from steps.generate_report.report import ReportRequest
from steps.process_data.pipeline import ProcessRequest
from uploading import UploadRequest, upload

VERSION = "0.1.0"
DAY_SECONDS = 24 * 3600


class NoPayload(BaseModel):
    """The payload of actions that take none."""

    model_config = ConfigDict(defer_build=True, extra="forbid", json_schema_extra={"examples": [{}]})


Anything = Annotated[Any, Field(examples=[{"hello": "world"}])]


class Echo(TypedDict):
    """The answer to `echo`: the payload, null where there was none."""

    echo: Any


class Health(TypedDict):
    """The answer to `health`. `timestamp` is in seconds since the epoch."""

    status: str
    version: str
    timestamp: float


def echo(payload: Any, identity: Identity) -> Echo:  # noqa: ARG001 - every handler's signature
    """Answer with the payload."""
    return {"echo": payload}


def health(payload: NoPayload, identity: Identity) -> Health:  # noqa: ARG001 - every handler's signature
    """Say that the router is alive."""
    return {"status": "ok", "version": VERSION, "timestamp": round(time.time(), 3)}


def report_seconds(request: ReportRequest) -> float:
    """Estimate a report: a fixed part, and the days to read."""
    return 3 + 0.1 * len(request.days)


def report_at_once(request: ReportRequest, identity: Identity) -> dict[str, Any]:
    """Answer with a report that takes only seconds."""
    from steps.generate_report import at_once  # here: an echo pays for none of it

    return at_once.report(request, identity.tenant, identity.user)


def bulk_seconds(request: BulkOperation) -> float:
    """Estimate an operation: a fixed part, and the items; how many a manifest has is not known yet."""
    return 5 + 0.002 * len(request.items) if request.items else 60


actions = Registry()
actions.add("echo", Anything, estimate=0, handler=echo)
actions.add("health", NoPayload, estimate=0, handler=health)
actions.add(
    "generate_report", ReportRequest, estimate=report_seconds, handler=report_at_once, job=True, costly=True
)
actions.add("approve_report", ApprovalRequest, estimate=DAY_SECONDS, job=True)  # it waits for people
actions.add("process_data", ProcessRequest, estimate=30, job=True)  # its source's size is not known yet
actions.add("upload", UploadRequest, estimate=0, handler=upload, costly=True)
actions.add("bulk_operation", BulkOperation, estimate=bulk_seconds, job=True)
actions.add("delay", DelayRequest, estimate=lambda request: request.seconds, job=True)
actions.add("echo_async", EchoAsyncRequest, estimate=1, job=True)

handler = router(actions)
