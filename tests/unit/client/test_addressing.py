"""Which of our messages an incoming one answers."""

from typing import Any

from streamer.client.addressing import addressee, gateway_error

NAMELESS: dict[str, Any] = {"type": "error", "request_id": None, "timestamp": 1.0, "error": {}}
GATEWAYS = {"message": "Internal server error", "connectionId": "c", "requestId": "x"}


def test_a_message_belongs_to_the_request_that_it_names() -> None:
    assert addressee(NAMELESS | {"request_id": "r"}, ["q"]) == "r"


def test_a_nameless_error_belongs_to_the_only_one_without_an_answer() -> None:
    for message in (NAMELESS, GATEWAYS):
        assert addressee(message, ["q"]) == "q"
        assert addressee(message, ["q", "r"]) is None
        assert addressee(message, []) is None


def test_noise_belongs_to_none() -> None:
    noises: list[Any] = ["text", 1, None, [], {}, {"type": "error", "request_id": []}]
    for noise in [*noises, NAMELESS | {"type": "other"}]:
        assert addressee(noise, ["q"]) is None


def test_the_gateways_error_becomes_a_frame() -> None:
    assert gateway_error(GATEWAYS, "r", 1.0)["error"] == {
        "code": "INTERNAL_ERROR",
        "message": "Internal server error",
        "details": GATEWAYS,
    }
