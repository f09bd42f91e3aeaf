"""Write the JavaScript client's types: its frames, from the protocol's models, and this project's actions.

`python scripts/generate_typescript.py` writes clients/js/src/frames.ts and clients/js/examples/actions.ts;
`--check` exits 1 if they are not what would be written.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import TypeAdapter

from streamer.catalogue.schemas import sent
from streamer.project import load
from streamer.typescript.contract import REFERENCE, Contract, Wanted, typescript
from streamer.typescript.declarations import declarations

ROOT = Path(__file__).resolve().parent.parent
CLIENT = ROOT / "clients/js"
sys.path.insert(0, str(ROOT / "functions"))

import protocol  # noqa: E402

HEAD = """\
// Every frame that crosses the socket.
// Generated from functions/protocol.py by `make generate`; do not edit.
"""
FRAMES = get_args(get_args(protocol.ServerFrame)[0])
# JavaScript has an Error, a Response and a Request of its own, and TypeScript a Partial.
NAMES = {model.__name__: f"{model.__name__}Frame" for model in (protocol.Request, *FRAMES)}
NAMES |= {"Partial": "PartialResult"}


def frames() -> str:
    """Return the text of frames.ts."""
    wanted: list[Wanted] = [(model, "serialization", TypeAdapter(model)) for model in FRAMES]
    wanted.append((protocol.Request, "validation", TypeAdapter(protocol.Request)))
    _, found = TypeAdapter.json_schemas(wanted, ref_template=REFERENCE, schema_generator=Contract)
    schemas = _renamed(found["$defs"])
    union = " | ".join(NAMES[model.__name__] for model in FRAMES)
    return "\n".join([HEAD, declarations(dict(schemas)), f"export type ServerFrame = {union};\n"])


def _renamed(definitions: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, schema in definitions.items():
        schema = sent(schema) if name not in ("Request", "ErrorCode") else schema
        text = json.dumps(schema)
        for before, after in NAMES.items():
            text = text.replace(f'"#/$defs/{before}"', f'"#/$defs/{after}"')
        yield NAMES.get(name, name), json.loads(text)


def main() -> None:
    """Write the files, or compare them with `--check`."""
    made = {
        CLIENT / "src/frames.ts": frames(),
        CLIENT / "examples/actions.ts": typescript(load(ROOT / "template.yaml")),
    }
    for target, text in made.items():
        if "--check" not in sys.argv[1:]:
            target.write_text(text)
        elif not target.exists() or target.read_text() != text:
            sys.exit(f"{target.relative_to(ROOT)} is not what the models say: run `make generate`")


if __name__ == "__main__":
    main()
