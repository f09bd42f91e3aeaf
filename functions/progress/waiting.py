"""A stage that waits for a person: Step Functions' task token lies in the job's row until somebody decides.

The state's Task is a `.waitForTaskToken`; the router's `approve` brings it what was decided.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Literal

from pydantic import BaseModel

from jobs.clients import jobs_table
from jobs.keys import ROW, job_key
from progress.reporter import Progress


class Decision(BaseModel):
    """What the waiting state returns. `by` is a user of the job's tenant; `at` in seconds since the epoch."""

    decision: Literal["approve", "reject"]
    by: str
    comment: str | None
    at: float


def ask(progress: Progress, token: str, approvers: Sequence[str], **about: Any) -> None:
    """Keep the token, then tell the job's followers who may decide; `about` is what they should know of it.

    A retry brings a token of its own. All are kept, for a late attempt must not replace a later one's: only
    one of them is alive, and a decision goes to all.
    """
    job, table = progress.job, jobs_table()
    # What fails the condition is the same attempt, delivered twice.
    with suppress(table.meta.client.exceptions.ConditionalCheckFailedException):
        table.update_item(
            Key={"pk": job_key(job.tenant, job.request_id), "sk": ROW},
            # What was decided of another token did not reach its state, or this one would not be asked.
            UpdateExpression="ADD tokens :tokens SET approvers = :approvers REMOVE decided, brought",
            ConditionExpression="attribute_exists(pk) AND NOT contains(tokens, :token)",
            ExpressionAttributeValues={":tokens": {token}, ":token": token, ":approvers": list(approvers)},
        )
    progress.report(0, "Waiting for approval", waiting_for="approve", approvers=list(approvers), **about)
