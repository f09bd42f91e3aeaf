"""An endpoint whose jobs have a log, as the real one's; what they do and what fails is the test's choice."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from tests.unit.client.endpoint import acknowledgment, complete, frame, progress

LAST = 19
Frame = dict[str, Any]


@dataclass
class Job:
    """`log` is what was said; of what is before `kept_from` only a snapshot is left."""

    request: Frame
    log: list[Frame]
    followers: set[ServerConnection] = field(default_factory=set)
    kept_from: int = 0


class JobServer:
    """Jobs of 20 frames: an acknowledgment, 18 of progress, and the end."""

    def __init__(self) -> None:
        self.url = ""
        self.jobs: dict[str, Job] = {}
        self.connections: list[ServerConnection] = []
        self.received: list[Frame] = []
        self.tokens: list[str] = []
        self.refusals: list[HTTPStatus] = []
        self.copies: Callable[[Frame], int] = lambda _: 1
        self.page = 100
        self.answers = True
        self.idle: float | None = None
        self._changed = asyncio.Event()

    async def emit(self, job_id: str = "job", count: int = 1) -> None:
        """Let a job say its next frames."""
        for _ in range(count):
            job = self.jobs[job_id]
            seq = len(job.log)
            result = {"of": job_id}
            job.log.append(
                complete(job.request, seq, result)
                if seq == LAST
                else progress(job.request, seq, percentage=seq)
            )
            await self.push(seq, job_id)
            await asyncio.sleep(0)

    async def push(self, seq: int, job_id: str = "job") -> None:
        """Send a frame to all that follow the job, as often as `copies` says."""
        job = self.jobs[job_id]
        for follower in list(job.followers):
            for _ in range(self.copies(job.log[seq])):
                await send(follower, job.log[seq])

    def cut(self) -> None:
        """End all connections as a dead network does, with all that is under way."""
        for connection in self.connections:
            connection.transport.abort()

    def asked(self, action: str) -> list[Frame]:
        """Return the requests for an action, in the order of their arrival."""
        return [request for request in self.received if request["action"] == action]

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until a handshake or a request made it true."""
        async with asyncio.timeout(5):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    def check(self, connection: ServerConnection, request: Request) -> Response | None:
        """Take or refuse a handshake."""
        self.tokens.append(request.headers["Authorization"].removeprefix("Bearer "))
        self._changed.set()
        return connection.respond(self.refusals.pop(0), "") if self.refusals else None

    async def handle(self, connection: ServerConnection) -> None:
        """Answer a connection's requests."""
        self.connections.append(connection)
        with suppress(ConnectionClosed, TimeoutError):  # the end of either closes it, as API Gateway does
            while True:
                request = json.loads(await asyncio.wait_for(connection.recv(), self.idle))
                self.received.append(request)
                if self.answers:
                    await self.answer(connection, request)
                self._changed.set()

    async def answer(self, connection: ServerConnection, request: Frame) -> None:
        """Answer a request, on any connection."""
        if request["action"] == "echo":
            await send(connection, frame("response", request, data=request["payload"]))
        elif request["action"] == "resume":
            await self._resume(connection, request)
        else:
            job = self.jobs.setdefault(request["id"], Job(request, [acknowledgment(request)]))
            job.followers.add(connection)
            for _ in range(self.copies(job.log[0])):
                await send(connection, job.log[0])

    async def _resume(self, connection: ServerConnection, request: Frame) -> None:
        job, seq = self.jobs.get(request["payload"]["request_id"]), request["payload"]["seq"]
        if not job:
            error = {"code": "NOT_FOUND", "message": "There is no such job."}
            return await send(connection, frame("error", request, error=error))
        missed = job.log[seq + 1 : seq + 1 + self.page]
        more = seq + 1 + self.page < len(job.log)
        data = {"recovered": True, "frames": missed, "more": more}
        if seq + 1 < job.kept_from:
            more = False
            data = {"recovered": False, "snapshot": snapshot(job), "more": False}
        if not more:
            job.followers.add(connection)
        return await send(connection, frame("response", request, data=data))


def snapshot(job: Job) -> Frame:
    """Return what is known of a job without its log."""
    ended = len(job.log) == LAST + 1
    known = {
        "request_id": job.request["id"],
        "action": job.request["action"],
        "status": "COMPLETED" if ended else "RUNNING",
        "percentage": 100.0 if ended else 50.0,
        "stage": "query",
        "seq": len(job.log) - 1,
        "started_at": 1.0,
        "ended_at": 2.0 if ended else None,
    }
    return known | ({"result": job.log[-1]["result"]} if ended else {})


async def send(connection: ServerConnection, message: Frame) -> None:
    """Send a message to who is still there."""
    with suppress(ConnectionClosed):
        await connection.send(json.dumps(message))


@asynccontextmanager
async def job_server() -> AsyncIterator[JobServer]:
    """Serve on a free port."""
    jobs = JobServer()
    async with serve(jobs.handle, "127.0.0.1", 0, process_request=jobs.check) as server:
        jobs.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/live"
        yield jobs
