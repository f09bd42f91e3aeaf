"""Write the client that the console's pages import, from clients/js: its modules as one file, for the wheel.

`python -m scripts.generate_console_client` writes it; `--check` exits 1 if it is not what would be written.
"""

import sys

from scripts.javascript import ROOT, prepare, run_node

TARGET = ROOT / "src/streamer/console/pages/stepstreamer.js"
HEAD = "// clients/js as one file, by `make generate`; do not edit."


def generate() -> str:
    """Return the text of the file. Raises NodeError."""
    prepare()
    options = ("--bundle", "--format=esm", "--target=es2022", "--log-level=error", f"--banner:js={HEAD}")
    return run_node("node_modules/esbuild/bin/esbuild", "dist/index.js", *options)


def main() -> None:
    """Write the file, or compare it with `--check`."""
    text = generate()
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text)
    elif not TARGET.exists() or TARGET.read_text() != text:
        sys.exit(f"{TARGET.relative_to(ROOT)} is not what clients/js says: run `make generate`")


if __name__ == "__main__":
    main()
