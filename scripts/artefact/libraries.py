"""A layer's libraries: those of the lock, none missing and none besides, whole, and made for the target."""

import base64
import hashlib
from collections.abc import Iterator
from importlib.metadata import Distribution, distributions
from pathlib import Path, PurePath

from elftools.elf.elffile import ELFFile
from elftools.elf.gnuversions import GNUVerNeedSection
from packaging.requirements import Requirement
from packaging.tags import parse_tag
from packaging.utils import canonicalize_name

from scripts.artefact.target import GLIBC, Target

_MACHINES = {"aarch64": "EM_AARCH64", "x86_64": "EM_X86_64"}
_DEVELOPMENT = {".a", ".c", ".cpp", ".h", ".hpp", ".o", ".pxd", ".pyi", ".pyx"}
_NEVER_RUN = {"bin", "test", "tests"}


def faults(layer: Path, requirements: Path, target: Target) -> Iterator[str]:
    """Yield what is wrong with a built layer, for whose libraries `requirements` has the locked versions."""
    folder = layer / "python"
    wanted, found = _wanted(requirements, target), dict[str, str]()
    allowed, belongs = set(target.tags()), set[PurePath]()
    for each in distributions(path=[str(folder)]):
        name = str(canonicalize_name(each.name))
        found[name] = each.version
        told = (each.read_text("WHEEL") or "").splitlines()
        tags = {tag for line in told if line.startswith("Tag: ") for tag in parse_tag(line[5:])}
        if not tags & allowed:
            yield f"{name} is made for {', '.join(sorted(map(str, tags)))}"
        belongs |= {PurePath(file) for file in each.files or ()}
        yield from _broken(each, folder)
    for name in wanted.keys() | found.keys():
        if wanted.get(name) != found.get(name):
            yield f"{name} is {found.get(name, 'missing')}, locked is {wanted.get(name, 'none')}"
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_file() and path.suffix != ".pyc" and inside not in belongs:
            yield f"{inside} belongs to no library"
        if is_left_out(inside):
            yield f"{inside} is never run"
        if path.is_file():
            yield from (f"{inside} {fault}" for fault in _foreign(path, target))


def is_left_out(path: PurePath) -> bool:
    """Whether a library's file, told from the folder of all, is of no use to who runs it."""
    return path.suffix in _DEVELOPMENT or not _NEVER_RUN.isdisjoint(path.parts)


def _wanted(requirements: Path, target: Target) -> dict[str, str]:
    """Return the locked versions by name, of those that the target needs."""
    lines = [line for line in requirements.read_text().splitlines() if line[:1].isalnum()]
    locked = [Requirement(line.removesuffix("\\")) for line in lines]
    return {
        str(canonicalize_name(each.name)): str(each.specifier).removeprefix("==")
        for each in locked
        if each.marker is None or each.marker.evaluate(target.markers)
    }


def _broken(library: Distribution, folder: Path) -> Iterator[str]:
    """Yield the files that are not what their wheel had."""
    for file in library.files or ():
        if is_left_out(file):
            continue
        path = folder / file
        if not path.is_file():
            yield f"{file} is missing"
        elif file.hash is not None:
            digest = hashlib.new(file.hash.mode, path.read_bytes()).digest()
            if base64.urlsafe_b64encode(digest).decode().rstrip("=") != file.hash.value:
                yield f"{file} is not what its wheel has"


def _foreign(path: Path, target: Target) -> Iterator[str]:
    """Yield why a program's file would not be loaded: another processor's, or a later C library's."""
    with path.open("rb") as opened:
        if opened.read(4) != b"\x7fELF":
            return
        program = ELFFile(opened)
        if program["e_machine"] != _MACHINES[target.machine]:
            yield f"is of {program['e_machine']}"
        for section in program.iter_sections():
            if isinstance(section, GNUVerNeedSection):
                for _, versions in section.iter_versions():
                    names = [version.name for version in versions if version.name.startswith("GLIBC_")]
                    numbers = [tuple(map(int, name[6:].split("."))) for name in names if name[6:7].isdigit()]
                    if numbers and max(numbers) > GLIBC:
                        yield f"wants glibc {'.'.join(map(str, max(numbers)))}"
