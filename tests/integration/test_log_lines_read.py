"""A function's lines in CloudWatch, on moto: from the group that it is told to log to, shared or its own."""

import time
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from jobs.clients import data_bucket, jobs_table
from streamer.console.reading.log_lines import CloudWatchLines
from streamer.console.reading.place import Place


@pytest.fixture
def logs(aws: list[str]) -> Any:
    return boto3.client("logs")


def write(logs: Any, group: str, stream: str, *texts: str) -> None:
    events = [{"timestamp": int(time.time() * 1000), "message": text} for text in texts]
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


@dataclass(frozen=True)
class Told(Place):
    """A place whose functions log to `group`; moto knows nothing of that."""

    group: str = ""

    def client(self, service: str, read_seconds: float = 20, tries: int = 3) -> Any:
        client: Any = super().client(service, read_seconds, tries)
        if service == "lambda":
            stub = Stubber(client)
            answer = {"FunctionName": "app-Work", "LoggingConfig": {"LogGroup": self.group}}
            stub.add_response("get_function_configuration", answer, {"FunctionName": "app-Work"})
            stub.activate()
        return client


@pytest.mark.parametrize(
    ("group", "streams"),
    [
        ("/aws/lambda/app", ("2026/11/24/app-Work[3]a1", "2026/11/24/app-WorkMore[3]a1")),
        ("/aws/lambda/app-Work", ("2026/11/24/[3]a1", "2026/11/24/[4]a2")),
    ],
)
def test_a55_the_lines_of_a_function(logs: Any, group: str, streams: tuple[str, str]) -> None:
    logs.create_log_group(logGroupName=group)
    write(logs, group, streams[0], '{"request_id": "r1", "message": "ours"}', '{"request_id": "r2"}')
    write(logs, group, streams[1], '{"request_id": "r1", "message": "another\'s"}')
    place = Told("app", jobs_table().name, data_bucket(), boto3.session.Session, group=group)
    lines = CloudWatchLines(place).of("app-Work", "r1", time.time() - 60, time.time())
    texts = {line["text"].split('"')[-2] for line in lines}
    here = Told("app", "jobs", "data", boto3.session.Session, "http://127.0.0.1:1", group=group)
    assert CloudWatchLines(here).link("app-Work") is None
    link = CloudWatchLines(place).link("app-Work")
    assert link
    assert link.endswith(f"#logsV2:log-groups/log-group/{group.replace('/', '%2F')}")
    assert texts == ({"ours"} if group == "/aws/lambda/app" else {"ours", "another's"})
