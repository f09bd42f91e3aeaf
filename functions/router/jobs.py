"""Accepting a job: claim its id, then start its execution. Two calls, either of which can be repeated."""

import hashlib
import json
import os
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from progress.aws import jobs_table, step_functions
from progress.claims import check_in
from progress.job import Job
from progress.log import KEPT_SECONDS, ROW, job_key
from protocol import Acknowledgment, ErrorCode, Request
from router.registry import Action, Identity
from router.requests import Rejected


@dataclass(frozen=True)
class Claim:
    """What the job's row says of its beginning; the same for every repetition of the request."""

    accepted_at: float
    estimate: float
    state_machine: str
    execution_input: str


def accept(
    action: Action, request: Request, payload: Any, identity: Identity, connection: str, now: float
) -> Acknowledgment:
    """Make the request a job, or find the job that it already is, and acknowledge it.

    Raises:
        Rejected: CONFLICT, the id belongs to another request; INTERNAL_ERROR, the execution could not be
            started: the claim stays, and the same request can be sent again.
    """
    claim = _claim(action, request, payload, identity, connection, now)
    _start(claim, identity, request)
    return Acknowledgment(
        request_id=request.id,
        timestamp=claim.accepted_at,
        action=action.name,
        estimate_seconds=claim.estimate,
    )


def execution_name(tenant: str, request_id: str) -> str:
    """Return the execution's name: unique for 90 days, so that a job can only be started once."""
    return hashlib.sha256(job_key(tenant, request_id).encode()).hexdigest()[:64]


def _claim(
    action: Action, request: Request, payload: Any, identity: Identity, connection: str, now: float
) -> Claim:
    job = Job(identity.tenant, identity.user, str(request.id), action.name, request.metadata)
    given = action.payload.dump_python(payload, mode="json")
    digest = hashlib.sha256(json.dumps([action.name, given], sort_keys=True).encode()).hexdigest()
    claim = Claim(
        accepted_at=round(now, 3),
        estimate=action.seconds(payload),
        state_machine=os.environ[str(action.state_machine)],
        execution_input=json.dumps(vars(job) | {"payload": check_in(job.folder, "payload", given)}),
    )
    try:
        jobs_table().put_item(
            Item={
                "pk": job_key(job.tenant, job.request_id),
                "sk": ROW,
                "tenant": job.tenant,
                "user": job.user,
                "request_id": job.request_id,
                "action": job.action,
                "digest": digest,
                "status": "RUNNING",
                "connections": {connection},
                "expires_at": int(now) + KEPT_SECONDS,
                **{name: str(value) for name, value in vars(claim).items()},
            },
            ConditionExpression="attribute_not_exists(pk)",
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
        row = {name: next(iter(value.values())) for name, value in _old_item(error).items()}
        if row["digest"] != digest:
            message = "The id belongs to another request; choose a new one."
            raise Rejected(ErrorCode.CONFLICT, message, job.request_id) from None
        _follow(job, connection, row.get("connections", []))
        return Claim(
            float(row["accepted_at"]), float(row["estimate"]), row["state_machine"], row["execution_input"]
        )
    return claim


def _old_item(error: ClientError) -> dict[str, dict[str, Any]]:
    item: dict[str, dict[str, Any]] = error.response["Item"]  # type: ignore[typeddict-item]
    return item


def _follow(job: Job, connection: str, connections: list[str]) -> None:
    """Let a connection that sends the request again have the job's frames too."""
    if connection not in connections:
        jobs_table().update_item(
            Key={"pk": job_key(job.tenant, job.request_id), "sk": ROW},
            UpdateExpression="ADD connections :new",
            ExpressionAttributeValues={":new": {connection}},
        )


def _start(claim: Claim, identity: Identity, request: Request) -> None:
    """Start the execution. An equal name and input is the execution that runs already, for AWS too."""
    client = step_functions()
    try:
        client.start_execution(
            stateMachineArn=claim.state_machine,
            name=execution_name(identity.tenant, str(request.id)),
            input=claim.execution_input,
        )
    except client.exceptions.ExecutionAlreadyExists:
        return  # it has ended meanwhile; the same id and payload get the same acknowledgment
    except (ClientError, BotoCoreError) as error:
        message = "The job could not be started. Send the same request again."
        raise Rejected(ErrorCode.INTERNAL_ERROR, message, request.id) from error
