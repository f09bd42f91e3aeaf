"""Values that pages follow: each with the version in which it changed, so that only changes are sent."""

import json
import time
from collections.abc import Mapping
from threading import Condition
from typing import Any


class Board:
    """Named values, as JSON texts. Safe to use from any thread."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[int, str]] = {}
        self._version = 0
        self._changed = Condition()

    def put(self, values: Mapping[str, Any], *, prefix: str | None = None) -> bool:
        """Take over values; with `prefix`, those of its kind that are not among them become null."""
        texts = {name: json.dumps(value, separators=(",", ":")) for name, value in values.items()}
        with self._changed:
            if prefix is not None:
                gone = [name for name in self._values if name.startswith(prefix) and name not in texts]
                texts |= dict.fromkeys(gone, "null")
            new = {name: text for name, text in texts.items() if self._values.get(name, (0, ""))[1] != text}
            if not new:
                return False
            self._version += 1
            self._values |= {name: (self._version, text) for name, text in new.items()}
            self._changed.notify_all()
            return True

    def get(self, name: str) -> Any:
        """Return a value, or None where there is none."""
        with self._changed:
            return json.loads(self._values[name][1]) if name in self._values else None

    def wait(self, version: int, seconds: float) -> bool:
        """Wait until there is something after `version`; say whether there is."""
        until = time.monotonic() + seconds
        with self._changed:
            while self._version <= version:
                left = until - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            return True

    def since(self, version: int) -> tuple[int, str]:
        """Return the newest version, and `{"version", "values"}` as JSON: what changed after `version`."""
        with self._changed:
            changed = [
                f"{json.dumps(name)}:{text}" for name, (at, text) in self._values.items() if at > version
            ]
            return self._version, f'{{"version":{self._version},"values":{{{",".join(changed)}}}}}'
