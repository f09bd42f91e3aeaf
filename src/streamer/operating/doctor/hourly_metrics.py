"""CloudWatch's metrics of the last hour, many by one call."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from streamer.console.reading.place import Place

SECONDS = 3600
MOST_IN_A_CALL = 500  # AWS's limit


@dataclass(frozen=True)
class Metric:
    """A metric with its dimensions, and what of it is asked."""

    namespace: str
    name: str
    dimensions: Mapping[str, str]
    statistic: Literal["Sum", "Maximum"] = "Sum"


class Metrics:
    """A place's."""

    def __init__(self, place: Place, now: Callable[[], float]) -> None:
        self._place, self._now = place, now

    def of(self, wanted: Sequence[Metric], seconds: float = SECONDS) -> list[float]:
        """Return what each was in the last `seconds`; 0 for one that has no value there."""
        client, found = self._place.client("cloudwatch"), [0.0] * len(wanted)
        end = self._now()
        for first in range(0, len(wanted), MOST_IN_A_CALL):
            queries = [_query(number, each) for number, each in enumerate(wanted)]
            more: dict[str, Any] = {}
            while True:
                answer = client.get_metric_data(
                    MetricDataQueries=queries[first : first + MOST_IN_A_CALL],
                    StartTime=datetime.fromtimestamp(end - seconds, UTC),
                    EndTime=datetime.fromtimestamp(end + 60, UTC),
                    **more,
                )
                for each in answer["MetricDataResults"]:
                    number = int(each["Id"].removeprefix("m"))
                    together = sum if wanted[number].statistic == "Sum" else max
                    found[number] = together([found[number], *each["Values"]])
                if not answer.get("NextToken"):
                    break
                more = {"NextToken": answer["NextToken"]}
        return found


def _query(number: int, metric: Metric) -> dict[str, Any]:
    dimensions = [{"Name": name, "Value": value} for name, value in metric.dimensions.items()]
    asked = {"Namespace": metric.namespace, "MetricName": metric.name, "Dimensions": dimensions}
    return {"Id": f"m{number}", "MetricStat": {"Metric": asked, "Period": 60, "Stat": metric.statistic}}
