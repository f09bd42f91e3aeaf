"""The command `streamer follow`."""

import click

from streamer.commands.showing import Wanted, connection_options, run

EXAMPLES = """\b
Examples:
  streamer follow 6f1c2a4e
  streamer follow 6f1c2a4e --after 12 --json
"""


@click.command(epilog=EXAMPLES, short_help="Follow a job by its id.")
@click.argument("request_id", metavar="ID")
@click.option(
    "--after",
    default=-1,
    type=click.IntRange(min=-1),
    help="Show only the frames after the one with this number (`seq`).",
)
@connection_options
def follow(request_id: str, after: int, wanted: Wanted) -> None:
    """Follow the job that was requested with ID, from its beginning to its end.

    It may have been requested elsewhere, by anybody of the token's tenant, and may have ended: its frames
    are kept for seven days. Exit status: as of `streamer request`.
    """
    run(lambda client: client.attach(request_id, after=after), wanted)
