"""What a function logged while it worked for a job."""

import time
from typing import Any, Protocol

from streamer.console.reading import aws_console
from streamer.console.reading.place import Place

MOST_LINES = 500
MARGIN_SECONDS = 2.0


class LogLines(Protocol):
    """Finds lines. A line is `{"time": seconds, "text": …}`."""

    def of(self, function: str, request_id: str, since: float, until: float) -> list[dict[str, Any]]:
        """Return what `function` logged for a job in a stretch of time (seconds since the epoch)."""

    def link(self, function: str) -> str | None:
        """Return where AWS's console shows what a function logged, if it does."""


class CloudWatchLines:
    """Finds them in CloudWatch Logs."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def of(self, function: str, request_id: str, since: float, until: float) -> list[dict[str, Any]]:
        """Return the lines of `function` that name a job, of a stretch of time (seconds since the epoch).

        Raises:
            ClientError: there is no such function or log group, or one may not read it.
        """
        client = self._place.client("logs")
        group, streams = self._place_of(function)
        found: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        while len(found) < MOST_LINES:
            answer = client.filter_log_events(
                logGroupName=group,
                startTime=int((since - MARGIN_SECONDS) * 1000),
                endTime=int((min(until, time.time()) + MARGIN_SECONDS) * 1000),
                filterPattern=f'"{request_id}"',
                **more,
            )
            found += [
                {"time": each["timestamp"] / 1000, "text": each["message"]}
                for each in answer["events"]
                if streams in each["logStreamName"]
            ]
            if "nextToken" not in answer:
                break
            more = {"nextToken": answer["nextToken"]}
        return found[:MOST_LINES]

    def link(self, function: str) -> str | None:
        """Return where AWS's console shows the function's log group; None of another endpoint's."""
        if self._place.local:
            return None
        return aws_console.of_log_group(self._place.session.region_name, self._place_of(function)[0])

    def _place_of(self, function: str) -> tuple[str, str]:
        """Return a function's log group, and what is in the name of each of its streams there.

        In a group that several share, as ours do, it is the function's name:
        https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html.
        """
        told = self._place.client("lambda").get_function_configuration(FunctionName=function)
        own = f"/aws/lambda/{function}"
        group = told.get("LoggingConfig", {}).get("LogGroup", own)
        return group, "" if group == own else f"/{function}["
