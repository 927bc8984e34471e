"""ClientTrafficPolicy: what a listener does with every request before a route is chosen, and with every response.

envoy-gateway: internal/gatewayapi/clienttrafficpolicy.go, internal/xds/translator/listener.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from converter.model.data import dataclass
from converter.reading.manifests import mapping, mappings
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.matchers import ValueMatcher
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.steps import HeaderEdit
from converter.routing.table import Feature
from converter.targets.envoy_gateway.format_strings import is_accepted, rendered
from converter.targets.envoy_gateway.steps import FormattedHeaders, Pairs
from converter.targets.gateway_api.http_route.read_filters import pairs
from converter.targets.resources import Body, Manifest, number, sequence, text

UNDERSCORES = {"Allow": "allow", "DropHeader": "drop", "RejectRequest": "reject"}
OPEN_MODES = ("Request", "VerifyIfGiven")
UNSPECIFIED = "192.0.2.1"
"""The client's address where a request names none: one of documentation's, that no list means."""


def path_rules(spec: Body) -> PathRules:
    """`path`: merging of slashes and what happens to escaped ones."""
    path = mapping(spec.get("path"))
    return PathRules(
        "envoy",
        not path.get("disableMergeSlashes"),
        text(path.get("escapedSlashesAction"), "UnescapeAndRedirect"),
    )


def header_rules(spec: Body) -> HeaderRules:
    """`headers`: underscores and the dot after a host name."""
    headers = mapping(spec.get("headers"))
    strip = bool(mapping(headers.get("host")).get("stripTrailingHostDot"))
    action = text(headers.get("withUnderscoresAction"), "RejectRequest")
    return HeaderRules(UNDERSCORES.get(action, "reject"), strip, False, "last-colon")


def listener_steps(spec: Body, gateway: Manifest, port: int, secure: bool) -> tuple[Feature, ...]:
    """The steps of a listener, in Envoy's order."""
    out = []
    if secure and _asks_certificate(spec, gateway, port):
        out.append(Feature("client-certificate", ClientCertificate()))
    headers = mapping(spec.get("headers"))
    late = mapping(headers.get("lateResponseHeaders"))
    if late:
        out.append(Feature("response-headers", _late(late)))
    early = mapping(headers.get("earlyRequestHeaders"))
    if early:
        out.append(Feature("request-headers", _early(early)))
    out.append(_forwarded(mapping(spec.get("clientIPDetection"))))
    return tuple(out)


def refused(spec: Body) -> bool:
    """A header that Envoy cannot read: the listener is lost."""
    headers = mapping(spec.get("headers"))
    values = [
        value
        for side in ("earlyRequestHeaders", "lateResponseHeaders")
        for key in ("set", "add", "addIfAbsent")
        for _, value in pairs(mapping(headers.get(side)).get(key))
    ]
    return not all(is_accepted(value) for value in values)


def _asks_certificate(spec: Body, gateway: Manifest, port: int) -> bool:
    validation = mapping(mapping(spec.get("tls")).get("clientValidation"))
    if validation:
        return not validation.get("optional") and validation.get("mode") not in OPEN_MODES
    frontend = mapping(mapping(gateway.spec.get("tls")).get("frontend"))
    own = next((one for one in mappings(frontend.get("perPort")) if number(one.get("port")) == port), None)
    settings = mapping(own.get("tls")) if own is not None else mapping(frontend.get("default"))
    asked = mapping(settings.get("validation"))
    return bool(asked) and asked.get("mode") != "AllowInsecureFallback"


@dataclass(frozen=True, slots=True)
class ClientCertificate:
    """No connection without a certificate; no request of ours shows one."""

    def apply(self, exchange: Exchange) -> None:
        exchange.refuse(0)


@dataclass(frozen=True, slots=True)
class EarlyHeaders:
    """Request headers that are changed before a route is chosen, so that matches see them.

    In this order: add, set, add where absent, remove; what a value refers to is as the ones before have left it.
    """

    change: Pairs = ()
    add: Pairs = ()
    absent: Pairs = ()
    remove: tuple[str, ...] = ()
    patterns: tuple[ValueMatcher, ...] = ()

    def apply(self, exchange: Exchange) -> None:
        for name, value in self.add:
            self._put(exchange, name, value, exchange.headers.get(name, ()))
        for name, value in self.change:
            self._put(exchange, name, value)
        for name, value in self.absent:
            if name not in exchange.headers:
                self._put(exchange, name, value)
        gone = [name for name in exchange.headers if any(test.holds(name) for test in self.patterns)]
        for name in (*self.remove, *gone):
            if exchange.headers.pop(name, None) is not None:
                exchange.request_headers[name] = None

    @staticmethod
    def _put(exchange: Exchange, name: str, value: str, known: Sequence[str] = ()) -> None:
        text = rendered(value, exchange)
        if text:  # nothing is written for an empty value, and what is there stays
            exchange.headers[name] = [*known, text]
            exchange.request_headers[name] = ",".join(exchange.headers[name])


def _early(spec: Body) -> EarlyHeaders:
    def lower(key: str) -> Pairs:
        return tuple((name.lower(), value) for name, value in pairs(spec.get(key)))

    remove = tuple(text(name).lower() for name in sequence(spec.get("remove")))
    return EarlyHeaders(lower("set"), lower("add"), lower("addIfAbsent"), remove, _patterns(spec))


def _patterns(spec: Body) -> tuple[ValueMatcher, ...]:
    ops = {"Prefix": "prefix", "Suffix": "suffix", "RegularExpression": "regex"}
    return tuple(
        ValueMatcher(ops.get(text(one.get("type")), "exact"), text(one.get("value")).lower())
        for one in mappings(spec.get("removeOnMatch"))
    )


@dataclass(frozen=True, slots=True)
class LateHeaders:
    """Headers of every response, those of the proxy itself included."""

    edit: HeaderEdit
    absent: Pairs = ()

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """The response with these headers."""
        known = dict(decision.response_headers)
        exchange.response_headers, exchange.response_added = known, set()
        FormattedHeaders(self.edit).apply(exchange)
        for name, value in self.absent:
            if known.get(name.lower()) is None:
                known[name.lower()] = rendered(value, exchange)
        decision.response_headers = known
        return decision


def _late(spec: Body) -> LateHeaders:
    edit = HeaderEdit(
        response_set=pairs(spec.get("set")),
        response_add=pairs(spec.get("add")),
        response_remove=tuple(text(name) for name in sequence(spec.get("remove"))),
    )
    return LateHeaders(edit, pairs(spec.get("addIfAbsent")))


@dataclass(frozen=True, slots=True)
class Forwarded:
    """Who the client is, and what the backend learns of it.

    kind: "" (nothing is trusted) | hops | cidrs | header | direct.
    """

    kind: str = ""
    hops: int = 0
    cidrs: tuple[ValueMatcher, ...] = ()
    header: str = ""
    fail_closed: bool = False

    def apply(self, exchange: Exchange) -> None:
        peer = exchange.request.source or UNSPECIFIED
        listed = [part.strip() for value in exchange.values("header", "x-forwarded-for") for part in value.split(",")]
        exchange.source = self._client(exchange, peer, listed) or peer
        if exchange.answer is not None:
            return
        if self.kind != "header":
            sent = ",".join(exchange.values("header", "x-forwarded-for"))
            exchange.request_headers.pop("x-forwarded-for", None)
            exchange.implicit_headers["x-forwarded-for"] = f"{sent},{peer}" if sent else peer
        exchange.request_headers.pop("x-forwarded-proto", None)
        proto = exchange.values("header", "x-forwarded-proto")
        if self.kind and proto:
            exchange.scheme = proto[0]
        exchange.headers["x-forwarded-proto"] = [exchange.scheme]
        exchange.implicit_headers["x-forwarded-proto"] = exchange.scheme
        if not self.kind:
            exchange.implicit_headers["x-envoy-external-address"] = peer

    def _client(self, exchange: Exchange, peer: str, listed: list[str]) -> str:
        if self.kind == "hops":
            return listed[-self.hops] if 0 < self.hops <= len(listed) else ""
        if self.kind == "cidrs":
            return self._past_trusted(peer, listed)
        if self.kind == "header":
            return self._named(exchange)
        return ""

    def _past_trusted(self, peer: str, listed: list[str]) -> str:
        found = peer
        for address in reversed(listed):
            if not any(test.holds(found) for test in self.cidrs):
                break
            found = address
        return found

    def _named(self, exchange: Exchange) -> str:
        value = next(iter(exchange.values("header", self.header)), "")
        if any(ValueMatcher("cidr", whole).holds(value) for whole in ("0.0.0.0/0", "::/0")):
            return value
        if self.fail_closed:
            exchange.refuse(403)
        return ""


_UNTRUSTED = Feature("forwarded-headers", Forwarded())


def _forwarded(spec: Body) -> Feature:
    if not spec:
        return _UNTRUSTED
    named, listed = mapping(spec.get("customHeader")), mapping(spec.get("xForwardedFor"))
    if named:
        step = Forwarded("header", header=text(named.get("name")), fail_closed=bool(named.get("failClosed")))
    elif listed.get("trustedCIDRs"):
        step = Forwarded(
            "cidrs", cidrs=tuple(ValueMatcher("cidr", text(one)) for one in sequence(listed["trustedCIDRs"]))
        )
    elif listed:
        step = Forwarded("hops", hops=number(listed.get("numTrustedHops")))
    else:
        step = Forwarded("direct")
    return Feature("forwarded-headers", step)
