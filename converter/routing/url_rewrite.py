"""Rewrites that look at more than the path, and choices that stick to a client."""

from __future__ import annotations

from typing import Any

from converter.model.data import dataclass
from converter.routing.exchange import Exchange, host_only
from converter.routing.regex import compiled
from converter.routing.steps import PathRewrite, expand


@dataclass(frozen=True, slots=True)
class UrlRewrite(PathRewrite):
    """As PathRewrite, but the pattern sees path and query together (AWS ALB: rule transforms)."""

    def apply(self, exchange: Exchange) -> None:
        new = self.rewritten(exchange.with_query(exchange.upstream_path))
        if new is not None:
            path, mark, query = new.partition("?")
            exchange.upstream_path, exchange.query = path, query if mark else None


@dataclass(frozen=True, slots=True)
class HostPattern:
    """The Host that the backend sees, made of the one that was sent; unchanged where the pattern is not found."""

    pattern: str
    to: str
    """Groups as `\\1`."""

    def apply(self, exchange: Exchange) -> None:
        exchange.upstream_host = self.rewritten(exchange.upstream_host)

    def rewritten(self, host: str) -> str:
        """The new host for one that was sent."""
        pattern = compiled(self.pattern)
        if pattern is None:
            return host
        return pattern.sub(lambda m: expand(self.to, m.group, len(m.groups())), host_only(host), count=1)


@dataclass(frozen=True, slots=True)
class GroupStickiness:
    """A client stays with the backend that was chosen for it by weight."""

    enabled: bool | None = None
    seconds: int | None = None

    def apply(self, exchange: Exchange) -> None:
        known: dict[str, Any] = {"enabled": self.enabled, "durationSeconds": self.seconds}
        stickiness = {key: value for key, value in known.items() if value is not None}
        exchange.notes = exchange.notes._replace(stickiness=stickiness)
