"""Accepting a job: claim its id, then start its execution. Two calls, either of which can be repeated."""

import os
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from jobs.clients import step_functions
from jobs.counting import count
from jobs.following import follow
from jobs.job import Job
from jobs.keys import execution_name
from jobs.log import JobLog
from jobs.logger import logger
from jobs.sender import Sender
from protocol import Acknowledgment, ErrorCode, Request
from router.claiming import Claim, claim
from router.exactness import check_exact
from router.registry import Action, Identity
from router.requests import Rejected
from router.restarting import restart


def accept(action: Action, request: Request, payload: Any, identity: Identity, now: float) -> Acknowledgment:
    """Make the request a job, or find the job that it already is, and acknowledge it.

    Raises:
        Rejected: VALIDATION_ERROR, a number would not survive the state machine; CONFLICT, the id belongs to
            another request; RATE_LIMITED, the tenant has too many jobs in flight; INTERNAL_ERROR, the
            execution could not be started: the claim stays, and the same request can be sent again.
    """
    given = action.payload.dump_python(payload, mode="json")
    check_exact(request.id, payload=given, metadata=request.metadata)
    job = Job(identity.tenant, identity.user, str(request.id), action.name, request.metadata)
    claimed = claim(
        job,
        given,
        action.seconds(payload),
        os.environ["STATE_MACHINES"] + action.name,
        identity.connection,
        now,
    )
    if claimed.running or (claimed.never_began and restart(job.tenant, job.request_id, now)):
        _start(claimed, job)
    if not claimed.existed:
        count("JobsAccepted", job.action)
        logger.info("accepted")
    elif identity.connection:
        _catch_up(job, identity.connection)
    return Acknowledgment(
        request_id=job.request_id,
        timestamp=float(claimed.accepted_at),
        action=action.name,
        estimate_seconds=claimed.estimate,
    )


def _start(claimed: Claim, job: Job) -> None:
    """Start the execution. An equal name and input is the execution that runs already, for AWS too."""
    client, name = step_functions(), execution_name(job.tenant, job.request_id, claimed.accepted_at)
    machine, trace = claimed.state_machine, os.environ.get("_X_AMZN_TRACE_ID", "")
    logger.append_keys(execution=f"{machine.replace(':stateMachine:', ':execution:')}:{name}")
    try:
        client.start_execution(
            # The alias is the release that new jobs begin on; an execution's ARN, and the row, have none.
            stateMachineArn=machine + os.environ["STATE_MACHINE_QUALIFIER"],
            name=name,
            input=claimed.execution_input,
            traceHeader=trace,
        )
    except client.exceptions.ExecutionAlreadyExists:
        return  # it has ended meanwhile
    except (ClientError, BotoCoreError) as error:
        message = "The job could not be started. Send the same request again."
        raise Rejected(ErrorCode.INTERNAL_ERROR, message, job.request_id) from error


def _catch_up(job: Job, connection: str) -> None:
    """Let a connection that repeats a request have the newest frame, and what comes after it.

    By its number the client sees what it lacks, and asks for it.
    """
    log = JobLog(job.tenant, job.request_id)
    log.load()
    follow(log, connection)
    if log.end.last:  # there is one, and it has not expired
        sender = Sender(log, only={connection})
        sender.push(log.end.last)
        sender.settle()
