"""Counting and deleting what is a tenant's. Whatever interrupts it, the same again goes on."""

from collections.abc import Callable, Sequence

from boto3.dynamodb.conditions import Attr, Key

from streamer.console.acting.router_function import RouterFunction
from streamer.console.reading.aws_reads import Reads
from streamer.operating.forget.holdings import Holding

Tell = Callable[[str, int], None]  # of which kind there are so many more


def count(holdings: Sequence[Holding], tell: Tell) -> dict[str, int]:
    """Return how much there is of each kind; nothing is changed."""
    counts = {}
    for each in holdings:
        counts[each.name] = 0
        for keys in each.pages():
            counts[each.name] += len(keys)
            tell(each.name, len(keys))
    return counts


def delete(holdings: Sequence[Holding], tell: Tell) -> dict[str, int]:
    """Delete all of it, and return how much it was of each kind.

    Raises:
        ClientError: a call is refused.
        OSError: an object cannot be deleted.
    """
    counts = {}
    for each in holdings:
        counts[each.name] = 0
        for keys in each.pages():
            each.delete(keys)
            counts[each.name] += len(keys)
            tell(each.name, len(keys))
    return counts


def running(reads: Reads, tenant: str) -> list[str]:
    """Return the ids of the tenant's jobs that have not ended, the oldest first."""
    found: list[str] = []
    more: dict[str, object] = {}
    while True:
        answer = reads.query(
            IndexName="by-tenant",
            KeyConditionExpression=Key("tenant").eq(tenant),
            FilterExpression=Attr("status").eq("RUNNING"),
            **more,
        )
        found += [str(row["request_id"]) for row in answer["Items"]]
        if "LastEvaluatedKey" not in answer:
            return found
        more = {"ExclusiveStartKey": answer["LastEvaluatedKey"]}


def cancel(router: RouterFunction, tenant: str, jobs: Sequence[str], tell: Tell) -> None:
    """Cancel jobs, as an operator; one that ends meanwhile has what it needs.

    Raises:
        ActionError, ClientError: the router cannot be asked.
        OSError: it refuses.
    """
    for request_id in jobs:
        frame = router.ask(tenant, "cancel", {"request_id": request_id})
        if frame["type"] == "error" and frame["error"]["code"] != "CONFLICT":
            raise OSError(f"{request_id} could not be cancelled: {frame['error']['message']}")
        tell("cancelled jobs", 1)
