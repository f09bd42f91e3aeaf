"""Shows a forecast in a terminal."""

from collections.abc import Callable
from typing import Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from streamer.forecast import prices, quotas
from streamer.forecast.results import Forecast, Range

WIDTH = 100

_TRAFFIC = {
    "frames": "frames",
    "pushes": "pushes",
    "messages": "API Gateway messages",
    "writes": "DynamoDB writes",
    "write_units": "  write units",
    "reads": "DynamoDB reads",
    "read_units": "  read units",
    "s3_puts": "S3 puts of the engine",
    "s3_gets": "S3 gets of the engine",
}


def show(forecast: Forecast, console: Console) -> None:
    """Print a forecast: a job, its dollars, what breaks first, the findings, what was assumed."""
    console.width = min(console.width, WIDTH)
    follower = "follower" if forecast.followers == 1 else "followers"
    about = f"{forecast.seconds:,g} s, payload {forecast.payload_bytes:,} B, {forecast.followers} {follower}"
    console.print(
        Text.assemble(
            (forecast.action, "bold"), f"  {forecast.machine or 'answered at once'}  ", (about, "dim")
        )
    )
    console.print(_job(forecast))
    console.print(Text("What breaks first as jobs per second grow, at the most frames", "bold"))
    console.print(_breaks(forecast))
    if forecast.findings:
        console.print(_findings(forecast))
        console.print()
    console.print(Text("Assumed", "bold"))
    read = f"Prices of {prices.REGION}, read {prices.READ}; limits, read {quotas.READ}."
    notes = Table.grid(padding=(0, 1))
    for line in [*forecast.assumptions, read]:
        notes.add_row("·", Text(line), style="dim")
    console.print(notes)


def _job(forecast: Forecast) -> Table:
    table = Table(box=box.SIMPLE_HEAD, expand=False)
    table.add_column("A job")
    for name in ("least", "most", "worst", "limit"):
        table.add_column(name, justify="right")
    if forecast.machine:
        _row(table, "history events", forecast.events, lambda value: f"{value:,}", quotas.HISTORY_EVENTS.most)
        for child in forecast.children:
            table.add_row(f"  {child.executions:,} {child.kind} children, each", "", "", f"{child.events:,}")
        _row(table, "state, bytes", forecast.state_bytes, lambda value: f"{value:,}", quotas.STATE_BYTES.most)
        _row(table, "transitions", forecast.transitions, lambda value: f"{value:,}")
    _row(table, "Lambda calls", forecast.lambda_calls, lambda value: f"{value:,}")
    for field, label in _TRAFFIC.items():
        if getattr(forecast.traffic.worst, field):
            _row(table, label, forecast.traffic, lambda value, field=field: f"{getattr(value, field):,}")  # type: ignore[misc]
    table.add_section()
    table.add_row(Text("Dollars per 1,000 jobs", "bold"))
    for name in forecast.dollars_per_thousand.worst:
        if forecast.dollars_per_thousand.worst[name]:
            _row(table, name, forecast.dollars_per_thousand, lambda bill, name=name: f"{bill[name]:.4f}")  # type: ignore[misc]
    return table


def _row(
    table: Table, label: str, values: Range[Any], text: Callable[[Any], str], limit: int | None = None
) -> None:
    over = limit is not None and isinstance(values.worst, int) and values.worst > limit
    table.add_row(
        escape(label),
        text(values.least),
        text(values.most),
        Text(text(values.worst), "red" if over else ""),
        "" if limit is None else f"{limit:,}",
    )


def _breaks(forecast: Forecast) -> Table:
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("jobs/s", justify="right")
    table.add_column("limit")
    table.add_column("of")
    table.add_column("limit ÷ a job", justify="right", no_wrap=True)
    table.add_column("burst", justify="right")
    for number, each in enumerate(forecast.breaks):
        table.add_row(
            _rate(each.jobs_per_second),
            f"{each.what}  ◀ first" if number == 0 else each.what,
            each.scope,
            f"{each.limit:,.0f} ÷ {_amount(each.per_job)}",
            f"{each.burst:,}" if each.burst else "",
            style="bold red" if number == 0 else "",
        )
    return table


def _findings(forecast: Forecast) -> Table:
    table = Table.grid(padding=(0, 2))
    for finding in forecast.findings:
        where = f"{finding.state}: " if finding.state else ""
        colour = "red" if finding.level == "error" else "yellow"
        table.add_row(Text(finding.level, colour), Text(f"{where}{finding.message}"))
    return table


def _amount(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:,.4g}"


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:,.2g}" if value < 1 else f"{value:,.1f}"
