"""Row 63: what reads the artefact finds each way in which it could be wrong."""

import base64
import hashlib
import platform
import py_compile
import sys
from collections.abc import Callable
from pathlib import Path

import pydantic_core._pydantic_core
import pytest

from scripts.artefact import compiled, handlers, libraries
from scripts.artefact.target import Target

HERE = Target(f"python{sys.version_info.major}.{sys.version_info.minor}", "x86_64")
WHEEL = "Tag: cp38-abi3-manylinux_2_28_x86_64"
# A library of a real wheel, made for this processor.
PROGRAM = Path(pydantic_core._pydantic_core.__file__)
RealProgram = pytest.mark.skipif(
    (sys.platform, platform.machine()) != ("linux", "x86_64"), reason="its programs are not Linux's on x86-64"
)


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A layer of one library, and its requirements, with nothing wrong."""
    folder = tmp_path / "layer" / "python"
    put(folder, "lib/__init__.py", b"import json\n")
    put(folder, "lib-1.0.dist-info/METADATA", b"Name: lib\nVersion: 1.0\n")
    put(folder, "lib-1.0.dist-info/WHEEL", WHEEL.encode())
    record(folder)
    (tmp_path / "requirements.txt").write_text(
        "lib==1.0 ; python_version >= '3.11' \\\n"
        "    --hash=sha256:00\n"
        "old==1.0 ; python_version < '3.11' \\\n"
    )
    return tmp_path / "layer"


def put(folder: Path, name: str, content: bytes) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)


def record(folder: Path) -> None:
    """Write down what is there, as installers do."""
    lines = ["lib-1.0.dist-info/RECORD,,"]
    for path in folder.rglob("*"):
        if path.is_file() and path.name != "RECORD":
            digest = base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")
            lines.append(f"{path.relative_to(folder)},sha256={digest},{path.stat().st_size}")
    put(folder, "lib-1.0.dist-info/RECORD", "\n".join(lines).encode())


def found(layer: Path, target: Target = HERE) -> list[str]:
    return list(libraries.faults(layer, layer.parent / "requirements.txt", target))


def test_a63_nothing_is_wrong_with_a_whole_layer(layer: Path) -> None:
    assert found(layer) == []


CHANGES: list[tuple[Callable[[Path], object], str]] = [
    (lambda folder: (folder / "lib/__init__.py").unlink(), "lib/__init__.py is missing"),
    (lambda folder: put(folder, "lib/__init__.py", b""), "lib/__init__.py is not what its wheel has"),
    (lambda folder: put(folder, "lib/more.py", b""), "lib/more.py belongs to no library"),
    (lambda folder: put(folder, "lib/tests/test_lib.py", b""), "lib/tests/test_lib.py is never run"),
    (lambda folder: put(folder, "lib/lib.pyi", b""), "lib/lib.pyi is never run"),
    (lambda folder: put(folder, "bin/lib", b""), "bin/lib is never run"),
    (
        lambda folder: put(folder, "two-2.dist-info/METADATA", b"Name: two\nVersion: 2\n"),
        "two is 2, locked is none",
    ),
    (
        lambda folder: (folder.parents[1] / "requirements.txt").write_text("lib==1.1\nwanted==3\n"),
        "lib is 1.0, locked is 1.1",
    ),
    (
        lambda folder: (folder.parents[1] / "requirements.txt").write_text("lib==1.0\nwanted==3\n"),
        "wanted is missing, locked is 3",
    ),
    (
        lambda folder: put(folder, "lib-1.0.dist-info/WHEEL", b"Tag: cp38-abi3-manylinux_2_35_x86_64"),
        "lib is made for cp38-abi3-manylinux_2_35_x86_64",
    ),
    (
        lambda folder: put(folder, "lib-1.0.dist-info/WHEEL", b"Tag: cp310-cp310-manylinux_2_17_x86_64"),
        "lib is made for cp310-cp310-manylinux_2_17_x86_64",
    ),
    (
        lambda folder: put(folder, "lib-1.0.dist-info/WHEEL", b"Tag: cp38-abi3-musllinux_1_2_x86_64"),
        "lib is made for cp38-abi3-musllinux_1_2_x86_64",
    ),
]


@pytest.mark.parametrize(("change", "fault"), CHANGES, ids=[fault for _, fault in CHANGES])
def test_a63_each_fault_of_a_layer_is_found(
    change: Callable[[Path], object], fault: str, layer: Path
) -> None:
    change(layer / "python")
    assert fault in found(layer)


@RealProgram
def test_a63_a_program_of_another_processor_or_a_later_glibc_is_found(
    layer: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(layer / "python", "lib/program.so", PROGRAM.read_bytes())
    record(layer / "python")
    assert found(layer) == []
    assert "lib/program.so is of EM_X86_64" in found(layer, Target(HERE.runtime, "arm64"))
    monkeypatch.setattr(libraries, "GLIBC", (2, 2))
    assert any(fault.startswith("lib/program.so wants glibc 2.") for fault in found(layer))


def test_a63_byte_code_is_the_targets_of_all_sources_and_not_compared(tmp_path: Path) -> None:
    unchecked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    for name in ("one.py", "two.py"):
        put(tmp_path, name, b"")
        py_compile.compile(str(tmp_path / name), invalidation_mode=unchecked)
    assert list(compiled.faults(tmp_path, HERE)) == []
    other = Target("python3.12" if HERE.runtime != "python3.12" else "python3.13", "x86_64")
    assert len(list(compiled.faults(tmp_path, other))) == 6  # each source, each byte code, and what it is

    py_compile.compile(str(tmp_path / "one.py"))  # by its time, which SAM changes
    put(tmp_path, "three.py", b"")
    assert sorted(compiled.faults(tmp_path, HERE)) == [
        f"__pycache__/one.{sys.implementation.cache_tag}.pyc would not be used",
        "three has its source alone",
    ]


def test_a63_what_a_handler_imports_late_is_wanted_too(layer: Path, tmp_path: Path) -> None:
    code = tmp_path / "code"
    put(
        code,
        "handler.py",
        b"from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import mypy\nimport ours.part\n",
    )
    put(code, "ours/__init__.py", b"import boto3, lib\n")
    put(code, "ours/part.py", b"def late():\n    from engine import start\n")
    layers = [layer / "python"]
    assert list(handlers.missing("handler", code, layers)) == ["handler needs engine"]
    assert sorted(handlers.missing("ours.part", code, [])) == [
        "ours.part needs engine",
        "ours.part needs lib",
    ]
    put(layers[0], "engine.abi3.so", b"")
    assert list(handlers.missing("handler", code, layers)) == []


def test_a63_code_is_the_source_and_nothing_else(tmp_path: Path) -> None:
    for folder in ("built", "source"):
        put(tmp_path / folder, "a.py", b"1")
        put(tmp_path / folder, "__pycache__/a.pyc", folder.encode())
    assert list(handlers.changed(tmp_path / "built", tmp_path / "source")) == []
    put(tmp_path / "built", "a.py", b"2")
    put(tmp_path / "built", "test_a.py", b"")
    put(tmp_path / "source", "b.py", b"")
    assert list(handlers.changed(tmp_path / "built", tmp_path / "source")) == [
        f"{name} is not what functions/ has" for name in ("a.py", "b.py", "test_a.py")
    ]
