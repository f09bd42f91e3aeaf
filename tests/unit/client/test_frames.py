"""The client's types are what the protocol's models say."""

import runpy
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = str(ROOT / "scripts" / "generate_frames.py")


def test_generated_types_are_up_to_date(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", [SCRIPT, "--check"])
    runpy.run_path(SCRIPT, run_name="__main__")


def test_a_stale_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stale = tmp_path / "frames.py"
    stale.write_text("")
    main = runpy.run_path(SCRIPT)["main"]
    monkeypatch.setitem(main.__globals__, "ROOT", tmp_path)
    monkeypatch.setitem(main.__globals__, "TARGET", stale)
    monkeypatch.setattr(sys, "argv", [SCRIPT, "--check"])
    with pytest.raises(
        SystemExit, match=r"frames\.py is not what functions/protocol\.py says: run `make generate`"
    ):
        main()
    monkeypatch.setattr(sys, "argv", [SCRIPT])
    main()
    assert stale.read_text() == (ROOT / "src" / "streamer" / "client" / "frames.py").read_text()
