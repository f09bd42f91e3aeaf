"""DBOS on SQLite, its default: a workflow of three steps, which write to its durable stream.

`on_dbos.py READY FOLDER`. A stream is read from its beginning: who comes again sees all of it again.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from pathlib import Path

from bridge import STAGES, UPDATES, run
from dbos import DBOS, SetWorkflowID

DBOS(
    config={
        "name": "peers",
        "system_database_url": f"sqlite:///{sys.argv[2]}/dbos.sqlite",
        "log_level": "CRITICAL",
        "run_admin_server": False,
    }
)


@DBOS.step()
async def stage(number: int, pace: float) -> None:
    """Report twenty times, and do nothing else."""
    for done in range(1, UPDATES + 1):
        await asyncio.sleep(pace)
        await DBOS.write_stream_async("progress", UPDATES * number + done)


@DBOS.workflow()
async def load(pace: float) -> None:
    """Run the stages, one after the other."""
    for number in range(STAGES):
        await stage(number, pace)
    await DBOS.close_stream_async("progress")


async def start(job: str, pace: float) -> None:
    """Start a workflow."""
    with SetWorkflowID(job):
        await DBOS.start_workflow_async(load, pace)


async def follow(job: str) -> AsyncIterator[int]:
    """Read its stream."""
    async for number in DBOS.read_stream_async(job, "progress"):
        yield number


async def main() -> None:
    """Bridge."""
    DBOS.launch()
    try:
        await run(Path(sys.argv[1]), start, follow)
    finally:
        DBOS.destroy()


if __name__ == "__main__":
    asyncio.run(main())
