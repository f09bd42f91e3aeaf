"""LocalStack as a process of its own environment's Python, with what it would download put in.

Its settings are in the environment (`tests/asl/on_localstack.py`); nothing of this project is imported.
"""

import json
from types import SimpleNamespace
from typing import Any

from jsonata.jsonata import Jsonata
from localstack.runtime.main import main
from localstack.services.stepfunctions.asl.component.common.error_name.error_name import ErrorName
from localstack.services.stepfunctions.asl.component.common.retry import retrier_decl
from localstack.services.stepfunctions.asl.component.state.state_execution.state_task import (
    local_mock_eval_utils,
)
from localstack.services.stepfunctions.asl.jsonata import jsonata


def evaluate(expression: str) -> Any:
    """Evaluate JSONata in Python, for Java would have to be downloaded."""
    try:
        return json.loads(json.dumps(Jsonata(expression).evaluate(None)))
    except Exception as error:
        raise jsonata.JSONataException("UNKNOWN", str(error)) from error


if __name__ == "__main__":
    jsonata._eval_jsonata = evaluate
    # AWS's own tool throws names that begin with `States.` too, and nobody waits for a backoff.
    local_mock_eval_utils.CustomErrorName = ErrorName
    retrier_decl.time = SimpleNamespace(sleep=lambda seconds: None)
    main()
