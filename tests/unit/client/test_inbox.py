"""One request's frames: order, duplicates, gaps and replays, for any schedule of the network."""

from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamer.client.frames import Response, ServerFrame
from streamer.client.inbox import Inbox


def frame(kind: str, **fields: Any) -> ServerFrame:
    return cast("ServerFrame", {"type": kind, "request_id": "r", "timestamp": 1.0} | fields)


def progress(seq: int) -> ServerFrame:
    return frame("progress", seq=seq, percentage=seq)


def complete(seq: int) -> ServerFrame:
    return frame("complete", seq=seq, success=True, result=1)


def error(code: str) -> ServerFrame:
    return frame("error", error={"code": code, "message": "m"}, request_id="resume-1")


def replay(frames: list[ServerFrame], more: bool = False) -> Response:
    data = {"recovered": True, "frames": frames, "more": more}
    return {"type": "response", "request_id": "resume-1", "timestamp": 1.0, "data": data}


def gone(status: str, seq: int, **fields: Any) -> Response:
    data = {"recovered": False, "snapshot": {"status": status, "seq": seq, "ended_at": 9.0, **fields}}
    return {"type": "response", "request_id": "resume-1", "timestamp": 1.0, "data": data}


def opened(*seqs: int) -> Inbox:
    """Return an inbox whose request was sent and that has some frames, all at time 0."""
    inbox = Inbox("r", patience=2, silence=30)
    assert inbox.ask(now=0) is None
    for seq in seqs:
        inbox.receive(progress(seq), now=0)
    return inbox


def deadline(inbox: Inbox) -> float:
    return inbox.deadline


def numbers(frames: list[ServerFrame]) -> list[Any]:
    return [each.get("seq") for each in frames]


@given(st.integers(1, 12), st.data())
def test_any_order_and_any_duplicates_come_out_in_order_once(length: int, data: st.DataObject) -> None:
    job = [*map(progress, range(length)), complete(length)]
    again = data.draw(st.lists(st.sampled_from(job)))
    arrivals = data.draw(st.permutations([*job, *again]))
    inbox = opened()
    assert [each for arrival in arrivals for each in inbox.receive(arrival, now=0)] == job
    assert inbox.done


STEPS = ["speak", "speak", "speak", "deliver", "deliver", "lose", "double", "shuffle", "cut", "wait", "wait"]


@settings(max_examples=2000, deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.lists(st.sampled_from(STEPS), max_size=80), st.randoms())
def test_whatever_the_network_does_every_frame_comes_once_and_in_order(
    length: int, page: int, steps: list[str], dice: Any
) -> None:
    """A job speaks; pushes and answers are lost, doubled, mixed up; connections end. Then all is well."""
    job = [*map(progress, range(length)), complete(length)]
    inbox, out = Inbox("r", patience=2, silence=30), list[ServerFrame]()
    said, followed, now = 0, False, 0.0
    network: list[ServerFrame] = []

    def speak() -> None:
        nonlocal said
        if 0 < said < len(job):
            if followed:
                network.append(job[said])
            said += 1

    def deliver() -> None:
        if network:
            arrived = network.pop(0)
            asked = arrived["request_id"] != "r"
            out.extend(inbox.resumed(arrived, now) if asked else inbox.receive(arrived, now))

    def wait() -> None:
        nonlocal now, said, followed
        if inbox.done:
            return
        now = max(now, inbox.deadline)
        seq = inbox.ask(now)
        if seq is None:
            said, followed = max(said, 1), True
            network.append(job[0])
        else:
            missed = job[:said][seq + 1 :]
            more = len(missed) > page
            followed = followed or not more
            network.append(replay(missed[:page], more))

    def cut() -> None:
        nonlocal followed
        network.clear()
        followed = False
        inbox.ask_at_once()

    for step in steps:
        match step:
            case "speak":
                speak()
            case "deliver":
                deliver()
            case "lose" if network:
                network.pop(0)
            case "double" if network:
                network.append(network[0])
            case "shuffle":
                dice.shuffle(network)
            case "cut":
                cut()
            case "wait":
                wait()
    for _ in range(8 * len(job)):
        speak()
        while network:
            deliver()
        wait()
    assert out == job
    assert inbox.done


def test_when_it_asks() -> None:
    inbox = Inbox("r", patience=2, silence=30)
    assert deadline(inbox) < 0
    assert inbox.ask(now=0) is None
    assert deadline(inbox) == 30
    inbox.receive(progress(0), now=5)
    assert deadline(inbox) == 35
    assert inbox.receive(progress(2), now=10) == []
    assert inbox.receive(progress(3), now=11.5) == []
    assert deadline(inbox) == 12  # the oldest gap's
    assert inbox.ask(now=12) == 0
    assert numbers(inbox.resumed(replay([progress(1)]), now=13)) == [1, 2, 3]
    assert deadline(inbox) == 43
    inbox.ask_at_once()
    assert deadline(inbox) < 0


def test_a_request_sent_again_asks_for_what_it_missed() -> None:
    inbox = opened()
    inbox.ask(now=30)
    assert numbers(inbox.receive(progress(0), now=31)) == [0]
    assert deadline(inbox) < 31
    assert inbox.ask(now=31) == 0


def test_a_page_that_brings_nothing_is_not_asked_for_again_at_once() -> None:
    inbox = opened(0)
    assert numbers(inbox.resumed(replay([progress(1)], more=True), now=1)) == [1]
    assert deadline(inbox) < 1
    inbox.resumed(replay([progress(1)], more=True), now=1)
    assert deadline(inbox) == 3


def test_where_frames_are_gone_the_later_ones_go_on() -> None:
    inbox = opened(0, 1, 4, 8)
    assert numbers(inbox.resumed(gone("RUNNING", 6), now=1)) == [4]
    assert deadline(inbox) == 3  # for 7, which is none of those that are gone
    assert numbers(inbox.receive(progress(7), now=1)) == [7, 8]


def test_a_snapshot_that_is_no_news_gives_the_gap_up() -> None:
    inbox = opened(0, 1, 4)
    assert numbers(inbox.resumed(gone("RUNNING", 1), now=1)) == [4]


def test_what_is_gone_and_ended_ends_as_the_snapshot_says() -> None:
    (end,) = opened(0).resumed(gone("COMPLETED", 6, result={"n": 1}), now=1)
    assert end == frame("complete", seq=6, success=True, result={"n": 1}, timestamp=9.0)
    failure = {"code": "TIMEOUT", "message": "too slow"}
    inbox = opened(0, 3)
    end = inbox.resumed(gone("FAILED", 6, error=failure, partial={"percentage": 1}), now=1)[-1]
    assert end == frame("error", seq=6, error=failure, partial={"percentage": 1}, timestamp=9.0)
    assert inbox.done
    assert inbox.receive(progress(7), now=1) == []


@pytest.mark.parametrize("code", ["INTERNAL_ERROR", "RATE_LIMITED"])
def test_a_resume_that_fails_for_now_is_repeated(code: str) -> None:
    inbox = opened(0)
    assert inbox.resumed(error(code), now=5) == []
    assert (deadline(inbox), inbox.done) == (7, False)


def test_a_job_that_is_unknown_is_sent_again_if_it_was_never_acknowledged() -> None:
    inbox = opened(3)  # overtook the acknowledgment
    assert inbox.ask(now=1) == -1
    assert inbox.resumed(error("NOT_FOUND"), now=1) == []
    assert inbox.ask(now=1) is None
    inbox.receive(progress(0), now=1)
    (end,) = inbox.resumed(error("NOT_FOUND"), now=2)
    assert (end["type"], end["request_id"], inbox.done) == ("error", "r", True)


def test_what_has_no_number_is_due_at_once_and_nothing_follows_the_last_frame() -> None:
    inbox = opened()
    answer = frame("response", data={})
    assert inbox.receive(answer, now=0) == [answer]
    assert inbox.done
    assert inbox.receive(progress(0), now=0) == []


def test_an_error_about_a_repetition_of_its_request_does_not_end_a_job() -> None:
    inbox = opened(0)
    assert inbox.receive(error("RATE_LIMITED"), now=0) == []
    assert not inbox.done
