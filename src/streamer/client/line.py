"""Keeps a client connected: connects again after a loss, and moves to a successor before the end of life."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from streamer.client.connection import Connection, Receive, Token
from streamer.client.errors import ConnectionLost, ConnectionRefused
from streamer.client.reconnect import Backoff, Reconnect

logger = logging.getLogger(__name__)

ConnectionChange = Literal["connected", "lost", "moved"]
OnChange = Callable[[ConnectionChange, str], None]


@dataclass(frozen=True)
class ConnectionState:
    """A client's connection: it says nothing of any job's state.

    `idle`: there is none, and none is needed. `retry_at`: when the next attempt is made, in seconds since
    the epoch. `refused`: the endpoint took none of our tokens, for `reason`; the next request tries again.
    """

    status: Literal["idle", "connecting", "open", "waiting", "refused", "closed"]
    retry_at: float | None = None
    reason: str = ""


@dataclass(frozen=True)
class Settings:
    """Where and how to connect. Times are in seconds.

    A connection is replaced at the age of `life`; the old one stays for `linger` at most, so that it can
    still bring the answers to what was sent on it.
    """

    url: str
    token: Token
    reconnect: Reconnect
    life: float
    linger: float
    on_change: OnChange | None


class Line:
    """The connections of one client: the current one, if any, and those that it replaced."""

    def __init__(self, settings: Settings, receive: Receive, on_end: Callable[[], None]) -> None:
        self.current: Connection | None = None
        self.retired: list[Connection] = []
        self._settings, self._receive, self._on_end = settings, receive, on_end
        self._backoff = Backoff(settings.reconnect)
        self._reason = ""
        self.state = ConnectionState("idle")

    @property
    def connections(self) -> list[Connection]:
        """All of them."""
        return [*self.retired, *([self.current] if self.current else [])]

    async def connect(self) -> None:
        """Connect, once; where a token was refused and another may be had, with that too.

        Raises ConnectionRefused.
        """
        try:
            await self._open()
        except ConnectionRefused as refused:
            if not (refused.final and callable(self._settings.token)):
                raise
            await self._open()

    def heard(self) -> None:
        """Note a word from the server: only that ends an outage, an accepted handshake does not."""
        self._backoff.over(_now() - self.current.opened_at if self.current else 0)

    async def tend(self, *, wanted: bool) -> ConnectionChange | None:
        """Do what is to be done next; say whether the current connection is another one now.

        Where no connection is `wanted`, one that ended is not replaced until there is: a quiet client costs
        nothing. Then the first attempt is made at once, otherwise after a wait.

        Raises ConnectionRefused if the endpoint does not want us, ConnectionLost when the time is up.
        """
        if self.current and self.current.ended:
            self._reason = f"the connection closed ({self.current.reason})"
            self._tell("lost", self._reason)
            self.current = None
            self.state = ConnectionState("idle")
            if wanted:
                self._backoff.begin(_now())
        if not wanted:
            return None
        if not self.current:
            return await self._reconnect()
        if _now() >= self.current.retire_at:
            return await self._move(self.current)
        return None

    def release(self) -> list[str]:
        """Close what has been replaced and is not needed any more; return the requests left unanswered."""
        settled = not (self.current and self.current.waiting)
        unanswered: list[str] = []
        for old in self.retired:
            if old.ended or _now() >= old.retire_at or (settled and not old.waiting):
                unanswered += old.waiting.values()
                old.waiting.clear()
                old.retire_at = float("inf")
                old.leave()
        self.retired = [old for old in self.retired if not old.ended]
        return unanswered

    async def close(self) -> None:
        """Close all. Raises what `receive` raised."""
        self.state = ConnectionState("closed")
        await asyncio.gather(*(connection.close() for connection in self.connections))

    async def _reconnect(self) -> ConnectionChange | None:
        if self._backoff.outage:
            delay = self._backoff.delay(_now())
            if delay is None:
                self._backoff.over(age=0)
                self.state = ConnectionState("idle")
                limit = self._settings.reconnect.give_up
                raise ConnectionLost(f"{self._reason}, and nothing was heard for {limit:g} s")
            self.state = ConnectionState("waiting", time.time() + delay, self._reason)
            await asyncio.sleep(delay)
        self.state = ConnectionState("connecting")
        try:
            await self.connect()
        except ConnectionRefused as refused:
            if refused.final:
                self.state = ConnectionState("refused", reason=str(refused))
                self._backoff.over(age=0)
                raise
            logger.info("%s", refused)
            self._reason = str(refused)
            self._backoff.begin(_now())
            return None
        return self._tell("connected")

    async def _move(self, old: Connection) -> ConnectionChange | None:
        try:
            await self.connect()
        except ConnectionRefused as refused:
            logger.info("%s; the present connection goes on", refused)
            old.retire_at = _now() + self._settings.reconnect.most
            return None
        old.retire_at = _now() + self._settings.linger
        self.retired.append(old)
        return self._tell("moved")

    async def _open(self) -> None:
        settings = self._settings
        self.current = await Connection.open(
            settings.url, settings.token, self._receive, self._on_end, settings.life
        )
        self.state = ConnectionState("open")

    def _tell(self, change: ConnectionChange, reason: str = "") -> ConnectionChange:
        logger.info("%s %s", change, reason)
        if self._settings.on_change:
            self._settings.on_change(change, reason)
        return change


def _now() -> float:
    return asyncio.get_running_loop().time()
