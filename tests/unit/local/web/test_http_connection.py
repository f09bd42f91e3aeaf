"""HTTP on the event loop, over real sockets."""

import asyncio
import http.client
import socket
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest_asyncio

from streamer.local.web.http_connection import Connection
from streamer.local.web.http_messages import Request, Respond, Response
from streamer.local.web.wsgi import Wsgi

Port = int


def application(environ: Any, start_response: Callable[..., Any]) -> list[bytes]:
    if environ["PATH_INFO"] == "/fail":
        raise ValueError("a secret")
    start_response("200 OK", [("X-Method", environ["REQUEST_METHOD"]), ("Content-Type", "text/plain")])
    said = [environ[name] for name in ("PATH_INFO", "QUERY_STRING", "RAW_URI", "HTTP_X_ONE")]
    return ["\n".join(said).encode("latin-1"), b"\n", environ["wsgi.input"].read()]


@pytest_asyncio.fixture
async def port() -> AsyncIterator[Port]:
    wsgi = Wsgi(application, ("127.0.0.1", 1))

    def handle(request: Request, respond: Respond) -> None:
        if request.path == "/late":
            asyncio.get_running_loop().call_later(0.05, respond, Response(200, {}, b"late"))
        elif request.path == "/now":
            respond(Response(200, {}, b"now"))
        elif request.path == "/bug":
            raise ValueError("a secret")
        else:
            wsgi(request, respond)

    server = await asyncio.get_running_loop().create_server(lambda: Connection(handle), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def ask(
    port: Port, method: str, target: str, body: bytes = b"", **headers: str
) -> tuple[int, Any, bytes]:
    def call() -> tuple[int, Any, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request(method, target, body, {"X-One": "1"})
            response = connection.getresponse()
            return response.status, response.headers, response.read()
        finally:
            connection.close()

    return await asyncio.to_thread(call)


async def exchange(port: Port, sent: bytes) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    return answer


async def test_wsgi_sees_the_request_as_it_was_sent(port: Port) -> None:
    status, headers, body = await ask(port, "PUT", "/a%20b/%C3%BC?x=1&y", b"content")
    assert (status, headers["X-Method"]) == (200, "PUT")
    assert body.decode() == "/a b/ü\nx=1&y\n/a%20b/%C3%BC?x=1&y\n1\ncontent"


async def test_what_a_handler_raises_is_told_to_nobody(port: Port) -> None:
    for target in ("/bug", "/fail"):
        status, _, body = await ask(port, "GET", target)
        assert (status, body) == (500, b"")


async def test_a_head_has_no_body(port: Port) -> None:
    status, headers, body = await ask(port, "HEAD", "/now")
    assert (status, headers["Content-Length"], body) == (200, "3", b"")


async def test_answers_come_in_the_order_of_the_requests(port: Port) -> None:
    requests = b"GET /late HTTP/1.1\r\n\r\nGET /now HTTP/1.1\r\nConnection: close\r\n\r\n"
    answer = await exchange(port, requests)
    assert answer.index(b"late") < answer.index(b"now")
    assert answer.count(b"HTTP/1.1 200 OK") == 2


async def test_a_body_may_be_chunked_and_may_wait_for_leave(port: Port) -> None:
    head = b"POST /x HTTP/1.1\r\nX-One: 1\r\nConnection: close\r\nExpect: 100-continue\r\n"
    answer = await exchange(
        port, head + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK")
    assert answer.endswith(b"\nabcde")


async def test_what_is_no_http_is_refused(port: Port) -> None:
    assert (await exchange(port, b"\x16\x03\x01 hello\r\n\r\n")).startswith(b"HTTP/1.1 400")


async def test_small_answers_leave_at_once(port: Port) -> None:
    made: list[bool] = []

    class Watched(Connection):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            peer = transport.get_extra_info("socket")
            made.append(bool(peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))

    loop = asyncio.get_running_loop()
    # Made without a protocol's number, as socket.create_server does.
    listening = socket.create_server(("127.0.0.1", 0))
    server = await loop.create_server(
        lambda: Watched(lambda _, respond: respond(Response(200, {}))), sock=listening
    )
    assert (await ask(listening.getsockname()[1], "GET", "/"))[0] == 200
    assert made == [True]
    server.close()
