"""The one interpreter: what a table answers to a request. Sources and targets are asked by the same code."""

from __future__ import annotations

from converter.routing import cors as _cors  # noqa: F401  (fills the styles)
from converter.routing.actions import Forward, Passthrough, Redirect, Respond
from converter.routing.exchange import Decision, Exchange, Request, host_only
from converter.routing.locations import location
from converter.routing.paths import normalise
from converter.routing.table import Port, RoutingTable, Rule

REFUSED = 0


def decide(table: RoutingTable, request: Request) -> Decision:
    """What the client and the backend see. Status 0: nothing listens there, or the TLS handshake fails."""
    return consult(table, request)[0]


def consult(table: RoutingTable, request: Request) -> tuple[Decision, Rule | None]:
    """As `decide`, with the rule that answers; None where no rule does."""
    number = request.port or (443 if request.scheme == "https" else 80)
    port = table.port(number)
    if port is None or not _handshake(port, request):
        return Decision(status=REFUSED), None
    exchange = Exchange(request, number)
    _read_headers(table, exchange)
    if exchange.answer is None:
        normalise(table.paths, exchange)
    if exchange.answer is not None:
        return exchange.answer, None
    rule = find(port, exchange)
    return (run(rule, exchange), rule) if rule else (_respond(port.fallback, exchange), None)


def _handshake(port: Port, request: Request) -> bool:
    if (request.scheme == "https") != (port.protocol in ("HTTPS", "TLS")):
        return False
    if port.protocol != "HTTPS" or port.unknown_sni == "serve":
        return True
    name = request.sni if request.sni is not None else host_only(request.host)
    return any(not one.hosts or any(_covers(host, name) for host in one.hosts) for one in port.certificates)


def _covers(pattern: str, name: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:]) and len(name) > len(pattern) - 1
    return pattern == name


def _read_headers(table: RoutingTable, exchange: Exchange) -> None:
    if table.headers.strip_host_dot and exchange.host.endswith("."):
        exchange.host = exchange.host[:-1]
    odd = [name for name in exchange.headers if "_" in name]
    if odd and table.headers.underscores == "reject":
        exchange.refuse(400)
    elif table.headers.underscores == "drop":
        for name in odd:
            del exchange.headers[name]
            exchange.request_headers[name] = None


def find(port: Port, exchange: Exchange) -> Rule | None:
    """The rule that takes this request."""
    return next((rule for rule in port.candidates(exchange.host) if rule.match.holds(exchange)), None)


def run(rule: Rule, exchange: Exchange) -> Decision:
    """Take the steps of a rule and then its action."""
    for feature in rule.features:
        apply = getattr(feature.value, "apply", None)
        if apply is not None:
            apply(exchange)
            if exchange.answer is not None:
                break
    decision = exchange.answer or _act(rule, exchange)
    decision.rule, decision.origin = rule.name, rule.origin
    decision.extra = exchange.extra | decision.extra
    return decision


def _act(rule: Rule, exchange: Exchange) -> Decision:
    action = rule.action
    if isinstance(action, Redirect):
        return Decision(action.status, location=location(action, exchange), response_headers=exchange.response_headers)
    if isinstance(action, Respond):
        return _respond(action, exchange)
    return _forward(action, exchange)


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
        200, host=exchange.upstream_host, path=exchange.with_query(exchange.upstream_path),
        request_headers=exchange.request_headers, response_headers=exchange.response_headers,
    )
    for backend in ready:
        share = backend.weight / total
        decision.backends[backend.key] = decision.backends.get(backend.key, 0) + share
        decision.resolved[backend.resolved] = decision.resolved.get(backend.resolved, 0) + share
    return decision
