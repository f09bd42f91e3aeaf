"""Step Functions' event of an execution's status.

https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.utils.encoding import to_json_str

from streamer.local.eventbridge.bus import Event, envelope

_PAYLOAD_BYTES = 248 * 1024
_EPOCH = datetime.fromtimestamp(0, UTC)


def status_event(execution: Any, status: str) -> Event:
    """Return the event that AWS sends when `execution` comes to `status`."""
    given = to_json_str(execution.input_data, separators=(",", ":"))
    succeeded = status == ExecutionStatus.SUCCEEDED
    output = to_json_str(execution.output, separators=(",", ":")) if succeeded else None
    # Over the limit AWS leaves the input out, and then the output.
    output_size = len(json.dumps(output)) if output is not None else 0
    fits = output_size + len(json.dumps(given)) <= _PAYLOAD_BYTES
    output_fits = output_size <= _PAYLOAD_BYTES
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": execution.state_machine.arn,
        "name": execution.name,
        "status": ExecutionStatus(status).value,
        "startDate": _milliseconds(execution.start_date),
        "stopDate": _milliseconds(execution.stop_date),
        "input": given if fits else None,
        "inputDetails": {"included": fits},
        "output": output if output_fits else None,
        "outputDetails": {"included": output_fits} if succeeded else None,
        "error": execution.error,
        "cause": execution.cause,
    }
    return envelope("Step Functions Execution Status Change", "aws.states", execution.exec_arn, detail)


def _milliseconds(moment: datetime | None) -> int | None:
    # Cut off, as in what DescribeExecution returns.
    return (moment - _EPOCH) // timedelta(milliseconds=1) if moment else None
