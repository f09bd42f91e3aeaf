"""What a page is sent: bars, counts and rows, in pieces that change alone."""

import json
from dataclasses import replace

from streamer.console.run.document import FRAMES_A_VALUE, of_frames, of_story
from streamer.console.run.history_reader import read
from streamer.console.run.job_items import LoggedFrame
from streamer.console.run.phases import MOST_BARS
from tests.support.histories import START, History, long, wide


def frame(seq: int, time: float, stage: str = "Work", attempt: int = 1) -> LoggedFrame:
    said = {"type": "progress", "seq": seq, "stage": stage, "attempt": attempt}
    return LoggedFrame(seq, time, len(json.dumps(said)), said)


def test_bars_say_what_a_state_did_when() -> None:
    history = History()
    history.add("ExecutionStarted")
    history.enter("Work")  # START + 2
    history.attempt("Failed", error="TransientError")  # scheduled + 3, started + 3.5, failed + 4.5
    history.attempt("")  # scheduled + 5.5, started + 6
    frames = [frame(1, START + 4), frame(2, START + 6.5, attempt=2)]
    (state,) = [value for name, value in of_story(read(history.events), frames).items() if "state" in name]
    bars = [
        (phase, start - START, end and end - START, attempt)
        for phase, start, end, attempt, _ in state["bars"]
    ]
    assert bars == [
        ("waiting", 2, 3, 1),
        ("starting", 3, 4, 1),  # until it spoke
        ("running", 4, 4.5, 1),
        ("backing_off", 4.5, 5.5, 1),
        ("starting", 5.5, 6.5, 2),
        ("running", 6.5, None, 2),
    ]
    assert (state["attempts"], state["ended"], state["status"]) == (2, None, "running")


def test_the_wait_for_a_person_is_a_bar_of_its_own() -> None:
    history = History()
    history.add("ExecutionStarted")
    history.enter("Ask")
    history.add("TaskScheduled", after=0)
    history.add("TaskStarted", after=0)
    asked = history.add("TaskSubmitted") and history.now
    (state,) = [v for n, v in of_story(read(history.events), []).items() if n == "state/Ask"]
    assert state["bars"][-1][:3] == ("asking", asked, None)
    assert state["status"] == "waiting"


def test_ten_thousand_items_are_counts_rows_and_few_bars() -> None:
    values = of_story(read(wide(10_000)), [])
    work = values["state/Work"]
    assert work["counts"] == {"succeeded": 9_900, "caught": 100}
    assert work["status"] == "caught"  # the worst is told
    assert len(work["bars"]) <= MOST_BARS
    assert sum((bar[0], bar[4]) == ("running", "failed") for bar in work["bars"]) >= 90
    assert values["state/Each"]["counts"] == {"succeeded": 10_000}
    rows = [row for name, value in values.items() if name.startswith("items/Each/") for row in value]
    assert [row[0] for row in rows] == list(range(10_000))
    assert [row[8] for row in rows[98:101]] == ["", "Bad", ""]


def test_what_one_item_does_changes_one_piece() -> None:
    events = wide(1000)
    fewer = of_story(read(events[:-20]), [])
    all_of_it = of_story(read(events), [])
    pieces = {name for name in all_of_it if name.startswith("items/") and all_of_it[name] != fewer[name]}
    assert pieces == {"items/Each/3"}


def test_a_long_history_is_small() -> None:
    assert len(json.dumps(of_story(read(long(25_000)), []))) < 250_000


def test_frames_come_in_pieces() -> None:
    values = of_frames([frame(seq, START + seq) for seq in range(FRAMES_A_VALUE + 1)])
    assert list(values) == ["frames/0", "frames/1"]
    assert values["frames/1"][0][0] == FRAMES_A_VALUE


def test_a_frame_tells_how_many_updates_made_place_for_it() -> None:
    """A job's items count them from the first frame on."""
    merged = [0, 0, 4, 4, 9]
    frames = [replace(frame(seq, START + seq), merged=so_far) for seq, so_far in enumerate(merged)]
    assert [row[4] for row in of_frames(frames)["frames/0"]] == [0, 0, 4, 0, 5]
