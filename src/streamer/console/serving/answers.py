"""What a page may ask: a page of jobs, a text of a history, an object of the job's own; and follow."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from urllib.parse import parse_qs, urlsplit

from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.claimed import Claimed
from streamer.console.reading.jobs_list import JobsList, Wanted
from streamer.console.reading.log_lines import CloudWatchLines, LogLines
from streamer.console.serving.acting_line import ActingLine
from streamer.console.serving.job_topic import JobTopic
from streamer.console.serving.list_topic import ListTopic
from streamer.console.serving.orders import ORDERS, Orders
from streamer.console.serving.poller import Poller, Topic
from streamer.console.serving.tryable import Tryable

_NAME = r"[A-Za-z0-9._:-]{1,128}"
_JOB = re.compile(rf"/api/jobs/(?P<tenant>{_NAME})/(?P<id>{_NAME})/(?P<what>live|text|claim|logs|payload)")
_ACT = re.compile(rf"/api/jobs/(?P<tenant>{_NAME})/(?P<id>{_NAME})/act")
MOST_SECONDS = 366 * 86400


@dataclass(frozen=True)
class Answer:
    """An answer over HTTP; `kind` is its media type."""

    status: int
    body: bytes
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


class Answers:
    """Answers for the place of `reads`. `logs` finds a function's lines; CloudWatch's, unless given.

    Without `acting` nothing can be done to a job. Where there is a `tryable`, its actions can be tried, and
    its workers killed by an order.
    """

    def __init__(
        self,
        reads: Reads,
        logs: LogLines | None = None,
        acting: ActingLine | None = None,
        tryable: Tryable | None = None,
    ) -> None:
        self._place = reads.place
        self._reads = reads
        self._jobs = JobsList(reads)
        self._claims = Claimed(reads)
        self._logs = logs or CloudWatchLines(reads.place)
        self._poller = Poller()
        self._acting = acting
        self._tryable = tryable
        self._orders = Orders(
            {"kill": lambda given: tryable.kill(given["tenant"], given["id"])} if tryable else {}
        )

    @property
    def origins(self) -> Sequence[str]:
        """The origins, beside its own, that the page connects to."""
        return self._tryable.origins if self._tryable else ()

    def close(self) -> None:
        """Stop following."""
        self._poller.close()

    def get(self, path: str) -> Answer | None:
        """Return the answer to a GET, None where `path` is not of the API."""
        url = urlsplit(path)
        if not url.path.startswith("/api/"):
            return None
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        try:
            return self._get(url.path, query)
        except (ValueError, KeyError) as error:
            return _json({"error": f"{type(error).__name__}: {error}"}, 400)
        except Exception as error:  # AWS's refusals are for the person who looks
            return _json({"error": str(error)}, 502)

    def act(self, path: str) -> Callable[[str], str] | None:
        """Return what takes an action on the job that `path` names, or an order; None for any other path."""
        if path == ORDERS:
            return self._orders.obey
        match = _ACT.fullmatch(urlsplit(path).path)
        if not match or self._acting is None:
            return None
        return partial(self._acting.take, match["tenant"], match["id"])

    @contextmanager
    def following(self, path: str) -> Iterator[Topic | None]:
        """Follow what `path` names; None where there is nothing of that name."""
        url = urlsplit(path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        key: Any
        make: Callable[[], Topic]
        if url.path == "/api/jobs/live":
            key = _wanted(query)
            make = partial(ListTopic, self._jobs, key)
        elif (match := _JOB.fullmatch(url.path)) and match["what"] == "live":
            key = (match["tenant"], match["id"])
            make = partial(JobTopic, self._reads, *key)
        else:
            yield None
            return
        with self._poller.following(key, make) as topic:
            yield topic

    def _get(self, path: str, query: dict[str, str]) -> Answer:
        if path == "/api/place":
            token = self._acting.token if self._acting else None
            place, can_try = self._place, self._tryable is not None
            return _json({"stack": place.stack, "local": place.local, "acting": token, "try": can_try})
        if self._tryable and path.startswith("/api/try"):
            return self._of_try(self._tryable, path, query)
        if path == "/api/jobs":
            page = self._jobs.page(_wanted(query), query.get("cursor", ""))
            jobs = [{**job, **self._jobs.detail(job), "ended": job["ended"]} for job in page["jobs"]]
            return _json({**page, "jobs": jobs})
        match = _JOB.fullmatch(path)
        if not match:
            return _json({"error": "There is no such thing."}, 404)
        return self._of_job(match["tenant"], match["id"], match["what"], query)

    def _of_try(self, tryable: Tryable, path: str, query: dict[str, str]) -> Answer:
        if path == "/api/try":
            return _json({"ws_url": tryable.ws_url, "token": self._orders.token})
        if path == "/api/try/actions":
            return _json(tryable.actions())
        if path == "/api/try/token":
            return _json(
                {"token": tryable.token(query["tenant"], query["user"], query.get("permissions", ""))}
            )
        return _json({"error": "There is no such thing."}, 404)

    def _of_job(self, tenant: str, request_id: str, what: str, query: dict[str, str]) -> Answer:
        if what == "payload":
            (row,) = self._reads.newest(tenant, request_id, most=1)
            return Answer(200, self._claims.payload(row))
        if what == "text":
            topic = JobTopic(self._reads, tenant, request_id)
            text = topic.text(int(query["event"]), _one_of(query["of"], ("input", "output")))
            return Answer(200, (text or "").encode(), "text/plain")
        if what == "claim":
            body, name = self._claims.read(tenant, request_id, query["key"])
            saved = {"Content-Disposition": f'attachment; filename="{name}"'}
            return Answer(200, body, "application/octet-stream", saved)
        lines = self._logs.of(query["function"], request_id, float(query["from"]), float(query["to"]))
        return _json({"lines": lines, "link": self._logs.link(query["function"])})


def _wanted(query: dict[str, str]) -> Wanted:
    seconds = float(query.get("seconds", 0))
    if not 0 <= seconds <= MOST_SECONDS:
        raise ValueError("seconds: from 0 to a year")
    return Wanted(
        tenant=query.get("tenant", ""),
        action=query.get("action", ""),
        status=query.get("status", ""),
        id=query.get("id", ""),
        seconds=seconds,
    )


def _one_of(value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise ValueError(f"one of {', '.join(known)}")
    return value


def _json(body: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(body).encode())
