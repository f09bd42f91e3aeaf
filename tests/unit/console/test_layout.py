"""Pictures of state machines: nothing lies upon anything else."""

import json
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from streamer.console.run.layout import Line, Node, Picture, lay_out
from tests.support.machines import CAUGHT, OVER, PASS, a_map, block, task
from tests.support.stack import ROOT

MACHINES: list[Path] = sorted(ROOT.glob("statemachines/*.json"))


def choice(*targets: str) -> dict[str, Any]:
    return {
        "Type": "Choice",
        "Choices": [{"Condition": "{% true %}", "Next": target} for target in targets[1:]],
        "Default": targets[0],
    }


WAIT = {"Type": "Wait", "Next": "Ask"}
LOOP = block(Ask=task(), Enough=choice("Done", "Ask", "Pause"), Pause=WAIT, Done=PASS)
BRANCHES = block(
    Which=choice("A", "B", "C"),
    A={**task(Catch=CAUGHT), "Next": "End"},
    B={**task(Catch=CAUGHT), "Next": "End"},
    C={**PASS, "Next": "D"},
    D={**PASS, "Next": "End"},
    End=PASS,
    Over=OVER,
)
NESTED = block(
    Both={"Type": "Parallel", "Branches": [block(L=PASS), block(M=a_map(LOOP), R=PASS)], "Catch": CAUGHT},
    After=PASS,
    Over=OVER,
)


@pytest.mark.parametrize(
    "machine",
    [*(json.loads(path.read_text()) for path in MACHINES), LOOP, BRANCHES, NESTED],
    ids=[*(path.stem.split(".")[0] for path in MACHINES), "loop", "branches", "nested"],
)
def test_boxes_stand_apart_and_lines_go_around_them(machine: dict[str, Any]) -> None:
    picture = lay_out(machine)
    inside = {node.name: node.inside for node in picture.nodes}
    assert len(inside) == len(picture.nodes) >= len(machine["States"])
    for one, other in combinations(picture.nodes, 2):
        if one.name not in around(inside, other.name) and other.name not in around(inside, one.name):
            assert not overlap(one, other), (one, other)
    for line in picture.lines:
        own = {line.source, line.target}
        spared = (
            own
            | set(around(inside, line.source))
            | {name for name in inside if own & set(around(inside, name))}
        )
        for node in picture.nodes:
            if node.name not in spared:
                assert not crosses(line, node), (line, node)
    points = [point for line in picture.lines for point in line.points]
    assert all(0 <= x <= picture.width and 0 <= y <= picture.height for x, y in points)
    assert all(node.x + node.width <= picture.width for node in picture.nodes)


def test_the_same_machine_gives_the_same_picture() -> None:
    machine = json.loads(MACHINES[0].read_text())
    assert lay_out(machine) == lay_out(json.loads(json.dumps(machine)))


def test_the_usual_way_is_one_straight_line() -> None:
    picture = lay_out(json.loads((ROOT / "statemachines/generate_report.asl.json").read_text()))
    stages = [node for node in picture.nodes if node.name.endswith(("records", "report"))]
    assert len({node.x for node in stages}) == 1
    assert [node.y for node in stages] == sorted({node.y for node in stages})
    assert box(picture, "Save partial progress").x > stages[0].x


def test_a_way_back_runs_at_the_left() -> None:
    picture = lay_out(LOOP)
    back = [line for line in picture.lines if line.back]
    assert {(line.source, line.target) for line in back} == {("Enough", "Ask"), ("Pause", "Ask")}
    left = min(node.x for node in picture.nodes)
    assert all(min(x for x, _ in line.points) < left for line in back)


def test_a_task_names_its_function() -> None:
    arn = "arn:aws:lambda:us-east-1:123456789012:function:app-Work:live"
    machine = block(A=task(), B={"Type": "Task", "Resource": arn}, C=PASS)
    machine["States"]["A"]["Arguments"]["FunctionName"] = arn
    assert [node.function for node in lay_out(machine).nodes] == ["app-Work", "app-Work", ""]


def around(inside: dict[str, str], name: str) -> list[str]:
    """Return the Maps and Parallels around a state."""
    found = []
    while inside[name]:
        name = inside[name]
        found.append(name)
    return found


def box(picture: Picture, name: str) -> Node:
    return next(node for node in picture.nodes if node.name == name)


def overlap(one: Node, other: Node) -> bool:
    return (
        one.x < other.x + other.width
        and other.x < one.x + one.width
        and one.y < other.y + other.height
        and other.y < one.y + one.height
    )


def crosses(line: Line, node: Node) -> bool:
    for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
        left, right, top, bottom = min(x1, x2), max(x1, x2), min(y1, y2), max(y1, y2)
        if left < node.x + node.width and right > node.x and top < node.y + node.height and bottom > node.y:
            return True
    return False
