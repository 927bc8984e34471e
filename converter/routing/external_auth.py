"""Another service that is asked about every request, as controllers built on nginx do (`auth_request`)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from converter.model.data import dataclass
from converter.routing.decision import Decision
from converter.routing.exchange import DEFAULT_PORTS, Exchange
from converter.routing.host_names import service_of_cluster
from converter.routing.request_parts import filled
from converter.routing.steps import ADD_HEADER_STATUSES, append_header


def services(url: str, service: str = "") -> Iterator[str]:
    """The names by which a request may say what the service behind a URL responds with (`given`)."""
    yield url
    if service:
        yield service
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, DEFAULT_PORTS["http"])
    except ValueError:
        return
    host = (parts.hostname or "").removesuffix(".")
    inside = service_of_cluster(host)
    if inside is not None:
        yield f"{inside[0]}/{inside[1]}:{port}"
    yield f"{host}:{port}"  # a Backend names a Service of the cluster by its host


class ServiceAnswer(NamedTuple):
    """What an authorisation service responds with."""

    status: int
    headers: Mapping[str, str] = {}
    """Names in lower case."""


AskAuth = Callable[["ExternalAuth", Exchange], int | ServiceAnswer]
"""What an authorisation service responds with for a request."""


def _nobody(step: ExternalAuth, exchange: Exchange) -> int:
    return 200


@dataclass(frozen=True, slots=True)
class ExternalAuth:
    """Another service decides. Its response is in no manifest: `ASK` stands for it (200 by default)."""

    url: str
    method: str = "GET"
    signin: str = ""
    """Where a client without credentials is sent, for messages; `login` is what acts."""
    signin_parameter: str = "rd"
    response_headers: tuple[str, ...] = ()
    unreachable: bool = False
    """The service's name resolves to nothing: every request gets 500."""
    login: tuple[str, ...] = ()
    """The Location of that redirect, in parts (`routing/request_parts.py`)."""
    cookies: str = ""
    """When Set-Cookie of the service reaches the client: "" never | success | always."""
    address: str = ""
    """The URL inside the cluster, where `url` is that of a host that is served by this very table."""
    unsent: tuple[str, ...] = ()
    """Headers of the question that others than this controller could not send."""
    repeated: tuple[str, ...] = ()
    """Headers of the question that hold what the controller sends to backends under the same name."""

    def apply(self, exchange: Exchange) -> None:
        answer = ServiceAnswer(500) if self.unreachable else self._answer(exchange)
        status = self.verdict(answer.status)
        cookie = answer.headers.get("set-cookie")
        if cookie and self.cookies:
            exchange.after.append(AuthCookie(cookie, self.cookies == "always"))
        if status == 200:
            for name in self.response_headers:
                exchange.request_headers[name.lower()] = answer.headers.get(name.lower())
        elif status == 401 and self.login:
            exchange.refuse(302, location=filled(self.login, exchange))
        else:
            if status == 401 and "www-authenticate" in answer.headers:
                exchange.response_headers["www-authenticate"] = answer.headers["www-authenticate"]
            exchange.refuse(status)

    @staticmethod
    def verdict(status: int) -> int:
        """200, or what the client gets: 401 and 403 are passed on, everything but 2xx else is 500."""
        return 200 if 200 <= status < 300 else status if status in (401, 403) else 500

    def names(self) -> Iterator[str]:
        """The names by which a request may say what the service responds with (`given`)."""
        yield from services(self.url)
        if self.address:
            yield from services(self.address)

    def _answer(self, exchange: Exchange) -> ServiceAnswer:
        """What the request says of the service (`given`), else what `ASK` says."""
        given: dict[str, Any] = {}
        for name in self.names() if exchange.request.situation.knows_services else ():
            given = dict(exchange.given(name)) or given
        headers = {name.lower(): str(value) for name, value in (given.get("headers") or {}).items()}
        if "status" in given:
            return ServiceAnswer(int(given["status"]), headers)
        found = ASK[-1](self, exchange)
        return found if isinstance(found, ServiceAnswer) else ServiceAnswer(found, headers)


@dataclass(frozen=True, slots=True)
class AuthCookie:
    """The cookie of an authorisation service goes to the client behind that of the backend."""

    value: str
    always: bool

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        if self.always or decision.status in ADD_HEADER_STATUSES:
            append_header(decision.response_headers, "set-cookie", self.value)
        return decision


ASK: list[AskAuth] = [_nobody]
"""The last one is asked. Tests that know the service put theirs here."""
