"""Reads a whole artefact: the folder that `sam build` writes, with a folder for each function and layer."""

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from scripts.artefact import compiled, handlers, libraries
from scripts.artefact.target import Target
from streamer.local.cloudformation.template import load

ROOT = Path(__file__).parents[2]
MB = 1024 * 1024
LAMBDA_MOST = 250  # MB unpacked, of a function and its layers
# MB unpacked: who makes them larger does it knowingly.
MOST = {"functions": 2, "LibrariesLayer": 90, "DataLayer": 75}
_LAYERS = {"LibrariesLayer": "libraries", "DataLayer": "data"}
_PARAMETERS = {"JwksUrl": "https://issuer.example/keys", "JwtIssuer": "https://issuer.example"}


@dataclass(frozen=True)
class Function:
    """One that is deployed: its logical id, its handler's module, and its layers' logical ids."""

    name: str
    module: str
    layers: tuple[str, ...]


@dataclass(frozen=True)
class Artefact:
    """What was built into `folder`, for a target."""

    folder: Path
    target: Target

    @property
    def template(self) -> Path:
        """What `sam deploy` reads."""
        return self.folder / "template.yaml"

    @cached_property
    def functions(self) -> list[Function]:
        """Those of the built template."""
        chosen = {"PythonRuntime": self.target.runtime, "Architecture": self.target.architecture}
        resources = load(self.template, _PARAMETERS | chosen)["Resources"]
        return [
            Function(
                name,
                each["Properties"]["Handler"].rpartition(".")[0],
                # Its id is its name and a digest.
                tuple(layer["Ref"][:-10] for layer in each["Properties"]["Layers"]),
            )
            for name, each in resources.items()
            if each["Type"] == "AWS::Lambda::Function"
        ]

    def size(self, name: str) -> float:
        """Return the MB of a function's code, or of a layer."""
        files = (path for path in (self.folder / name).rglob("*") if path.is_file())
        return sum(path.stat().st_size for path in files) / MB

    def sizes(self) -> dict[str, float]:
        """Return the MB of the code, of each layer, and of the largest function with its layers."""
        parts = {
            "functions": self.size(self.functions[0].name),
            **{name: self.size(name) for name in _LAYERS},
        }
        carried = (sum(parts[layer] for layer in each.layers) for each in self.functions)
        return {**parts, "largest": max(carried) + parts["functions"]}

    def has_byte_code(self) -> bool:
        """Whether what is imported need not be compiled first."""
        return compiled.is_compiled(self.folder)

    def faults(self) -> Iterator[str]:
        """Yield, in words, everything that is not as it must be."""
        for layer, source in _LAYERS.items():
            requirements = ROOT / "layers" / source / "requirements.txt"
            found = libraries.faults(self.folder / layer, requirements, self.target)
            yield from (f"{layer}: {fault}" for fault in found)
        for each in self.functions:
            code = self.folder / each.name
            layers = [self.folder / layer / "python" for layer in each.layers]
            yield from (f"{each.name}: {fault}" for fault in handlers.changed(code, ROOT / "functions"))
            yield from (f"{each.name}: {fault}" for fault in handlers.missing(each.module, code, layers))
        if self.has_byte_code():
            for name in (*_LAYERS, *(each.name for each in self.functions)):
                yield from (f"{name}: {fault}" for fault in compiled.faults(self.folder / name, self.target))
        for name, size in self.sizes().items():
            if size > MOST.get(name, LAMBDA_MOST):
                yield f"{name}: {size:.1f} MB are more than {MOST.get(name, LAMBDA_MOST)}"

    def run(self, interpreter: str) -> Iterator[str]:
        """Import every handler, with what its function has; the interpreter is the target's."""
        for layers in {each.layers for each in self.functions}:
            alike = [each for each in self.functions if each.layers == layers]
            folders = [self.folder / layer / "python" for layer in layers]
            try:
                handlers.run(
                    {each.module for each in alike}, self.folder / alike[0].name, folders, interpreter
                )
            except subprocess.CalledProcessError:
                yield f"{', '.join(each.name for each in alike)}: cannot be imported"
