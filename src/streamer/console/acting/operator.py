"""The actions on one job: cancel, approve, reject, redrive, and run again."""

from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from streamer.console.acting.router_function import ActionError, Frame, RouterFunction
from streamer.console.reading.aws_reads import Reads
from streamer.console.run.job_items import execution_arn, given, logged
from streamer.console.run.redriving import why_not

ACTIONS = ("cancel", "approve", "reject", "redrive", "run")
LONGEST_COMMENT = 1000


class Operator:
    """Acts on the jobs of the place of `reads`, by the router and by RedriveExecution."""

    def __init__(self, reads: Reads) -> None:
        self._reads = reads
        self._router = RouterFunction(reads.place)

    def act(self, tenant: str, request_id: str, asked: dict[str, Any]) -> Frame:
        """Do what is asked, `{"do": one of ACTIONS, "comment"?, "payload"?}`; return the answer as a frame.

        What cannot be done is answered by an `error` frame, whoever refused it.
        """
        try:
            return self._act(tenant, request_id, asked)
        except ActionError as error:
            return _error("REFUSED", str(error))
        except ClientError as error:
            return _error(error.response["Error"]["Code"], error.response["Error"]["Message"])
        except BotoCoreError as error:
            return _error("UNKNOWN", f"It may not have been done: {error}")

    def _act(self, tenant: str, request_id: str, asked: dict[str, Any]) -> Frame:
        job = {"request_id": request_id}
        match asked["do"]:
            case "cancel":
                return self._router.ask(tenant, "cancel", job)
            case "approve" | "reject" as decision:
                comment = str(asked.get("comment") or "")[:LONGEST_COMMENT] or None
                verdict = {**job, "decision": decision, "comment": comment}
                return self._router.ask(tenant, "approve", verdict)
            case "redrive":
                return self._redrive(self._row(tenant, request_id))
            case "run":
                row = self._row(tenant, request_id)
                metadata = given(row).get("metadata")
                return self._router.ask(tenant, str(row["action"]), asked.get("payload"), metadata)
        raise ActionError(f"There are {', '.join(ACTIONS)}.")

    def _redrive(self, row: dict[str, Any]) -> Frame:
        execution = execution_arn(row)
        reason = why_not(str(row["status"]), self._reads.executions.end(execution))
        if reason is None:
            raise ActionError("Only a job that has failed is redriven.")
        if reason:
            raise ActionError(reason)
        self._reads.executions.states.redrive_execution(executionArn=execution)
        return {"type": "response", "data": {"redriven": execution}}

    def _row(self, tenant: str, request_id: str) -> dict[str, Any]:
        for item in self._reads.newest(tenant, request_id, most=1):
            if logged(item) is None:
                return item
        raise ActionError("There is no such job.")


def _error(code: str, message: str) -> Frame:
    return {"type": "error", "error": {"code": code, "message": message}}
