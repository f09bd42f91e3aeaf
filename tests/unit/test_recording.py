"""What a terminal showed, and when, as an animated picture."""

import re
from xml.etree import ElementTree

import pytest

from scripts.recording.animation import LAST, animated
from scripts.recording.screen import Screen


def test_lines_that_are_drawn_anew_are_there_once() -> None:
    screen = Screen()
    screen.feed("$ go\nfirst\r\n\x1b[1mbar\x1b[0m 1\n\x1b[?25lwhole 1")
    screen.feed("\r\x1b[2K\x1b[1A\x1b[2K\x1b[1mbar\x1b[0m 2\nwhole 2\n")
    screen.feed("\x1b]8;;http://x/y\x1b\\file\x1b]8;;\x1b\\")
    assert screen.lines == ["$ go", "first", "\x1b[1mbar\x1b[0m 2", "whole 2", "file"]
    with pytest.raises(ValueError, match="an unknown sequence"):
        screen.feed("\x1b[3;4H")


def test_each_text_is_there_as_long_as_it_was() -> None:
    shown = [
        (0.0, ["$ go"]),
        (2.0, ["$ go", "10%"]),
        (4.05, ["$ go", "20%"]),  # with what comes in the same step
        (4.1, ["$ go", "\x1b[32m30%\x1b[0m"]),
        (6.0, ["$ go", "\x1b[32m30%\x1b[0m", "done"]),
    ]
    svg = animated(shown, "go", "go")
    # What comes within a step is drawn once; then the end stays a while.
    there = {
        "".join(group.itertext()): group.get("class")
        for group in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}g")
        if re.fullmatch(r"go-\d+", group.get("class") or "")
    }
    assert list(there) == ["$\xa0go", "10%", "30%", "done"]
    seconds = 6 + LAST
    assert f"{{0%{{visibility:hidden}}{2 / seconds:.2%}{{visibility:visible}}{4.1 / seconds:.2%}" in svg
    styled = set(re.findall(r"@keyframes (go-\d+)", svg))
    assert styled == {there["10%"], there["30%"], there["done"]}
    assert 'visibility="hidden"' in re.findall(r'<g class="go-\d+".*?>', svg)[1]  # 10%: not there in the end
    assert svg.count('visibility="hidden"') == 1
    assert "prefers-reduced-motion" in svg
