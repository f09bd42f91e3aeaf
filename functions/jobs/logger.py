"""The functions' logger: Powertools', which is imported with the first line that is logged.

It takes as long to import as all of the router, and an echo, or a stage's first frame, logs nothing.
"""

from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


class _Later:
    """Stands for the logger until it is needed, and keeps the keys that its lines are to have."""

    def __init__(self) -> None:
        self._keys: dict[str, Any] = {}
        self._made: Logger | None = None

    def append_keys(self, **keys: Any) -> None:
        self._keys |= keys
        if self._made:
            self._made.append_keys(**keys)

    def forget_keys(self) -> None:
        if self._made:
            self._made.remove_keys(self._keys)
        self._keys = {}

    def __getattr__(self, name: str) -> Any:
        if self._made is None:
            from aws_lambda_powertools import Logger

            made = Logger()
            made.append_keys(**self._keys)
            self._made = made
        return getattr(self._made, name)


_later = _Later()
logger = cast("Logger", _later)


def begin(context: Any, **keys: Any) -> None:
    """Give all lines of an invocation these keys and Lambda's request id; the one before leaves none.

    Powertools adds the trace's id by itself. `context` is Lambda's.
    """
    _later.forget_keys()
    _later.append_keys(function_request_id=getattr(context, "aws_request_id", None), **keys)
