"""The command `streamer forget`."""

import json
import sys
from pathlib import Path

import click

from streamer.commands.arguments import Failed, check_tenant, state_dir_option
from streamer.console.terminal.choosing import Chosen, stack_options

EXAMPLES = """\b
Examples:
  streamer forget --tenant acme
  streamer forget --tenant acme --delete --stack streamer --profile production
  streamer forget --tenant acme --delete --cancel --json
"""
LATE_MINUTES = 15  # no function lives longer


@click.command(epilog=EXAMPLES, short_help="Delete everything of one tenant.")
@click.option("--tenant", required=True, help="The tenant.")
@click.option("--delete", "really", is_flag=True, help="Delete; without it everything is only counted.")
@click.option("--cancel", "stop", is_flag=True, help="With --delete: cancel the jobs that run first.")
@click.option("--json", "as_json", is_flag=True, help="Print the counts as JSON.")
@state_dir_option
@stack_options(required=False)
def forget(tenant: str, really: bool, stop: bool, as_json: bool, state_dir: Path, **options: str) -> None:
    """Count, or with --delete delete, what there is of a tenant in tables and bucket.

    Its jobs with their logs, its connections and records, its uploads, work and results. It refuses while
    jobs of it run, and if it is interrupted, the same command goes on. Afterwards it looks once more.

    Exit status: 0 counted, or nothing is left; 1 refused, or something is left; 2 wrong usage, 3 no
    connection, 130 interrupted.
    """
    check_tenant(tenant)
    if stop and not really:
        raise click.UsageError("--cancel goes with --delete.")
    chosen = Chosen(**options, state_dir=state_dir)
    place = chosen.place()
    from botocore.exceptions import BotoCoreError, ClientError

    from streamer.console.acting.router_function import ActionError
    from streamer.operating.forget.forget_display import told
    from streamer.operating.forget.tenant_forgotten import Refused, run

    try:
        with told(as_json=as_json) as tell:
            report = run(place, chosen.parts(place), tenant, tell, really=really, stop=stop)
    except (Refused, ActionError) as refused:
        raise Failed(str(refused)) from refused
    except (BotoCoreError, ClientError) as error:
        raise Failed(f"{error}; the same command goes on", 3) from error
    except KeyboardInterrupt:
        raise click.Abort from None
    if as_json:
        click.echo(json.dumps(report, indent=2))
    elif not really:
        click.echo("Nothing was deleted: that takes --delete.")
    if report["cancelled"]:
        late = f"The cancelled jobs' last functions may write for {LATE_MINUTES} minutes: run it again then."
        click.echo(late, err=True)
    sys.exit(1 if any(report["left"].values()) else 0)
