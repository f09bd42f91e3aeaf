"""What web pages, and names that are not the loopback's, can do at the local runner: only what is theirs."""

import http.client
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config

from demo.runner_process import Runner, running
from streamer.local.aws import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from tests.e2e.conftest import s3_of
from tests.support.stack import ROOT

OWN, FOREIGN = "http://localhost:5173", "https://evil.example"
CORS = "Access-Control-Allow-Origin"


@pytest.fixture(scope="module")
def runner() -> Iterator[Runner]:
    overrides = [f"AllowedOrigins={OWN},https://app.example"]
    with running(template=ROOT / "template.yaml", overrides=overrides) as started:
        yield started


def send(
    runner: Runner, method: str, target: str, body: bytes = b"", **headers: str
) -> http.client.HTTPResponse:
    """Send one request as a browser may; `_` in a header's name is `-`."""
    address = urlsplit(runner.endpoint_url)
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=20)
    url = urlsplit(target)
    path = url.path + (f"?{url.query}" if url.query else "")
    connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    response = connection.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]
    connection.close()
    return response


def invocation(runner: Runner) -> tuple[str, bytes]:
    """Return an Invoke that claims to be anybody."""
    who = {"user": "ada", "tenant": "acme", "permissions": "*"}
    event = {"body": '{"action": "list"}', "requestContext": {"connectionId": "c", "authorizer": who}}
    return "/2015-03-31/functions/streamer-MessageFunction/invocations", json.dumps(event).encode()


def presigned(runner: Runner, method: str, key: str) -> str:
    """Return a URL as the application's functions sign it."""
    make: Any = boto3.client
    s3 = make(
        "s3",
        endpoint_url=runner.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=ACCESS_KEY_ID,
        aws_secret_access_key=SECRET_ACCESS_KEY,
        config=Config(s3={"addressing_style": "path"}, signature_version="s3v4"),
    )
    return str(s3.generate_presigned_url(method, {"Bucket": runner.bucket, "Key": key}))


def kept(runner: Runner) -> dict[Path, bytes]:
    """Return what is in the runner's folder, but for its log and byte code, which workers write."""
    files = [path for path in runner.state_dir.rglob("*") if path.is_file() and path != runner.log]
    files = [path for path in files if path.suffix != ".pyc"]
    return {path: path.read_bytes() for path in files}


def test_a77_a_page_on_another_origin_is_refused(runner: Runner) -> None:
    path, forged = invocation(runner)
    assert send(runner, "POST", path, forged).status == 200  # who is no page, as the runner's own tasks
    for origin in (FOREIGN, "null", f"{OWN}.evil.example", OWN):
        refused = send(runner, "POST", path, forged, Origin=origin, Content_Type="text/plain")
        assert (refused.status, refused.getheader(CORS)) == (403, None)
    local = presigned(runner, "get_object", "results/x.txt")
    s3_of(runner).put_object(Bucket=runner.bucket, Key="results/x.txt", Body=b"content")
    for method in ("GET", "OPTIONS"):
        refused = send(runner, method, local, Origin=FOREIGN, Access_Control_Request_Method="GET")
        assert (refused.status, refused.getheader(CORS)) == (403, None)
    assert f"origin '{FOREIGN}'" in runner.log.read_text()


def test_a77_a_foreign_host_is_refused(runner: Runner) -> None:
    port = urlsplit(runner.endpoint_url).port
    url = presigned(runner, "get_object", "results/y.txt")
    s3_of(runner).put_object(Bucket=runner.bucket, Key="results/y.txt", Body=b"content")
    for host in (f"evil.example:{port}", "127.0.0.1", f"127.0.0.1:{port}.evil.example", "localhost", ""):
        assert send(runner, "GET", "/.well-known/jwks.json", Host=host).status == 403
        assert send(runner, "GET", url, Host=host).status == 403
    for host in (f"127.0.0.1:{port}", f"localhost:{port}"):
        assert send(runner, "GET", "/.well-known/jwks.json", Host=host).status == 200


def test_a77_a_state_folder_in_use(runner: Runner) -> None:
    before = kept(runner)
    port = str(urlsplit(runner.ws_url).port)
    for asked in ("0", port):
        second = subprocess.run(
            [Path(sys.executable).with_name("streamer"), "dev", "--port", asked],
            env={"STREAMER_STATE_DIR": str(runner.state_dir)},
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (second.returncode, second.stdout) == (1, "")
        assert f"process {runner.pid}, serves {runner.ws_url}" in second.stderr
        assert second.stderr.count("\n") == 1
    assert kept(runner) == before
    assert send(runner, "GET", "/.well-known/jwks.json").status == 200


def test_the_users_own_page_gets_and_puts_by_presigned_urls(runner: Runner) -> None:
    put, get = (presigned(runner, method, "uploads/mine.txt") for method in ("put_object", "get_object"))
    for origin in (OWN, "https://app.example"):
        asked: Any = {
            "Access_Control_Request_Method": "PUT",
            "Access_Control_Request_Headers": "content-type",
        }
        preflight = send(runner, "OPTIONS", put, Origin=origin, **asked)
        assert (preflight.status, preflight.getheader(CORS)) == (200, origin)
        assert "PUT" in str(preflight.getheader("Access-Control-Allow-Methods"))
        assert preflight.getheader("Access-Control-Allow-Headers") == "*"
        sent = send(runner, "PUT", put, b"from a page", Origin=origin, Content_Type="text/plain")
        assert (sent.status, sent.getheader(CORS)) == (200, origin)
        read = send(runner, "GET", get, Origin=origin)
        assert (read.status, read.getheader(CORS), read.body) == (200, origin, b"from a page")  # type: ignore[attr-defined]
    assert send(runner, "DELETE", get, Origin=OWN).status == 403
    assert send(runner, "GET", get.replace("Signature=", "Signature=0"), Origin=OWN).status == 403


def test_nobody_resets_it(runner: Runner) -> None:
    for path in ("/moto-api/reset", "/moto-api/data.json", "/moto-api/"):
        assert send(runner, "POST", path, b"{}", Content_Type="text/plain").status == 404
    assert s3_of(runner).list_buckets()["Buckets"]


def test_no_image_invokes_a_function(runner: Runner) -> None:
    path, _ = invocation(runner)
    assert send(runner, "GET", path).status != 200
    assert send(runner, "GET", "/").getheader(CORS) is None
