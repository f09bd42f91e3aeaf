"""Row 56: what a function of `streamer dev` fails at lies in the queue, is explained, and handed back."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest

from demo.runner_process import Runner
from tests.e2e.conftest import CREDENTIALS

STREAMER = Path(sys.executable).with_name("streamer")
FUNCTION = "streamer-StatusChangeFunction"


@pytest.fixture
def letters(runner: Runner) -> Callable[..., list[Any]]:
    def run(*arguments: str, status: int | None = None) -> list[Any]:
        command = [str(STREAMER), "dead-letters", "--json", *arguments]
        environment = os.environ | {"STREAMER_STATE_DIR": str(runner.state_dir)}
        ended = subprocess.run(
            command, env=environment, text=True, capture_output=True, timeout=60, check=False
        )
        assert ended.returncode == (1 if status is None and ended.stdout else status or 0), ended.stderr
        return [json.loads(line) for line in ended.stdout.splitlines()]

    return run


def client(runner: Runner, service: str) -> Any:
    return boto3.client(service, endpoint_url=runner.endpoint_url, **CREDENTIALS)  # type: ignore[call-overload]


def until(found: Callable[[], list[Any]]) -> list[Any]:
    deadline = time.monotonic() + 60
    while not (letters := found()):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return letters


def empty(sqs: Any, url: str) -> None:
    for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", ()):
        sqs.delete_message(QueueUrl=url, ReceiptHandle=each["ReceiptHandle"])


def test_an_event_that_fails_is_kept_and_handed_back(
    runner: Runner, letters: Callable[..., list[Any]]
) -> None:
    invoke = client(runner, "lambda").invoke
    detail = {"executionArn": "arn:x", "status": "ABORTED", "input": "{"}  # its input is cut short
    event = {"detail-type": "Status", "detail": detail}
    invoke(FunctionName=FUNCTION, InvocationType="Event", Payload=json.dumps(event).encode())
    (letter,) = until(letters)
    assert (letter["function"], letter["payload"], letter["handed_back"]) == (FUNCTION, event, False)
    assert letter["about"] == "the execution arn:x is ABORTED"
    assert letter["why"].startswith("the function failed each time, 3 times: JSONDecodeError")
    assert letters() == [letter]  # to look takes nothing away
    assert letters("another") == []

    (back,) = letters(letter["id"], "--hand-back", status=0)
    assert back["handed_back"] is True
    (again,) = until(letters)  # it is no better: it comes again, as another letter
    assert (again["payload"], again["id"] != letter["id"]) == (event, True)

    sqs = client(runner, "sqs")
    url = sqs.get_queue_url(QueueName="streamer-DeadLetters")["QueueUrl"]
    empty(sqs, url)
    sqs.send_message(QueueUrl=url, MessageBody="from a stranger")
    (strange,) = letters("--hand-back", status=1)
    assert (strange["function"], strange["handed_back"]) == ("", False)
    empty(sqs, url)
    assert letters() == []
