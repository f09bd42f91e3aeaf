"""SnapStart, on AWS's own runtime client: what is done before the snapshot, and what after the restore."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Queue
from random import Random
from threading import Event, Thread
from typing import Any

import pytest

from router import snapshots
from tests.support.identity_provider import ISSUER, METHOD, RSA, claims, environment, sign
from tests.support.stack import ENVIRONMENT, ROOT

RUNTIME = "/2018-06-01/runtime/"
DEADLINE_SECONDS = 60
WHO = {"tenant": "acme", "user": "ada", "permissions": ""}


class Lambda:
    """Lambda's Runtime API, the provider's keys and all of AWS, at one address: `asked` has it all."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.event: Any = None
        self.answers: Queue[tuple[str, Any]] = Queue()
        self.over, outer, given = Event(), self, iter([True])

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                outer.asked.append(self.path.removeprefix(RUNTIME))
                body = b""
                if self.path == f"{RUNTIME}invocation/next":
                    if not next(given, False):
                        outer.over.wait(DEADLINE_SECONDS)
                    body = json.dumps(outer.event).encode()
                elif self.path == "/keys":
                    body = json.dumps({"keys": [dict(RSA.as_dict(private=False))]}).encode()
                self._answer(200, body)

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked.append(self.path.removeprefix(RUNTIME))
                if self.path.startswith(RUNTIME):
                    outer.answers.put((self.path.rpartition("/")[2], json.loads(body)))
                self._answer(202, b"{}")

            def _answer(self, status: int, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Lambda-Runtime-Trace-Id", "Root=1")
                self.send_header("Lambda-Runtime-Aws-Request-Id", "one")
                self.send_header("Lambda-Runtime-Deadline-Ms", "9999999999999")
                self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                """Stay quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def run(self, handler: str, event: Any, folder: Path = ROOT / "functions") -> Any:
        """Start an environment as one whose snapshot is taken, have it answer an event, and return that."""
        self.event = event
        run = subprocess.Popen(
            [sys.executable, "-m", "awslambdaric", handler],
            cwd=folder,
            env={
                **os.environ,
                **ENVIRONMENT,
                **environment(JwksUrl=f"http://{self.address}/keys", JwtIssuer=ISSUER),
                "AWS_ENDPOINT_URL": f"http://{self.address}",
                "AWS_LAMBDA_FUNCTION_NAME": "f",
                "AWS_LAMBDA_FUNCTION_VERSION": "1",
                "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start",
                "AWS_LAMBDA_RUNTIME_API": self.address,
                "CONNECTIONS_URL": f"http://{self.address}",
                "PYTHONPATH": f"{folder}{os.pathsep}{ROOT / 'functions'}",
                "_HANDLER": handler,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        try:
            kind, answer = self.answers.get(timeout=DEADLINE_SECONDS)
            assert kind == "response", answer
            return answer
        finally:
            run.kill()
            self.said = run.communicate()[0].decode()

    def close(self) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def aws() -> Iterator[Lambda]:
    started = Lambda()
    yield started
    started.close()


def test_the_authorizer_fetches_keys_after_the_restore(aws: Lambda) -> None:
    event = {"methodArn": METHOD, "headers": {"Authorization": sign(claims(exp=9999999999))}}
    answer = aws.run("router.authorizer.handler", event)
    assert answer["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert aws.asked[:4] == ["restore/next", "invocation/next", "/keys", "invocation/one/response"]
    assert "ready for a snapshot" in aws.said


def test_connect_calls_aws_after_the_restore(aws: Lambda) -> None:
    context = {
        "connectionId": "c1",
        "connectedAt": 1_000,
        "authorizer": WHO | {"token_expires_at": "2"},
        "identity": {"sourceIp": "127.0.0.1"},
    }
    answer = aws.run("router.connections.on_connect", {"requestContext": context})
    assert answer["statusCode"] == 200
    assert aws.asked[:4] == ["restore/next", "invocation/next", "/", "invocation/one/response"]


def test_the_router_has_its_clients_and_models_before_the_snapshot(aws: Lambda, tmp_path: Path) -> None:
    (tmp_path / "probe.py").write_text(
        "import json, random, sys, uuid\n"
        "from actions import actions, handler as answer\n"
        "from jobs import clients\n"
        "random.seed(7)\n"
        "def handler(event, context):\n"
        "    return {\n"
        "        'answer': json.loads(answer(event, context)['body']),\n"
        "        'made': [each._make.cache_info().currsize for each in\n"
        "                 (clients.jobs_table, clients.s3,\n"
        "                  clients.step_functions, clients.connections_api)],\n"
        "        'built': all(actions.get(name).payload.pydantic_complete for name in actions),\n"
        "        'imported': 'router.accepting' in sys.modules,\n"
        "        'chance': random.random(),\n"
        "    }\n"
    )
    body = json.dumps({"action": "echo", "payload": 1})
    event = {"body": body, "requestContext": {"connectionId": "c1", "authorizer": WHO}}
    found = aws.run("probe.handler", event, tmp_path)
    assert found["answer"]["data"] == {"echo": 1}
    assert (found["made"], found["built"], found["imported"]) == ([1, 1, 1, 1], True, True)
    assert found["chance"] != Random(7).random()  # which all copies would share
    # Nobody was called, neither before the snapshot nor for an echo.
    assert aws.asked[:3] == ["restore/next", "invocation/next", "invocation/one/response"]


def test_elsewhere_nothing_is_primed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
    monkeypatch.setitem(sys.modules, "snapshot_restore_py", None)  # as before Python 3.12
    snapshots.before_snapshot(lambda: pytest.fail("primed"))
