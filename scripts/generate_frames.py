"""Write src/streamer/client/frames.py: functions/protocol.py's models as TypedDicts, without pydantic.

`python scripts/generate_frames.py` writes it; `--check` exits 1 if it is not what would be written.
"""

import inspect
import json
import sys
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "src/streamer/client/frames.py"
sys.path.insert(0, str(ROOT / "functions"))

import protocol  # noqa: E402

HEADER = '''\
"""Every frame that crosses the socket, as types for clients.

Generated from functions/protocol.py by `make generate`; do not edit.
"""

from typing import Any, Literal, NotRequired, TypedDict
'''


def source(annotation: Any) -> str:
    """Return an annotation as Python source: constraints dropped, enums and models by name."""
    if annotation is Any:
        return "Any"
    if annotation is NoneType:
        return "None"
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None:
        return str(annotation.__name__)
    if origin is Annotated:
        return source(arguments[0])
    if origin in (Union, UnionType):
        return " | ".join(source(argument) for argument in arguments)
    if origin is Literal:
        return f"Literal[{', '.join(json.dumps(value) for value in arguments)}]"
    return f"{origin.__name__}[{', '.join(source(argument) for argument in arguments)}]"


def field(model: type[BaseModel], name: str) -> str:
    """Return one field's line. What the JSON leaves out when it is not set (None, empty) is NotRequired."""
    info = model.model_fields[name]
    annotation = source(info.annotation)
    if not info.is_required() and info.get_default(call_default_factory=True) in (None, {}):
        annotation = f"NotRequired[{annotation.removesuffix(' | None')}]"
    return f"    {name}: {annotation}"


def typed_dict(model: type[BaseModel]) -> str:
    """Return a model as a TypedDict, with its own fields only, derived as the model is."""
    base = "TypedDict" if model.__base__ is BaseModel else getattr(model.__base__, "__name__", "")
    lines = [f"class {model.__name__}({base}):", f'    """{inspect.getdoc(model)}"""', ""]
    return "\n".join(
        [*lines, *(field(model, name) for name in inspect.get_annotations(model) if name != "model_config")]
    )


def enum(cls: type[Enum]) -> str:
    """Return a string enumeration as a Literal, one value a line."""
    return "\n".join([f"{cls.__name__} = Literal[", *(f"    {json.dumps(e.value)}," for e in cls), "]"])


def declaration(cls: type[Any]) -> str:
    """Return the source that stands for one of the protocol's classes."""
    return enum(cls) if issubclass(cls, Enum) else typed_dict(cls)


def generate() -> str:
    """Return the text of src/streamer/client/frames.py."""
    classes = [c for c in vars(protocol).values() if inspect.isclass(c) and c.__module__ == protocol.__name__]
    union = f"ServerFrame = {source(protocol.ServerFrame)}\n"
    return HEADER + "\n" + "\n\n\n".join([*map(declaration, classes), union])


def main() -> None:
    """Write the file, or compare it with `--check`."""
    text = generate()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        sys.exit(f"{TARGET.relative_to(ROOT)} is not what functions/protocol.py says: run `make generate`")


if __name__ == "__main__":
    main()
