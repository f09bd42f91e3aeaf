"""The command `streamer inspect`."""

import signal
from socket import create_server
from threading import Event

import click

from streamer.commands.arguments import Failed
from streamer.console.terminal.choosing import Chosen, stack_options

EXAMPLES = """\b
Examples:
  streamer inspect --stack streamer --profile production
  streamer inspect --stack streamer --profile production --allow-actions
  streamer inspect --stack streamer --endpoint http://127.0.0.1:4566
"""


@click.command(epilog=EXAMPLES)
@stack_options(required=True)
@click.option(
    "--port", default=0, show_default=True, type=click.IntRange(0, 65535), help="0 takes a free one."
)
@click.option(
    "--allow-actions", is_flag=True, help="Let its pages cancel, decide, redrive and run jobs again."
)
def inspect(port: int, allow_actions: bool, **options: str) -> None:
    """Serve the console for a deployed stack, on this machine, until Ctrl-C.

    It reads with your own credentials: the jobs table, Step Functions, the data bucket, CloudWatch Logs. It
    changes nothing, unless --allow-actions: then jobs are told that operator:YOU did it.
    """
    place = Chosen(**options).place()  # type: ignore[arg-type]  # click names them as they are
    from streamer.console.acting.operator import Operator
    from streamer.console.reading.aws_reads import Reads
    from streamer.console.serving.acting_line import ActingLine
    from streamer.console.serving.answers import Answers
    from streamer.console.serving.console_server import ConsoleServer

    if allow_actions and not place.router:
        raise Failed(f"The stack {place.stack} has no MessageFunction, by which a console acts", 3)
    try:
        sock = create_server(("127.0.0.1", port))
    except OSError as error:
        raise Failed(f"port {port} is taken; choose another with --port (0: any free)") from error
    ended = Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    reads = Reads(place)
    acting = ActingLine(Operator(reads)) if allow_actions else None
    server = ConsoleServer(sock, Answers(reads, acting=acting))
    changes = "acts on its jobs" if allow_actions else "changes nothing"
    click.echo(f"console_url  {server.url}")
    click.echo(f"Shows the stack {place.stack}, and {changes}. Ctrl-C ends it.")
    ended.wait()
    server.close()
