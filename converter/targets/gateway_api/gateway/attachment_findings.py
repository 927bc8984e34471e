"""What the owner of a Gateway of the input has to change so that routes are served (`--gateway`)."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import ASPECTS, NO_ASPECTS, FieldRef, Outcome
from converter.model.request_kind import named
from converter.reading.manifests import mapping, mappings
from converter.routing.table import Certificate, Port
from converter.targets.gateway_api.gateway.attached_listeners import AttachedListeners, Obstacle
from converter.targets.gateway_api.gateway.certificates import has_secret
from converter.targets.gateway_api.gateway.input_gateway import certificate_refs
from converter.targets.gateway_api.gateway.read_listeners import Listener
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.resources import text

MOST_NAMES = 8


def settle_attachment(listeners: AttachedListeners, ports: list[Port]) -> None:
    """What becomes of certificates, and what keeps routes from being served."""
    settle_certificates(listeners, ports)
    settle_obstacles(listeners)


def settle_obstacles(listeners: AttachedListeners) -> None:
    """One finding for each listener that is missing, is not programmed, or refuses a namespace."""
    _settle_unmatched(listeners)
    for (number, protocol), one in listeners.missing.items():
        _settle(listeners, one, f"{protocol} {number}", _missing(listeners, number, protocol, one))
    for (name, namespace), one in listeners.not_allowed.items():
        _settle(listeners, one, f"{name} {namespace}", _not_allowed(listeners, name, namespace, one))
    for name, one in listeners.unready.items():
        _settle(listeners, one, name, _unready(listeners, name))
    for (name, namespace), one in listeners.assumed.items():
        _settle(listeners, one, f"{name} {namespace}", _assumed(listeners, name, namespace))


def _settle_unmatched(listeners: AttachedListeners) -> None:
    """Hosts without rules: the controller answers them on all its ports, a Gateway on its listeners."""
    table = listeners.context.entry.table
    first = table.rule_origin()
    narrow = [
        port
        for port in table.ports
        if port.protocol in ("HTTP", "HTTPS") and listeners.source.fit(port, "", port.protocol) is None
    ]
    if not narrow or first is None:
        return
    origin = first._replace(kind="default", key="hosts without rules", value=_name(listeners))
    table.add_default("listener", origin)
    ports = " and ".join(f"{port.protocol} {port.number}" for port in narrow)
    outcome = Outcome.approximate(
        "gateway.unmatched-hosts",
        f"Gateway {_name(listeners)} has no listener without hostname for {ports}. Connections for hosts without rules "
        "are refused or get 404 there.",
        affects=ASPECTS,
        when=named("unmatched"),
    )
    listeners.context.ledger.settle(origin, outcome, "listener")


def _settle(listeners: AttachedListeners, obstacle: Obstacle, value: str, outcome: Outcome) -> None:
    """On a fact of its own, which all rules share: what becomes of their paths is another matter."""
    rules = list(obstacle.rules.values())
    first = next((rule.origin for rule in rules if rule.origin is not None), None)
    if first is None:
        return
    origin = first._replace(kind="object", key="parentRefs", value=f"{_name(listeners)}: {value}")
    for rule in rules:
        rule.origins = (*rule.origins, origin)
    listeners.context.ledger.settle(origin, outcome, "listener")


def _missing(listeners: AttachedListeners, number: int, protocol: str, one: Obstacle) -> Outcome:
    have = ", ".join(_described(known) for known in listeners.source.listeners) or "none"
    return Outcome.manual(
        "gateway.listener-missing",
        f"Gateway {_name(listeners)} has no {protocol} listener on port {number} for {_hosts(one.hosts)}. "
        f"Its listeners: {have}.",
        f"Add to the Gateway: {_wanted(listeners, number, protocol, one)}.",
    )


def _wanted(listeners: AttachedListeners, number: int, protocol: str, one: Obstacle) -> str:
    """A listener in words: all that its owner has to write."""
    secrets = listeners.secrets_for(number, one.hosts) if protocol == "HTTPS" else []
    words = [f"a listener with protocol {protocol} and port {number}"]
    if protocol in ("HTTPS", "TLS") and "" not in one.hosts:
        words.append(f"for {_hosts(one.hosts)}")
    if protocol == "TLS":
        words.append("with tls.mode Passthrough")
    if secrets:
        words.append(f"with certificateRefs to Secret {', '.join(secrets)}")
    spaces = ", ".join(sorted(one.namespaces))
    return f"{' '.join(words)}, and allowedRoutes for namespace {spaces}"


def _not_allowed(listeners: AttachedListeners, name: str, namespace: str, one: Obstacle) -> Outcome:
    listener = _by_name(listeners, name)
    allowed = mapping(mapping(listener.spec.get("allowedRoutes")).get("namespaces"))
    scope = text(allowed.get("from")) or "Same"
    kinds = [text(kind.get("kind")) for kind in mappings(mapping(listener.spec.get("allowedRoutes")).get("kinds"))]
    if kinds and not one.kinds <= set(kinds):
        return Outcome.manual(
            "gateway.kind-refused",
            f"Listener {name} of Gateway {_name(listeners)} accepts no {' or '.join(sorted(one.kinds - set(kinds)))} "
            f"(allowedRoutes.kinds: {', '.join(kinds)}).",
            f"Add the kind to allowedRoutes.kinds of the listener. It serves {_hosts(one.hosts)}.",
        )
    why = f"allowedRoutes.namespaces.from: {scope}"
    return Outcome.manual(
        "gateway.namespace-refused",
        f"Listener {name} of Gateway {_name(listeners)} refuses routes of namespace {namespace} ({why}).",
        f"Let the listener accept the namespace: allowedRoutes.namespaces.from: Selector with the label "
        f"kubernetes.io/metadata.name: {namespace}"
        + (", or give the Namespace the labels that the selector asks for." if scope == "Selector" else "."),
    )


def _unready(listeners: AttachedListeners, name: str) -> Outcome:
    refs = ", ".join(f"{space}/{secret}" for space, secret in certificate_refs(_by_name(listeners, name)))
    words = f"none of its certificates can be used ({refs})" if refs else "it has no certificateRefs"
    return Outcome.manual(
        "gateway.listener-not-programmed",
        f"Listener {name} of Gateway {_name(listeners)} is not programmed: {words}.",
        "Refer to a Secret of type kubernetes.io/tls. In another namespace it needs a ReferenceGrant.",
    )


def _assumed(listeners: AttachedListeners, name: str, namespace: str) -> Outcome:
    return Outcome.approximate(
        "gateway.namespace-labels-unknown",
        f"Listener {name} of Gateway {_name(listeners)} selects namespaces by label. Namespace {namespace} is not in "
        "the input, so whether its routes are accepted is unknown.",
        f"Add Namespace {namespace} to the input, or check its labels: kubectl get namespace {namespace} --show-labels",
        affects=NO_ASPECTS,
    )


def settle_certificates(listeners: AttachedListeners, ports: list[Port]) -> None:
    """What becomes of each certificate: the listener refers to it, or shows another one."""
    for port in ports:
        for certificate in port.certificates:
            outcome, fields = _certificate(listeners, port, certificate)
            for origin in certificate.origins:
                listeners.context.ledger.settle(origin, outcome, "tls", False, fields)


def _certificate(
    listeners: AttachedListeners, port: Port, certificate: Certificate
) -> tuple[Outcome, tuple[FieldRef, ...]]:
    used = [one for host in certificate.hosts or ("",) if (one := listeners.used(port, host.lower())) is not None]
    secret = listeners.secret(certificate)
    if not has_secret(certificate) or not used:
        words = f"No listener of Gateway {_name(listeners)} is used for these hosts with this certificate."
        return Outcome.approximate("tls.unused", words, affects=NO_ASPECTS), ()
    other = [one for one in used if (secret.namespace, secret.name) not in certificate_refs(_of(listeners, one))]
    for one in used:
        if one not in other:
            listeners.grant_used(one)
    if not other:
        refs = [FieldRef(one.holder.kind, one.holder.namespace, one.holder.name, _path(one)) for one in used]
        words = f"Listener {used[0].name} of Gateway {_name(listeners)} has this certificate."
        return Outcome.exact("tls.listener", words), tuple(refs)
    return _other_certificate(listeners, other[0], f"{secret.namespace}/{secret.name}", certificate), ()


def _other_certificate(
    listeners: AttachedListeners, listener: WrittenListener, secret: str, certificate: Certificate
) -> Outcome:
    shown = ", ".join(f"{space}/{name}" for space, name in certificate_refs(_of(listeners, listener))) or "none"
    hosts = _hosts(certificate.hosts)
    words = (
        f"Listener {listener.name} of Gateway {_name(listeners)} serves {hosts} with certificate {shown}, not with "
        f"Secret {secret}."
    )
    hint = (
        f"Check that the certificate covers {hosts}, or add Secret {secret} to certificateRefs of the listener. A "
        "Secret of another namespace needs a ReferenceGrant."
    )
    if listener.hostname:
        return Outcome.approximate("gateway.other-certificate", words, hint, affects=NO_ASPECTS)
    return Outcome.manual("gateway.other-certificate", words, hint, affects=NO_ASPECTS)


def _of(listeners: AttachedListeners, written: WrittenListener) -> Listener:
    found = listeners.listener(written)
    if found is None:
        raise KeyError(written.name)
    return found


def _path(listener: WrittenListener) -> str:
    return f"spec.listeners[{listener.name}].tls.certificateRefs"


def _by_name(listeners: AttachedListeners, name: str) -> Listener:
    return next(one for one in listeners.source.listeners if one.name == name)


def _described(listener: Listener) -> str:
    host = f", {listener.hostname}" if listener.hostname else ""
    return f"{listener.name} ({listener.protocol} {listener.port}{host})"


def _name(listeners: AttachedListeners) -> str:
    return f"{listeners.gateway.namespace}/{listeners.gateway.name}"


def _hosts(hosts: Iterable[str]) -> str:
    names = sorted(set(hosts))
    if not names or "" in names:
        return "all hosts"
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return f"{', '.join(names[:MOST_NAMES])}{more}"
