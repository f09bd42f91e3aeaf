"""`streamer dev` as a process: a runner until it is told to end."""

import asyncio
import gc
import signal
from pathlib import Path

from streamer.local import bytecode
from streamer.local.runner import Runner


def run(template: Path, port: int, overrides: dict[str, str], state_dir: Path) -> None:
    """Run `template` until SIGINT or SIGTERM; see Runner. Raises LocalError."""
    bytecode.keep()
    # A thousand open sockets are no garbage; to look for some among them took a tenth of the time.
    gc.set_threshold(10_000, 20, 20)
    asyncio.run(_run(Runner(template, port=port, overrides=overrides, state_dir=state_dir)))


async def _run(runner: Runner) -> None:
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    starting = asyncio.create_task(runner.start())
    ending = asyncio.create_task(ended.wait())
    await asyncio.wait({starting, ending}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        return
    await starting
    await ending
    await runner.stop()
