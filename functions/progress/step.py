"""`step()` makes a Lambda handler of a stage's plain function."""

import inspect
import json
from collections.abc import Callable
from functools import wraps
from typing import Any, get_type_hints

from pydantic import TypeAdapter

from jobs import checkpoints
from jobs.claims import check_in, check_out
from jobs.clock import Clock, SystemClock
from jobs.closing import reopen
from jobs.counting import count, flushed
from jobs.errors import PermanentError
from jobs.job import Job, Stage
from jobs.log import JobEnded, JobLog
from jobs.logger import begin, logger
from jobs.sender import Sender
from progress.counters import counter
from progress.outbox import Outbox
from progress.outcome import Outcome
from progress.raising import by_type
from progress.reporter import Progress, Update
from progress.speaker import Speaker

LARGEST_RESULT = 64 * 1024  # it travels in one message, of 128 KB, and lies in one item

Handler = Callable[[dict[str, Any], Any], Any]


def step(function: Callable[..., Any], clock: Clock | None = None) -> Handler:
    """Return the Lambda handler that runs `function` as a stage.

    `function` takes named inputs, annotated with what pydantic can parse, and `progress`. The state
    machine's Payload is `{"context": $states.context, "progress": {"from", "to"}, "input": {name: value}}`.
    A `part` beside the input, `{name: field}`, takes a field of a value that may be a claim.
    The handler returns the function's result as JSON, or a claim on it where it is large; the stage whose
    range ends at 100 completes the job with it. A stage inside a Map has a `total` beside its range: it
    announces nothing, `progress.count()` is its voice, and it may not be the last.

    Raises (from the handler, for Retry and Catch):
        TransientError: the function raised it, or AWS refused in a way that may pass.
        PermanentError: the function raised it, or the input does not fit.
        OutOfTime: `progress.track()` came near the function's deadline.
    """
    clock = clock or SystemClock()
    hints = get_type_hints(function)
    names = [name for name in inspect.signature(function).parameters if name != "progress"]
    inputs = {name: TypeAdapter[Any](hints[name]) for name in names}
    result_type = TypeAdapter[Any](hints["return"])

    @wraps(function)  # what reads the project finds the stage's own types behind it
    def handler(event: dict[str, Any], context: Any) -> Any:
        job, stage = Job.from_event(event), Stage.from_event(event)
        begin(context, **job.keys(event), stage=stage.name, attempt=stage.attempt)
        if stage.attempt > 1:
            count("StagesRetried", job.action)
        with by_type():
            log = _open(job, _redrive(event), clock)
            if log.end.ended:
                return _result_of(log, _redrive(event))
            sender = Sender(log)
            speaker = Speaker(log, sender)
            try:
                return _run(event, context, job, stage, log, speaker)
            finally:
                sender.settle(context.get_remaining_time_in_millis() / 2000)  # never more than half of it

    def _run(
        event: dict[str, Any], context: Any, job: Job, stage: Stage, log: JobLog, speaker: Speaker
    ) -> Any:
        outbox = _announce(stage, speaker, clock)
        try:
            progress = _voice(job, stage, log, speaker, outbox, context)
            given = {name: kind.validate_python(_input(job, event, name)) for name, kind in inputs.items()}
            result = function(**given, progress=progress)
        except PermanentError as error:
            if error.left is not None:
                log.leave(error.left)
            raise
        finally:
            outbox.close()
        output = result_type.dump_python(result, mode="json")
        logger.info("stage done")
        if stage.is_last:
            if len(json.dumps(output).encode()) > LARGEST_RESULT:
                raise PermanentError("The result is too large to be sent.")
            success = result.success if isinstance(result, Outcome) else True
            speaker.complete(stage, output, success=success)
            return output
        return check_in(job.folder, stage.key, output)

    return flushed(_heeding_cancels(handler))


def _heeding_cancels(run: Handler) -> Handler:
    """Let a stage return whose job was cancelled under it: nothing went wrong, and nobody waits for it."""

    @wraps(run)
    def handler(event: dict[str, Any], context: Any) -> Any:
        try:
            return run(event, context)
        except JobEnded:
            job = Job.from_event(event)
            log = JobLog(job.tenant, job.request_id)
            with by_type():
                log.load()
            if log.row["status"] != "CANCELLED":
                raise
            return _result_of(log, _redrive(event))

    return handler


def _input(job: Job, event: dict[str, Any], name: str) -> Any:
    """Return an input's value, or the part of it that is wanted: in a claim no state machine sees parts."""
    value, part = check_out(job.folder, event["input"][name]), event.get("part", {}).get(name)
    return value if part is None else value[part]


def _open(job: Job, redrive: int, clock: Clock) -> JobLog:
    """Return the job's log; that of a failed job which is redriven goes on."""
    log = JobLog(job.tenant, job.request_id, clock)
    log.load()
    if log.row["status"] == "FAILED" and redrive > int(log.row.get("redrives", 0)):
        reopen(log.row, redrive, clock)
        log.load()
    return log


def _announce(stage: Stage, speaker: Speaker, clock: Clock) -> Outbox:
    """Return the stage's outbox, which sends its first frame while the inputs are read."""
    first = [stage.attempt > 1]  # a later attempt's first frame says so

    def emit(update: Update, merged: int) -> None:
        speaker.progress(stage, update, merged, retrying=first[0])
        first[0] = False

    outbox = Outbox(emit, speaker.seconds_to_wait, clock)
    if not stage.total:
        begun = "Started" if stage.attempt == 1 else "Started again"
        outbox.offer(Update(0, begun, {"from": stage.start, "to": stage.end}), keep=True)
    return outbox


def _voice(job: Job, stage: Stage, log: JobLog, speaker: Speaker, outbox: Outbox, context: Any) -> Progress:
    """Return what the function speaks with; one of many speaks by counting."""
    return Progress(
        outbox.offer if not stage.total else None,
        job=job,
        clock=log.clock,
        # Only a later attempt can have a checkpoint: the first does not pay for looking.
        checkpoint=checkpoints.load(log.key, job.folder, stage.key) if stage.attempt > 1 else None,
        save=lambda made: checkpoints.save(log.key, job.folder, stage.key, made, log.clock.now()),
        count=counter(log.key, stage, speaker, log.clock),
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )


def _redrive(event: dict[str, Any]) -> int:
    return int(event["context"]["Execution"].get("RedriveCount", 0))


def _result_of(log: JobLog, redrive: int) -> Any:
    """Answer a second delivery of a job's last stage: what the first one returned; and a cancelled job's."""
    if log.row["status"] == "CANCELLED" and not redrive:  # a redriven one must not look as if it had run
        logger.info("the job was cancelled")
        return None
    if log.row["status"] != "COMPLETED":
        raise PermanentError("The job has ended.")
    return json.loads(str(log.row["result"]))
