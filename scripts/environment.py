"""What samconfig.toml says of an environment: `python -m scripts.environment NAME` prints its parameters."""

import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path

import click

CONFIG = Path(__file__).parents[1] / "samconfig.toml"


@dataclass(frozen=True)
class Environment:
    """A stack's name, and the template's parameters for it, each as NAME=VALUE."""

    stack: str
    parameters: list[str]


def read(name: str) -> Environment:
    """Return the environment of that name. Raises KeyError, with those that there are, if it is none."""
    known = {each: tables for each, tables in tomllib.loads(CONFIG.read_text()).items() if each != "version"}
    if name not in known:
        raise KeyError(f"samconfig.toml has no environment {name!r}, but {', '.join(sorted(known))}")
    deploy = known[name]["deploy"]["parameters"]
    return Environment(
        known[name]["global"]["parameters"]["stack_name"], deploy.get("parameter_overrides", [])
    )


if __name__ == "__main__":
    try:
        click.echo(" ".join(read(sys.argv[1]).parameters))
    except KeyError as error:
        sys.exit(error.args[0])
