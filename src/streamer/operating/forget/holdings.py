"""Where a stack keeps what is a tenant's, and each of it as a key by which it is deleted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from boto3.dynamodb.conditions import Attr, ConditionBase, Key

from streamer.console.reading.place import Place
from streamer.operating.stack_parts import Parts

Keys = list[dict[str, Any]]
PREFIXES = ("uploads", "work", "results")  # as the bucket's folders of a tenant begin
MOST_A_DELETE = 1000  # S3's limit


@dataclass(frozen=True)
class Holding:
    """One kind of what is kept: `pages` yields its keys, `delete` takes one page of them."""

    name: str
    pages: Callable[[], Iterator[Keys]]
    delete: Callable[[Keys], None]


def holdings(place: Place, parts: Parts, tenant: str) -> list[Holding]:
    """Return all of a tenant's; the jobs, by which one sees that there is a tenant, last."""
    found = []
    if bucket := parts.name("DataBucket"):
        s3 = place.client("s3")
        found += [_objects(s3, bucket, f"{prefix}/{tenant}/", prefix) for prefix in PREFIXES]
        found.append(_unfinished(s3, bucket, [f"{prefix}/{tenant}/" for prefix in PREFIXES]))
    if name := parts.name("RecordsTable"):
        found.append(_items(place, name, "records", ["tenant", "id"], key=Key("tenant").eq(tenant)))
    if name := parts.name("ConnectionsTable"):
        mine: ConditionBase = Attr("tenant").eq(tenant)
        found.append(_items(place, name, "connections", ["connection_id"], filtered=mine))
    if name := parts.name("JobsTable"):
        # What counts its jobs, and its jobs' rows, logs and checkpoints. No index has what outlives its row.
        mine = Attr("pk").eq(tenant) | Attr("pk").begins_with(f"{tenant}#")
        found.append(_items(place, name, "items of jobs", ["pk", "sk"], filtered=mine))
    return found


def _items(
    place: Place,
    table: str,
    name: str,
    names: list[str],
    *,
    key: ConditionBase | None = None,
    filtered: ConditionBase | None = None,
) -> Holding:
    """Return a table's items: those of a partition, or those of a look through all of it."""
    resource = place.resource("dynamodb").Table(table)
    asked: dict[str, Any] = {
        "ProjectionExpression": ", ".join(f"#{each}" for each in names),
        "ExpressionAttributeNames": {f"#{each}": each for each in names},
        "ConsistentRead": True,
    }
    asked |= {"KeyConditionExpression": key} if key else {"FilterExpression": filtered}

    def pages() -> Iterator[Keys]:
        more: dict[str, Any] = {}
        while True:
            answer = (resource.query if key else resource.scan)(**asked, **more)
            yield answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return
            more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}

    def delete(keys: Keys) -> None:
        with resource.batch_writer() as batch:
            for each in keys:
                batch.delete_item(Key=each)

    return Holding(name, pages, delete)


def _objects(s3: Any, bucket: str, prefix: str, name: str) -> Holding:
    """Return the objects under a prefix, with the versions that a bucket may keep of them."""

    def pages() -> Iterator[Keys]:
        for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=prefix):
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            yield [{"Key": each["Key"], "VersionId": each["VersionId"]} for each in found]

    def delete(keys: Keys) -> None:
        for first in range(0, len(keys), MOST_A_DELETE):
            some = {"Objects": keys[first : first + MOST_A_DELETE], "Quiet": True}
            answer = s3.delete_objects(Bucket=bucket, Delete=some)
            if errors := answer.get("Errors"):
                raise OSError(f"{errors[0]['Key']} could not be deleted: {errors[0]['Message']}")

    return Holding(name, pages, delete)


def _unfinished(s3: Any, bucket: str, prefixes: list[str]) -> Holding:
    """Return uploads in parts that nobody has finished: no objects, and data all the same."""

    def pages() -> Iterator[Keys]:
        for prefix in prefixes:
            for page in s3.get_paginator("list_multipart_uploads").paginate(Bucket=bucket, Prefix=prefix):
                yield [{"Key": each["Key"], "UploadId": each["UploadId"]} for each in page.get("Uploads", ())]

    def delete(keys: Keys) -> None:
        for each in keys:
            s3.abort_multipart_upload(Bucket=bucket, **each)

    return Holding("unfinished uploads", pages, delete)
