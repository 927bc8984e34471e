"""What client and backend see of the response to one request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import field
from typing import Any, NamedTuple

from converter.model import Origin
from converter.model.data import dataclass


class ResponseNotes(NamedTuple):
    """What recordings note of a response beside what client and backend see."""

    stickiness: Mapping[str, Any] | None = None
    """Of a target group: `enabled` and `durationSeconds`."""
    auth: Mapping[str, Any] | None = None
    """The guard that the load balancer itself is: its `type`, and its settings."""
    after_auth: Mapping[str, Any] | None = None
    """The response that follows once the guard is satisfied."""
    location_prefix: str | None = None
    """Beginning of the Location, where the rest is random."""
    certificate: str | None = None
    """`namespace/name` of the Secret that the handshake shows."""

    def over(self, other: ResponseNotes) -> ResponseNotes:
        """These, and those of the other that are not set here."""
        return other._replace(**{name: one for name, one in self._asdict().items() if one is not None})

    def to_json(self) -> dict[str, Any]:
        """Those that are set; a response behind a guard always names it."""
        guarded = self.after_auth is not None
        return {name: one for name, one in self._asdict().items() if one is not None or (name == "auth" and guarded)}


NO_NOTES = ResponseNotes()


@dataclass(slots=True)
class Decision:
    """What a client and a backend can see of the response. Status 0: no HTTP response (refused, reset)."""

    status: int = 200
    backends: dict[str, float] = field(default_factory=dict)
    """Share of each `namespace/service:port` (port as written in the input)."""
    location: str | None = None
    host: str | None = None
    """Host as the backend sees it; None when no backend is asked."""
    path: str | None = None
    request_headers: dict[str, str | None] = field(default_factory=dict)
    """Headers that the proxy changed towards the backend, lower case; None: removed."""
    response_headers: dict[str, str | None] = field(default_factory=dict)
    body: str | None = None
    notes: ResponseNotes = NO_NOTES
    rule: str = ""
    origin: Origin | None = None
    resolved: dict[str, float] = field(default_factory=dict)
    """As `backends`, with the port number of the Service: comparable between two tables."""
    implicit_headers: dict[str, str | None] = field(default_factory=dict)
    """As `request_headers`, for those that the proxy writes unasked; no difference that anybody set up."""
    ended_by: tuple[str, tuple[Origin, ...]] | None = None
    """Name and facts of the setting that has ended the exchange before any backend was asked."""
    implicit_response: dict[str, str | None] = field(default_factory=dict)
    """As `response_headers`, for those that the proxy writes or drops unasked."""

    def forwarded(self, names: Iterable[str]) -> dict[str, str | None]:
        """What the backend reads in these headers, as far as the proxy writes or removes them."""
        return {name: self.request_headers.get(name, self.implicit_headers.get(name)) for name in names}

    def to_answer(self) -> dict[str, Any]:
        """The `answer` of the oracle, plus `rule` and `origin`."""
        out: dict[str, Any] = {"status": self.status}
        if self.location is not None:
            out["location"] = self.location
        out["backends"] = self.backends
        if self.backends and self.path is not None:
            out["upstream"] = {"host": self.host, "path": self.path}
            if self.request_headers or self.implicit_headers:
                out["upstream"]["headers"] = {**self.implicit_headers, **self.request_headers}
        if self.response_headers or self.implicit_response:
            out["response_headers"] = {**self.response_headers, **self.implicit_response}
        if self.body is not None:
            out["body"] = self.body
        out |= self.notes.to_json()
        if self.rule:
            out["rule"] = self.rule
        if self.origin is not None:
            out["origin"] = {"path": self.origin.location.path, "line": self.origin.location.line}
        return out
