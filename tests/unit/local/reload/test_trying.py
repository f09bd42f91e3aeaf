"""Whether functions can be imported, found out before anybody depends on it."""

import sys
from pathlib import Path

import pytest

from streamer.local.aws_lambda.functions import Function
from streamer.local.reload.keeping import Kept
from streamer.local.reload.reloading import in_words, some
from streamer.local.reload.trying import Fault, faults_of, forget_compiled


def function(folder: Path, name: str, handler: str = "") -> Function:
    return Function(f"streamer-{name}", f"arn:{name}", handler or f"{name}.handler", folder, {"NAME": name})


def test_what_is_wrong_is_told_with_its_place(tmp_path: Path) -> None:
    sources = {
        "sound": "import os\nprint('noise')\nhandler = os.environ['NAME']\n",
        "syntax": "handler = 1\n\nhandler = = 2\n",
        "shared": "def make():\n    return unknown\n",
        "name": "import shared\nhandler = shared.make()\n",
        "leaves": "import sys\nsys.exit('no')\n",
    }
    for name, text in sources.items():
        (tmp_path / f"{name}.py").write_text(text)
    other = tmp_path / "other"
    other.mkdir()
    (other / "sound.py").write_text("raise ValueError('x')\n")  # of another folder, with the same name
    names = ("sound", "syntax", "name", "leaves")
    functions = [function(tmp_path, name) for name in names]
    functions += [function(tmp_path, "missing", "sound.nothing"), function(other, "sound2", "sound.handler")]
    found = {fault.function.removeprefix("streamer-"): fault for fault in faults_of(functions, "http://x")}
    assert found.keys() == {"syntax", "name", "leaves", "missing", "sound2"}
    assert found["syntax"].place == f"{tmp_path}/syntax.py:3"
    assert found["syntax"].error.startswith("SyntaxError: ")
    assert (found["name"].place, found["name"].error) == (
        f"{tmp_path}/shared.py:2",
        "NameError: name 'unknown' is not defined",
    )
    assert found["leaves"].place == f"{tmp_path}/leaves.py:2"
    assert found["missing"].error == "AttributeError: module 'sound' has no attribute 'nothing'"
    assert found["sound2"].place == f"{other}/sound.py:1"


def test_a_process_that_dies_is_a_fault_of_all(tmp_path: Path) -> None:
    (tmp_path / "dies.py").write_text("import os\nos._exit(3)\n")
    (fault,) = faults_of([function(tmp_path, "dies")], "http://x")
    assert "cannot be imported" in fault.error


def test_byte_code_of_a_changed_file_is_no_longer_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", None)
    compiled = tmp_path / "__pycache__" / f"a.{sys.implementation.cache_tag}.pyc"
    compiled.parent.mkdir()
    compiled.write_bytes(b"old")
    forget_compiled([tmp_path / "a.py", tmp_path / "never.py", tmp_path / "a.json"])
    assert not compiled.exists()


def test_the_code_of_before_is_kept_until_it_is_kept_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = tmp_path / "code"
    (code / "__pycache__").mkdir(parents=True)
    (code / "a.py").write_text("1")
    work, kept = function(code, "a"), Kept(Path("state/code"))
    assert kept.of(work) == work
    kept.remove()
    kept.keep([code, code])
    (code / "a.py").write_text("2")
    (code / "b.py").write_text("")
    copy = kept.of(work).code
    assert copy.is_absolute()  # workers start elsewhere
    assert [(path.name, path.read_text()) for path in copy.iterdir()] == [("a.py", "1")]
    kept.keep([code])
    assert sorted(path.name for path in kept.of(work).code.iterdir()) == ["a.py", "b.py"]
    kept.remove()
    assert not copy.exists()


def test_who_has_kept_nothing_removes_nothing(tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    Kept(tmp_path / "code").remove()
    assert (tmp_path / "code").exists()


def test_functions_that_share_an_error_share_a_line() -> None:
    faults = [Fault(f"streamer-F{number}", "a.py:1", "E: x") for number in range(5)]
    assert list(in_words([*faults, Fault("streamer-G", "", "E: y")])) == [
        "[ERROR] a.py:1: E: x. The code of before goes on in F0, F1, F2 and 2 more.",
        "[ERROR] E: y. The code of before goes on in G.",
    ]
    assert some(["a", "b", "c"]) == "a, b, c"
