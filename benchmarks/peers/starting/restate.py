"""Restate, with its updates kept or in passing."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.peers.installing import NODE, restate_server, with_packages
from benchmarks.peers.starting.processes import Endpoint, bridge, free_ports, process, said


@contextmanager
def restate(*, kept: bool) -> Iterator[Endpoint]:
    """Run the services, Restate and the bridge. Updates are `kept` in Restate's pubsub, or go by."""
    with tempfile.TemporaryDirectory() as made:
        folder = with_packages(Path(made), "restate_services.mjs")
        lines = [] if kept else free_ports(1)
        port = folder / "port"
        # Its sockets are files, and nobody else's; and it reports nothing to its makers.
        server = [str(restate_server()), "--no-logo", "--listen-mode", "unix"]
        server += ["--node-name", "node", "--base-dir", str(folder)]
        with (
            process([NODE, "restate_services.mjs", str(port), *lines], made, folder) as services,
            process(server, made, folder, DO_NOT_TRACK="1", RUST_LOG="error"),
            bridge(
                "on_restate.py", made, str(folder / "node"), said(port, services, made), *lines
            ) as endpoint,
        ):
            yield endpoint
