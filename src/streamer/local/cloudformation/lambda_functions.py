"""The Lambda functions that a template declares."""

from collections.abc import Iterator
from typing import Any

from streamer.local.aws_lambda.functions import Function
from streamer.local.cloudformation.resources import Stack, as_text
from streamer.local.cloudformation.template import local_path
from streamer.local.errors import LocalError


def functions_of(stack: Stack) -> list[Function]:
    """Return the stack's functions. Raises LocalError for code that is not a folder of this machine."""
    found, invoked = [], dict(_invoked(stack))
    for name, properties in stack.of("AWS::Lambda::Function"):
        code = properties["Code"]
        folder = local_path(code.get("S3Bucket", ""), code.get("S3Key", ""))
        if not folder.is_dir():
            raise LocalError(f"{name}: its CodeUri {folder} is not a folder.")
        variables = properties.get("Environment", {}).get("Variables", {})
        function = Function(
            name=stack.resolver.name(name),
            arn=str(stack.resolver.arn(name)),
            handler=properties["Handler"],
            code=folder,
            environment={key: as_text(value) for key, value in variables.items()},
            timeout=float(properties.get("Timeout", 3)),
            memory=int(properties.get("MemorySize", 128)),
            **invoked.get(stack.resolver.name(name), {}),
            log_format=properties.get("LoggingConfig", {}).get("LogFormat", "Text"),
        )
        found.append(function)
    return found


def _invoked(stack: Stack) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what is said of asynchronous invocations, by function: retries, and the queue for what fails."""
    for _, properties in stack.of("AWS::Lambda::EventInvokeConfig"):
        queue = properties.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "")
        retries = int(properties.get("MaximumRetryAttempts", 2))
        kept = queue if ":sqs:" in queue else ""  # other destinations are not run here
        yield properties["FunctionName"], {"on_failure": kept, "retries": retries}
