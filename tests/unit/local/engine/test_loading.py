"""What the engine's start leaves out: modules, and what an earlier process has parsed."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_SCRIPT = """
import asyncio, json, sys, time
from streamer.local.engine.loading import load_engine

async def main():
    return await load_engine()

engine = asyncio.run(main())
ec2 = "moto.ec2" in sys.modules
from moto.stepfunctions.parser.asl.parse.asl_parser import AmazonStateLanguageParser as Parser
parse, parsed = Parser.parse, []
Parser.parse = staticmethod(lambda definition: parsed.append(definition) or parse(definition))
from moto.stepfunctions.parser.models import stepfunctions_parser_backends
engine.prepare("http://127.0.0.1:9", lambda event: None, lambda name, payload: None)
states = stepfunctions_parser_backends["123456789012"]["us-east-1"]
role = "arn:aws:iam::123456789012:role/local"
passing = {"StartAt": "A", "States": {"A": {"Type": "Pass", "Result": 41, "End": True}}}
wrong = {"StartAt": "A", "States": {"A": {"Type": "Past", "End": True}}}
machine = states.create_state_machine("m", json.dumps(passing), role)
refused = 0
for _ in range(2):
    try:
        states.create_state_machine("w", json.dumps(wrong), role)
    except Exception:
        refused += 1
states.start_execution(machine.arn, "e", "{}", "")
(execution,) = machine.executions
deadline = time.monotonic() + 30
while execution.status == "RUNNING" and time.monotonic() < deadline:
    time.sleep(0.01)
import moto.batch
print(json.dumps({
    "ec2": ec2, "parsed": len(parsed), "refused": refused, "ended": [execution.status, execution.output],
    "batch": hasattr(moto.batch, "batch_backends"),
}))
"""


def started(cache: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", _SCRIPT],
        env={**os.environ, "XDG_CACHE_HOME": str(cache)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_start_leaves_out_ec2_and_what_was_parsed_before(tmp_path: Path) -> None:
    first, second = started(tmp_path), started(tmp_path)
    for found in (first, second):
        assert not found["ec2"]
        assert found["batch"]  # whole, for who asks for it
        assert found["refused"] == 2  # what is refused is not kept
        assert found["ended"] == ["SUCCEEDED", 41]
    assert (first["parsed"], second["parsed"]) == (3, 2)
