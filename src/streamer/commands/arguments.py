"""What the commands share: options, how a payload is given, and how a command fails."""

import json
import re
import sys
from pathlib import Path
from typing import Any

import click

from streamer.printable import printable

_TENANT = re.compile(r"(?!\.{1,2}$)[A-Za-z0-9._:-]{1,128}")


class Failed(click.ClickException):
    """Ends the command with a message and an exit status."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(printable(message))
        self.exit_code = exit_code


template_option = click.option(
    "--template",
    default="template.yaml",
    show_default=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The SAM template.",
)

state_dir_option = click.option(
    "--state-dir",
    envvar="STREAMER_STATE_DIR",
    default=".streamer",
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the local runner keeps its key and its addresses.  [env: STREAMER_STATE_DIR]",
)


def check_tenant(tenant: str) -> None:
    """Refuse what is no tenant's name. Raises BadParameter."""
    if not _TENANT.fullmatch(tenant):
        message = "1 to 128 characters of A-Z a-z 0-9 . _ : - are allowed; no authorizer would take another"
        raise click.BadParameter(message, param_hint="--tenant")


def parse_payload(text: str | None) -> Any:
    """Return the payload that the argument stands for; None where there is none."""
    if text is None:
        return None
    if text == "-":
        text = sys.stdin.read()
    elif text.startswith("@"):
        try:
            text = Path(text[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"cannot read {text[1:]}: {error}", param_hint="JSON") from error
    try:
        return json.loads(text)
    except ValueError as error:
        hint = "; put it in single quotes, so that the shell leaves it alone" if "\n" not in text else ""
        raise click.BadParameter(f"not JSON: {error}{hint}", param_hint="JSON") from error


def needs_local(missing: ModuleNotFoundError) -> click.ClickException:
    """Return the error for a part of the local runner that is not installed."""
    return Failed(f"the local runner needs {missing.name}: in the clone, pip install '.[local]'")
