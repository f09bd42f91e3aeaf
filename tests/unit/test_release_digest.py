"""A release's digest: what changes it, and what does not."""

from pathlib import Path

import pytest

from scripts.release_digest import MADE_OF, digest


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in MADE_OF:
        path = tmp_path / name
        if not path.suffix:
            path.mkdir()
            path /= "a.py"
        path.write_text("x = 1\n")
    return tmp_path


def test_what_the_template_takes(root: Path) -> None:
    assert len(digest(root, [])) == 40
    assert set(digest(root, [])) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "name", ["artefact/a.py", "functions/a.py", "layers/a.py", "statemachines/a.py", "template.yaml"]
)
def test_every_edit_is_another_release(name: str, root: Path) -> None:
    before = digest(root, ["A=1"])
    (root / name).write_text("x = 2\n")
    assert digest(root, ["A=1"]) != before


def test_so_are_other_parameters_and_names_of_files(root: Path) -> None:
    before = digest(root, ["A=1", "B=2"])
    assert digest(root, ["A=1", "B=3"]) != before
    (root / "functions/a.py").rename(root / "functions/b.py")
    assert digest(root, ["A=1", "B=2"]) != before


def test_order_and_byte_code_are_nothing(root: Path) -> None:
    before = digest(root, ["A=1", "B=2"])
    (root / "functions/__pycache__").mkdir()
    (root / "functions/__pycache__/a.pyc").write_bytes(b"1")
    assert digest(root, ["B=2", "A=1"]) == before
