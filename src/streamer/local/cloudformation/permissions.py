"""Permissions to call functions that a template gives to services."""

from fnmatch import fnmatchcase

from streamer.local.aws import ACCOUNT, REGION
from streamer.local.cloudformation.resources import Stack

_FUNCTIONS = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"


def lets_call(stack: Stack, service: str, source: str, function: str) -> bool:
    """Say whether `service`, for what has the ARN `source`, may call the function or alias with an ARN."""
    for name, resource in stack.resources.items():
        given = resource.get("Properties", {})
        # Others may refer to resources that are skipped.
        if resource["Type"] != "AWS::Lambda::Permission" or given["Principal"] != service:
            continue
        if stack.resolver.exists(name):
            resolved = stack.resolver.resolve(given, name)
            called = resolved["FunctionName"]
            called = called if called.startswith("arn:") else _FUNCTIONS + called
            if called == function and fnmatchcase(source, resolved.get("SourceArn", "*")):
                return True
    return False
