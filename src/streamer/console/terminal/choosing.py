"""Which stack a command looks at: a deployed one where `--stack` names it, else the local runner's."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from streamer.commands.arguments import Failed, needs_local

if TYPE_CHECKING:
    from streamer.console.reading.place import Place
    from streamer.operating.stack_parts import Parts


@dataclass(frozen=True)
class Chosen:
    """The options that lead to a stack."""

    stack: str | None
    profile: str | None
    region: str | None
    endpoint_url: str | None
    state_dir: Path | None = None

    def place(self) -> "Place":
        """Return where to look. Raises Failed: status 3, there is no such stack, or no runner."""
        try:
            from streamer.console.reading.place import StackError, deployed, local

            if self.stack is None:
                runner = self._runner()
                return local(runner["jobs_table"], "", runner["endpoint_url"], "streamer", "us-east-1")
            return deployed(self.stack, self.profile, self.region, self.endpoint_url)
        except ModuleNotFoundError as missing:
            raise needs_local(missing) from missing
        except StackError as error:
            raise Failed(str(error), 3) from error

    def parts(self, place: "Place") -> "Parts":
        """Return the parts of the stack at `place`. Raises ClientError, Failed."""
        from streamer.operating.stack_parts import Parts, of_stack

        return Parts(self._runner().get("resources", [])) if self.stack is None else of_stack(place)

    def _runner(self) -> dict[str, Any]:
        folder = self.state_dir or Path(".streamer")
        try:
            runner: dict[str, Any] = json.loads((folder / "dev.json").read_text())
        except (OSError, ValueError):
            message = f"no local runner found in {folder}: run `streamer dev` first, or give --stack"
            raise Failed(message, 3) from None
        if "jobs_table" not in runner:
            raise Failed("the application that runs here has no jobs table", 3)
        return runner


def stack_options(required: bool) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Return a decorator that adds `--stack` and what leads to it."""
    options = [
        click.option("--stack", required=required, help="The CloudFormation stack."),
        click.option("--profile", help="The AWS profile; the default one otherwise."),
        click.option("--region", help="The AWS region; the profile's otherwise."),
        click.option("--endpoint", "endpoint_url", metavar="URL", help="An emulator's address, for AWS."),
    ]

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return add
