"""The commands as processes: what they print and how they end."""

import asyncio
import base64
import json
import os
import re
import shlex
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from streamer.local.identity import make_key
from tests.unit.client.endpoint import acknowledgment, complete, endpoint, frame, progress
from tests.unit.client.job_server import LAST, job_server

STREAMER = Path(sys.executable).with_name("streamer")


class Ended(NamedTuple):
    status: int | None
    out: str
    err: str


@pytest.fixture(autouse=True)
def sigint_is_heard() -> Iterator[None]:
    """What runs in the background of a shell ignores SIGINT, and so would all that it starts."""
    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


async def start(*arguments: str, **environment: str) -> Process:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STREAMER_")}
    return await asyncio.create_subprocess_exec(
        STREAMER, *arguments, stdin=PIPE, stdout=PIPE, stderr=PIPE, env=kept | environment
    )


async def streamer(*arguments: str, stdin: str = "", **environment: str) -> Ended:
    process = await start(*arguments, **environment)
    out, err = await asyncio.wait_for(process.communicate(stdin.encode()), 20)
    return Ended(process.returncode, out.decode(), err.decode())


def answer(request: dict[str, Any]) -> Iterator[Any]:
    match request["action"]:
        case "echo":
            yield frame("response", request, data={"echo": request.get("payload")})
        case "report" | "bulk":
            yield progress(request, 1)
            yield acknowledgment(request)
            yield complete(request, 2, {"url": "http://127.0.0.1/report.pdf"}, request["action"] == "report")
        case "endless":
            yield acknowledgment(request)
        case "leave":
            yield 1001
        case _:
            error = {"code": "INVALID_ACTION", "message": "no such action", "details": {"actions": ["echo"]}}
            yield frame("error", request, error=error)


async def test_json_prints_every_frame_in_order_as_a_line() -> None:
    async with endpoint(answer) as url:
        ended = await streamer(
            "request", "report", "--json", "--id", "job-1", "--url", url, "--token", "secret"
        )
    frames = [json.loads(line) for line in ended.out.splitlines()]
    assert [(each["type"], each["seq"], each["request_id"]) for each in frames] == [
        ("acknowledgment", 0, "job-1"),
        ("progress", 1, "job-1"),
        ("complete", 2, "job-1"),
    ]
    assert (ended.status, ended.err) == (0, "")


async def test_without_json_it_is_for_people() -> None:
    async with endpoint(answer) as url:
        ended = await streamer("request", "report", STREAMER_URL=url, STREAMER_TOKEN="secret")
    assert ended.status == 0
    assert "accepted report" in ended.out
    assert "url  http://127.0.0.1/report.pdf" in ended.out


async def test_the_payload_is_text_a_file_or_standard_input(tmp_path: Path) -> None:
    file = tmp_path / "payload.json"
    file.write_text('{"from": "é"}', encoding="utf-8")
    async with endpoint(answer) as url:
        for payload, said in [('{"from": "é"}', ""), (f"@{file}", ""), ("-", '{"from": "é"}')]:
            ended = await streamer(
                "request", "echo", payload, "--json", "--url", url, "--token", "secret", stdin=said
            )
            assert json.loads(ended.out)["data"] == {"echo": {"from": "é"}}


@pytest.mark.parametrize(
    ("action", "status", "text"),
    [
        ("unknown", 1, "INVALID_ACTION: no such action"),
        ("bulk", 1, "not all of it succeeded"),
        ("endless", 1, "no result within 0.3 s"),
        ("leave", 1, "lost the connection closed (1001); connecting again"),
    ],
)
async def test_the_exit_status_tells_what_went_wrong(action: str, status: int, text: str) -> None:
    async with endpoint(answer) as url:
        ended = await streamer("request", action, "--url", url, "--token", "secret", "--timeout", "0.3")
    assert ended.status == status
    assert text in ended.out + ended.err
    assert "Traceback" not in ended.err


async def test_a_lost_connection_is_told_and_healed() -> None:
    async def run(*options: str) -> Ended:
        async with job_server() as server:
            command = ["request", "report", "--id", "job", "--url", server.url, "--token", "secret", *options]
            process = asyncio.create_task(streamer(*command))
            await server.until(lambda: "job" in server.jobs)
            server.cut()
            await server.emit(count=LAST)
            return await process

    ended = await run()
    assert (ended.status, ended.err) == (0, "")
    assert "connecting again" in ended.out
    assert "connected again" in ended.out
    ended = await run("--json")
    assert (ended.status, ended.err.count("connecting again")) == (0, 1)
    assert [json.loads(line)["seq"] for line in ended.out.splitlines()] == list(range(LAST + 1))


async def test_a_refusal_after_the_connection_was_lost() -> None:
    async with job_server() as server:
        process = asyncio.create_task(streamer("request", "report", "--url", server.url, "--token", "secret"))
        await server.until(lambda: server.jobs)
        server.refusals = [HTTPStatus.FORBIDDEN]
        server.cut()
        ended = await process
    assert (ended.status, "403" in ended.err) == (3, True)


async def test_no_connection() -> None:
    async with endpoint(answer) as url:
        refused = await streamer("request", "echo", "--url", url, "--token", "wrong")
    assert (refused.status, "401" in refused.err) == (3, True)
    gone = await streamer("request", "echo", "--url", url, "--token", "secret")
    assert (gone.status, "cannot reach" in gone.err) == (3, True)


async def test_the_local_runners_address_is_found(tmp_path: Path) -> None:
    missing = await streamer("request", "echo", "--state-dir", str(tmp_path))
    assert (missing.status, "run `streamer dev` first" in missing.err) == (3, True)
    async with endpoint(answer) as url:
        (tmp_path / "dev.json").write_text(json.dumps({"ws_url": url, "token": "secret"}))
        found = await streamer("request", "echo", "1", "--json", STREAMER_STATE_DIR=str(tmp_path))
    assert (found.status, json.loads(found.out)["data"]) == (0, {"echo": 1})
    stale = await streamer("request", "echo", "--state-dir", str(tmp_path))
    assert (stale.status, "is `streamer dev` still running?" in stale.err) == (3, True)


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        (["request", "echo", "{a}"], "not JSON"),
        (["request", "echo", "@missing.json"], "cannot read missing.json"),
        (["request", "echo", "--url", "ws://127.0.0.1:1"], "--url needs --token"),
        (["request"], "Missing argument 'ACTION'"),
        (["token", "--tenant", "t", "--user", "u", "--expires", "soon"], "30s, 15m, 1h or 7d"),
        (["token", "--tenant", "t", "--user", "u", "--expires", "0s"], "30s, 15m, 1h or 7d"),
        (["dev", "--template", "missing.yaml"], "missing.yaml"),
        (["dev", "--parameter-overrides", "A=1 B"], "'B' is not K=V"),
    ],
)
async def test_wrong_usage(arguments: list[str], text: str) -> None:
    ended = await streamer(*arguments)
    assert (ended.status, ended.out) == (2, "")
    assert text in " ".join(ended.err.split())


async def test_a_token_is_printed_alone(tmp_path: Path) -> None:
    make_key(tmp_path)
    ended = await streamer(
        "token",
        "--tenant",
        "t",
        "--user",
        "u",
        "--expires",
        "7d",
        "--state-dir",
        str(tmp_path),
        "--permissions",
        "jobs:cancel reports:write",
    )
    assert (ended.status, ended.out.count("."), ended.out.count("\n")) == (0, 2, 1)
    body = ended.out.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert claims["permissions"] == "jobs:cancel reports:write"


async def test_without_a_runners_folder_there_is_no_token(tmp_path: Path) -> None:
    folder = tmp_path / "nobody"
    ended = await streamer("token", "--tenant", "t", "--user", "u", "--state-dir", str(folder))
    assert (ended.status, ended.out) == (1, "")
    assert "There is no runner's key in" in ended.err
    assert not folder.exists()


@pytest.mark.parametrize("options", [["--json"], []])
async def test_ctrl_c_says_how_to_go_on(options: list[str]) -> None:
    async with endpoint(answer) as url:
        process = await start(
            *("request", "endless", "--id", "job-7", "--url", url, "--token", "secret"), *options
        )
        assert process.stdout
        await asyncio.wait_for(process.stdout.readline(), 20)
        process.send_signal(signal.SIGINT)
        _, err = await asyncio.wait_for(process.communicate(), 20)
    hint = b"The job goes on. To follow it: streamer follow job-7"
    assert (process.returncode, err.strip()) == (130, hint)


async def test_ctrl_c_before_an_answer_is_quiet() -> None:
    asked = asyncio.Event()

    def silent(request: dict[str, Any]) -> Iterator[Any]:
        asked.set()
        yield from ()

    async with endpoint(silent) as url:
        process = await start("request", "endless", "--url", url, "--token", "secret")
        await asyncio.wait_for(asked.wait(), 20)
        process.send_signal(signal.SIGINT)
        _, err = await asyncio.wait_for(process.communicate(), 20)
    assert (process.returncode, err.strip()) == (130, b"")


async def test_a_job_is_followed_by_its_id() -> None:
    async with job_server() as server:
        asked = asyncio.create_task(
            streamer("request", "report", "--id", "job", "--url", server.url, "--token", "secret")
        )
        await server.until(lambda: "job" in server.jobs)
        await server.emit(count=LAST)
        await asked
        ended = await streamer("follow", "job", "--json", "--url", server.url, "--token", "secret")
        later = await streamer(
            "follow", "job", "--after", "3", "--json", "--url", server.url, "--token", "secret"
        )
        unknown = await streamer("follow", "nobody", "--url", server.url, "--token", "secret")
    assert [json.loads(line)["seq"] for line in ended.out.splitlines()] == list(range(LAST + 1))
    assert [json.loads(line)["seq"] for line in later.out.splitlines()] == list(range(4, LAST + 1))
    assert (ended.status, later.status, unknown.status) == (0, 0, 1)
    assert "NOT_FOUND" in unknown.out


async def test_control_characters_of_the_other_side_stay_text() -> None:
    def hostile(request: dict[str, Any]) -> Iterator[Any]:
        yield acknowledgment(request)
        yield progress(request, 1, message="\x1b]0;title\x07", stage="\x9b2J")
        yield complete(request, 2, {"k\x1b[2J": "v\x1b[2J", "list": [{"a": "\x9b"}], "half": "\ud800"})

    async with endpoint(hostile) as url:
        for options in ([], ["--json"]):
            ended = await streamer("request", "report", "--url", url, "--token", "secret", *options)
            assert (ended.status, ended.err) == (0, "")
            assert all(character.isprintable() for character in ended.out.replace("\n", ""))
    (*_, last) = map(json.loads, ended.out.splitlines())
    assert last["result"]["half"] == "\ud800"  # for a program it is what it was


async def test_help_has_examples() -> None:
    for command in ("actions", "dev", "follow", "forecast", "new-action", "request", "token"):
        ended = await streamer(command, "--help")
        assert (ended.status, ended.err) == (0, "")
        assert re.search(rf"Examples?:\n +streamer {command}\b", ended.out)
    assert (await streamer("--version")).out.startswith("streamer, version 0.")


async def test_a_reader_that_leaves_ends_it_quietly() -> None:
    def talkative(request: dict[str, Any]) -> Iterator[Any]:
        yield acknowledgment(request)
        for seq in range(1, 5000):
            yield progress(request, seq, message="x" * 200)

    async with endpoint(talkative) as url:
        process = await asyncio.create_subprocess_shell(
            f"{shlex.quote(str(STREAMER))} request report --json --url {url} --token secret | head -n 1",
            stdout=PIPE,
            stderr=PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(), 20)
    assert json.loads(out)["type"] == "acknowledgment"
    assert err == b""
