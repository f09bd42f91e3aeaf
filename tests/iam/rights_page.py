"""The tables of docs/iam.md. `make generate` writes anew who has which right; the reasons are people's."""

import re
from collections import defaultdict

from tests.iam.roles import Grant, roles
from tests.support.stack import ROOT

PAGE = ROOT / "docs/iam.md"
# How the local runner names what a stack makes, and how the page does.
_NAMES = {
    "table/streamer-": "",
    "streamer-databucket": "DataBucket",
    "streamer-DeadLetters": "DeadLetters",
    "websocketapi/live/": "",
    "streamer-*": "STACK-*",
}
_ROW = re.compile(r"^\| (`.*`) \| (.*) \| (.*) \|$", re.MULTILINE)
_BEGIN, _END = "<!-- generated: who -->\n", "<!-- end -->"


def short(grant: Grant) -> str:
    """Return a right as the page has it: the action, and where, without what all ARNs of a stack have."""
    place = re.sub(r"^arn:aws:\w[\w-]*:[\w-]*:\d*:", "", grant.resource)
    for name, told in _NAMES.items():
        place = place.replace(name, told)
    asked = [f"where {key} is {value}" for keys in grant.condition.values() for key, value in keys.items()]
    return f"`{' '.join([grant.action, place, *asked])}`"


def holders() -> dict[str, list[str]]:
    """Return which functions have which right."""
    found: dict[str, list[str]] = defaultdict(list)
    for name, grants in roles("AWS::Lambda::Function").items():
        for grant in grants:
            found[short(grant)].append(name.removesuffix("Function"))
    return dict(found)


def reasons(text: str) -> dict[str, str]:
    """Return the reason of each right that the page's generated table names."""
    return {right: why for right, why, _ in _ROW.findall(_part(text))}


def written(text: str) -> str:
    """Return the page with its table as the template would have it; a right that is new has no reason yet."""
    why = reasons(text)
    rows = [
        f"| {right} | {why.get(right, '')} | {', '.join(who)} |" for right, who in sorted(holders().items())
    ]
    before, _, rest = text.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    table = "\n".join(["| right | why | functions |", "|---|---|---|", *rows])
    return f"{before}{_BEGIN}{table}\n{_END}{after}"


def exceptions(text: str) -> dict[str, str]:
    """Return the page's reason for each right that no call shows, and for each policy of AWS's."""
    return {right: why for right, why, _ in _ROW.findall(text.partition(_END)[2])}


def _part(text: str) -> str:
    return text.partition(_BEGIN)[2].partition(_END)[0]


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text()))
