"""The queue of a stack: its letters, read without taking them away, and handed back."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from streamer.console.reading.place import Place
from streamer.operating.dead_letters.letter import Letter, read
from streamer.operating.stack_parts import FUNCTION, FUNCTION_ALIAS, Parts

MOST = 1000
HELD_SECONDS = 300  # while they are read and handed back, nobody else gets them
MOST_A_CALL = 10  # SQS's limit


class LetterBox:
    """The queue `DeadLetters` of a place, whose functions take what is handed back."""

    def __init__(self, place: Place, parts: Parts) -> None:
        self._sqs, self._lambda = place.client("sqs"), place.client("lambda")
        name = parts.name("DeadLetters")
        self._url = name if "/" in name else self._sqs.get_queue_url(QueueName=name)["QueueUrl"]
        self._called = {part.name: part.name for part in parts.of(FUNCTION)}
        # Rules call by the alias, to which also belongs what happens to an event that fails again.
        self._called |= {alias.name.split(":")[6]: alias.name for alias in parts.of(FUNCTION_ALIAS)}

    @contextmanager
    def opened(self) -> Iterator[list[Letter]]:
        """Give the letters, the oldest first, `MOST` at most; what was not handed back lies there again."""
        found: dict[str, Letter] = {}
        try:
            while len(found) < MOST:
                answer = self._sqs.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=MOST_A_CALL,
                    VisibilityTimeout=HELD_SECONDS,
                    WaitTimeSeconds=1,  # asks all of SQS's servers, where a plain call asks some
                    AttributeNames=["SentTimestamp"],
                    MessageAttributeNames=["All"],
                )
                if not answer.get("Messages"):
                    break
                found |= {each["MessageId"]: read(each) for each in answer["Messages"]}
            yield sorted(found.values(), key=lambda letter: letter.sent)
        finally:
            self._put_back(list(found.values()))

    def hand_back(self, letter: Letter) -> bool:
        """Give the event to its function again, and only then remove it; False where it has none here."""
        if letter.function not in self._called:
            return False
        payload = json.dumps(letter.payload).encode()
        called = self._called[letter.function]
        self._lambda.invoke(FunctionName=called, InvocationType="Event", Payload=payload)
        self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.receipt)
        return True

    def _put_back(self, letters: Sequence[Letter]) -> None:
        """Let others see them at once; those that are gone are refused, one by one, and that is all."""
        for first in range(0, len(letters), MOST_A_CALL):
            entries: list[dict[str, Any]] = [
                {"Id": str(number), "ReceiptHandle": letter.receipt, "VisibilityTimeout": 0}
                for number, letter in enumerate(letters[first : first + MOST_A_CALL])
            ]
            self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
