"""What holds around a request and cannot be seen in it: how other services respond, what is in front."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

BALANCER_TLS_PORT = 443


class Situation:
    """Circumstances of a request; immutable, equal and hashable by content.

    Args:
        data: The keys of a recorded request that are no part of the request itself. Those that nothing here reads are
            handed through to the output.
        rerouted: Another route of the same listener is asked in place of the first.
    """

    __slots__ = ("_data", "_hash", "rerouted")

    def __init__(self, data: Mapping[str, Any] | None = None, *, rerouted: bool = False) -> None:
        self._data = dict(data or {})
        self.rerouted = rerouted
        self._hash = hash((repr(self._data), rerouted)) if self._data or rerouted else 0

    @property
    def given(self) -> Mapping[str, Any]:
        """How services respond (`given`), by URL, host or `namespace/name`; without it with 200."""
        found = self._data.get("given")
        return found if isinstance(found, Mapping) else {}

    @property
    def knows_services(self) -> bool:
        """Whether it says anything of services."""
        return "given" in self._data

    @property
    def is_repeated(self) -> bool:
        """Whether the request is one of several in a row (`repeat`)."""
        return "repeat" in self._data

    @property
    def balancer_port(self) -> int:
        """The port of the load balancer in front (`lb_port`); 0: unknown."""
        return int(self._data.get("lb_port") or 0)

    @property
    def behind_tls(self) -> bool:
        """Whether the load balancer in front terminates TLS."""
        return self.balancer_port == BALANCER_TLS_PORT

    @property
    def body_bytes(self) -> int:
        """Size of the request body in bytes (`body`, which is a size or a text)."""
        body = self._data.get("body", 0)
        return body if isinstance(body, int) else len(str(body).encode())

    def with_given(self, given: Mapping[str, Any]) -> Situation:
        """The same with other responses of services."""
        return Situation({**self._data, "given": given}, rerouted=self.rerouted)

    def reroute(self) -> Situation:
        """The same for another route that is asked in place of the first."""
        return Situation(self._data, rerouted=True)

    def to_json(self) -> dict[str, Any]:
        """The keys that it was made of."""
        return dict(self._data)

    def __bool__(self) -> bool:
        return bool(self._data) or self.rerouted

    def __repr__(self) -> str:
        return repr(self._data)

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return isinstance(other, Situation) and self._data == other._data and self.rerouted == other.rerouted

    def __hash__(self) -> int:
        return self._hash


NO_SITUATION = Situation()
