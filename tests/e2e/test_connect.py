"""Rows 1 to 9: connections, over real sockets."""

import asyncio
import base64
import json
import sys
import time
from pathlib import Path

import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey
from mypy_boto3_dynamodb.service_resource import Table
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Subprotocol

from demo.runner_process import Runner, running
from streamer.local.identity import signing_key
from tests.e2e.conftest import table
from tests.e2e.sockets import ask, check_stream, poll, receive, send, socket, token
from tests.support.stack import ROOT


async def test_a01_a_token_in_the_query(runner: Runner, connected: Table) -> None:
    before = time.time()
    async with connect(
        f"{runner.ws_url}?Authorization={token(runner, user='row1')}", user_agent_header="tests"
    ) as c:
        assert (await ask(c, "echo", 1))["data"] == {"echo": 1}
        (row,) = [row for row in connected.scan()["Items"] if row["user"] == "row1"]
        assert (row["tenant"], row["ip"], row["user_agent"]) == ("acme", "127.0.0.1", "tests")
        assert "permissions" in row
        assert float(row["expires_at"]) >= before + 7000  # type: ignore[arg-type]
        assert float(row["token_expires_at"]) >= before + 3000  # type: ignore[arg-type]


@pytest.mark.parametrize("scheme", ["", "Bearer "])
async def test_a02_a_token_in_the_header(scheme: str, runner: Runner) -> None:
    headers = {"Authorization": scheme + token(runner)}
    async with connect(runner.ws_url, additional_headers=headers) as c:
        assert (await ask(c, "health"))["data"]["status"] == "ok"


@pytest.mark.parametrize("named", [True, False])
async def test_a02_a_token_as_subprotocol_as_browsers_do(named: bool, runner: Runner) -> None:
    protocols = [Subprotocol("streamer")] * named + [Subprotocol(token(runner))]
    async with connect(runner.ws_url, subprotocols=protocols) as c:
        assert c.subprotocol == protocols[0]
        assert (await ask(c, "health"))["data"]["status"] == "ok"


async def refusal(runner: Runner, value: str | None) -> tuple[int, str]:
    headers = {"Authorization": value} if value is not None else {}
    with pytest.raises(InvalidStatus) as refused:
        async with connect(runner.ws_url, additional_headers=headers):
            pass
    response = refused.value.response
    body = json.loads(response.body or b"{}")
    assert body.keys() <= {"message", "connectionId", "requestId"}  # no detail
    return response.status_code, body["message"]


def ids(connected: Table) -> set[str]:
    return {str(row["connection_id"]) for row in connected.scan()["Items"]}


async def test_a03_no_token(runner: Runner, connected: Table) -> None:
    before = ids(connected)
    assert await refusal(runner, None) == (401, "Unauthorized")
    assert ids(connected) <= before
    poll(lambda: "ConnectionRefused" in runner.log.read_text())


async def test_a04_bad_tokens_tell_nothing(runner: Runner, connected: Table) -> None:
    before = ids(connected)
    head, body, signature = token(runner).split(".")
    unsigned = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).decode().rstrip("=")
    foreign = jwt.encode(
        {"alg": "RS256"}, json.loads(base64.urlsafe_b64decode(body + "==")), RSAKey.generate_key()
    )
    for bad in (
        token(runner, seconds=-60),
        f"{head}.{body}.{signature[:-4]}AAAA",
        f"{unsigned}.{body}.",
        foreign,
        "malformed",
        "",
    ):
        assert await refusal(runner, bad) == (401, "Unauthorized")
    assert ids(connected) <= before


async def test_a05_a_token_without_a_tenant(runner: Runner) -> None:
    assert (await refusal(runner, token(runner, tenant="")))[0] == 401


async def test_a06_a_tenant_that_is_not_on_the_list(runner: Runner) -> None:
    assert (await refusal(runner, token(runner, tenant="initech")))[0] == 403


async def test_a06_an_empty_list_allows_all(shipped: Runner) -> None:
    async with socket(shipped, tenant="initech") as c:
        assert (await ask(c, "echo", "x"))["type"] == "response"


async def test_a66_the_runner_and_its_tokens_go_by_the_claims_that_parameters_name() -> None:
    overrides = [
        "TenantClaim=https://streamer.example/tenant",
        "UserClaim=oid",
        "PermissionsClaim=scp",
        "AudienceClaim=client_id",
        "JwtAudience=app-1,app-2",
        "JwtIssuer=https://issuer.example/{tenantid}/v2.0",
        "AllowedTenants=demo,acme",
    ]
    command = [str(Path(sys.executable).with_name("streamer")), "token", "--tenant", "acme", "--user", "ada"]
    with running(template=ROOT / "template.yaml", overrides=overrides) as started:
        printed = await asyncio.create_subprocess_exec(
            *command, "--state-dir", str(started.state_dir), stdout=asyncio.subprocess.PIPE
        )
        of_the_command = (await printed.communicate())[0].decode().strip()
        claims = json.loads(base64.urlsafe_b64decode(of_the_command.split(".")[1] + "=="))
        assert claims["https://streamer.example/tenant"] == "acme"
        assert {"aud", "tenant_id"}.isdisjoint(claims)
        for good in (started.token, of_the_command):
            async with connect(started.ws_url, additional_headers={"Authorization": good}) as c:
                assert (await ask(c, "echo", 1))["data"] == {"echo": 1}
        usual = claims | {"tenant_id": "acme", "https://streamer.example/tenant": None}
        bad = jwt.encode({"alg": "RS256"}, usual, signing_key(started.state_dir))
        assert (await refusal(started, bad))[0] == 401


async def test_a07_the_store_is_down() -> None:
    with running(template=ROOT / "template.yaml") as runner:
        table(runner, "ConnectionsTable").delete()
        assert await refusal(runner, token(runner)) == (500, "Internal server error")


async def test_a08_disconnect_removes_the_row_even_twice(runner: Runner, connected: Table) -> None:
    def rows() -> list[str]:
        return [str(row["connection_id"]) for row in connected.scan()["Items"] if row["user"] == "row8"]

    async with socket(runner, user="row8"), socket(runner, user="row8"):
        assert len(rows()) == 2
        connected.delete_item(Key={"connection_id": rows()[0]})
    assert await asyncio.to_thread(poll, lambda: not rows()) is True


async def test_a09_a_client_that_leaves_in_mid_job_finds_the_result_later(runner: Runner) -> None:
    async with socket(runner) as c:
        request_id = await send(c, "trouble", {"items": 20, "seconds": 0.05})
        while (await receive(c))["type"] != "progress":
            pass
    async with socket(runner) as c, asyncio.timeout(30):
        while (status := (await ask(c, "status", {"request_id": request_id}))["data"])["status"] == "RUNNING":
            await asyncio.sleep(0.05)
    assert status["status"] == "COMPLETED"
    assert status["percentage"] == 100
    assert status["result"]["done"] == list(range(20))
    assert status["started_at"] < status["ended_at"]


async def test_a36_frames_of_a_job_are_numbered_without_hole(runner: Runner) -> None:
    async with socket(runner) as c:
        request_id = await send(c, "trouble", {"items": 50, "seconds": 0.02})
        frames = [await receive(c)]
        while frames[-1]["type"] not in {"complete", "error"}:
            frames.append(await receive(c))
    check_stream(sorted(frames, key=lambda frame: frame["seq"]))
    assert {frame["request_id"] for frame in frames} == {request_id}
