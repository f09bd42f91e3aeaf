"""Jobs in a terminal: all of them, a line for each change, or one of them with its stages."""

import json
import time
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from streamer.commands.arguments import Failed
from streamer.console.reading.aws_reads import Reads
from streamer.console.reading.jobs_list import JobsList, Wanted
from streamer.console.run.job_items import LoggedFrame, acknowledgment, logged
from streamer.display import Display

LIST_SECONDS, JOB_SECONDS = 1.0, 0.3
SHOWN_AT_FIRST = 10
STYLES = {"RUNNING": "cyan", "COMPLETED": "green", "FAILED": "red", "CANCELLED": "yellow"}


def watch_all(jobs: JobsList, tenant: str, console: Console, *, as_json: bool) -> None:
    """Print a line for each job that is new, and for each that ends; for ever."""
    known: dict[tuple[str, str], str] = {}
    while True:
        page = jobs.page(Wanted(tenant=tenant))["jobs"]
        for each in reversed(page if known else page[:SHOWN_AT_FIRST]):
            key = each["tenant"], each["id"]
            if known.get(key) != each["status"]:
                known[key] = each["status"]
                _tell(each, console, as_json=as_json)
        for each in page:
            known.setdefault((each["tenant"], each["id"]), each["status"])
        time.sleep(LIST_SECONDS)


def watch_one(reads: Reads, tenant: str, request_id: str, console: Console, *, as_json: bool) -> bool:
    """Show a job's frames up to its last; return whether it succeeded."""
    seq, row = -1, dict[str, Any]()
    with Display(console) as display:
        while True:
            frames: list[LoggedFrame] = []
            for items in reads.log_after(tenant, request_id, max(seq, 0)):
                frames += [frame for item in items if (frame := logged(item))]
                row = next((item for item in items if logged(item) is None), row)
            if seq < 0:
                frames.insert(0, acknowledgment(row))
            for each in frames:
                seq = each.seq
                if as_json:
                    click.echo(json.dumps(each.frame, ensure_ascii=False, separators=(",", ":")))
                else:
                    display.show(each.frame)  # type: ignore[arg-type]  # as the log has it
            # The row and the log are read one after the other: the last frame may be in the next turn's.
            if row["status"] != "RUNNING" and seq >= int(row.get("seq", seq)):
                return row["status"] == "COMPLETED" and bool(row.get("success", True))
            time.sleep(JOB_SECONDS)


def find(reads: Reads, jobs: JobsList, request_id: str, tenant: str) -> str:
    """Return the tenant of the job with this id.

    Raises:
        Failed: there is no such job.
        UsageError: several tenants have one.
    """
    tenants = [tenant] if tenant else jobs.tenants()
    owners = [each for each in tenants if reads.newest(each, request_id, most=1)]
    if not owners:
        raise Failed(f"there is no job {request_id!r}; jobs are kept for seven days")
    if len(owners) > 1:
        raise click.UsageError(f"{', '.join(owners)} have a job of that id; say which with --tenant")
    return owners[0]


def _tell(each: dict[str, Any], console: Console, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(each, separators=(",", ":")))
        return
    at = each["ended"] or each["accepted"]
    took = f"  {each['ended'] - each['accepted']:.1f} s" if each["ended"] else ""
    line = Text.assemble(
        (time.strftime("%H:%M:%S ", time.localtime(at)), "dim"),
        (f"{each['status']:<9} ", STYLES.get(each["status"], "")),
        (f"{each['tenant']}/{each['id']} ", "bold"),
        each["action"],
        (took, "dim"),
    )
    console.print(line, soft_wrap=True)
