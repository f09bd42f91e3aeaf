"""What the display shows, on a terminal and where there is none."""

import io
import re
import time
from typing import Any, Literal, cast

import pytest
from rich.console import Console

from streamer.client.frames import ServerFrame
from streamer.display import Display
from tests.unit.client.endpoint import acknowledgment, complete, frame, progress

REQUEST = {"id": "job-1", "action": "generate_report"}
URL = "http://127.0.0.1:5000/bucket/report.pdf?" + "signature=" + "0123456789" * 20
JOB: list[dict[str, Any]] = [
    acknowledgment(REQUEST),
    progress(REQUEST, 1, percentage=0, message="Query", metadata={"from": 0, "to": 30}),
    progress(REQUEST, 2, percentage=15, message="Queried 1 of 2 days"),
    progress(REQUEST, 3, percentage=15, message="Throttled", attempt=2, status="retrying"),
    progress(REQUEST, 4, percentage=30, message="Queried", attempt=2),
    progress(REQUEST, 5, percentage=30, message="Render", stage="render", metadata={"from": 30, "to": 100}),
]


def shown(
    frames: list[dict[str, Any]], width: int, terminal: bool, colours: Literal["standard"] | None = None
) -> tuple[str, str]:
    """Return what is printed, and the bars as they are in the end."""
    output = io.StringIO()
    console = Console(file=output, width=width, force_terminal=terminal, color_system=colours)
    with Display(console) as display:
        for each in frames:
            display.show(cast("ServerFrame", each))
    with console.capture() as capture:
        console.print(display.bars())
    return output.getvalue(), capture.get()


@pytest.mark.parametrize("width", [80, 120])
def test_a_bar_for_each_stage_and_one_for_the_whole(width: int) -> None:
    _, bars = shown(JOB[:3], width, terminal=True)
    rows = bars.splitlines()
    assert [row.split()[0] for row in rows] == ["query", "total"]
    assert [" 50% " in rows[0], " 15% " in rows[1], "Queried 1 of 2 days" in rows[0]] == [True, True, True]
    assert {len(row) for row in rows} == {width}
    _, bars = shown(JOB, width, terminal=True)
    assert [row.split()[0] for row in bars.splitlines()] == ["query", "render", "total"]
    assert " 100% " in bars.splitlines()[0]


def test_retrying_shows_the_attempt() -> None:
    _, bars = shown(JOB[:4], 80, terminal=True)
    assert "attempt 2: Throttled" in bars.splitlines()[0]


@pytest.mark.parametrize("terminal", [True, False])
def test_the_result_is_listed_and_its_url_stays_whole(terminal: bool) -> None:
    text, _ = shown([*JOB, complete(REQUEST, 6, {"url": URL, "records": 27004})], 80, terminal)
    assert f"  url      {URL}\n  records  27004\n" in text


def test_without_a_terminal_every_change_is_a_line() -> None:
    text, _ = shown(JOB, 80, terminal=False)
    assert text.splitlines() == [
        "accepted generate_report  about 9 s, request job-1",
        "  0%  query: Query",
        " 15%  query: Queried 1 of 2 days",
        " 15%  query: attempt 2: Throttled",
        " 30%  query: attempt 2: Queried",
        " 30%  render: Render",
    ]


def test_an_error_says_what_is_kept_and_is_no_markup() -> None:
    error = {"code": "PROCESSING_FAILED", "message": "no [bold]records", "details": {"stage": "render"}}
    partial = {"percentage": 30, "message": "Queried", "stage": "render", "completed_stages": ["query"]}
    text, _ = shown([*JOB, frame("error", REQUEST, seq=6, error=error, partial=partial)], 80, terminal=False)
    assert text.splitlines()[-5:] == [
        "PROCESSING_FAILED: no [bold]records",
        "  reached          30%: Queried",
        "  finished stages  query",
        '  details          {"stage": "render"}',
        "  request          job-1",
    ]


def test_an_answer_of_any_shape() -> None:
    assert (
        shown([frame("response", REQUEST, data=[1, "é"])], 80, terminal=False)[0]
        == 'answered\n    [1, "é"]\n'
    )


def test_a_stage_is_done_when_the_next_begins() -> None:
    _, bars = shown([*JOB[:3], JOB[5]], 80, terminal=True)
    assert " 100% " in bars.splitlines()[0]


def test_how_long_stages_took_is_told_also_of_a_job_that_is_long_over() -> None:
    times = (100, 100.5, 101.5, 102, 103.5, 103.5)
    job = [each | {"timestamp": at} for each, at in zip(JOB, times, strict=True)]
    ended = progress(REQUEST, 6, percentage=100, stage="render", timestamp=110)
    _, bars = shown([*job, ended, complete(REQUEST, 7, {})], 80, terminal=True)
    assert re.findall(r"(\w+) .* (\d+\.\d s)", bars) == [
        ("query", "3.0 s"),
        ("render", "6.5 s"),
        ("total", "10.0 s"),
    ]


def test_what_runs_goes_on_from_what_its_frames_tell() -> None:
    job = [JOB[0] | {"timestamp": 100}, JOB[1] | {"timestamp": 103}, JOB[2] | {"timestamp": 107}]
    _, bars = shown(job, 80, terminal=True)
    stage, whole = [float(each) for each in re.findall(r" ([\d.]+) s", bars)]
    assert 4 <= stage < 60
    assert 7 <= whole < 60


def test_what_a_failed_job_left_is_listed() -> None:
    partial = {"percentage": 90, "message": "Judged", "completed_stages": [], "result": {"processed": 7}}
    error = {"code": "PROCESSING_FAILED", "message": "Too many failed."}
    text, _ = shown([*JOB, frame("error", REQUEST, seq=6, error=error, partial=partial)], 80, terminal=False)
    assert 'left             {"processed": 7}' in text


def test_a_job_that_waits_for_a_person_says_so() -> None:
    waits = progress(REQUEST, 6, percentage=30, message="Waiting for approval", stage="render")
    text, _ = shown([*JOB, waits | {"metadata": {"waiting_for": "approve"}}], 80, terminal=False)
    assert text.endswith(" 30%  render: Waiting for approval\n")


def test_a_list_of_faults_is_a_line_each_and_no_endless_one() -> None:
    faults = [{"path": f"$.payload[{number}]"} for number in range(10)]
    error = {"code": "VALIDATION_ERROR", "message": "Not valid.", "details": faults}
    text, _ = shown([frame("error", REQUEST, error=error)], 80, terminal=False)
    lines = text.splitlines()
    assert lines[1] == '  details  {"path": "$.payload[0]"}'
    assert lines[2] == '           {"path": "$.payload[1]"}'
    assert lines[9:11] == ["           and 2 more", "  request  job-1"]


def test_in_a_terminal_a_link_is_its_files_name() -> None:
    result = {"url": URL, "records": 27004, "expires_at": int(time.time()) + 3600}
    text, _ = shown([complete(REQUEST, 6, result)], 80, terminal=True, colours="standard")
    assert re.search(r"\x1b\]8;[^;]*;" + re.escape(URL) + r"\x1b\\[^\n]*report\.pdf", text)
    plain = re.sub(r"\x1b\]8;[^\x1b]*\x1b\\|\x1b\[[0-9;]*m", "", text)
    assert plain.splitlines() == ["complete", "  url      report.pdf  expires in 1 h", "  records  27004"]


@pytest.mark.parametrize(
    "body",
    [
        {"url": "http://127.0.0.1/a\x1b]8;;http://elsewhere\x1b\\b"},
        {"url": "javascript:alert(1)"},
        {"url": URL, "method": "PUT"},  # to be sent to, not opened
    ],
)
def test_other_addresses_are_no_links(body: dict[str, Any]) -> None:
    text, _ = shown([frame("response", REQUEST, data=body)], 80, terminal=True, colours="standard")
    assert "\x1b]8" not in text


def test_a_stage_that_begins_says_its_name_once() -> None:
    begins = progress(REQUEST, 1, percentage=0, message="Query the records", stage="Query the records")
    text, bars = shown([begins], 80, terminal=False)
    assert text == "  0%  Query the records\n"
    assert bars.count("records") == 1


def test_an_estimate_is_for_people() -> None:
    waits = acknowledgment(REQUEST) | {"estimate_seconds": 86_409.0}
    assert "about 1 day, request" in shown([waits], 80, terminal=False)[0]
