"""Responses that are replaced by those of another service: error pages (nginx: `error_page CODE = @location`)."""

from __future__ import annotations

from dataclasses import field

from converter.model.data import dataclass
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.request_parts import filled

FALLBACK = 404
BODY = "default backend - 404"


@dataclass(frozen=True, slots=True)
class ErrorPages:
    """Which statuses are replaced, and by whose response."""

    codes: tuple[int, ...]
    service: tuple[str, str, int] | None = None
    """Namespace, name and port of the service; None: the controller itself responds with 404."""
    intercept: bool = True
    """Responses of the backend are replaced too, not only those of the proxy itself."""
    headers: tuple[tuple[str, str], ...] = field(default=(), compare=False)
    """What the service learns beside the code."""
    missing: str = field(default="", compare=False)
    """A service (namespace/name) that would respond, if the input had it."""

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """The response of the service: its status, whatever was replaced."""
        if not _replaces(self, decision):
            return decision
        if self.service is None:
            return Decision(FALLBACK, body=BODY, rule=decision.rule, origin=decision.origin)
        namespace, name, port = self.service
        key = f"{namespace}/{name}:{port}"
        given = exchange.given(key)
        return Decision(
            int(given.get("status", 200)),
            backends={key: 1.0},
            resolved={key: 1.0},
            host=exchange.upstream_host,
            path=exchange.with_query("/"),
            request_headers={"x-code": str(decision.status), **{name.lower(): text for name, text in self.headers}},
            implicit_headers=self._implicit(exchange),
            rule=decision.rule,
            origin=decision.origin,
        )

    @staticmethod
    def _implicit(exchange: Exchange) -> dict[str, str | None]:
        """nginx.tmpl:834-870: the location of an error page sends fewer headers than others do."""
        kept: dict[str, str | None] = {
            name: value
            for name, value in exchange.implicit_headers.items()
            if name in ("x-forwarded-for", "x-request-id")
        }
        accepted = ",".join(exchange.values("header", "accept")) or None
        return kept | {"x-format": accepted, "x-original-uri": exchange.request.path}


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """Which statuses are replaced by a fixed response, or by a redirect."""

    codes: tuple[int, ...]
    status: int | None = None
    """None: that of the response that is replaced."""
    location: tuple[str, ...] = ()
    """In the parts of `request_parts.py`."""
    body: str | None = None
    content_type: str | None = None
    intercept: bool = False
    """As in `ErrorPages`."""

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """The fixed response."""
        if not _replaces(self, decision):
            return decision
        return Decision(
            self.status or decision.status,
            location=filled(self.location, exchange) or None,
            response_headers={"content-type": self.content_type} if self.content_type else {},
            body=self.body,
            rule=decision.rule,
            origin=decision.origin,
        )


def _replaces(step: ErrorPages | ErrorAnswer, decision: Decision) -> bool:
    return decision.status in step.codes and (step.intercept or not decision.backends)
