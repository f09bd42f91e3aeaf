"""Addresses in AWS's console: of an execution, of a trace, of a group of logs."""

import re
from urllib.parse import quote


def of_execution(arn: str) -> str:
    """Return where Step Functions shows an execution."""
    return f"{_home(arn.split(':')[3], 'states')}#/v2/executions/details/{arn}"


def of_trace(region: str, header: str) -> str | None:
    """Return where X-Ray shows the trace of a header (`Root=…;…`); None where that names none.

    https://docs.aws.amazon.com/xray/latest/devguide/xray-console-deeplinks.html
    """
    root = re.search(r"(?:^|;)Root=([\w-]+)", header)
    return f"{_home(region, 'xray')}#/traces/{root[1]}" if root else None


def of_log_group(region: str, group: str) -> str:
    """Return where CloudWatch shows a group of logs."""
    return f"{_home(region, 'cloudwatch')}#logsV2:log-groups/log-group/{quote(group, safe='')}"


def _home(region: str, service: str) -> str:
    return f"https://{region}.console.aws.amazon.com/{service}/home?region={region}"
