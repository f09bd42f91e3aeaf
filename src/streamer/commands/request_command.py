"""The command `streamer request`."""

import uuid

import click

from streamer.commands.arguments import parse_payload
from streamer.commands.showing import Wanted, connection_options, run

EXAMPLES = """\b
Examples:
  streamer request echo '{"hello": "world"}'
  streamer request generate_report @january.json --output report.pdf
  echo '{"start_date": "2013-01-01", "end_date": "2013-01-31", "format": "csv"}' |
    streamer request generate_report - --json
"""


@click.command(epilog=EXAMPLES, short_help="Run an action and follow it to its end.")
@click.argument("action")
@click.argument("payload", metavar="[JSON]", required=False)
@click.option("--id", "request_id", help="The request's id; sending it again finds the same job.")
@connection_options
def request(action: str, payload: str | None, request_id: str | None, wanted: Wanted) -> None:
    """Run ACTION and follow it to its end. JSON is its payload: text, @FILE, or - for standard input.

    Ctrl-C ends the following, not the job: `streamer follow` goes on with it.

    Exit status: 0 success, 1 the action failed, 2 wrong usage, 3 no connection, 130 interrupted.
    """
    content, sent = parse_payload(payload), request_id or uuid.uuid4().hex
    run(lambda client: client.stream(action, content, request_id=sent), wanted)
