"""Write docs/asyncapi.yaml: every action and frame as AsyncAPI 3, from the models and the state machines.

`python scripts/generate_asyncapi.py` writes it; `--check` exits 1 if it is not what would be written. What no
model says stands in scripts/asyncapi_head.yaml; the examples of frames are those of docs/frames.jsonl.
"""

import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal, get_args

import yaml
from pydantic import TypeAdapter

from streamer.catalogue.entries import Entry, entries_of
from streamer.catalogue.schemas import Schemas, sent
from streamer.project import load

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs/asyncapi.yaml"
sys.path.insert(0, str(ROOT / "functions"))

import protocol  # noqa: E402
from actions import VERSION, actions  # noqa: E402

FRAMES = {model.model_fields["type"].default: model for model in get_args(get_args(protocol.ServerFrame)[0])}
SENT = (*FRAMES.values(), protocol.ErrorBody, protocol.Partial)
ANSWERS = ("response", "error")
JOB_FRAMES = ("acknowledgment", "progress", "complete", "error")
REPLIES = {"at once": ANSWERS, "as a job": JOB_FRAMES, "by estimate": (*JOB_FRAMES, "response")}

Object = dict[str, Any]
Wanted = tuple[str, Literal["validation"], TypeAdapter[Any]]


class Plain(yaml.SafeDumper):
    """YAML without anchors, lists indented, text of several lines as a block."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - the base's signature
        """Say yes: what stands twice is written twice."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        """Indent lists too."""
        super().increase_indent(flow, False)


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


Plain.add_representer(str, _text)


def generate() -> str:
    """Return the text of docs/asyncapi.yaml."""
    document: Object = yaml.safe_load((ROOT / "scripts/asyncapi_head.yaml").read_text())
    known = entries_of(load(ROOT / "template.yaml"))
    found, schemas = models()
    messages = {f"request-{each.name}": request(each, found[each.name], found["Request"]) for each in known}
    messages |= {kind: frame(kind, found[model.__name__]) for kind, model in FRAMES.items()}
    document["info"]["version"] = VERSION
    document["channels"]["socket"]["messages"] = {name: ref("components/messages", name) for name in messages}
    document["operations"] = {each.name: operation(each) for each in known} | {"frames": pushes()}
    document["components"]["messages"] = messages
    document["components"]["schemas"] = schemas
    head = "# Generated from the models and the state machines by `make generate`; do not edit.\n"
    return head + yaml.dump(document, Dumper=Plain, sort_keys=False, allow_unicode=True, width=110)


def models() -> tuple[dict[str, Object], Object]:
    """Return the schema of each action's payload and of each frame, and all models by name.

    The former refer to the latter, so that no model stands twice; two of the same name get longer ones.
    """
    wanted: list[Wanted] = [
        (name, "validation", action.payload) for name in actions if (action := actions.get(name))
    ]
    wanted += [(model.__name__, "validation", TypeAdapter(model)) for model in (protocol.Request, *SENT)]
    wanted.append(("ErrorCode", "validation", TypeAdapter(protocol.ErrorCode)))
    made, definitions = TypeAdapter.json_schemas(
        wanted, ref_template="#/components/schemas/{model}", schema_generator=Schemas
    )
    found, schemas = {name: schema for (name, _), schema in made.items()}, definitions["$defs"]
    for model in SENT:
        name = _named(found[model.__name__])
        schemas[name] = sent(schemas[name])
    meanings = {code.value: code.meaning for code in protocol.ErrorCode}
    schemas[_named(found["ErrorCode"])]["x-meanings"] = meanings
    return found, schemas


def _named(reference: Object) -> str:
    return str(reference["$ref"]).rpartition("/")[2]


def request(entry: Entry, payload: Object, envelope: Object) -> Object:
    """Return the message that asks for an action."""
    own: Object = {"properties": {"action": {"const": entry.name}, "payload": payload}}
    if entry.payload.get("required"):
        own["required"] = ["payload"]
    return {
        "name": entry.name,
        "title": entry.name,
        "summary": entry.summary,
        "payload": {"allOf": [envelope, own]},
        "examples": [
            {"payload": {"action": entry.name, "id": f"{entry.name}-{number}", "payload": example}}
            for number, example in enumerate(entry.examples, start=1)
        ],
    }


def frame(kind: str, payload: Object) -> Object:
    """Return the message of a frame, with examples of what was really sent."""
    model = FRAMES[kind]
    return {
        "name": kind,
        "title": model.__name__,
        "summary": inspect.getdoc(model),
        "payload": payload,
        "examples": [{"name": name, "payload": sent} for name, sent in examples(kind)],
    }


def examples(kind: str) -> Iterator[tuple[str, Object]]:
    """Yield frames of a kind that were recorded, with the action's name; of a stage's progress two or so."""
    shown = set[Any]()
    for line in (ROOT / "docs/frames.jsonl").read_text().splitlines():
        recorded = json.loads(line)
        action = recorded["request"]["action"]
        for each in recorded["frames"]:
            about = each.get("stage"), "metadata" in each, each.get("percentage") == 100
            if each["type"] == kind and (kind != "progress" or about not in shown):
                shown.add(about)
                yield action, each


def operation(entry: Entry) -> Object:
    """Return the operation that takes an action's request, and what it is answered with."""
    found: Object = {
        "action": "receive",
        "channel": ref("channels", "socket"),
        "summary": entry.summary,
        "messages": [ref("channels/socket/messages", f"request-{entry.name}")],
        "reply": {
            "channel": ref("channels", "socket"),
            "messages": [ref("channels/socket/messages", kind) for kind in REPLIES[entry.runs]],
        },
        "x-runs": entry.runs,
        "x-estimate": entry.estimate,
    }
    if entry.permission:
        found["x-permission"] = entry.permission
    if entry.stages:
        found["x-stages"] = [stage.document() for stage in entry.stages]
    return found


def pushes() -> Object:
    """Return the operation that sends frames to every connection that follows a job."""
    return {
        "action": "send",
        "channel": ref("channels", "socket"),
        "summary": "Every frame that the server sends: answers, and what is pushed to a job's followers.",
        "messages": [ref("channels/socket/messages", kind) for kind in FRAMES],
    }


def ref(place: str, name: str) -> Object:
    """Return a reference within the document."""
    return {"$ref": f"#/{place}/{name}"}


def main() -> None:
    """Write the file, or compare it with `--check`."""
    text = generate()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        sys.exit(f"{TARGET.relative_to(ROOT)} is not what the models say: run `make generate`")


if __name__ == "__main__":
    main()
