"""What is kept in the user's cache, and that it is what would be made."""

import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest

from streamer.local import caches
from streamer.local.cloudformation import template
from streamer.local.errors import LocalError

TEMPLATE = """
Transform: AWS::Serverless-2016-10-31
Parameters: {Size: {Type: Number}}
Resources:
  Work:
    Type: AWS::Serverless::Function
    Properties: {Handler: app.work, Runtime: python3.11, CodeUri: code/, MemorySize: !Ref Size}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "streamer"


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    made: list[Any] = []
    run = subprocess.run

    def counted(*args: Any, **options: Any) -> Any:
        made.append(args)
        return run(*args, **options)

    monkeypatch.setattr(subprocess, "run", counted)
    return made


def test_a_template_is_translated_once(tmp_path: Path, cache: Path, runs: list[Any]) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE)
    first = template.load(path, {"Size": "128"})
    assert template.load(path, {"Size": "128"}) == first
    assert len(runs) == 1
    assert stat.S_IMODE((cache / "templates").stat().st_mode) == 0o700
    template.load(path, {"Size": "256"})
    path.write_text(TEMPLATE.replace("app.work", "app.other"))
    changed = template.load(path, {"Size": "128"})
    assert changed["Resources"]["Work"]["Properties"]["Handler"] == "app.other"
    assert len(runs) == 3


def test_a_template_in_another_folder_is_another(tmp_path: Path, runs: list[Any]) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "template.yaml").write_text(TEMPLATE)
        made = template.load(tmp_path / name / "template.yaml", {"Size": "128"})
        assert f"/{name}/code" in made["Resources"]["Work"]["Properties"]["Code"]["S3Key"]
    assert len(runs) == 2


def test_a_refusal_is_not_kept(tmp_path: Path, cache: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(TEMPLATE.replace("Handler: app.work, ", ""))
    with pytest.raises(LocalError):
        template.load(path, {"Size": "128"})
    assert not cache.exists()


def test_the_cache_is_bounded_and_may_be_missing(
    tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(40):
        assert caches.kept("kind", str(number), lambda number=number: f"text {number}") == f"text {number}"  # type: ignore[misc]
    assert len(list((cache / "kind").iterdir())) == 32
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert caches.kept("kind", "key", lambda: "made") == "made"
