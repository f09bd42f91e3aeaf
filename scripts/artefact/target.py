"""What an artefact is made for: a Lambda runtime's Python, its processor and its C library."""

from collections.abc import Iterator
from dataclasses import dataclass

from packaging import tags
from packaging.tags import Tag

GLIBC = (2, 34)  # Amazon Linux 2023's, which every runtime from python3.12 on has
_OLDEST = 17  # of 2.17, below which there are no wheels

# What a released Python marks its byte code with; it does not change in its lifetime.
_MAGIC = {"python3.11": 3495, "python3.12": 3531, "python3.13": 3571}


@dataclass(frozen=True)
class Target:
    """A runtime, such as "python3.13", and an architecture, "arm64" or "x86_64": the template's."""

    runtime: str
    architecture: str

    @property
    def version(self) -> tuple[int, int]:
        """The Python, such as (3, 13)."""
        major, minor = self.runtime.removeprefix("python").split(".")
        return int(major), int(minor)

    @property
    def machine(self) -> str:
        """The processor, as Linux and wheels call it."""
        return {"arm64": "aarch64"}.get(self.architecture, self.architecture)

    @property
    def magic(self) -> bytes:
        """The first four bytes of a file of byte code."""
        return _MAGIC[self.runtime].to_bytes(2, "little") + b"\r\n"

    @property
    def markers(self) -> dict[str, str]:
        """What a requirement's condition is judged by."""
        version = ".".join(map(str, self.version))
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "python_full_version": f"{version}.0",
            "python_version": version,
            "sys_platform": "linux",
        }

    def tags(self) -> Iterator[Tag]:
        """Yield the tags of the wheels that run there."""
        places = [
            f"manylinux_{GLIBC[0]}_{minor}_{self.machine}" for minor in range(GLIBC[1], _OLDEST - 1, -1)
        ]
        places += [f"manylinux2014_{self.machine}"]
        name = "cp{}{}".format(*self.version)
        yield from tags.cpython_tags(self.version, [name], places)
        yield from tags.compatible_tags(self.version, name, places)
