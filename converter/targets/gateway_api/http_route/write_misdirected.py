"""TLS connections that carry requests for several hosts, where some hosts have HTTPS listeners of their own.

Envoy Gateway picks the listener by the server name of the handshake (SNI), and a route of that listener by Host. A host
with a listener of its own must not be served by a wildcard or host-less route of another listener: requests that arrive
there get 421, so that clients open a connection of their own (RFC 9110, 15.5.20). So are names with a final
dot on a Gateway of others, which may leave the dot.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from converter.routing.actions import Respond
from converter.routing.matchers import Condition, Match, ValueMatcher
from converter.routing.table import Feature, Port, Rule
from converter.targets.context import Context
from converter.targets.envoy_gateway.client_traffic_policy.write import TLS_PART
from converter.targets.envoy_gateway.client_traffic_policy.write_tls import known_ciphers
from converter.targets.gateway_api.gateway.write_allowed_routes import selects_by_label
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_body import parent_ref, rule_body
from converter.targets.gateway_api.http_route.write_rule import EVERYTHING
from converter.targets.protected_paths import guards_named_hosts
from converter.targets.virtual_hosts import PortHost, wider

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

ALPN = ["h2", "http/1.1"]
LONGEST_PATTERN = 4000
"""Of a header match (Gateway API: maxLength 4096)."""
ANY_DOTTED = "*."
"""All names with a final dot."""
_MODES = ("on", "optional", "optional_no_ca")


def has_own_tls(place: PortHost, context: Context) -> bool:
    """True for a host with TLS settings of its own, which only a listener of its own can have."""
    return bool(place.host) and has_tls_settings(place, context)


def has_tls_settings(place: PortHost, context: Context) -> bool:
    """True for a host, or the host of all other names, whose TLS settings are those of its listener."""
    if place.port.protocol != "HTTPS" or not context.gateway_policies:
        return False
    return any(map(_needs_listener, place.features))


def _needs_listener(feature: Feature) -> bool:
    value = feature.value if isinstance(feature.value, dict) else {}
    if feature.name == "tls-options":
        return bool(known_ciphers(value.get("ciphers")))
    secret, mode = str(value.get("secret", "")), value.get("verify", "on")
    return feature.name == "client-certificate" and "/" in secret and mode in _MODES


def offer_http2(writer: GatewayDraft) -> None:
    """Keep HTTP/2 on a shared listener beside others.

    Envoy Gateway offers HTTP/1.1 alone where certificates of listeners overlap, so that no client reuses a connection
    for a host of another listener. The shared listener responds with 421 to such requests, and needs no such guard; on
    listeners for one host the guard is left in place.
    """
    listeners, context = writer.listeners, writer.context
    if not context.capabilities.policies or (TLS_PART, "tls", "alpnProtocols") in context.entry.settings.values:
        return
    for (number, host), listener in listeners.by_key.items():
        if not host and listener.protocol == "HTTPS" and listeners.mode == "shared" and listeners.own_names(number):
            listener.options["tls"] = {"alpnProtocols": ALPN}


class Misdirected:
    """The rules that respond with 421 to requests for hosts with a listener of their own."""

    def __init__(
        self, listeners: Listeners, context: Context, served: list[PortHost], keep_order: bool = False
    ) -> None:
        self._listeners, self._context, self._keep_order = listeners, context, keep_order
        self._served = served
        self._elsewhere: dict[tuple[int, str], list[str]] | None = None
        self._dots: bool | None = None
        self._refused: set[tuple[int, str]] = set()
        """Ports and hosts whose every other path is refused already."""

    def names(self, places: Iterable[PortHost]) -> tuple[str, ...]:
        """Hosts of other listeners that these places would serve on theirs."""
        if not self._context.capabilities.route_filters:
            return ()
        if self._elsewhere is None:
            self._elsewhere = self._by_wider_host()
        some = list(places)
        found = {name for place in some for name in self._elsewhere.get((place.port.number, place.host), ())}
        if self._keeps_dots() and not all(place.host for place in some):
            found.add(ANY_DOTTED)
        return tuple(sorted(found))

    def _keeps_dots(self) -> bool:
        """A Gateway of others may leave a final dot in the Host: it is then not the name of a guarded host."""
        if self._dots is None:
            table = self._context.entry.table
            self._dots = bool(
                self._context.options.gateway and table.headers.strip_host_dot and guards_named_hosts(table)
            )
        return self._dots

    def routes_of(self, places: list[PortHost]) -> list[list[PortHost]]:
        """The places by route. Ports without TLS have one of their own where only TLS connections are refused."""
        secure = [place for place in places if place.port.protocol == "HTTPS"]
        others = [place for place in places if place.port.protocol != "HTTPS"]
        groups = [group for group in (secure, others) if group]
        return groups if len(set(map(self.names, groups))) > 1 else [places]

    def _by_wider_host(self) -> dict[tuple[int, str], list[str]]:
        """By port and wildcard (or "" for any host): the hosts that it covers and that another listener serves."""
        ports: dict[int, dict[str, WrittenListener | None]] = {}
        for place in self._served:
            if place.port.protocol == "HTTPS":
                found = self._listeners.find(place.port, place.host)
                ports.setdefault(place.port.number, {})[place.host] = found
        out: dict[tuple[int, str], list[str]] = {}
        for number, hosts in ports.items():
            if len({id(one) for one in hosts.values() if one is not None}) < 2:
                continue
            for host, listener in hosts.items():
                for name in wider(host, hosts):
                    if listener is not None and hosts[name] is not listener:
                        out.setdefault((number, name), []).append(host)
        return out

    def drafts(self, drafts: list[RuleDraft], places: list[PortHost]) -> list[RuleDraft]:
        """Rules that must precede these: each of their matches with one header match more, so that it ranks higher."""
        names = self.names(places)
        if not names or not drafts:
            return []
        first, patterns = drafts[0], list(_patterns(names))
        keys = {(place.port.number, place.host) for place in places if place.port.protocol == "HTTPS"}
        matches: list[dict[str, Any]] = []
        if not self._keep_order:
            for draft in drafts:
                matches += [one for one in map(_as_http, draft.matches) if one not in matches]
        everything = {"path": dict(EVERYTHING)}
        if everything not in matches and (self._keep_order or not keys <= self._refused):
            matches.append(everything)
        self._refused |= keys
        draft = RuleDraft(_rule(names, first.rule), first.namespace, first.port, first.host, self._context)
        draft.matches = [_with_host(match, pattern) for pattern in patterns for match in matches]
        return [_answering(draft)]

    def write(self, ports: list[Port]) -> None:
        """A route that responds with 421 to requests for other such hosts on the shared listener, which would get
        404."""
        if not self._context.capabilities.route_filters or self._listeners.mode != "shared":
            return
        for port in ports:
            shared = self._listeners.by_key.get((port.number, ""))
            if shared is not None and shared.protocol == "HTTPS":
                hosts = {
                    place.host
                    for place in self._served
                    if place.port.number == port.number and self._listeners.find(place.port, place.host) is shared
                }
                names = [
                    name for name in self._listeners.own_names(port.number) if next(wider(name, hosts), None) is None
                ]
                if names:
                    self._route(tuple(names), port, shared)

    def _route(self, names: tuple[str, ...], port: Port, shared: WrittenListener) -> None:
        gateway, context = self._listeners.gateway, self._context
        namespace = gateway.namespace
        if selects_by_label(context) and shared.namespaces:
            namespace = min(shared.namespaces)  # the Gateway's own may lack the label that routes need to attach
        draft = RuleDraft(_rule(names, None), namespace, port, "", context)
        draft.matches = [_with_host({"path": dict(EVERYTHING)}, pattern) for pattern in _patterns(names)]
        suffix = "" if port.number == 443 else f"-{port.number}"
        name = context.output.names.claim("HTTPRoute", namespace, f"{gateway.name}-misdirected{suffix}", str(gateway))
        spec: dict[str, Any] = {"parentRefs": [parent_ref(shared, namespace)]}
        spec["rules"] = [rule_body(_answering(draft), name, context)]
        shared.namespaces.add(namespace)
        context.output.objects.add("HTTPRoute", namespace, name, spec, origin=f"listeners of {gateway.name}")


def _rule(names: tuple[str, ...], beside: Rule | None) -> Rule:
    tests = tuple(ValueMatcher("regex", pattern, True) for pattern in _patterns(names))
    return Rule(
        Match((), (Condition("header", "host", tests),)),
        Respond(421),
        name="misdirected",
        object=beside.object if beside is not None else None,
    )


def _answering(draft: RuleDraft) -> RuleDraft:
    draft.put("access-rules", ("HTTPRouteFilter", "directResponse"), {"statusCode": 421})
    return draft


def _patterns(names: tuple[str, ...]) -> Iterator[str]:
    """Expressions for these hosts in any letter case, with final dots and whatever follows a colon: Envoy compares
    host names without it, be it a port or not."""
    some: list[str] = []
    length = 0
    for name in names:
        text = re.escape(name.removeprefix("*")) if name.startswith("*") else re.escape(name)
        text = f".+{text}" if name.startswith("*") else text
        if some and length + len(text) > LONGEST_PATTERN:
            yield _pattern(some)
            some, length = [], 0
        some.append(text.replace("\\-", "-"))
        length += len(text) + 1
    if some:
        yield _pattern(some)


def _pattern(texts: list[str]) -> str:
    inner = texts[0] if len(texts) == 1 else f"(?:{'|'.join(texts)})"
    return rf"(?i){inner}\.*(?::.*)?"


def _with_host(match: dict[str, Any], pattern: str) -> dict[str, Any]:
    header = {"name": "Host", "type": "RegularExpression", "value": pattern}
    return {**match, "headers": [*match.get("headers", ()), header]}


def _as_http(match: dict[str, Any]) -> dict[str, Any]:
    """A match of a GRPCRoute as Envoy Gateway reads it (internal/gatewayapi/route.go: processGRPCRouteMethodExact)."""
    method = match.get("method")
    if not isinstance(method, dict):
        return match if "path" in match else {"path": dict(EVERYTHING), **match}
    service, name = method.get("service", ""), method.get("method", "")
    kind, value = ("Exact", f"/{service}/{name}") if name else ("PathPrefix", f"/{service}")
    rest = {key: value for key, value in match.items() if key != "method"}
    return {"path": {"type": kind, "value": value}, **rest}
