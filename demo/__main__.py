"""`python -m demo [ACTION]`: start the application here and show what an action does, on real data."""

import argparse
import asyncio
import signal
import sys

from rich.console import Console

from demo.play import DemoError, Play
from demo.runner_process import RunnerError, running
from demo.scenes import SCENES, Scene
from streamer.client.errors import StreamerException


async def show(scene: Scene, console: Console) -> None:
    """Run the application for the length of one scene."""
    console.print("starting the application, a few seconds", style="dim")
    with running() as runner:
        console.print(f"it runs at {runner.ws_url}", style="dim")
        async with Play.on(runner, console) as play:
            await scene(play)


def main() -> int:
    """Parse the arguments and run the demonstration; return the exit status."""
    listed = "\n".join(f"  {name:<16} {scene.__doc__}" for name, scene in SCENES.items())
    parser = argparse.ArgumentParser(
        prog="make demo",
        usage="make demo [ACTION=…]",
        description=f"Start the application here and show what an action does, on real data.\n\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", nargs="?", default="generate_report", metavar="ACTION", choices=SCENES)
    arguments = parser.parse_args()
    # Ended from outside, the runner must stop too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    console = Console()
    try:
        asyncio.run(show(SCENES[arguments.action], console))
    except KeyboardInterrupt:
        return 130
    except (DemoError, RunnerError, StreamerException, OSError) as error:
        console.print(f"[red]{type(error).__name__}[/]", end=": ")
        console.print(str(error), markup=False, highlight=False, soft_wrap=True)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
