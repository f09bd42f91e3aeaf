"""Writes the tables of docs/scale.md anew: `python -m benchmarks.scale`. Asks nothing of AWS."""

from benchmarks.scale.reports import ROOT
from benchmarks.scale.scale_page import filled


def main() -> None:
    """Write the page, and say so."""
    page = ROOT / "docs/scale.md"
    page.write_text(filled(page.read_text()))
    print(f"{page} is written")


main()
