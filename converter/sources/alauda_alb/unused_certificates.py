"""Certificates of an Ingress that no port serves, and what is served instead."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import Origin, Outcome
from converter.reading.facts import tls_fact
from converter.reading.inventory import Ingress, IngressTls
from converter.routing.table import RoutingTable
from converter.sources.alauda_alb import tls_hosts
from converter.sources.alauda_alb.certificates import PortCertificates, parsed, unusable
from converter.sources.alauda_alb.entry import AlbEntry
from converter.sources.alauda_alb.ingress_annotations import IngressAnnotations

NO_EFFECT = "tls.no-effect"


def served_certificates(tables: Iterable[RoutingTable]) -> dict[str, set[str]]:
    """Host -> Secrets that some port serves for it."""
    out: dict[str, set[str]] = {}
    for table in tables:
        for port in table.ports:
            known = port.details.get(PortCertificates)
            for host, one in known.by_host.items() if known is not None else ():
                out.setdefault(host.lower(), set()).add(f"{one.namespace}/{one.name}")
    return out


def settle_certificates(
    ingress: Ingress,
    notes: IngressAnnotations,
    entries: list[AlbEntry],
    used: set[Origin],
    shown: dict[str, set[str]],
) -> None:
    """Settle the certificates of an Ingress; `used`: facts that are in a table, `shown`: of `served_certificates`."""
    entry, ledger = entries[0], entries[0].ledger
    if not ingress.tls and "tls" not in notes.everywhere:
        return
    certified = tls_hosts.certificates(ingress, notes.everywhere)
    for said in certified.values():
        secret = parsed(said.value)
        why = unusable(entry.inventory, *secret) if secret else f"{said.value} names no Secret"
        if why:
            for origin in said.origins:
                ledger.settle(
                    origin,
                    Outcome.manual(
                        "tls.unusable",
                        f"{why}: the handshake is refused, and no listener is written",
                        "put the Secret into the input if the cluster has it",
                    ),
                    "tls",
                )
    for origin, why in tls_hosts.unused(ingress):
        if origin not in used:
            ledger.settle_unsettled(origin, Outcome.obsolete(NO_EFFECT, why))
    for index, block in enumerate(ingress.tls):
        if tls_fact(ingress, index) not in used:
            ledger.settle_unsettled(
                tls_fact(ingress, index), Outcome.obsolete(NO_EFFECT, _unserved(block, entries, shown))
            )


def _unserved(block: IngressTls, entries: list[AlbEntry], shown: dict[str, set[str]]) -> str:
    """Why no port serves the certificate of an entry of spec.tls."""
    if all(entry.alb.https_port == 0 for entry in entries):
        names = " and ".join(entry.alb.name for entry in entries)
        return f"the HTTPS port of Ingresses is off (ingressHTTPSPort 0 of ALB {names})"
    others = {host: sorted(shown.get(host.lower(), ())) for host in block.hosts}
    words = [f"Secret {' and '.join(secrets)} for {host}" for host, secrets in others.items() if secrets]
    return f"ALB serves {', '.join(words)}" if words else "no HTTPS port of the ALB has a rule for these hosts"
