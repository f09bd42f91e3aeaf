"""Between a client and the runner: a network that cuts, delays, doubles and overtakes, as its dice fall."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

FRAME_BYTES = 32 * 1024


class UnkindNetwork:
    """Carries messages to `there`, a ws:// address, unless it is `down`.

    A message from there comes up to `delay` seconds late, `doubled` is the share of those that come twice;
    all connections are cut again and again, `uptime` seconds apart on the average.
    """

    def __init__(
        self, there: str, seed: int, *, delay: float = 0.0, doubled: float = 0.0, uptime: float = 0.0
    ):
        self.there, self.url, self.down = there, "", False
        self.handshakes = self.cuts = 0
        self._dice = random.Random(seed)
        self._delay, self._doubled, self._uptime = delay, doubled, uptime
        self._open: set[ServerConnection] = set()
        self._late: set[asyncio.Task[None]] = set()

    def cut(self) -> None:
        """End all connections, with what is under way."""
        for connection in self._open:
            connection.transport.abort()

    def refuse(self, connection: ServerConnection, _: Request) -> Response | None:
        """Let nobody in while it is down: as where nothing listens, there is no answer."""
        self.handshakes += 1
        if self.down:
            connection.transport.abort()
        return None

    async def carry(self, near: ServerConnection) -> None:
        """Carry a connection's messages, both ways."""
        assert near.request
        authorization = near.request.headers.get("Authorization")
        offered = near.request.headers.get("Sec-WebSocket-Protocol", "")
        try:
            far = await connect(
                self.there,
                additional_headers={"Authorization": authorization} if authorization else None,
                subprotocols=[Subprotocol(each.strip()) for each in offered.split(",")] if offered else None,
                compression=None,
            )
        except (OSError, InvalidHandshake):
            near.transport.abort()
            return
        self._open.add(near)
        back = asyncio.create_task(self._back(far, near))
        with suppress(ConnectionClosed):
            async for message in near:
                assert isinstance(message, str)
                await far.send([message[at : at + FRAME_BYTES] for at in range(0, len(message), FRAME_BYTES)])
        self._open.discard(near)
        await far.close()
        await back

    async def _back(self, far: object, near: ServerConnection) -> None:
        with suppress(ConnectionClosed):
            async for message in far:  # type: ignore[attr-defined]
                for _ in range(1 + (self._dice.random() < self._doubled)):
                    late = asyncio.create_task(
                        self._deliver(near, message, self._dice.uniform(0, self._delay))
                    )
                    self._late.add(late)
                    late.add_done_callback(self._late.discard)
        near.transport.abort()

    async def _deliver(self, near: ServerConnection, message: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        with suppress(ConnectionClosed):
            await near.send(message)

    async def cut_again_and_again(self) -> None:
        """Cut, for as long as it is let."""
        while self._uptime:
            await asyncio.sleep(self._dice.uniform(0, 2 * self._uptime))
            self.cuts += 1
            self.cut()


@asynccontextmanager
async def unkind(network: UnkindNetwork) -> AsyncIterator[UnkindNetwork]:
    """Serve it on a free port; `url` has the address of `there`."""
    async with serve(
        network.carry,
        "127.0.0.1",
        0,
        process_request=network.refuse,
        select_subprotocol=lambda _, offered: offered[0] if offered else None,
        compression=None,
        ping_interval=None,
    ) as server:
        port = server.sockets[0].getsockname()[1]
        network.url = f"ws://127.0.0.1:{port}/{network.there.rpartition('/')[2]}"
        cutting = asyncio.create_task(network.cut_again_and_again())
        yield network
        cutting.cancel()
        network.cut()
