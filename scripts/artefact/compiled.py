"""Byte code: of all sources or of none, the target's, and never compared with the source."""

from collections.abc import Iterator
from pathlib import Path

from scripts.artefact.target import Target

_UNCHECKED_HASH = (1).to_bytes(4, "little")  # PEP 552: the source is not even looked at


def is_compiled(folder: Path) -> bool:
    """Whether there is any byte code."""
    return any(folder.rglob("*.pyc"))


def faults(folder: Path, target: Target) -> Iterator[str]:
    """Yield the sources and byte codes that lack the other, and byte code that is not for the target."""
    ending = ".cpython-{}{}.pyc".format(*target.version)
    sources = {path.with_suffix("") for path in folder.rglob("*.py")}
    found = {path.parents[1] / path.name.removesuffix(ending): path for path in folder.rglob("*.pyc")}
    for module in sorted(sources ^ found.keys()):
        yield f"{module.relative_to(folder)} has its {'source' if module in sources else 'byte code'} alone"
    for path in found.values():
        with path.open("rb") as opened:
            if opened.read(8) != target.magic + _UNCHECKED_HASH:
                yield f"{path.relative_to(folder)} would not be used"
