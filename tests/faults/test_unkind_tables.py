"""The tables of the tests do to their callers what DynamoDB does."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.support.clock import TurnedClock
from tests.support.table import Table, exceptions
from tests.support.unkind import LAG_SECONDS, TRANSACTION_SECONDS, UnkindTable

KEY = {"pk": "a", "sk": "job"}
EXCEPTIONS = exceptions("dynamodb")


class Meeting:
    """A table where something happens while a request is under way, once."""

    def __init__(self, clock: TurnedClock, lag: float = 0.0) -> None:
        self.meanwhile: Callable[[], Any] | None = None
        self._clock = clock
        self.table = UnkindTable(Table("JobsTable", ("pk", "sk")), self._pause, clock.now, lambda: lag)

    def _pause(self, seconds: float) -> None:
        self._clock.advance(seconds)
        act, self.meanwhile = self.meanwhile, None
        if act:
            act()

    def put(self) -> None:
        self.table.put_item(Item={**KEY, "n": 1})

    def transact(self, key: dict[str, str] = KEY) -> None:
        update = {"TableName": "JobsTable", "Key": key, "UpdateExpression": "ADD n :one"}
        values = {"ExpressionAttributeValues": {":one": 1}}
        self.table.transact_write_items(TransactItems=[{"Update": update | values}])

    def stored(self, **more: Any) -> Any:
        return self.table.get_item(Key=KEY, **more).get("Item", {}).get("n")


def test_of_two_transactions_that_meet_one_is_cancelled(clock: TurnedClock) -> None:
    meeting = Meeting(clock)

    def meet() -> None:
        with pytest.raises(EXCEPTIONS.TransactionCanceledException) as raised:
            meeting.transact()
        assert raised.value.response["CancellationReasons"] == [{"Code": "TransactionConflict"}]
        meeting.transact({"pk": "b", "sk": "job"})

    meeting.meanwhile = meet
    began = clock.now()
    meeting.transact()
    assert meeting.stored() == 1
    assert clock.now() - began > 2 * TRANSACTION_SECONDS
    meeting.transact()
    assert meeting.stored() == 2


def test_a_write_that_meets_a_transaction_is_refused(clock: TurnedClock) -> None:
    meeting = Meeting(clock)

    def meet() -> None:
        with pytest.raises(EXCEPTIONS.TransactionConflictException):
            meeting.put()

    meeting.meanwhile = meet
    meeting.transact()
    meeting.put()
    assert meeting.table.conflicts == 1


def test_a_transaction_that_meets_a_write_is_cancelled(clock: TurnedClock) -> None:
    meeting = Meeting(clock)

    def meet() -> None:
        with pytest.raises(EXCEPTIONS.TransactionCanceledException):
            meeting.transact()

    meeting.meanwhile = meet
    meeting.put()
    assert meeting.stored() == 1


def test_who_does_not_ask_for_the_newest_reads_what_was(clock: TurnedClock) -> None:
    meeting = Meeting(clock, lag=LAG_SECONDS)
    meeting.put()
    clock.advance(LAG_SECONDS / 2)
    meeting.transact()
    assert meeting.stored(ConsistentRead=True) == 2
    assert meeting.stored() is None
    clock.advance(LAG_SECONDS / 2)
    assert meeting.stored() == 1
    clock.advance(LAG_SECONDS)
    assert meeting.stored() == 2
