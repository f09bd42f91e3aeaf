"""Links to results: how long they open, and that `status` signs them anew."""

import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest

import jobs.clients
from progress import Outcome, PermanentError, Progress, settle, step
from router.registry import Identity
from steps.generate_report.publish import Published, publish
from steps.generate_report.report import Rendered
from steps.links import Link, sign
from tests.support.clock import TurnedClock
from tests.support.connections import Connections
from tests.support.router import send
from tests.support.steps import LambdaContext, claim, event, logged
from tests.support.table import refusal
from uploading import UploadRequest, upload

KEY = "results/acme/r:1/report a.csv"


def expires(url: str) -> int:
    return int(parse_qs(urlsplit(url).query)["X-Amz-Expires"][0])


@pytest.fixture
def session(aws: list[str], monkeypatch: pytest.MonkeyPatch) -> Any:
    """A role's session; returned is what makes one that lasts for so long."""

    def begin(seconds: float | None) -> None:
        monkeypatch.setenv("AWS_SESSION_TOKEN", "a-session")
        if seconds is not None:
            end = datetime.fromtimestamp(time.time() + seconds, UTC)
            monkeypatch.setenv("AWS_CREDENTIAL_EXPIRATION", end.isoformat())
        boto3.setup_default_session()
        jobs.clients.s3.cache_clear()

    return begin


@pytest.mark.parametrize(("lasts", "opens"), [(None, 3600), (7200, 3600), (1200, 1200), (120, 120)])
def test_a_link_is_said_to_live_no_longer_than_the_session_that_signed_it(
    lasts: float | None, opens: int, session: Any
) -> None:
    began = time.time()
    session(lasts)
    link = sign(KEY)
    put = upload(UploadRequest(size=1), Identity("acme", "ada"))
    late = time.time() - began + 5  # a second a rounding, and whatever a busy machine took
    assert opens - late <= expires(link.url) <= opens
    assert abs(link.expires_at - began - opens) < late
    assert opens - late <= expires(put.url) <= opens
    assert abs(put.expires_at - began - opens) < late


class Two(Outcome):
    """A result with more than a link."""

    report_url: str
    expires_at: int
    other: str
    theirs: str


def finished(function: Any, clock: TurnedClock) -> dict[str, Any]:
    claim("r:1", clock.now(), {"c1"})
    result: dict[str, Any] = step(function, clock)(event("r:1", part=(0, 100)), LambdaContext())
    return result


def status() -> dict[str, Any]:
    data: dict[str, Any] = send("status", {"request_id": "r:1"}, request_id="q")["data"]
    return data


def test_status_signs_a_results_link_anew(
    aws: list[str], connections: Connections, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last(progress: Progress) -> Published:
        return publish(Rendered(key=KEY, format="csv", size=3, records=1), progress)

    monkeypatch.setenv("RESULT_URL_SECONDS", "60")
    before = finished(last, clock)
    monkeypatch.setenv("RESULT_URL_SECONDS", "1800")
    after = status()["result"]
    assert (expires(before["url"]), expires(after["url"])) == (60, 1800)
    assert unquote(urlsplit(after["url"]).path) == unquote(urlsplit(before["url"]).path)
    assert abs(after["expires_at"] - time.time() - 1800) < 5
    assert {**after, "url": before["url"], "expires_at": before["expires_at"]} == before
    assert logged("r:1")[-1]["result"] == before  # a frame is what it was


def test_status_leaves_everything_else_as_it_is(
    aws: list[str], connections: Connections, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last(progress: Progress) -> Two:
        theirs = sign("results/globex/r:1/report a.csv").url
        return Two(report_url=sign(KEY).url, expires_at=7, other="X-Amz-Signature=", theirs=theirs)

    monkeypatch.setenv("RESULT_URL_SECONDS", "60")
    before = finished(last, clock)
    monkeypatch.setenv("RESULT_URL_SECONDS", "1800")
    after = status()["result"]
    assert expires(after["report_url"]) == 1800
    assert {name: after[name] for name in ("success", "other", "theirs")} == {
        name: before[name] for name in ("success", "other", "theirs")
    }


def test_status_signs_the_link_anew_that_a_failed_job_leaves(
    aws: list[str], connections: Connections, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gives_up(progress: Progress) -> Link:
        raise PermanentError("Too much failed.", left=sign(KEY).model_dump())

    monkeypatch.setenv("RESULT_URL_SECONDS", "60")
    with pytest.raises(PermanentError):
        finished(gives_up, clock)
    failure = {"Error": "PermanentError", "Cause": "{}", "Stage": "Work"}
    settle.handler({**event("r:1"), "failure": failure}, None, clock)
    monkeypatch.setenv("RESULT_URL_SECONDS", "1800")
    assert expires(status()["partial"]["result"]["url"]) == 1800


def test_a_result_that_is_no_object_or_has_no_link(
    aws: list[str], connections: Connections, clock: TurnedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def last(progress: Progress) -> list[str]:
        return [sign(KEY).url]

    def refuses(*_: Any, **__: Any) -> str:
        raise refusal("s3", "AccessDenied", "GetObject")

    before = finished(last, clock)
    monkeypatch.setattr(jobs.clients.s3(), "generate_presigned_url", refuses)
    assert status()["result"] == before
