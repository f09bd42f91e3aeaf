"""What a history tells, and what it tells when half of it is missing."""

import random
from collections import Counter

from streamer.console.run.document import of_story
from streamer.console.run.history_reader import read
from streamer.console.run.phases import bars
from streamer.console.run.visits import End, Story, Visit
from tests.support.histories import START, History, long, wide


def started() -> History:
    history = History()
    history.add("ExecutionStarted")
    return history


def visits(story: Story) -> dict[str, Visit]:
    return {visit.name: visit for visit in story.all()}


def test_a_state_that_is_retried_has_its_attempts() -> None:
    history = started()
    history.enter("Work")
    history.attempt("Failed", error="TransientError", cause="no luck")
    history.attempt("TimedOut", error="States.Timeout")
    history.attempt()
    history.leave("Work")
    history.add("ExecutionSucceeded")
    story = read(history.events)
    work = visits(story)["Work"]
    assert (story.status, work.status, work.entered) == ("SUCCEEDED", "succeeded", START + 2)
    assert [(each.status, each.error) for each in work.attempts] == [
        ("failed", "TransientError"),
        ("timed_out", "States.Timeout"),
        ("succeeded", ""),
    ]
    assert work.attempts[0].cause == "no luck"
    assert work.attempts[1].scheduled - (work.attempts[0].ended or 0) == 1  # it backed off


def test_a_failure_that_is_caught() -> None:
    history = started()
    history.enter("Work")
    history.attempt("Failed", error="PermanentError")
    history.leave("Work")
    history.run("Save")
    history.add("FailStateEntered", name="Fail")
    history.add("ExecutionFailed", error="PermanentError", cause="told")
    story = read(history.events)
    assert {name: visit.status for name, visit in visits(story).items()} == {
        "Work": "caught",
        "Save": "succeeded",
        "Fail": "failed",
    }
    assert (story.error, story.cause) == ("PermanentError", "told")


def test_what_runs_starts_waits_and_backs_off() -> None:
    history = started()
    history.enter("Work")
    assert visits(read(history.events))["Work"].status == "running"
    history.add("TaskScheduled")
    assert visits(read(history.events))["Work"].status == "starting"
    history.add("TaskStarted")
    assert visits(read(history.events))["Work"].status == "running"
    history.add("TaskSubmitted")
    assert visits(read(history.events))["Work"].status == "waiting"  # for its token
    history.add("TaskFailed", error="TransientError")
    assert visits(read(history.events))["Work"].status == "backing_off"


def test_an_execution_that_is_stopped_takes_its_state_with_it() -> None:
    history = started()
    history.enter("Work")
    history.attempt("")
    history.add("ExecutionAborted")
    work = visits(read(history.events))["Work"]
    assert (work.status, work.attempts[0].status, work.attempts[0].ended) == (
        "aborted",
        "aborted",
        history.now,
    )


def test_what_the_local_engine_writes_after_a_stop_is_not_told() -> None:
    history = started()
    history.enter("Work")
    history.attempt("")
    stopped = history.now + 1
    history.add("TaskFailed", error="Sandbox.Timedout", after=3)
    history.add("ExecutionAborted")
    story = read(history.events, End("ABORTED", stopped, "CANCELLED"))
    work = visits(story)["Work"]
    assert (work.status, work.attempts[0].ended, story.error) == ("aborted", stopped, "CANCELLED")


def test_a_maps_items_each_with_its_states() -> None:
    story = read(wide(1000, fails_every=10))
    each = next(story.all())
    assert (each.status, len(each.items), each.length) == ("succeeded", 1000, 1000)
    assert Counter(visit.name for visit in story.all()) == {"Each": 1, "Work": 1000, "Note the failure": 100}
    assert [visit.status for visit in each.items[9].visits] == ["caught", "succeeded"]
    assert [visit.name for visit in each.items[10].visits] == ["Work"]


def test_an_item_that_begins_after_another_ended_is_no_part_of_it() -> None:
    history = started()
    history.enter("Each", "Map")
    history.add("MapStateStarted", length=2)
    for index in range(2):  # one at a time: the second names the first one's last event
        history.add("MapIterationStarted", name="Each", index=index)
        history.run("Work")
        history.add("MapIterationSucceeded" if not index else "MapIterationFailed", name="Each", index=index)
    history.add("MapStateFailed", error="States.ExceedToleratedFailureThreshold")
    history.add("ExecutionFailed")
    story = read(history.events)
    (each,) = story.visits
    assert {item.index: item.status for item in each.items.values()} == {0: "succeeded", 1: "failed"}
    assert (each.status, each.attempts[0].error) == ("failed", "States.ExceedToleratedFailureThreshold")


def test_a_parallels_branches() -> None:
    history = started()
    history.enter("Both", "Parallel")
    begun = history.add("ParallelStateStarted")
    left = history.add("PassStateEntered", before=begun, name="Left")
    right = history.add("PassStateEntered", before=begun, name="Right")
    history.add("PassStateExited", before=left, name="Left")
    last = history.add("PassStateExited", before=right, name="Right")
    history.add("ParallelStateSucceeded", before=last)
    history.leave("Both", "Parallel")
    history.run("After")
    story = read(history.events)
    assert [visit.name for visit in story.visits] == ["Both", "After"]
    assert [visit.name for visit in story.visits[0].items[0].visits] == ["Left", "Right"]
    assert {visit.status for visit in story.all()} == {"succeeded"}


def test_a_distributed_maps_run_is_known() -> None:
    history = started()
    history.enter("Each", "Map")
    history.add("MapStateStarted", length=0)
    history.add("MapRunStarted", mapRunArn="arn:run")
    assert visits(read(history.events))["Each"].map_run == "arn:run"
    history.add("MapRunSucceeded")
    history.add("MapStateSucceeded")
    history.leave("Each", "Map")
    assert visits(read(history.events))["Each"].status == "succeeded"


def test_a_redriven_execution_goes_on_in_the_state_that_failed() -> None:
    history = started()
    history.enter("Work")
    history.attempt("Failed", error="Bug")
    history.add("ExecutionFailed", error="Bug")
    history.add("ExecutionRedriven", redriveCount=1)
    assert (read(history.events).status, read(history.events).error) == ("RUNNING", "")
    history.attempt()
    history.leave("Work")
    history.add("ExecutionSucceeded")
    story = read(history.events)
    work = visits(story)["Work"]
    assert (story.status, story.redrives, len(story.visits)) == ("SUCCEEDED", 1, 1)
    assert [attempt.status for attempt in work.attempts] == ["failed", "succeeded"]


def test_what_is_redriven_was_over_and_did_not_back_off() -> None:
    history = started()
    history.enter("Work")
    history.attempt("Failed", error="Bug")
    history.attempt("Failed", error="Bug")
    history.add("ExecutionFailed", error="Bug")
    history.add("ExecutionRedriven", after=7200, redriveCount=1)
    assert visits(read(history.events))["Work"].status == "starting"
    history.attempt()
    history.leave("Work")
    history.add("ExecutionSucceeded")
    work = visits(read(history.events))["Work"]
    phases = [(phase, number) for phase, _, _, number, _ in bars(work, {})]
    assert [number for phase, number in phases if phase == "running"] == [1, 2, 3]
    assert [number for phase, number in phases if phase == "backing_off"] == [1]


def test_the_ways_that_were_gone_and_no_others() -> None:
    history = started()
    history.run("Look")
    history.enter("Choose", "Choice")
    history.leave("Choose", "Choice")
    history.enter("Work")
    history.attempt("Failed", error="Bug")
    history.leave("Work")
    history.run("Save")
    history.enter("Each", "Map")
    begun = history.add("MapStateStarted", length=2)
    for index in range(2):
        first = history.add("MapIterationStarted", before=begun, name="Each", index=index)
        history.enter("Try", before=first)
        history.leave("Try")
        history.enter("Note", "Pass")
        history.leave("Note", "Pass")
        history.add("MapIterationSucceeded", name="Each", index=index)
    history.add("MapStateSucceeded")
    history.leave("Each", "Map")
    history.enter("End", "Succeed")
    assert read(history.events).ways == {
        ("Look", "Choose", False),
        ("Choose", "Work", False),
        ("Work", "Save", True),
        ("Save", "Each", False),
        ("Try", "Note", False),
        ("Each", "End", False),
    }


def test_the_older_integrations_by_a_functions_arn() -> None:
    history = started()
    history.enter("Work")
    for kind in ("LambdaFunctionScheduled", "LambdaFunctionStarted", "LambdaFunctionFailed"):
        history.add(kind, error="Bug")
    assert visits(read(history.events))["Work"].attempts[0].status == "failed"


def test_events_in_any_order_tell_the_same() -> None:
    events = wide(50)
    shuffled = random.Random(1).sample(events, len(events))
    assert of_story(read(shuffled), []) == of_story(read(events), [])


def test_events_that_do_not_name_the_one_before_follow_each_other() -> None:
    events = [
        {name: value for name, value in event.items() if name != "previousEventId"} for event in long(50)
    ]
    assert of_story(read(events), []) == of_story(read(long(50)), [])


def test_the_newest_events_tell_what_they_can() -> None:
    events = long(2000)
    for kept in (1, 3, 5, 1000):
        story = read(events[-kept:])
        assert (story.complete, story.status, story.events) == (False, "SUCCEEDED", kept)
        assert all(visit.status in {"succeeded", "caught"} for visit in story.all())
    assert read(events).complete
