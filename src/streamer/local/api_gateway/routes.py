"""What a WebSocket API is: its routes, and who decides about a handshake."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Route:
    """Where messages of a route go, by function ARN; `responds` where its answer goes back to the client."""

    function: str
    responds: bool


@dataclass(frozen=True)
class Api:
    """A WebSocket API. `identity_sources` must all be in the handshake, else it is refused unasked."""

    id: str
    stage: str
    selection: str
    routes: Mapping[str, Route]
    authorizer: str | None
    identity_sources: tuple[str, ...] = ()

    @property
    def first_functions(self) -> list[str]:
        """Return the functions that a client meets first: authorizer, $connect, $default."""
        routes = [self.routes[key].function for key in ("$connect", "$default") if key in self.routes]
        return [self.authorizer, *routes] if self.authorizer else routes
