"""Say what `sam build` has made, and end with 1 if it is not as it must be.

`python -m scripts.artefact PythonRuntime=python3.13 Architecture=arm64 [INTERPRETER]` reads
`.aws-sam/build`. With an interpreter of that version, and where this processor is the functions', all
handlers are imported too.
"""

import platform
import sys

import click

from scripts.artefact.reading import ROOT, Artefact
from scripts.artefact.target import Target


def main(runtime: str, architecture: str, interpreter: str) -> int:
    """Return the exit status."""
    artefact = Artefact(ROOT / ".aws-sam/build", Target(runtime, architecture))
    sizes = ", ".join(f"{name} {size:.1f} MB" for name, size in artefact.sizes().items())
    click.echo(f"An artefact for {runtime} on {architecture}: {sizes}.")
    found = list(artefact.faults())
    if not artefact.has_byte_code():
        click.echo(f"*** No byte code: build where {runtime} is, or cold starts compile all. ***", err=True)
    if not interpreter or platform.machine() != artefact.target.machine:
        click.echo(f"{len(artefact.functions)} handlers were read; what runs them is not here.")
    else:
        found += artefact.run(interpreter)
        click.echo(f"{len(artefact.functions)} handlers were imported, with nothing else.")
    for fault in found:
        click.echo(fault, err=True)
    return int(bool(found))


if __name__ == "__main__":
    given = dict(each.split("=", 1) for each in sys.argv[1:3])
    sys.exit(main(given["PythonRuntime"], given["Architecture"], " ".join(sys.argv[3:])))
