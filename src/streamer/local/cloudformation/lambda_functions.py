"""The Lambda functions that a template declares."""

from streamer.local.aws_lambda.functions import Function
from streamer.local.cloudformation.resources import Stack, as_text
from streamer.local.cloudformation.template import local_path
from streamer.local.errors import LocalError


def functions_of(stack: Stack) -> list[Function]:
    """Return the stack's functions. Raises LocalError for code that is not a folder of this machine."""
    found = []
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
            log_format=properties.get("LoggingConfig", {}).get("LogFormat", "Text"),
        )
        found.append(function)
    return found
