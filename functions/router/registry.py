"""Actions: what clients may ask for, each declared once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

Estimate = float | Callable[[Any], float]


@dataclass(frozen=True)
class Identity:
    """Who asks, as the authorizer says, and on which connection; nothing that a client writes changes it.

    `permissions` are names, as the token has them.
    """

    tenant: str
    user: str
    connection: str = ""
    permissions: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Action:
    """A name, the payload's model, how long it takes in seconds, and what does it.

    `handler(payload, identity)` answers at once; with `job` the state machine of that name runs it as a job.
    An action may have both: its estimate for the payload decides. Where it names a `permission`, only who has
    that may ask for it. Answers that are `costly` are counted, and bounded, a tenant and minute.
    """

    name: str
    payload: TypeAdapter[Any]
    estimate: Estimate
    handler: Callable[[Any, Identity], Any] | None = None
    job: bool = False
    permission: str | None = None
    costly: bool = False

    def seconds(self, payload: Any) -> float:
        """Return the estimate for this payload."""
        return self.estimate(payload) if callable(self.estimate) else self.estimate

    def runs_as_job(self, payload: Any, threshold: float) -> bool:
        """Whether this payload is over the threshold (seconds), or there is no other way."""
        return self.job and (self.handler is None or self.seconds(payload) > threshold)


class Registry:
    """The actions of an application."""

    def __init__(self) -> None:
        self._actions: dict[str, Action] = {}

    def add(
        self,
        name: str,
        payload: Any,
        *,
        estimate: Estimate,
        handler: Callable[[Any, Identity], Any] | None = None,
        job: bool = False,
        permission: str | None = None,
        costly: bool = False,
    ) -> None:
        """Register an action. `payload` is a type that pydantic can check.

        Raises:
            ValueError: the name is taken, the action has nothing that would do it, or nobody can have the
                permission: a token's permissions are names with spaces between them.
        """
        if name in self._actions:
            raise ValueError(f"the action {name!r} is registered twice")
        if handler is None and not job:
            raise ValueError(f"the action {name!r} has neither a handler nor a state machine")
        if permission is not None and permission.split() != [permission]:
            raise ValueError(f"the action {name!r} asks for {permission!r}, which is no permission's name")
        kind = TypeAdapter(payload)
        self._actions[name] = Action(name, kind, estimate, handler, job, permission, costly)

    def get(self, name: str) -> Action | None:
        """Return the action of that name, or None."""
        return self._actions.get(name)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._actions))
