"""The one interpreter: how a table responds to a request. Sources and targets are asked by the same code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from converter.routing import cors as _cors  # noqa: F401  (fills the styles)
from converter.routing.actions import Forward, Passthrough, Redirect, Respond
from converter.routing.decision import NO_NOTES, Decision
from converter.routing.exchange import Exchange, Request, host_only, several_colons
from converter.routing.locations import location
from converter.routing.paths import normalise
from converter.routing.request_rules import HeaderRules
from converter.routing.table import Feature, Port, RoutingTable, Rule, VirtualHost

REFUSED = 0
RAW = ("TCP", "UDP")
"""Nobody reads what goes through these ports."""
SNI_STYLES: dict[str, Callable[[Port, Request], bool]] = {}
"""How a controller that refuses handshakes reads the name in it (`Port.sni_style`)."""


def decide(table: RoutingTable, request: Request) -> Decision:
    """What the client and the backend see. Status 0: nothing listens there, or the TLS handshake fails."""
    return consult(table, request)[0]


def consult(table: RoutingTable, request: Request) -> tuple[Decision, Rule | None]:
    """As `decide`, with the rule that matches; None where no rule does."""
    number = request.listener_port
    port = _connected(table.listening(number, udp=request.scheme == "udp"), request)
    if port is None:
        return Decision(status=REFUSED), None
    exchange = Exchange(request, number)
    exchange.table = table
    if port.protocol not in RAW:
        _read_headers(port.headers or table.headers, exchange)
        if exchange.answer is None:
            normalise(port.paths or table.paths, exchange)
    if exchange.answer is None:
        _take(port.steps, exchange)
    elif port.steps and _closes(port, request, table):
        return Decision(status=REFUSED), None
    if exchange.answer is not None:
        return exchange.answer, None
    rule = find(port, exchange)
    if exchange.answer is not None:
        return _finished(exchange.answer, exchange), rule
    return (run(rule, exchange), rule) if rule else (_fall_back(port, exchange), None)


def answer_of(
    table: RoutingTable, request: Request, rule: Rule | None, left_out: Callable[[Feature], bool]
) -> Decision:
    """What this rule alone would answer, without some settings of its own and of its port."""
    port = _connected(table.listening(request.listener_port, udp=request.scheme == "udp"), request)
    if port is None:
        return Decision(status=REFUSED)
    features = () if rule is None else tuple(one for one in rule.features if not left_out(one))
    reduced = Port(
        port.number,
        port.protocol,
        [VirtualHost((), [] if rule is None else [replace(rule, features=features)])],
        fallback=port.fallback,
        paths=port.paths,
        headers=port.headers,
        steps=tuple(one for one in port.steps if not left_out(one)),
    )
    return decide(replace(table, ports=[reduced]), request)


def _closes(port: Port, request: Request, table: RoutingTable) -> bool:
    """Whether the handshake fails for want of a client certificate, before anybody reads the request."""
    exchange = Exchange(request, request.listener_port)
    exchange.table = table
    _take(port.steps, exchange)
    return exchange.answer is not None and exchange.answer.status == REFUSED


def _connected(port: Port | None, request: Request) -> Port | None:
    """The port, or the part of it that the TLS handshake leads to; None where there is no connection."""
    if port is None or not handshake(port, request):
        return None
    return port.chain(_server_name(request)) if port.chains else port


def _server_name(request: Request) -> str:
    return request.sni.lower() if request.sni is not None else host_only(request.host)


def handshake(port: Port, request: Request) -> bool:
    """Whether a connection comes about: by scheme, and by the certificates where a port refuses other names."""
    if port.protocol in RAW:
        return port.protocol == "TCP" or request.scheme == "udp"
    if (request.scheme == "https") != (port.protocol in ("HTTPS", "TLS")):
        return False
    if port.protocol != "HTTPS" or port.unknown_sni == "serve" or port.chains:
        return True
    if port.sni_style:
        return SNI_STYLES[port.sni_style](port, request)
    return port.is_certified(_server_name(request))


def _read_headers(rules: HeaderRules, exchange: Exchange) -> None:
    if rules.port_after == "last-colon" and several_colons(exchange.request.host):
        exchange.host = exchange.request.host.rpartition(":")[0].lower()
    if rules.strip_host_dot and exchange.host.endswith("."):
        exchange.host = exchange.host[:-1]
        if not rules.forward_host_dot:
            name, colon, number = exchange.upstream_host.partition(":")
            exchange.upstream_host = f"{name.removesuffix('.')}{colon}{number}"
    odd = [name for name in exchange.headers if "_" in name]
    if odd and rules.underscores == "reject":
        exchange.refuse(400)
    elif rules.underscores == "drop":
        for name in odd:
            del exchange.headers[name]
            exchange.request_headers[name] = None


def find(port: Port, exchange: Exchange) -> Rule | None:
    """The rule that takes this request."""
    for rule in port.candidates(exchange.host, exchange.path):
        if rule.match.holds(exchange) or exchange.answer is not None:  # a condition may end the exchange by itself
            return rule
    return None


def run(rule: Rule, exchange: Exchange) -> Decision:
    """Take the steps of a rule and then its action."""
    _take(rule.features, exchange)
    decision = exchange.answer or _act(rule, exchange)
    decision.rule, decision.origin = rule.name, rule.origin
    if exchange.notes is not NO_NOTES:
        decision.notes = decision.notes.over(exchange.notes)
    return _finished(decision, exchange)


def _take(features: tuple[Feature, ...], exchange: Exchange) -> None:
    for feature in features:
        apply = getattr(feature.value, "apply", None)
        if apply is not None:
            apply(exchange)
            if exchange.answer is not None:
                exchange.answer.ended_by = feature.name, feature.origins
                return


def _finished(decision: Decision, exchange: Exchange) -> Decision:
    for step in reversed(exchange.after):
        decision = step.finish(exchange, decision)
    return decision


def _act(rule: Rule, exchange: Exchange) -> Decision:
    action = rule.action
    if isinstance(action, Redirect):
        return Decision(action.status, location=location(action, exchange), response_headers=exchange.response_headers)
    if isinstance(action, Respond):
        return _respond(action, exchange)
    return _forward(action, exchange)


def _fall_back(port: Port, exchange: Exchange) -> Decision:
    """The response where no rule takes the request."""
    own_paths = port.fallback.own_paths if port.select(exchange.host) is None else ()
    for prefix, status in own_paths:
        if exchange.path.startswith(prefix):
            return Decision(status)
    return _finished(_respond(port.fallback, exchange), exchange)


def _respond(action: Respond, exchange: Exchange) -> Decision:
    headers = dict(exchange.response_headers) | {name.lower(): value for name, value in action.headers}
    if action.content_type:
        headers["content-type"] = action.content_type
    return Decision(action.status, response_headers=headers, body=action.body, location=headers.pop("location", None))


def _forward(action: Forward | Passthrough, exchange: Exchange) -> Decision:
    total = sum(backend.weight for backend in action.backends)
    ready = [backend for backend in action.backends if backend.weight and not backend.failure]
    if not ready or not total:
        failures = [backend.failure for backend in action.backends if backend.failure]
        return Decision(failures[0] if failures else 500, response_headers=exchange.response_headers)
    decision = Decision(
        200,
        host=exchange.upstream_host,
        path=exchange.with_query(exchange.upstream_path),
        request_headers=exchange.request_headers,
        response_headers=exchange.response_headers,
        implicit_headers=exchange.implicit_headers,
    )
    if len(ready) == 1:
        _as_given(exchange.given(ready[0].key), decision, exchange.response_added)
    for backend in ready:
        share = backend.weight / total
        decision.backends[backend.key] = decision.backends.get(backend.key, 0) + share
        decision.resolved[backend.resolved] = decision.resolved.get(backend.resolved, 0) + share
    return decision


def _as_given(given: Mapping[str, Any], decision: Decision, added: set[str]) -> None:
    """The status and headers that the request says of the backend, where the proxy does not overwrite them."""
    if not given:
        return
    decision.status = int(given.get("status", decision.status))
    sent = {name.lower(): value for name, value in (given.get("headers") or {}).items()}
    for name, value in sent.items():
        ours = decision.response_headers.get(name)
        if name == "location":
            decision.location = value
        elif name in added and ours:
            decision.response_headers[name] = f"{value}, {ours}"
        else:
            decision.response_headers.setdefault(name, value)
