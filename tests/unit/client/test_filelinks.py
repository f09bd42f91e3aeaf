"""Lengths of time and files' names, as people read them."""

import time

import pytest

from streamer.filelinks import expiry, file_name, length, links_in


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.25, "0.25 s"),
        (9, "9 s"),
        (59, "59 s"),
        (59.9, "1 min"),
        (90, "1.5 min"),
        (3540, "59 min"),
        (3599, "1 h"),
        (5400, "1.5 h"),
        (86_390, "1 day"),
        (86_409, "1 day"),
        (259_200, "3 days"),
        (10**8, "1157 days"),
        (0, "0 s"),
    ],
)
def test_a_length_of_time(seconds: float, text: str) -> None:
    assert length(seconds) == text


def test_a_files_name() -> None:
    assert file_name("http://h/results/a%20b%1b.csv?X=/y") == r"a b\u001b.csv"
    assert file_name("http://host/") == "host"


def test_links_are_those_that_can_be_opened() -> None:
    url = "https://h/a"
    assert links_in({"url": url, "report_url": url, "other": url, "next_url": None}) == {
        "url": url,
        "report_url": url,
    }
    assert links_in({"url": url, "method": "PUT"}) == links_in([url]) == links_in(None) == {}


def test_expiry() -> None:
    assert expiry({"expires_at": time.time() - 1}) == "has expired"
    assert expiry({"expires_at": "soon"}) == expiry({}) == ""
