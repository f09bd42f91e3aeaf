"""Pushes frames to a job's followers, beside its work. A push may fail; the log is the truth."""

import random
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from botocore.exceptions import BotoCoreError, ClientError, ConnectTimeoutError, ReadTimeoutError

from jobs.clients import PUSHES_AT_ONCE, connections_api, connections_table, jobs_table
from jobs.counting import count, took
from jobs.keys import ROW
from jobs.log import JobLog
from jobs.logger import logger

MOST_TRIES = 3
LONGEST_PAUSE = 0.2  # seconds, before another try
MOST_WAITING = 20  # frames for one follower
# Lambda stops at the handler's return. A push that is under way then is given until it is so old: not long
# where the job goes on, longer at its end, for which nobody waits.
STAGE_SECONDS, LAST_SECONDS = 0.5, 1.0


@cache
def pool() -> ThreadPoolExecutor:
    """Return the threads that push. They, and their connections, outlive the stage."""
    return ThreadPoolExecutor(PUSHES_AT_ONCE, "push")


class Sender:
    """Sends to everyone who follows the job, or `only` to some; one a stage.

    Followers get their frames side by side, each of them in order. One that times out, throttles or lags far
    behind is left alone for the rest of the stage; one that is gone is forgotten.
    """

    def __init__(self, log: JobLog, only: Iterable[str] | None = None) -> None:
        self._log = log
        self._only = None if only is None else set(only)
        self._found, self._lost = set[str](), set[str]()
        self._waiting: defaultdict[str, deque[tuple[str, float]]] = defaultdict(deque)  # since when
        self._busy: dict[str, float] = {}  # since when, too
        self._changed = threading.Condition()

    def push(self, text: str) -> None:
        """Hand one frame to every follower's pushes. Returns at once, and never raises."""
        followers = self._log.followers | self._found if self._only is None else self._only
        now = time.monotonic()
        with self._changed:
            idle = []
            for connection in sorted(followers - self._lost):
                waiting = self._waiting[connection]
                waiting.append((text, now))
                if connection not in self._busy:
                    idle.append(connection)
                elif len(waiting) > MOST_WAITING:
                    self._leave_alone(connection, "lags behind")
            self._busy.update(dict.fromkeys(idle, now))
        for connection in idle:
            pool().submit(self._deliver, connection)

    def settle(self, most: float = LAST_SECONDS) -> None:
        """Wait for the pushes that are under way, `most` seconds at most, but for none that takes long."""
        seconds = min(LAST_SECONDS if self._log.end.ended else STAGE_SECONDS, most)
        end = time.monotonic() + seconds
        with self._changed:
            while self._busy:
                now = time.monotonic()
                left = min(max(self._busy.values()) + seconds, end) - now
                if left <= 0:
                    return
                self._changed.wait(left)

    def _deliver(self, connection: str) -> None:
        """Push what waits for one follower, in order."""
        while (given := self._next(connection)) is not None:
            text, since = given
            try:
                if self._post(connection, text.encode()):
                    took("PushHop", time.monotonic() - since, self._log.action)
            except Exception as error:  # whatever it is, the job goes on; the follower has the log
                with self._changed:
                    self._leave_alone(connection, type(error).__name__)

    def _next(self, connection: str) -> tuple[str, float] | None:
        with self._changed:
            waiting = self._waiting[connection]
            if waiting:
                self._busy[connection] = time.monotonic()
                return waiting.popleft()
            del self._busy[connection]
            self._changed.notify_all()
            return None

    def _leave_alone(self, connection: str, reason: str) -> None:
        self._lost.add(connection)
        self._waiting[connection].clear()
        count("PushesRefused", self._log.action)
        # A late push may fall into another job's invocation, whose keys the lines have.
        job = {"tenant": self._log.tenant, "request_id": self._log.request_id}
        logger.warning("push failed", extra=job | {"connection": connection, "error": reason})

    def _post(self, connection: str, data: bytes) -> bool:
        """Push; say whether the follower is there."""
        api = connections_api()
        for left in reversed(range(MOST_TRIES)):
            try:
                api.post_to_connection(ConnectionId=connection, Data=data)
            except api.exceptions.GoneException:
                self._forget(connection)
                return False
            except (ClientError, BotoCoreError) as error:
                if not left or not _may_pass(error):
                    raise
                time.sleep(random.uniform(0, LONGEST_PAUSE))  # noqa: S311 - jitter
                continue
            return True
        raise AssertionError("unreachable")

    def _forget(self, connection: str) -> None:
        """Drop a connection that is gone, and read who follows the job now."""
        with self._changed:
            self._lost.add(connection)
            self._waiting[connection].clear()
        count("PushesGone", self._log.action)
        row = jobs_table().update_item(
            Key={"pk": self._log.key, "sk": ROW},
            UpdateExpression="DELETE connections :gone",
            ConditionExpression="attribute_exists(pk)",
            ExpressionAttributeValues={":gone": {connection}},
            ReturnValues="ALL_NEW",
        )["Attributes"]
        self._found = set(row.get("connections", ()))  # type: ignore[arg-type]
        connections_table().delete_item(Key={"connection_id": connection})


def _may_pass(error: Exception) -> bool:
    """Whether another try may help soon. Who did not take a push in time would not take the next one."""
    if isinstance(error, ClientError):
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        return status == 429 or status >= 500
    return not isinstance(error, ConnectTimeoutError | ReadTimeoutError)
