"""Devices of one user, each with a connection at a time and the client's own inbox; and the network."""

import json
from dataclasses import dataclass, field
from typing import Any

from router import connections
from streamer.client.inbox import Inbox
from tests.faults.world import World
from tests.support.router import REPORT, send
from tests.support.steps import TENANT, USER
from tests.support.table import refusal

REQUEST_ID = "r1"
PATIENCE, SILENCE = 1.0, 20.0


@dataclass
class Network:
    """API Gateway, and what lies between it and the devices: messages come late, twice, turned round, never.

    `limbo` holds connections that are gone and of which API Gateway does not know it yet.
    """

    world: World
    open: dict[str, "Device"] = field(default_factory=dict)
    limbo: set[str] = field(default_factory=set)
    flying: list[tuple[str, str]] = field(default_factory=list)
    pushes: int = 0
    vanished: int = 0
    doubled: int = 0
    late: int = 0
    monotonic: float = 0.0
    _connections: int = 0

    def new(self) -> str:
        """Return a new connection's id."""
        self._connections += 1
        return f"c{self._connections}"

    def post(self, *, ConnectionId: str, Data: bytes) -> None:  # noqa: N803 - boto3's
        """Push, as `post_to_connection` does."""
        self.pushes += 1
        if ConnectionId not in self.open and ConnectionId not in self.limbo:
            raise refusal("apigatewaymanagementapi", "GoneException", "PostToConnection", 410)
        how = "now"
        if not self.world.quiet and self.world.decisions.happens(0.2):
            how = self.world.decisions.pick(["late", "twice", "vanishes"], [6, 3, 1])
        self.late += how == "late"
        self.doubled += how == "twice"
        self.vanished += how == "vanishes"
        if how in {"late", "twice"}:
            self.flying.append((ConnectionId, Data.decode()))
        if how in {"now", "twice"}:
            self._deliver(ConnectionId, Data.decode())

    def arrive(self) -> None:
        """Deliver one of the messages that are under way."""
        if self.flying:
            number = self.world.decisions.pick(range(len(self.flying)))
            self._deliver(*self.flying.pop(number))

    def _deliver(self, connection: str, text: str) -> None:
        device = self.open.get(connection)
        if device is None:
            self.vanished += 1
        else:
            device.receive(json.loads(text))


@dataclass
class Device:
    """A client: it asks when its inbox says so, and shows what the inbox lets through."""

    world: World
    network: Network
    joins: bool = False
    connection: str | None = None
    shown: list[dict[str, Any]] = field(default_factory=list)
    resumes: int = 0
    snapshots: int = 0

    def __post_init__(self) -> None:
        self._fresh()

    @property
    def done(self) -> bool:
        """Whether it has shown the job's last frame."""
        return self.inbox.done

    @property
    def never_began(self) -> bool:
        """Whether it was told that the job could not be started; who then repeats the request begins it."""
        end = self.shown[-1] if self.done and self.shown else {}
        return end.get("type") == "error" and end["error"]["message"] == "The job could not be started."

    def receive(self, frame: dict[str, Any]) -> None:
        """Take what was pushed."""
        self._show(self.inbox.receive(frame, self._now()))  # type: ignore[arg-type]

    def turn(self) -> None:
        """Do what is due: connect, or ask."""
        if self.connection is None:
            self._connect()
        elif not self.done and self._now() >= self.inbox.deadline:
            self.ask()

    def ask(self) -> None:
        """Send the request, or resume the job; the answer may be lost with the connection."""
        asked_on = self.connection
        if asked_on is None:
            return
        number = self.inbox.ask(self._now())
        if number is None:
            answer = self._send("generate_report", REPORT, REQUEST_ID)
        else:
            self.resumes += 1
            answer = self._send("resume", {"request_id": REQUEST_ID, "seq": number}, "q")
        lost = not self.world.quiet and self.world.decisions.happens(0.05)
        if answer is None or lost or self.connection != asked_on:
            return
        if number is None:
            self._answered(answer)
            return
        if answer["type"] == "response" and not answer["data"]["recovered"]:
            self.snapshots += 1
        self._show(self.inbox.resumed(answer, self._now()))  # type: ignore[arg-type]

    def cancel(self) -> None:
        """Cancel the job."""
        if self.connection:
            self._send("cancel", {"request_id": REQUEST_ID}, "q")

    def repeat(self) -> None:
        """Send the request once more, as does a user who is in doubt, or was told that nothing had begun."""
        if self.connection and self.never_began:
            self.shown.clear()
            self._fresh()
        if self.connection and (answer := self._send("generate_report", REPORT, REQUEST_ID)):
            self._answered(answer)

    def disconnect(self) -> None:
        """Lose the connection; API Gateway may take its time to notice."""
        connection, self.connection = self.connection, None
        if connection is None:
            return
        del self.network.open[connection]
        if self.world.decisions.happens(0.5):
            self.network.limbo.add(connection)
        event = {"requestContext": {"connectionId": connection}}
        self.world.run(lambda: connections.on_disconnect(event, None))

    def _connect(self) -> None:
        connection = self.network.new()
        context = {
            "connectionId": connection,
            "connectedAt": int(self.world.clock.now() * 1000),
            "identity": {"sourceIp": "192.0.2.1", "userAgent": None},
            "authorizer": {
                "user": USER,
                "tenant": TENANT,
                "permissions": "",
                "token_expires_at": str(int(self.world.clock.now()) + 3600),
            },
        }
        outcome = self.world.run(lambda: connections.on_connect({"requestContext": context}, None))
        if self.connection is None and outcome.value and outcome.value["statusCode"] == 200:
            self.connection = connection
            self.network.open[connection] = self
            self.inbox.ask_at_once()

    def _send(self, action: str, payload: dict[str, Any], request_id: str) -> dict[str, Any] | None:
        connection = str(self.connection)
        answer = self.world.run(lambda: send(action, payload, request_id=request_id, connection=connection))
        value: dict[str, Any] | None = answer.value
        return value

    def _answered(self, answer: dict[str, Any]) -> None:
        due = self.inbox.receive(answer, self._now())  # type: ignore[arg-type]
        if self.done and not self.inbox.is_job:
            self._fresh()  # refused; the user tries again
        else:
            self._show(due)

    def _fresh(self) -> None:
        self.inbox = Inbox(REQUEST_ID, PATIENCE, SILENCE, is_job=self.joins)

    def _show(self, frames: Any) -> None:
        self.shown.extend(frames)

    def _now(self) -> float:
        """Return the time of the device's own, monotonic clock."""
        return self.network.monotonic
