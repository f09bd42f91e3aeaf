"""Which files have changed."""

import asyncio
import os
from pathlib import Path

from streamer.local.reload.watching import Watch, stamps


async def test_what_is_saved_together_comes_together(tmp_path: Path) -> None:
    (tmp_path / "code" / "below").mkdir(parents=True)
    kept, gone, template = (
        tmp_path / name for name in ("code/below/kept.py", "code/gone.py", "template.yaml")
    )
    for path in (kept, gone, template):
        path.write_text("1")
    changes = Watch(lambda: [template, tmp_path / "code"]).changes()
    kept.write_text("22")
    gone.unlink()
    (tmp_path / "code/new.py").write_text("")
    (tmp_path / "elsewhere").write_text("")
    async with asyncio.timeout(20):
        assert await anext(changes) == {kept, gone, tmp_path / "code/new.py"}
        before = template.stat().st_mtime_ns
        os.utime(template, ns=(before + 1, before + 1))
        assert await anext(changes) == {template}
    await changes.aclose()


def test_what_tools_leave_is_not_watched(tmp_path: Path) -> None:
    for name in ("__pycache__/a.pyc", ".git/index", "node_modules/x.js", "a.pyc", ".a.py.swp", "a.py~"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("")
    assert stamps([tmp_path, tmp_path / "missing"]) == {}
