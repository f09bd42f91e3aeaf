"""Check template.yaml, expanded, by the rules of checks/streamer.guard; every rule must hold.

`python scripts/check_template.py [EXPANDED]` also writes the expanded template there, for other tools.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from streamer.local.cloudformation.template import load

ROOT = Path(__file__).parents[1]
RULES = ROOT / "checks/streamer.guard"
PARAMETERS = {"JwksUrl": "https://issuer.example/keys", "JwtIssuer": "https://issuer.example"}
_PLACE = re.compile(r'"path": "(/Resources/[^"]+)"')


def broken(template: Mapping[str, Any], rules: str) -> list[str]:
    """Return the names of the rules that do not hold for a template, and where each of them does not.

    Raises ValueError where the rules cannot be read. A rule that finds nothing to look at does not hold.
    """
    guard: Any = import_module("guardpycfn")  # it is not everywhere, and tells no types
    told = guard.validate_with_guard(json.dumps(template), rules, True)
    if not told["success"]:
        raise ValueError(told["error"])
    found = []
    for rule in told["result"]["children"]:
        check = rule["container"]["RuleCheck"]
        if check["status"] != "PASS":
            places = sorted(set(_places(rule)))
            found.append(": ".join([check["name"], ", ".join(places) or "finds nothing to look at"]))
    return found


def _places(told: Any) -> Iterator[str]:
    """Yield where in the template a clause fails: what it compares with has no place there."""
    if isinstance(told, list):
        for part in told:
            yield from _places(part)
    elif isinstance(told, dict) and not {"Filter", "RuleCondition"} & told.get("container", {}).keys():
        if told.get("status") == "FAIL" and (clause := told.get("from") or told.get("value")):
            yield from _PLACE.findall(json.dumps(clause))[:1]
        for part in told.values():
            yield from _places(part)


if __name__ == "__main__":
    expanded = load(ROOT / "template.yaml", PARAMETERS)
    if sys.argv[1:]:
        Path(sys.argv[1]).write_text(json.dumps(expanded, indent=1))
    if find_spec("guardpycfn") is None:
        sys.stderr.write("*** cfn-guard is not made for this processor: its rules are NOT checked. ***\n")
    elif faults := broken(expanded, RULES.read_text()):
        sys.exit("\n".join([f"{RULES.relative_to(ROOT)}:", *faults]))
