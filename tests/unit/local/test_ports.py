"""The runner's two ports."""

from socket import create_server

import pytest

from streamer.local.errors import LocalError
from streamer.local.ports import HOST, listen


def test_two_that_are_free() -> None:
    first, second = listen(0)
    with first, second:
        assert first.getsockname()[1] != second.getsockname()[1]


def test_which_one_is_taken_is_said_and_nothing_stays_open() -> None:
    with create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(LocalError, match=f"^Port {port} is taken"):
            listen(port)
        with pytest.raises(LocalError, match=rf"^Port {port} \(the one above --port is .*\) is taken"):
            listen(port - 1)
        create_server((HOST, port - 1)).close()
