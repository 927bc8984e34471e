"""What the report says of the certificates of an entry."""

from __future__ import annotations

from converter.model import Aspects, FieldRef, Outcome
from converter.model.request_kind import named, to_port
from converter.routing.table import Certificate, Port
from converter.targets.context import NOTHING
from converter.targets.gateway_api.gateway.certificates import MOST_REFERENCES, has_secret
from converter.targets.gateway_api.gateway.write_listeners import MAX_LISTENERS, Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener

UNANSWERED: Aspects = frozenset({"connection", "backends", "location"})
"""What differs where nobody listens."""
LISTENED = Outcome.exact("tls.listener", "becomes a certificate of the HTTPS listener")
BEYOND = Outcome.approximate(
    "tls.certificate-limit",
    f"An HTTPS listener holds at most {MOST_REFERENCES} certificates. The hosts of this one have their own listeners, "
    "and are reached by connections with their server name only.",
    affects=NOTHING,
)


def settle_certificates(listeners: Listeners, ports: list[Port]) -> None:
    """What became of every certificate of the table."""
    used: dict[object, list[WrittenListener]] = {}
    for listener in listeners.by_key.values():
        for certificate in listener.certificates:
            used.setdefault(listeners.secret(certificate), []).append(listener)
    settle = listeners.context.ledger.settle
    for port in ports:
        for certificate in port.certificates:
            found = used.get(listeners.secret(certificate), []) if has_secret(certificate) else []
            outcome = _outcome(listeners, certificate, port, found)
            fields = _references(found)
            elsewhere = found and port.number not in [one.port for one in found]
            for origin in certificate.origins:
                settle(origin, outcome, "tls", False, fields)
                if elsewhere:
                    settle(origin, _unanswered(port), "tls")


def _outcome(listeners: Listeners, certificate: Certificate, port: Port, used: list[WrittenListener]) -> Outcome:
    if not has_secret(certificate):
        return _of_controller(listeners, port)
    if not used:
        return Outcome.approximate(
            "tls.unused",
            "No rule serves these hosts, so no listener needs the certificate.",
            affects=UNANSWERED,
            when=named("https"),
        )
    if certificate.kind != "Secret":
        return _in_cloud(listeners, certificate)
    if any(one.holder.kind == "ListenerSet" for one in used):
        return Outcome.approximate(
            "tls.listener-set",
            f"The HTTPS listener is in {used[0].holder}"
            + (
                "."
                if listeners.mode == "namespace"
                else f", because a Gateway holds at most {MAX_LISTENERS} listeners."
            ),
            "Use an implementation that supports ListenerSet (Gateway API 1.5). cert-manager reads ListenerSets from "
            "1.20 on, behind a feature gate.",
            affects=NOTHING,
        )
    return BEYOND if listeners.overflows(port, certificate) else LISTENED


def _of_controller(listeners: Listeners, port: Port) -> Outcome:
    """Hosts without a Secret, which the controller serves with a self-signed certificate of its own."""
    fallback = listeners.fallback(port) if (port.number, "") in listeners.by_key else None
    if fallback is None or listeners.mode != "shared":
        return Outcome.approximate(
            "tls.no-certificate",
            "The controller serves HTTPS for hosts without a Secret with a self-signed certificate. The Gateway has no "
            "listener for them.",
            "Name a Secret in spec.tls for every host that must be reached by HTTPS.",
            affects=UNANSWERED,
            when=named("https"),
        )
    secret = listeners.secret(fallback)
    return Outcome.approximate(
        "tls.controller-certificate",
        "The controller serves hosts without a Secret with a self-signed certificate. The listener serves them with "
        f"the certificate of Secret {secret.namespace}/{secret.name}.",
        "Name a Secret in spec.tls for these hosts.",
        affects=NOTHING,
    )


def _in_cloud(listeners: Listeners, certificate: Certificate) -> Outcome:
    secret = listeners.secret(certificate)
    name = certificate.name or "that the controller discovers by host name"
    return Outcome.manual(
        "tls.certificate-in-cloud",
        f"The certificate {name} is held by AWS. The HTTPS listener refers to Secret {secret.namespace}/{secret.name}, "
        "which does not exist yet.",
        f"Create the Secret from the certificate and its key: kubectl -n {secret.namespace} create secret tls "
        f"{secret.name} --cert=tls.crt --key=tls.key. ACM exports a key only where the certificate was requested as "
        "exportable. Otherwise issue a new one, or terminate TLS at the network load balancer "
        "(service.beta.kubernetes.io/aws-load-balancer-ssl-cert).",
        affects=UNANSWERED,
        when=named("https"),
    )


def _references(listeners: list[WrittenListener]) -> tuple[FieldRef, ...]:
    """Where listeners name their certificates."""
    return tuple(
        [
            FieldRef(
                one.holder.kind,
                one.holder.namespace,
                one.holder.name,
                f"spec.listeners[{one.name}].tls.certificateRefs",
            )
            for one in listeners
        ]
    )


def _unanswered(port: Port) -> Outcome:
    return Outcome.approximate(
        "tls.unused-port",
        f"No rule serves port {port.number}, so the Gateway has no listener there. The controller returns errors.",
        affects={"connection"},
        when=to_port(port.number),
    )


def uncertified(listeners: Listeners, port: Port, host: str) -> Outcome:
    """Rules that no HTTPS listener can serve."""
    if (port.number, host) in listeners.refused:
        return Outcome.manual(
            "listener.limit",
            f"A Gateway holds at most {MAX_LISTENERS} listeners, and this version of Gateway API has no "
            f"ListenerSet. HTTPS for "
            f"{host} is not served.",
            "Use --listeners shared, a wildcard host, a newer version of Gateway API, or a second Gateway.",
            affects=UNANSWERED,
            when=named("https"),
        )
    if port.unknown_sni == "refuse":
        return Outcome.approximate(
            "tls.handshake-refused",
            f"The controller has no usable certificate for {host or 'other hosts'} and refuses TLS handshakes. The "
            "Gateway has no HTTPS listener for it either.",
            "To serve HTTPS, name a Secret in spec.tls that exists and holds a certificate.",
            affects=UNANSWERED | {"status"},
            when=named("https"),
        )
    return Outcome.approximate(
        "tls.no-certificate",
        f"The controller serves HTTPS for {host or 'other hosts'} with its self-signed certificate. The Gateway has no "
        "HTTPS listener for it.",
        "Name a Secret in spec.tls to keep HTTPS.",
        affects=UNANSWERED,
        when=named("https"),
    )
