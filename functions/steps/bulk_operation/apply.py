"""Apply a batch: each item once, however often its batch is begun."""

from pydantic import ValidationError

from jobs.clients import data_bucket, s3
from progress import Progress, step
from steps.bulk_operation import manifests
from steps.bulk_operation.batches import Applied, Batch, Failure, Planned, result_key
from steps.bulk_operation.operation import Item
from steps.bulk_operation.writes import Refused, write

LONGEST_MESSAGE = 300


def apply(plan: Planned, batch: Batch, progress: Progress) -> None:
    """Write the batch's items to the table, and what became of them to an object beside the plan.

    Raises:
        PermanentError: the manifest has changed.
    """
    applied = Applied()
    for n, line in progress.track(manifests.items(plan.manifest, batch), state=applied):
        found = manifests.parse(line)
        try:
            item = _read(found, n, plan, batch)
            # Ids of requests are free again after a week, the names of executions are not.
            mark = f"{progress.job.request_id}#{n}#{plan.run[:16]}"
            write(progress.job.tenant, plan.operation, item, plan.condition, mark)
            applied.done.append((n, item.id))
        except Refused as refused:
            name = manifests.id_of(found)
            applied.failures.append(Failure(n=n, id=name, code=refused.code, message=str(refused)))
    s3().put_object(
        Bucket=data_bucket(),
        Key=result_key(plan, batch),
        Body=applied.model_dump_json().encode(),
        ContentType="application/json",
    )
    progress.count(batch.count, "{done} of {total} items")


def _read(found: object, n: int, plan: Planned, batch: Batch) -> Item:
    """Return a line as an item.

    Raises:
        Refused: INVALID_ITEM or REPEATED_ID.
    """
    if found is None:
        raise Refused("INVALID_ITEM", "The line is not JSON.")
    try:
        item = Item.model_validate(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        said = f"{'.'.join(map(str, first['loc'])) or 'item'}: {first['msg']}"[:LONGEST_MESSAGE]
        # A field's name may have half a surrogate pair, which no file takes.
        raise Refused("INVALID_ITEM", said.encode(errors="replace").decode()) from None
    if unfit := item.unfit(plan.operation):
        raise Refused("INVALID_ITEM", f"{unfit[0]}: {unfit[1]}")
    if n in batch.repeated:
        # Batches run side by side: of two items for one record, none would be the later one.
        raise Refused("REPEATED_ID", "The id stands on an earlier line already.")
    return item


handler = step(apply)
