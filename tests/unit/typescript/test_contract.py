"""`streamer types` on this project, and on one that a newcomer's command made."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.stack import ROOT

STREAMER = Path(sys.executable).with_name("streamer")


def types(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([STREAMER, "types"], cwd=folder, capture_output=True, text=True, timeout=60)


def test_every_action_has_its_payload_and_its_result() -> None:
    ended = types(ROOT)
    assert ended.returncode == 0, ended.stderr
    fields = dict(re.findall(r"^  (\w+): (\{ payload.* \});$", ended.stdout, re.MULTILINE))
    assert fields["generate_report"] == "{ payload: ReportRequest; result: Published }"
    assert fields["approve_report"] == "{ payload: ApprovalRequest; result: Released | Discarded }"
    assert fields["echo"] == "{ payload?: unknown; result: Echo }"
    assert fields["list"] == "{ payload?: Page; result: JobPage }"
    assert fields["resume"] == "{ payload: ResumePoint; result: Replay | Snapshot }"
    assert not [name for name, kind in fields.items() if "result: unknown" in kind]
    assert "classification: Score | null;" in ended.stdout


def test_an_action_of_a_users_own_is_typed_too(tmp_path: Path) -> None:
    for name in ("functions", "statemachines", "tests", "docs"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "template.yaml", tmp_path)
    made = [str(STREAMER), "new-action", "import_orders", "--stages", "fetch_orders,store_orders"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True, timeout=60)
    assert "  import_orders: { payload: ImportOrdersRequest; result: Result };" in types(tmp_path).stdout


def test_a_folder_without_a_project_is_told_so(tmp_path: Path) -> None:
    ended = types(tmp_path)
    assert ended.returncode == 2
    assert "template.yaml" in ended.stderr
