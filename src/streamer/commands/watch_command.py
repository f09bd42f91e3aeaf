"""The command `streamer watch`."""

import sys
from pathlib import Path

import click

from streamer.commands.arguments import state_dir_option
from streamer.console.terminal.choosing import Chosen, stack_options

EXAMPLES = """\b
Examples:
  streamer watch
  streamer watch r-1 --json
  streamer watch --stack streamer --profile production --tenant acme
"""


@click.command(epilog=EXAMPLES)
@click.argument("request_id", metavar="[ID]", required=False)
@click.option("--tenant", default="", help="The tenant whose jobs are meant.")
@click.option("--json", "as_json", is_flag=True, help="Print lines of JSON: jobs, or a job's frames.")
@state_dir_option
@stack_options(required=False)
def watch(request_id: str | None, tenant: str, as_json: bool, state_dir: Path, **options: str) -> None:
    """Show all tenants' jobs as they come, or one job's stages, attempts and frames until it ends.

    It reads the jobs table, as the console does, and changes nothing.

    Exit status: 0 the job succeeded, 1 it failed, 2 wrong usage, 3 no connection, 130 interrupted.
    """
    place = Chosen(**options, state_dir=state_dir).place()
    from rich.console import Console

    from streamer.console.reading.aws_reads import Reads
    from streamer.console.reading.jobs_list import JobsList
    from streamer.console.terminal.watching import find, watch_all, watch_one

    reads = Reads(place)
    jobs = JobsList(reads)
    try:
        if request_id is None:
            watch_all(jobs, tenant, Console(), as_json=as_json)
        else:
            owner = find(reads, jobs, request_id, tenant)
            sys.exit(0 if watch_one(reads, owner, request_id, Console(), as_json=as_json) else 1)
    except KeyboardInterrupt:
        raise click.Abort from None
