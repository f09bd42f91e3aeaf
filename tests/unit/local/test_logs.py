"""Workers' lines, made readable."""

import io

import pytest
from rich.console import Console

from streamer.local.logs import Line, ending, parse, printer

METRIC = (
    '{"_aws": {"CloudWatchMetrics": [{"Metrics": [{"Name": "Pushes", "Unit": "Count"}, {"Name": "Bytes"}]}]},'
    ' "service": "s", "Pushes": [1.0, 2.0], "Bytes": 12}'
)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("", None),
        ("  ", None),
        ("LAMBDA_WARNING: Unhandled exception. The most likely cause is …", None),
        ("plain", Line("INFO", "plain")),
        ("[WARN] careful", Line("WARNING", "careful")),
        ("[ERROR] E: x\rTraceback:\r\xa0\xa0File", Line("ERROR", "E: x", "Traceback:\n  File")),
        ("[1, 2]", Line("INFO", "[1, 2]")),
        ("3", Line("INFO", "3")),
        (METRIC, Line("metric", "Pushes=1,2 Bytes=12")),
        (METRIC.replace("2.0]", "9.5, 2.0, 0.5]"), Line("metric", "Pushes=0.5…9.5(4) Bytes=12")),
        (
            '{"level": "INFO", "location": "f:1", "message": "done", "rows": [1], "who": "x"}',
            Line("INFO", "done rows=[1] who=x"),
        ),
        (
            '{"level": "ERROR", "message": "bad", "exception": "Traceback\\n  File", "exception_name": "E"}',
            Line("ERROR", "bad", "Traceback\n  File"),
        ),
        (
            '{"level": "ERROR", "errorMessage": "x", "errorType": "E", "stackTrace": ["a\\n"]}',
            Line("ERROR", "x errorType=E", "a"),
        ),
        ('{"message": {"a": 1}}', Line("INFO", '{"a":1}')),
    ],
)
def test_parse(line: str, expected: Line | None) -> None:
    assert parse(line) == expected


def test_a_printed_line_is_never_markup() -> None:
    text = io.StringIO()
    printer(Console(file=text, width=20))("streamer-Work", "[bold] " + "x" * 40)
    printer(Console(file=text))("streamer-Work", "")
    (line,) = text.getvalue().splitlines()
    assert line.endswith("Work INFO [bold] " + "x" * 40)


@pytest.mark.parametrize(
    "line",
    [
        "\x1b]0;mine\x07 \x9b2J",
        '{"message": "\\u001b[2J\\n12:00:00 Work INFO forged"}',
        '{"level": "\\u001b[2J", "message": "\\u202e"}',
        '{"message": "m", "key\\u001b": "\\u009b", "exception": "Traceback\\n  x\\u001b[2J\\nE: \\u2028"}',
        "[ERROR] E: \x1b[2J\rTraceback: \x1b\r12:00:00 Work",
    ],
)
def test_a_clients_data_is_never_more_than_text(line: str) -> None:
    text = io.StringIO()
    printer(Console(file=text))("streamer-Work", line)
    first, *rest = text.getvalue().removesuffix("\n").split("\n")
    assert first[8:].startswith(" Work ")
    assert all(row.startswith("  ") for row in rest)
    assert all(character.isprintable() for row in (first, *rest) for character in row)
    assert r"\u001b" in text.getvalue() or r"\u202e" in text.getvalue()


@pytest.mark.parametrize(
    ("status", "error", "line"),
    [
        ("SUCCEEDED", None, None),
        ("RUNNING", None, None),
        ("ABORTED", None, "[WARNING] execution e1 ABORTED"),
        ("TIMED_OUT", None, "[ERROR] execution e1 TIMED_OUT"),
        ("FAILED", "KeyError", "[ERROR] execution e1 FAILED KeyError"),
        ("FAILED", "States.Runtime", "[ERROR] execution e1 FAILED States.Runtime: why"),
    ],
)
def test_an_executions_end(status: str, error: str | None, line: str | None) -> None:
    assert ending({"name": "e1", "status": status, "error": error, "cause": "why"}) == line
