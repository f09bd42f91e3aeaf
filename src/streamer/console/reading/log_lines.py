"""What a function logged while it worked for a job."""

import time
from typing import Any, Protocol

from streamer.console.reading.place import Place

MOST_LINES = 500
MARGIN_SECONDS = 2.0


class LogLines(Protocol):
    """Finds lines. A line is `{"time": seconds, "text": …}`."""

    def of(self, function: str, request_id: str, since: float, until: float) -> list[dict[str, Any]]:
        """Return what `function` logged for a job in a stretch of time (seconds since the epoch)."""


class CloudWatchLines:
    """Finds them in CloudWatch Logs."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def of(self, function: str, request_id: str, since: float, until: float) -> list[dict[str, Any]]:
        """Return the lines of `function` that name a job, of a stretch of time (seconds since the epoch).

        Raises:
            ClientError: there is no such log group, or one may not read it.
        """
        client = self._place.client("logs")
        found: list[dict[str, Any]] = []
        more: dict[str, Any] = {}
        while len(found) < MOST_LINES:
            answer = client.filter_log_events(
                logGroupName=f"/aws/lambda/{function}",
                startTime=int((since - MARGIN_SECONDS) * 1000),
                endTime=int((min(until, time.time()) + MARGIN_SECONDS) * 1000),
                filterPattern=f'"{request_id}"',
                **more,
            )
            found += [
                {"time": each["timestamp"] / 1000, "text": each["message"]} for each in answer["events"]
            ]
            if "nextToken" not in answer:
                break
            more = {"nextToken": answer["nextToken"]}
        return found[:MOST_LINES]
