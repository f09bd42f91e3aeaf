"""What building and deploying give to the tests."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Build:
    """The template that `sam build` wrote, its artefacts beside it, and what it said."""

    template: Path
    said: str


@dataclass(frozen=True)
class Stack:
    """A deployed stack: its socket, the endpoint for AWS's clients, its bucket, its tokens' key folder."""

    ws_url: str
    endpoint_url: str
    bucket: str
    keys: Path
