"""The functions' own code, and that all it imports is in the artefact, or comes with Lambda's runtime."""

import ast
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

# What Lambda's Python runtimes bring; the hooks of SnapStart from Python 3.12 on.
RUNTIME_BRINGS = (
    *("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "urllib3", "six.py"),
    "snapshot_restore_py.py",
)


def changed(code: Path, source: Path) -> Iterator[str]:
    """Yield where a function's built code is not its source."""
    built, written = _files(code), _files(source)
    for path in sorted(built.keys() | written.keys()):
        if built.get(path) != written.get(path):
            yield f"{path} is not what functions/ has"


def missing(module: str, code: Path, layers: Sequence[Path]) -> Iterator[str]:
    """Yield whose modules a handler's module imports, at once or when it is called, and does not get.

    That all of our own are there, `changed` has seen.
    """
    brought = {Path(each).stem for each in RUNTIME_BRINGS}
    seen, ahead = set[str](), [module]
    while ahead:
        name = ahead.pop()
        package, _, last = name.rpartition(".")
        if name in seen or name in sys.stdlib_module_names or name in brought:
            continue
        seen.add(name)
        if package:
            ahead.append(package)
        if path := _source(name, code):
            ahead += _imports(path)
        elif not package and not any(_has(layer, last) for layer in layers):
            yield f"{module} needs {name}"


def run(modules: Iterable[str], code: Path, layers: Sequence[Path], interpreter: str) -> None:
    """Import modules with nothing but the artefact and what the runtime brings.

    Raises subprocess.CalledProcessError where that fails; the interpreter has said why.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name in RUNTIME_BRINGS:
            (Path(folder) / name).symlink_to(Path(sysconfig.get_path("purelib")) / name)
        program = f"import sys; sys.path += sys.argv[1:]; import {', '.join(sorted(modules))}"
        command = [interpreter, "-I", "-S", "-B", "-c", program, str(code), *map(str, layers), folder]
        subprocess.run(command, check=True)  # noqa: S603


def _files(folder: Path) -> dict[Path, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".pyc"]
    return {path.relative_to(folder): path.read_bytes() for path in files}


def _source(name: str, code: Path) -> Path | None:
    """Return a module's file, if it is ours; a package's is its `__init__`."""
    place = code.joinpath(*name.split("."))
    return next((path for path in (place.with_suffix(".py"), place / "__init__.py") if path.is_file()), None)


def _has(layer: Path, name: str) -> bool:
    return any(any(layer.glob(f"{name}{ending}")) for ending in ("", ".py", ".*.so"))


def _imports(path: Path) -> Iterator[str]:
    """Yield what a file names in its imports, but for those of type checkers alone."""
    ahead: list[ast.AST] = [ast.parse(path.read_bytes())]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            ahead += node.orelse
            continue
        if isinstance(node, ast.Import):
            yield from (each.name for each in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{each.name}" for each in node.names)  # a module, or an attribute
        ahead += ast.iter_child_nodes(node)
