"""The runner's three ports."""

from socket import create_server

import pytest

from streamer.local.errors import LocalError
from streamer.local.ports import HOST, listen


def test_three_that_are_free() -> None:
    first, second, third = listen(0)
    with first, second, third:
        assert len({sock.getsockname()[1] for sock in (first, second, third)}) == 3


def test_which_one_is_taken_is_said_and_nothing_stays_open() -> None:
    with create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=f"^Port {port} is taken"):
            listen(port)
        with pytest.raises(LocalError, match=rf"^Port {port} \(the one above --port is .*\) is taken"):
            listen(port - 1)
        create_server((HOST, port - 1)).close()
        with pytest.raises(LocalError, match=rf"^Port {port} \(the second one above --port is .*\) is taken"):
            listen(port - 2)
