"""Following a job: what is asked, how often, and what is shown before all is read."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
from botocore.stub import Stubber

from streamer.console.reading.budget import Budget
from streamer.console.reading.execution_reads import ExecutionReads, HistoryPage
from streamer.console.reading.place import Place
from streamer.console.run.visits import End
from streamer.console.serving.job_topic import ENDED_SECONDS, JobTopic
from tests.support.histories import START, History, long, wide
from tests.support.many import ManyExecutions, ManyReads


def values(topic: JobTopic) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(topic.board.since(0)[1])["values"]
    return found


def test_the_newest_page_is_shown_before_the_others_are_read() -> None:
    reads = ManyReads(long(3_000), "long", frames=5)
    topic = JobTopic(reads, "acme", "many")
    topic.refresh(0)
    assert reads.calls.count("GetExecutionHistory") == 1
    assert values(topic)["execution"] | {"events": 1000, "complete": False} == values(topic)["execution"]
    assert values(topic)["state/Work"]["status"] == "succeeded"
    topic.refresh(0)
    assert values(topic)["execution"]["complete"]
    assert values(topic)["state/Work"]["visits"] > 200


def test_what_has_ended_is_not_asked_for_again() -> None:
    reads = ManyReads(long(100), "long", frames=5)
    topic = JobTopic(reads, "acme", "many")
    topic.refresh(0)
    asked = list(reads.calls)
    assert topic.refresh(60) == ENDED_SECONDS
    assert reads.calls[len(asked) :] == ["Query"]  # whether it was redriven


def test_it_stays_inside_the_budget() -> None:
    reads = ManyReads(wide(3_000), "wide", frames=5)
    reads.executions.budget = Budget(0, 3)
    topic = JobTopic(reads, "acme", "many")
    for turn in range(10):
        topic.refresh(turn)
    assert reads.calls.count("GetExecutionHistory") == 3
    assert not values(topic)["execution"]["complete"]


def test_a_running_job_is_asked_for_once_a_second() -> None:
    reads = ManyReads(long(100)[:-3], "long", frames=5)
    reads._row |= {"status": "RUNNING"}
    topic = JobTopic(reads, "acme", "many")
    for turn in range(21):
        topic.refresh(turn / 10)
    assert reads.calls.count("GetExecutionHistory") == 3


def test_events_that_come_after_the_jobs_end_are_read() -> None:
    """The last stage closes the job's row; its execution ends after that, and its history says so later."""
    events = long(100)
    reads = ManyReads(events[:-4], "long", frames=5)
    topic = JobTopic(reads, "acme", "many")
    topic.refresh(0)
    assert topic.story.status == "SUCCEEDED"  # as DescribeExecution says
    reads.executions.newest_first = events[::-1]
    topic.refresh(2)
    assert topic.story.events == len(events)
    assert values(topic)["state/Work"]["recent"][-1]["output"]
    assert topic.refresh(4) == ENDED_SECONDS


def test_a_map_that_runs_again_is_described_once_each_time() -> None:
    history = History()
    history.add("ExecutionStarted")
    for arn in ("run-1", "run-2"):
        history.enter("Each", "Map")
        history.add("MapStateStarted", length=0)
        history.add("MapRunStarted", mapRunArn=arn)
        history.add("MapStateSucceeded")
        history.leave("Each", "Map")
    history.add("ExecutionSucceeded")
    asked = []

    class Described(ManyExecutions):
        def map_run(self, arn: str) -> dict[str, Any]:
            asked.append(arn)
            return {"status": "SUCCEEDED", "total": 1, "counts": {"succeeded": 1}}

    reads = ManyReads(history.events, "wide", frames=5)
    reads.executions = Described(history.events, "wide", reads.calls.append)
    topic = JobTopic(reads, "acme", "many")
    for turn in range(3):
        topic.refresh(turn)
    assert asked == ["run-2"]


def test_more_new_events_than_a_page_leave_no_hole() -> None:
    events = long(5_000)
    reads = ManyReads(events[:1_500], "long", frames=5)
    reads._row |= {"status": "RUNNING"}
    topic = JobTopic(reads, "acme", "many")
    for turn in range(3):
        topic.refresh(turn)
    assert topic.story.events == 1_500
    reads.executions.newest_first = events[::-1]
    reads._row |= {"status": "COMPLETED"}
    for turn in range(3, 9):
        topic.refresh(turn)
    assert (topic.story.events, topic.story.complete) == (len(events), True)


def test_an_endpoint_that_heeds_no_order_and_no_page() -> None:
    """An emulator may give all events at once, the oldest first."""
    events = long(3_000)

    class AllAtOnce(ManyExecutions):
        def history(self, execution: str, token: str | None, *, texts: bool = False) -> HistoryPage | None:
            return HistoryPage(events, None)

    reads = ManyReads(events, "long", frames=5)
    reads.executions = AllAtOnce(events, "long", reads.calls.append)
    topic = JobTopic(reads, "acme", "many")
    topic.refresh(0)
    assert values(topic)["execution"]["complete"]


def test_where_else_an_execution_is_seen() -> None:
    reads = ManyReads(long(100), "long", frames=5)
    reads.executions._end = End("SUCCEEDED", START, trace="Root=1-2-3;Sampled=1")
    topic = JobTopic(reads, "acme", "many")
    topic.refresh(0)
    links = values(topic)["job"]["links"]
    assert list(links) == ["Step Functions console", "X-Ray trace"]
    assert links["X-Ray trace"].endswith("#/traces/1-2-3")


def test_an_executions_end_has_its_trace() -> None:
    reads = ExecutionReads(Place("app", "jobs", "data", boto3.session.Session))
    arn = "arn:aws:states:us-east-1:123456789012:execution:app:x"
    told = {
        "executionArn": arn,
        "stateMachineArn": "arn:aws:states:us-east-1:123456789012:stateMachine:app",
        "status": "SUCCEEDED",
        "startDate": datetime.fromtimestamp(START, UTC),
        "stopDate": datetime.fromtimestamp(START + 1, UTC),
        "traceHeader": "Root=1-2-3",
    }
    with Stubber(reads.states) as stub:
        stub.add_response("describe_execution", told, {"executionArn": arn})
        assert reads.end(arn) == End("SUCCEEDED", START + 1, trace="Root=1-2-3")
