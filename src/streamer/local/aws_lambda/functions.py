"""A Lambda function as the template declares it, and what its processes see."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from streamer.local import aws

Log = Callable[[str, str], None]  # function's name, line


@dataclass(frozen=True)
class Function:
    """A Lambda function as the template declares it. `timeout` is in seconds, `memory` in MB.

    An event that nobody waits for is tried again `retries` times, and then goes to the queue `on_failure`, an
    ARN, if there is one.
    """

    name: str
    arn: str
    handler: str
    code: Path
    environment: Mapping[str, str]
    timeout: float = 3
    memory: int = 128
    log_format: str = "Text"
    on_failure: str = ""
    retries: int = 2


# Locale and time zone of a function, wherever its user is: AWS's runtime client finds no header in Turkish.
PLACE = {"LC_ALL": "C.UTF-8", "TZ": "UTC"}


def environment(function: Function, endpoint_url: str, runtime_api: str) -> dict[str, str]:
    """Return what the process sees: Lambda's variables and the function's, none of the user's AWS ones."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {
        **own,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{version}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_LAMBDA_RUNTIME_API": runtime_api,
        "AWS_XRAY_SDK_ENABLED": "false",
        "LAMBDA_TASK_ROOT": str(function.code),
        "NO_PROXY": "127.0.0.1,localhost",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "PYTHONPATH": str(function.code),
        "PYTHONUNBUFFERED": "1",
        "_HANDLER": function.handler,
        **PLACE,
        **aws.environment(endpoint_url),
        **function.environment,
    }
