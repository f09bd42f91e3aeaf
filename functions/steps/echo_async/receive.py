"""Receive the payload, and say how large it is."""

import json

from progress import Progress, step
from steps.echo_async.echo_async_request import EchoAsyncRequest, Received


def receive(request: EchoAsyncRequest, progress: Progress) -> Received:
    """Hand the payload on as it came."""
    text = json.dumps(request.root, ensure_ascii=False, separators=(",", ":"))
    progress.report(1, f"Received {len(text.encode())} bytes")
    return Received(payload=request.root)


handler = step(receive)
