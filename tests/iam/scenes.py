"""All that the application does, played once: what its functions call meanwhile, they need to be allowed.

The stages' scene is their action, run by its state machine: as all goes well, and with all hardships (a
second attempt, a redriven execution, a follower who is gone, values too large for the state). So a new action
has its scene already, with its payload's first example; what else its stages can meet is to be added here.
"""

import json
from collections.abc import Callable
from typing import Any

from actions import actions
from jobs import quota
from jobs.keys import part_key
from progress.waiting import Decision
from tests.iam.play import TENANT, USER, Play, fail, fail_late
from tests.support.identity_provider import METHOD, claims, sign
from tests.support.stack import PARAMETERS

SHORT = {"start_date": "2013-01-01", "end_date": "2013-01-02", "format": "csv"}
REPORT = SHORT | {"end_date": "2013-01-21"}  # over the threshold, so a job
APPROVAL = {"report": SHORT, "approvers": ["ada", "bob"]}
KEYS = ("records/some", f"results/{TENANT}/some", f"uploads/{TENANT}/{'0' * 32}")
LINES = b'{"id": "a", "fields": {"n": 1}}\n{"id": "b", "fields": {"n": 2}}\n'


def _source(key: str) -> dict[str, str]:
    return {"upload": key.rpartition("/")[2]} if key.startswith("uploads/") else {"bucket_key": key}


def _process(key: str) -> dict[str, Any]:
    pipeline = [{"sort": [{"by": "id"}]}, {"filter": "id <> 'c'"}]
    return {"source": _source(key), "format": "jsonl", "pipeline": pipeline, "output": {"format": "jsonl"}}


def _bulk(key: str, operation: str = "put", tolerated: int = 100) -> dict[str, Any]:
    return {"operation": operation, "manifest": _source(key), "tolerated_failure_percentage": tolerated}


def connecting(play: Play) -> None:
    given = {"methodArn": METHOD, "headers": {"Authorization": sign(claims(iss=PARAMETERS["JwtIssuer"]))}}
    assert play.app.call("AuthorizerFunction", given)["context"]["user"] == USER
    play.app.call("ConnectFunction", play.event())
    play.app.call("DisconnectFunction", play.event())


def at_once(play: Play) -> None:
    for action in ("echo", "health"):
        play.send(action, {})
    assert "url" in play.send("upload", {"size": 1})["data"]
    assert "url" in play.send("generate_report", SHORT)["data"]


def every_job(play: Play) -> None:
    play.put(KEYS[0], LINES)
    own = {
        "generate_report": REPORT,
        "process_data": _process(KEYS[0]),
        "bulk_operation": {"operation": "put", "items": [{"id": "a", "fields": {"n": 1}}]},
        "delay": {"seconds": 0.1, "steps": 2},
    }
    for name in play.app.machines:
        if name != "approve_report":
            action = actions.get(name)
            assert action
            play.job(name, own.get(name) or action.payload.json_schema()["examples"][0])


def approvals(play: Play) -> None:
    for decision in ("approve", "reject"):
        job = _asked(play)
        for said in ("extend", decision):
            assert "data" in play.send("approve", {"request_id": job, "decision": said})
        play.over(job)
        assert play.row(job)["status"] == "COMPLETED"
    job, other = _asked(play), Decision(decision="approve", by="bob", comment=None, at=1)
    play.edit(job, decided=other.model_dump_json())
    assert play.send("approve", {"request_id": job, "decision": "reject"})["error"]["code"] == "CONFLICT"
    play.over(job)


def _asked(play: Play) -> str:
    """Return a job that waits for a decision."""
    job = play.begin("approve_report", APPROVAL)
    play.app.wait(lambda: play.row(job).get("tokens"))
    return job


def sources(play: Play) -> None:
    for key in KEYS:

        def lose(event: Any, run: Any, key: str = key) -> Any:
            play.delete(key)
            return run(event)

        play.put(key, b'{"id": "a"}')
        play.job("bulk_operation", _bulk(key, "delete"))
        for operation in ("put", "update"):
            play.put(key, LINES)
            play.job("bulk_operation", _bulk(key, operation))
        play.job("bulk_operation", _bulk(key), ApplyFunction=fail)
        play.job("bulk_operation", _bulk(key, tolerated=0), "FAILED", ApplyFunction=lose)
        play.job("bulk_operation", _bulk(key), "FAILED")  # it is not there any more
        play.job("process_data", _process(key), "FAILED")
        play.put(key, LINES)
        play.job("process_data", _process(key))
        play.job("process_data", _process(key), "FAILED", PrepareFunction=lose)


def uploads_that_break_off(play: Play) -> None:
    play.put(KEYS[0], LINES)
    for function in ("PrepareFunction", "CombineFunction", "ConvertFunction"):
        play.app.fails = {function}
        play.job("process_data", _process(KEYS[0]), "FAILED")
    play.app.fails = {"SummariseFunction"}
    play.job("bulk_operation", _bulk(KEYS[0]), "FAILED")
    play.app.fails = set()


def bad_ends(play: Play) -> None:
    job = play.job("generate_report", REPORT, "FAILED", QueryFunction=fail_late)
    execution = {"tenant": TENANT, "request_id": job}
    ends: list[Callable[[], Any]] = [
        lambda: play.app.call("StatusChangeFunction", _status_change(execution)),
        lambda: play.app.call("SweepFunction", {}),
        lambda: play.send("cancel", {"request_id": job}),
    ]
    for end in ends:
        for gone in (False, True):
            play.reopen(job, gone=gone)
            end()
            assert play.row(job)["status"] in {"FAILED", "CANCELLED"}


def _status_change(given: dict[str, str]) -> dict[str, Any]:
    """Return what Step Functions tell of an execution's end, whatever number of redrives it had."""
    detail = {"executionArn": "x", "status": "FAILED", "input": json.dumps(given), "redriveCount": 10**6}
    return {"detail": detail}


def asking_about_jobs(play: Play) -> None:
    job = play.job("generate_report", REPORT)
    assert "url" in play.send("status", {"request_id": job})["data"]["result"]
    assert len(play.send("list", {"limit": 1})["data"]["jobs"]) == 1
    for gone in (False, True):
        play.reopen(job, gone=gone)
        play.edit(job, connections={"c2"})
        assert play.send("resume", {"request_id": job, "seq": 0})["data"]["frames"]
        play.edit(job, connections={"c2"})
        assert play.send("generate_report", REPORT, job)["type"] == "acknowledgment"
    play.edit(job, status="FAILED", cause="NEVER_STARTED")
    assert play.send("generate_report", REPORT, job)["type"] == "acknowledgment"
    assert play.row(job)["status"] == "RUNNING"


def too_many_jobs(play: Play) -> None:
    parts = [part_key(TENANT, part) | {"in_flight": most} for part, most in enumerate(quota.shares(200))]
    for part in parts:
        play.app.jobs.put_item(Item=part)
    assert play.send("generate_report", REPORT)["error"]["code"] == "RATE_LIMITED"
    for part in parts:
        play.app.jobs.put_item(Item=part | {"in_flight": 0})


PLAIN = [connecting, at_once, sources, uploads_that_break_off, too_many_jobs]
HARD = [every_job, approvals, bad_ends, asking_about_jobs]  # played once more, with all hardships
