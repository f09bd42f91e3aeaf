"""What becomes of a stage's updates on their way to the log."""

import threading

import pytest

from jobs.clock import SystemClock
from jobs.log import JobEnded
from progress.outbox import Outbox
from progress.reporter import Update
from progress.throttle import spacing
from tests.support.clock import TurnedClock


class Log:
    """Where an outbox's updates go; a write takes `seconds`."""

    def __init__(self, clock: TurnedClock, seconds: float = 0.0) -> None:
        self.sent: list[tuple[float, str, int]] = []
        self.fails: Exception | None = None
        self._clock, self._seconds = clock, seconds

    def emit(self, update: Update, merged: int) -> None:
        if self.fails:
            failure, self.fails = self.fails, None
            raise failure
        self._clock.advance(self._seconds)
        self.sent.append((self._clock.now(), update.message, merged))

    def wait(self) -> float:
        return spacing([time for time, _, _ in self.sent], self._clock.now())

    @property
    def messages(self) -> list[str]:
        return [message for _, message, _ in self.sent]

    def outbox(self) -> Outbox:
        return Outbox(self.emit, self.wait, self._clock)


def say(message: str) -> Update:
    return Update(0, message)


def test_a37_a_thousand_reports_are_some_frames_a_second_and_the_newest_wins(clock: TurnedClock) -> None:
    log = Log(clock)
    outbox = log.outbox()
    for number in range(1000):
        outbox.offer(say(str(number)))
        clock.advance(0.002)
    outbox.close()
    assert 10 <= len(log.sent) <= 2 * 7 + 2
    assert log.messages[-1] == "999"
    assert sum(merged for _, _, merged in log.sent) == 1000 - len(log.sent)


def test_a70_the_interval_counts_from_when_a_frame_was_out(clock: TurnedClock) -> None:
    log = Log(clock, seconds=0.5)
    outbox = log.outbox()
    for number in range(1000):
        outbox.offer(say(str(number)))
        clock.advance(0.002)
    outbox.close()
    assert len(log.sent) <= 13  # 1,000 times 2 ms beside them; each pays for its half a second


def test_a38_after_a_burst_and_silence_the_last_value_is_seen(clock: TurnedClock) -> None:
    log = Log(clock)
    outbox = log.outbox()
    for percent in ("10", "20", "30"):
        outbox.offer(say(percent))
    assert log.messages == ["10"]
    clock.advance(0.2)
    assert log.messages == ["10", "30"]


def test_a39_a_close_sends_what_waits_at_once(clock: TurnedClock) -> None:
    log = Log(clock)
    outbox = log.outbox()
    outbox.offer(say("first"))
    outbox.offer(say("last"))
    outbox.close()
    assert log.messages == ["first", "last"]
    assert clock.slept == 0
    clock.advance(10)
    assert len(log.sent) == 2


def test_a37_a_change_of_stage_is_not_merged_away(clock: TurnedClock) -> None:
    log = Log(clock)
    outbox = log.outbox()
    outbox.offer(say("before"))
    outbox.offer(say("merged"))
    outbox.offer(say("stage"), keep=True)
    outbox.offer(say("newest"))
    outbox.close()
    assert log.messages == ["before", "stage", "newest"]
    assert [merged for _, _, merged in log.sent] == [0, 0, 1]


def test_a_value_that_cannot_be_sent_does_not_stop_the_work(clock: TurnedClock) -> None:
    log = Log(clock)
    outbox = log.outbox()
    log.fails = RuntimeError("the table is down")
    outbox.offer(say("lost"))
    clock.advance(1)
    outbox.offer(say("next"))
    assert [(message, merged) for _, message, merged in log.sent] == [("next", 1)]


def test_a27_who_reports_hears_of_the_jobs_end(clock: TurnedClock) -> None:
    log = Log(clock)
    outbox = log.outbox()
    log.fails = JobEnded("r1")
    outbox.offer(say("one"))
    with pytest.raises(JobEnded):
        outbox.offer(say("two"))
    outbox.close()
    assert log.sent == []


def test_a67_a_write_that_takes_long_holds_no_report_up() -> None:
    """With threads, as on Lambda: the work is through while the first write is not."""
    sent, begun, gate = list[tuple[str, int]](), threading.Event(), threading.Event()

    def emit(update: Update, merged: int) -> None:
        begun.set()
        assert gate.wait(30)
        sent.append((update.message, merged))

    outbox = Outbox(emit, lambda: 0, SystemClock())
    outbox.offer(say("0"))
    assert begun.wait(30)
    for number in range(1, 1000):
        outbox.offer(say(str(number)))
    assert sent == []
    gate.set()
    outbox.close()
    assert sent == [("0", 0), ("999", 998)]
