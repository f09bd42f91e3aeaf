"""Order, duplicates and gaps, for any schedule of arrivals."""

from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from streamer.frames import Progress, ServerFrame
from streamer.inbox import Inbox, addressee, gateway_error


def progress(seq: int) -> Progress:
    frame = {"type": "progress", "request_id": "r", "timestamp": 1.0, "seq": seq, "percentage": seq}
    return cast("Progress", frame | {"message": "", "stage": "query", "attempt": 1, "status": "running"})


def complete(seq: int) -> ServerFrame:
    return {"type": "complete", "request_id": "r", "timestamp": 1.0, "seq": seq, "success": True, "result": 1}


def deadline(inbox: Inbox) -> float | None:
    return inbox.deadline


def numbers(frames: list[ServerFrame]) -> list[Any]:
    return [frame.get("seq") for frame in frames]


@given(st.integers(1, 12), st.data())
def test_any_order_and_any_duplicates_come_out_in_order_once(length: int, data: st.DataObject) -> None:
    job = [*map(progress, range(length)), complete(length)]
    again = data.draw(st.lists(st.sampled_from(job)))
    arrivals = data.draw(st.permutations([*job, *again]))
    inbox = Inbox(patience=2)
    assert [frame for arrival in arrivals for frame in inbox.receive(arrival, now=0)] == job
    assert inbox.done


@given(st.integers(1, 12), st.data())
def test_lost_frames_never_stop_the_job(length: int, data: st.DataObject) -> None:
    job = [*map(progress, range(length)), complete(length)]
    kept = data.draw(st.permutations(data.draw(st.lists(st.sampled_from(job[:-1]), unique_by=id)) + job[-1:]))
    inbox = Inbox(patience=2)
    out = [frame for arrival in kept for frame in inbox.receive(arrival, now=0)]
    for _ in job:
        out += inbox.skip_gap(now=3)
    assert numbers(out) == sorted(numbers(kept))
    assert inbox.done


def test_the_deadline_is_that_of_the_oldest_gap() -> None:
    inbox = Inbox(patience=2)
    assert deadline(inbox) is None
    assert inbox.receive(progress(1), now=10) == []
    assert inbox.receive(progress(2), now=11.5) == []
    assert deadline(inbox) == 12
    assert numbers(inbox.receive(progress(0), now=11.7)) == [0, 1, 2]
    assert deadline(inbox) is None
    inbox.receive(progress(5), now=20)
    assert deadline(inbox) == 22
    assert numbers(inbox.skip_gap(now=22)) == [5]
    assert deadline(inbox) is None


def test_what_has_no_number_is_due_at_once_and_nothing_follows_the_last_frame() -> None:
    inbox = Inbox(patience=2)
    answer: ServerFrame = {"type": "response", "request_id": "r", "timestamp": 1.0, "data": {}}
    assert inbox.receive(answer, now=0) == [answer]
    assert inbox.done
    assert inbox.receive(progress(0), now=0) == []


def test_a_message_goes_to_its_request_or_to_the_only_one_without_an_answer() -> None:
    nameless: dict[str, Any] = {"type": "error", "request_id": None, "timestamp": 1.0, "error": {}}
    gateways = {"message": "Internal server error", "connectionId": "c", "requestId": "x"}
    assert addressee(progress(0), ["q", "r"], ["q"]) == "r"
    assert addressee(progress(0), ["q"], ["q"]) is None
    for message in (nameless, gateways):
        assert addressee(message, ["q", "r"], ["q"]) == "q"
        assert addressee(message, ["q", "r"], ["q", "r"]) is None
        assert addressee(message, ["q"], []) is None
    noises: list[Any] = [
        "text",
        1,
        None,
        [],
        {},
        {"type": "error", "request_id": []},
        nameless | {"type": "other"},
    ]
    for noise in noises:
        assert addressee(noise, ["q"], ["q"]) is None


def test_the_gateways_error_becomes_a_frame() -> None:
    message = {"message": "Internal server error", "connectionId": "c", "requestId": "x"}
    assert gateway_error(message, "r", 1.0)["error"] == {
        "code": "INTERNAL_ERROR",
        "message": "Internal server error",
        "details": message,
    }
