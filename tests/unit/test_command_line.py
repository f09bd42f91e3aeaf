"""The command line as a whole: which commands there are, and that none pays for another's imports."""

import subprocess
import sys

from click.testing import CliRunner

from streamer.cli import COMMANDS, cli
from tests.support.stack import ROOT


def test_every_command_is_listed_with_its_help() -> None:
    modules = sorted((ROOT / "src/streamer/commands").glob("*_command.py"))
    names = [module.stem.removesuffix("_command").replace("_", "-") for module in modules]
    assert list(COMMANDS) == names
    listed = CliRunner().invoke(cli, ["--help"]).output
    for name in names:
        assert f"\n  {name} " in listed
        helped = CliRunner().invoke(cli, [name, "--help"])
        assert (helped.exit_code, f"{name} [OPTIONS]" in helped.output) == (0, True), name
    assert "No such command 'dance'" in CliRunner().invoke(cli, ["dance"]).output


def test_a_command_imports_nothing_of_the_others() -> None:
    script = "import sys; from streamer.cli import cli; cli.get_command(None, 'dev'); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    imported = set(done.stdout.split())
    assert "streamer.commands.dev_command" in imported
    assert not {"websockets", "streamer.commands.showing", "streamer.forecast"} & imported
