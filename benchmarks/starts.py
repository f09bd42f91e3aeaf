"""What byte code, and libraries that are not imported, do to a function's start, in processor time.

`make build Architecture=x86_64 && python -m benchmarks.starts PYTHON3.13` imports handlers as Lambda would,
from an artefact of this processor: as it is, without what only reports and process_data need, without byte
code.
"""

import platform
import resource
import shutil
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from scripts.artefact.handlers import RUNTIME_BRINGS

ROOT = Path(__file__).parents[1]
ARCHITECTURE = {"aarch64": "arm64"}.get(platform.machine(), platform.machine())
MADE = ROOT / f".build/artefact/python3.13-{ARCHITECTURE}"
SLIM = "without the libraries of reports"
HANDLERS = ("router.authorizer", "actions", "steps.generate_report.render", "steps.process_data.prepare")
RUNS = 15
HEAVY = ("PIL", "pillow", "reportlab", "sqlglot", "xlsxwriter", "charset_normalizer")


def variants(folder: Path, interpreter: str) -> Iterator[tuple[str, list[Path]]]:
    """Yield what an artefact is like, and where its code, its layers and the runtime's libraries are."""
    runtime = folder / "runtime"
    for name in RUNTIME_BRINGS:
        source = Path(sysconfig.get_path("purelib")) / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        runtime.mkdir(exist_ok=True)
        copy(source, runtime / name)
    subprocess.run([interpreter, "-m", "compileall", "-q", runtime], check=True)
    for kind in ("as it is", SLIM, "without byte code"):
        made = folder / kind
        shutil.copytree(MADE, made)
        if kind == "without byte code":
            for cache in made.rglob("__pycache__"):
                shutil.rmtree(cache)
        if kind == SLIM:
            for heavy in (path for name in HEAVY for path in (made / "libraries").glob(f"{name}*")):
                shutil.rmtree(heavy)
        yield kind, [made / "functions", made / "libraries", made / "data", runtime]


def milliseconds(interpreter: str, module: str, folders: list[Path]) -> float:
    """Return the processor's time of a process that imports a handler."""
    program = f"import sys; sys.path += sys.argv[1:]; import {module}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([interpreter, "-I", "-S", "-B", "-c", program, *map(str, folders)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main(interpreter: str) -> None:
    """Print the least of many, taken in turns, for others use this machine too."""
    with tempfile.TemporaryDirectory() as folder:
        kinds = list(variants(Path(folder), interpreter))
        for module in HANDLERS:
            taken = defaultdict[str, list[float]](list)
            for _ in range(RUNS):
                for kind, folders in kinds:
                    if kind != SLIM or not module.startswith("steps"):
                        taken[kind].append(milliseconds(interpreter, module, folders))
            for kind, all_taken in taken.items():
                print(f"{module}, {kind}: {min(all_taken):.0f} ms, median {statistics.median(all_taken):.0f}")


if __name__ == "__main__":
    main(sys.argv[1])
