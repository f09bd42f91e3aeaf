"""The console of the application that runs here."""

from collections.abc import Iterable
from socket import socket

from streamer.console.acting.operator import Operator
from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.log_lines import LogLines
from streamer.console.reading.place import Place, local
from streamer.console.serving.acting_line import ActingLine
from streamer.console.serving.answers import Answers
from streamer.console.serving.console_server import ConsoleServer
from streamer.console.serving.tryable import Tryable
from streamer.local.aws import REGION, STACK
from streamer.local.aws_lambda.functions import Function


def place_of(functions: Iterable[Function], endpoint_url: str, router: str) -> Place | None:
    """Return where the application's jobs are; None where no function's variables name a jobs table."""
    for function in functions:
        variables = function.environment
        if "JOBS_TABLE" in variables:
            bucket = variables.get("DATA_BUCKET", "")
            return local(variables["JOBS_TABLE"], bucket, endpoint_url, STACK, REGION, router)
    return None


def serve(sock: socket, place: Place, logs: LogLines, tryable: Tryable) -> ConsoleServer:
    """Serve the console of a place on a listening socket; it may act, where there is a router to ask."""
    reads = Reads(place)
    acting = ActingLine(Operator(reads)) if place.router else None
    return ConsoleServer(sock, Answers(reads, logs, acting, tryable))
