"""TLS that is passed through unopened: a TLS listener and a TLSRoute per host."""

from __future__ import annotations

from converter.model import FieldRef, ObjectRef, Outcome
from converter.routing.actions import Passthrough
from converter.targets.context import Context, source_line
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.gateway_api.http_route.write_backends import backend_refs
from converter.targets.gateway_api.http_route.write_body import parent_ref
from converter.targets.naming import slug
from converter.targets.virtual_hosts import PortHost


def is_passthrough(place: PortHost) -> bool:
    """True for a host whose connections nobody opens."""
    return bool(place.rules) and isinstance(place.rules[0].action, Passthrough)


def write_passthrough(place: PortHost, listener: WrittenListener, listeners: Listeners, context: Context) -> None:
    """The TLSRoute of one host."""
    rule = place.rules[0]
    namespace = rule.object.namespace if rule.object is not None else listeners.gateway.namespace
    if not place.host:
        context.notes.settle_lost(
            place.rules,
            Outcome.manual(
                "tls-passthrough.any-host",
                "a TLSRoute needs host names; this rule passes every name through",
                "write a TCPRoute for the port",
            ),
        )
        return
    backends = rule.action.backends if isinstance(rule.action, Passthrough) else ()
    refs, outcomes = backend_refs(backends, namespace, context, route_kind="TLSRoute")
    if not refs:
        _unserved(place, outcomes, context)
        return
    base = rule.object.name if rule.object is not None else slug(place.host)
    name = context.output.names.claim("TLSRoute", namespace, f"{base}-passthrough", f"{listeners.gateway}|{place.host}")
    parent = parent_ref(listener, namespace)
    listeners.admit(listener, ObjectRef("TLSRoute", namespace, name), [place.host], place.rules)
    spec = {"parentRefs": [parent], "hostnames": [place.host], "rules": [{"backendRefs": refs}]}
    sources: list[ObjectRef] = [rule.object] if rule.object is not None else []
    line = source_line(rule.object, rule.origin)
    context.output.objects.add("TLSRoute", namespace, name, spec, sources, origin=line)
    context.output.provenance["TLSRoute", namespace, name, 0, 0] = rule
    fields = (FieldRef("TLSRoute", namespace, name, "spec.rules[0]"),)
    outcome = (
        outcomes[0]
        if outcomes
        else Outcome.exact("tls-passthrough.route", f"becomes TLSRoute {namespace}/{name}", fields=fields)
    )
    context.notes.settle_rule(place.rules, outcome)
    for feature in rule.features:
        context.notes.settle(feature, outcome)


def _unserved(place: PortHost, outcomes: list[Outcome], context: Context) -> None:
    """Connections for which there is no backend are closed on both sides; a route needs one."""
    words = "no backend of the input takes the connections, so there is no TLSRoute; they are closed before and after"
    outcome = outcomes[0] if outcomes else Outcome.obsolete("tls-passthrough.no-backend", words)
    context.notes.settle_rule(place.rules, outcome)
    for rule in place.rules:
        for feature in rule.features:
            context.notes.settle(feature, outcome)
