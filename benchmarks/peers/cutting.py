"""What a client does not see, and what it sees twice, when it is cut for two seconds."""

import asyncio
import json
import time
from contextlib import suppress
from typing import Any

from benchmarks.load import driving

UPDATES, PACE = 60, 0.2  # slow enough that none has to be merged
_WITHIN = 3 * UPDATES * PACE  # seconds; then nothing comes any more


async def cut(endpoint: Any) -> tuple[int, int]:
    """Return how many of 60 updates are lost, and doubled."""
    job, seen, seq = f"cut-{time.time_ns()}", list[object](), 0
    async with asyncio.timeout(_WITHIN), driving.opened(endpoint) as first:
        await first.send(json.dumps({"action": "load", "id": job, "payload": {"pace": PACE}}))
        while len(seen) < UPDATES // 4:
            frame = json.loads(await first.recv())
            seq = frame.get("seq", seq)
            seen += _updates(frame)
        first.transport.abort()
    await asyncio.sleep(2)
    async with driving.opened(endpoint) as second:
        # Ours takes the number of the frame that was seen last; the others know of none.
        again = {"action": "resume", "id": job, "payload": {"request_id": job, "seq": seq}}
        await second.send(json.dumps(again))
        with suppress(TimeoutError):  # not every engine tells who comes again of the end
            async with asyncio.timeout(_WITHIN):
                await _rest(second, seen)
    return UPDATES - len(set(seen)), len(seen) - len(set(seen))


async def _rest(socket: Any, seen: list[object]) -> None:
    frame: dict[str, Any] = {}
    while frame.get("type") != "complete":
        frame = json.loads(await socket.recv())
        for each in (frame.get("data") or {}).get("frames", [frame]):
            seen += _updates(each)


def _updates(frame: dict[str, Any]) -> list[object]:
    """Return what tells an update from the others, where the frame is one."""
    if "number" in frame:
        return [frame["number"]]
    return [(frame["stage"], frame["message"])] if " of 20" in frame.get("message", "") else []
