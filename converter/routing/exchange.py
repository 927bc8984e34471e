"""One request on its way through a table, and the response that grows on the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol
from urllib.parse import unquote

from converter.routing.decision import NO_NOTES, Decision
from converter.routing.situation import NO_SITUATION, Situation

UNSPECIFIED = "192.0.2.1"
"""The client's address where a request names none: the same on both sides of a comparison."""


DEFAULT_PORTS = {"http": 80, "https": 443}
"""Ports of the schemes, which URLs leave out."""
_LONGEST_NUMBER = 18
"""Digits of a length that is larger than any limit already."""


class Request(NamedTuple):
    """A request as the oracle writes it (`path` as sent on the wire, query included; header names in any case)."""

    method: str = "GET"
    scheme: str = "http"
    host: str = ""
    path: str = "/"
    headers: tuple[tuple[str, str], ...] = ()
    source: str = ""
    port: int = 0
    sni: str | None = None
    entry: str = ""
    situation: Situation = NO_SITUATION

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Request:
        """Read `{"method": …}` or a whole line of answers.jsonl."""
        data = data.get("request", data)
        known = {"method", "scheme", "host", "path", "headers", "source", "port", "sni", "entry"}
        headers = tuple(
            (name, str(one))
            for name, value in (data.get("headers") or {}).items()
            for one in (value if isinstance(value, list) else [value])
        )
        return cls(
            data.get("method", "GET"),
            data.get("scheme", "http"),
            data.get("host", ""),
            data.get("path", "/"),
            headers,
            data.get("source", "") or "",
            int(data.get("port") or 0),
            data.get("sni"),
            data.get("entry", "") or "",
            Situation({key: value for key, value in data.items() if key not in known}),
        )

    @property
    def listener_port(self) -> int:
        """The port that is asked: the scheme's own where none is named."""
        return self.port or DEFAULT_PORTS.get(self.scheme, DEFAULT_PORTS["http"])

    def to_json(self) -> dict[str, Any]:
        """The shape of oracle requests; defaults are left out but scheme, host and path."""
        out: dict[str, Any] = {"method": self.method, "scheme": self.scheme, "host": self.host, "path": self.path}
        if self.headers:
            out["headers"] = dict(self.headers)
        for key in ("source", "port", "entry"):
            if getattr(self, key):
                out[key] = getattr(self, key)
        if self.sni is not None:
            out["sni"] = self.sni
        return out | self.situation.to_json()


class After(Protocol):
    """A step that also looks at the response."""

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """The response as the client gets it."""


class Exchange:
    """A request being decided.

    `path` is what matchers compare (the controller's normal form), `upstream_path` what the backend will see, both
    without query. `answer` is set by the first step that ends the exchange.
    """

    __slots__ = (
        "_parameters",
        "after",
        "answer",
        "headers",
        "host",
        "implicit_headers",
        "notes",
        "path",
        "port",
        "query",
        "request",
        "request_headers",
        "response_added",
        "response_headers",
        "scheme",
        "source",
        "table",
        "upstream_host",
        "upstream_path",
    )

    def __init__(self, request: Request, port: int) -> None:
        self.request = request
        self.port = port
        self.scheme = request.scheme
        self.host = host_only(request.host)
        raw, mark, query = request.path.partition("?")
        self.path = raw
        self.query: str | None = query if mark else None
        self.upstream_path = raw
        self.upstream_host = request.host
        self.headers: dict[str, list[str]] = {}
        for name, value in request.headers:
            self.headers.setdefault(name.lower(), []).append(value.strip(" \t"))
        self.request_headers: dict[str, str | None] = {}
        self.response_headers: dict[str, str | None] = {}
        self.response_added: set[str] = set()
        """Those of the response headers that are added to what the backend sends under the same name."""
        self.implicit_headers: dict[str, str | None] = {}
        """Headers that a proxy of this kind writes for every backend (X-Forwarded-For …); no setting asked for them."""
        self.source = request.source or UNSPECIFIED
        """The client's address as the proxy takes it to be."""
        self.table: object = None
        """The routing table that is asked, for what asks it again; None where no table is."""
        self.after: list[After] = []
        """What looks at the response before the client gets it: the last to come looks first."""
        self.notes = NO_NOTES
        self.answer: Decision | None = None
        self._parameters: list[tuple[str, str]] | None = None

    @property
    def raw_path(self) -> str:
        """The path as sent, without query."""
        return self.request.path.partition("?")[0]

    def with_query(self, path: str) -> str:
        """A path with the query of the request, if it had one."""
        return path if self.query is None else f"{path}?{self.query}"

    def values(self, subject: str, key: str) -> list[str]:
        """All values of one part of the request."""
        if subject == "header":
            sent = self.headers.get(key.lower(), [])
            return sent or ([self.upstream_host] if key.lower() in (":authority", "host") else [])
        if subject == "query":
            return [value for name, value in self.parameters() if not key or name == key]
        if subject == "cookie":
            return [value for name, value in self.cookies() if name == key]
        return [self._decoded_subject(subject)]

    def content_length(self) -> int:
        """Bytes of the body, as the header says; 0 where it holds no number."""
        text = next(iter(self.values("header", "content-length")), "")
        return int(text[:_LONGEST_NUMBER]) if text.isascii() and text.isdigit() else 0

    def _decoded_subject(self, subject: str) -> str:
        if subject == "method":
            return self.request.method
        if subject == "source":
            return self.source
        if subject == "path":
            return self.path
        return self.scheme if subject == "scheme" else self.host

    def parameters(self) -> list[tuple[str, str]]:
        """Query parameters in order, undecoded (a bare name has the empty value)."""
        if self._parameters is None:
            pairs = [pair.partition("=") for pair in (self.query or "").split("&") if pair]
            self._parameters = [(name, value) for name, _, value in pairs]
        return self._parameters

    def cookies(self) -> list[tuple[str, str]]:
        """Cookies in order."""
        pairs = [pair.strip().partition("=") for line in self.headers.get("cookie", []) for pair in line.split(";")]
        return [(name, value) for name, mark, value in pairs if mark]

    def given(self, backend: str) -> Mapping[str, Any]:
        """How the request says that a backend answers (`given`); empty where it says nothing: 200."""
        found = self.request.situation.given.get(backend, {})
        return found if isinstance(found, Mapping) else {}

    def refuse(self, status: int, **more: Any) -> Decision:
        """End the exchange with a response of the proxy itself."""
        self.answer = Decision(status=status, response_headers=dict(self.response_headers), **more)
        return self.answer


def host_only(authority: str) -> str:
    """Lower case, without port."""
    if authority.startswith("["):
        return authority[: authority.find("]") + 1].lower()
    return authority.partition(":")[0].lower()


def several_colons(authority: str) -> bool:
    """Whether proxies may read different names in it (`x:80:80`); an IPv6 address in brackets is one name."""
    return authority.count(":") > 1 and not authority.startswith("[")


def decoded(text: str) -> str:
    """Percent-decoding of one component."""
    return unquote(text)
