"""What a rule is: events that match it, or a schedule, to functions."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from streamer.local.eventbridge import patterns
from streamer.local.eventbridge.schedule import Schedule


@dataclass(frozen=True)
class Target:
    """A function, by ARN, and what it gets: `text` if there is one, else the event's part at `path`.

    Where the rule is not `permitted` to call it, events go to the queue `dead_letters`, an ARN, or nowhere.
    """

    function: str
    text: str | None = None
    path: Sequence[str] = ()
    permitted: bool = True
    dead_letters: str = ""

    def payload(self, event: Mapping[str, Any]) -> bytes:
        """Return what the function is called with; an absent part is null."""
        if self.text is not None:
            return self.text.encode()
        part: Any = event
        for name in self.path:
            part = part.get(name) if isinstance(part, dict) else None
        return json.dumps(part).encode()


@dataclass(frozen=True)
class Rule:
    """Sends events that match `pattern`, and one whenever `schedule` fires, to its targets.

    `of_scheduler` tells a schedule of EventBridge's Scheduler from a rule; `note` tells users what of it
    does not run here.
    """

    name: str
    arn: str
    pattern: patterns.Pattern | None
    schedule: Schedule | None
    targets: Sequence[Target]
    of_scheduler: bool = False
    note: str = ""
