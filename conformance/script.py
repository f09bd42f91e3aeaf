"""A script, and the frames that its short forms stand for."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SCRIPTS = Path(__file__).with_name("scripts")

Message = dict[str, Any]


@dataclass(frozen=True)
class Script:
    """See README.md."""

    name: str
    about: str
    steps: list[Message]
    expect: Message
    settings: Message = field(default_factory=dict)


def scripts() -> list[Script]:
    """Return all of them, by name."""
    return [Script(**json.loads(path.read_text())) for path in sorted(SCRIPTS.glob("*.json"))]


def whole(frame: Mapping[str, Any]) -> Message:
    """Return the frame that a short form stands for: `{"progress": 3, "job": "job", …}`."""
    fields = dict(frame)
    if "raw" in fields:
        return dict(fields["raw"]) if isinstance(fields["raw"], dict) else {"text": fields["raw"]}
    kind = next(each for each in ("ack", "progress", "complete", "error") if each in fields)
    seq = fields.pop(kind)
    common = {"request_id": fields.pop("job", "job"), "timestamp": 1.0}
    usual: dict[str, Message] = {
        "ack": {"type": "acknowledgment", "action": "report", "estimate_seconds": 9.0},
        "progress": {
            "type": "progress",
            "percentage": seq,
            "message": f"step {seq}",
            "stage": "query",
            "attempt": 1,
            "status": "running",
        },
        "complete": {"type": "complete", "success": True, "result": {"done": True}},
        "error": {
            "type": "error",
            "error": {"code": fields.pop("code", "PROCESSING_FAILED"), "message": "It did not work."},
        },
    }
    return common | usual[kind] | ({} if seq is None else {"seq": seq}) | fields


def fits(expected: Any, found: Any) -> bool:
    """Whether what was found has what is expected; objects may have more fields."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(key in found and fits(value, found[key]) for key, value in expected.items())
    return bool(expected == found)
