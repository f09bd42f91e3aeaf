"""What came from elsewhere, made fit for a terminal: no control character of it gets there."""

import re

# C0 and C1 with DEL, what ends a line, what turns the writing's direction, and halves of surrogates.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}


def printable(text: str) -> str:
    r"""Return `text` with such characters written as JSON escapes them, as `\u001b`; JSON remains JSON."""
    return _CONTROL.sub(lambda found: _SHORT.get(found[0], f"\\u{ord(found[0]):04x}"), text)
