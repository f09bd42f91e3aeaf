"""What the command says when it has made an action."""

import shlex
from pathlib import Path

from streamer.scaffold.asl import part
from streamer.scaffold.making import Change
from streamer.scaffold.naming import ActionName


def summary(action: ActionName, change: Change, root: Path) -> str:
    """Return what was made, and the commands to try it."""
    new = [path.relative_to(root) for path in change.new]
    says = {f"{action.shapes}.py": "the payload, and what stages hand to each other"}
    for number, stage in enumerate(action.stages):
        says[f"{stage.name}.py"] = "{}, {} to {} %".format(stage.state, *part(action, number))
    lines, folder = [f"Made {action.name}:"], Path()
    for path in new:
        if path.parent != folder:
            folder = path.parent
            lines.append(f"  {folder}/")
        lines.append(f"    {path.name:<30}  {says.get(path.name, '')}".rstrip())
    lines += ["Changed:", *(f"  {path.relative_to(root)}" for path in change.edited), "", "Try it:"]
    tests = " ".join(str(path) for path in new if path.name.startswith("test_"))
    example = shlex.quote('{"items": ["one", "two", "three"]}')
    lines += [
        "  streamer dev    # again, if it runs already",
        f"  streamer request {action.name} {example}    # in another terminal",
        f"  pytest {tests}",
    ]
    if (root / "docs/asyncapi.yaml").is_file():
        lines.append("  make generate    # brings it into docs/asyncapi.yaml")
    return "\n".join(lines)
