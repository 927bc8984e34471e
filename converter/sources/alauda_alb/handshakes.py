"""TLS handshakes of a port, and what of them is said (alb: template/nginx/lua/cert_tool.lua)."""

from __future__ import annotations

from dataclasses import replace

from converter.model import Aspects, Fidelity, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.request_kind import named
from converter.reading.inventory import Inventory
from converter.routing.table import Certificate, Feature, Port
from converter.sources.alauda_alb import certificates
from converter.sources.alauda_alb.auth import secret_data
from converter.sources.alauda_alb.resources import Alb, Frontend
from converter.sources.alauda_alb.sourced_value import SourcedValue

HANDSHAKE: Aspects = frozenset({"connection", "status", "location", "backends", "host", "path"})
"""What may differ where another server name, or another rule, answers."""


class Handshakes:
    """Certificates of the TLS ports of one ALB."""

    def __init__(self, alb: Alb, inventory: Inventory, ledger: Ledger) -> None:
        self._alb, self._inventory, self._ledger = alb, inventory, ledger

    def secure(self, port: Port, frontend: Frontend, served: list[Certificate]) -> None:
        """Handshakes as cert_tool.lua answers them."""
        origins = frontend.taken("spec.certificate_name") or (
            self._alb.taken("spec.config.defaultSSLCert") if frontend.document is None else ()
        )
        default = certificates.default_of(frontend, self._inventory, SourcedValue(frontend.certificate, origins))
        falls_back = self._alb.falls_back or frontend.secure
        port.unknown_sni = "refuse"
        self._server_names(port)
        port.steps += (Feature("tls", certificates.ShownCertificate(port)),)
        port.certificates = list(served)
        for one in (*served, *([default] if default else [])):
            self._chain(one)
        port.sni_style = certificates.SNI_STYLE
        by_host = {one.hosts[0]: one for one in served}
        port.details = port.details.with_value(certificates.PortCertificates(by_host, default, falls_back))
        if frontend.certificate and default is None:
            words = f"the default certificate of the port cannot be used: {self._default_fault(frontend)}"
            hint = "correct it, or put the Secret into the input if the cluster has it"
            self._settle_default(port, origins, Fidelity.MANUAL, words, hint)
        elif default is not None and falls_back:
            port.certificates.append(default)
        elif default is not None and self._alb.strategy not in ("Always", "Both"):
            words, hint = _without_name(default, served), "add a listener without hostname if such clients exist"
            self._settle_default(port, origins, Fidelity.APPROXIMATE, words, hint)

    def _default_fault(self, frontend: Frontend) -> str:
        secret = certificates.parsed(frontend.certificate)
        if secret is None:
            return f"{frontend.certificate!r} does not name a namespace and a Secret"
        return certificates.unusable(self._inventory, *secret)

    def _chain(self, certificate: Certificate) -> None:
        """`ca.crt` is appended to what clients are shown (alb: controller/cli/cert.go:104-110)."""
        document = self._inventory.get("Secret", certificate.namespace, certificate.name)
        if document is None or "ca.crt" not in secret_data(document):
            return
        words = f"Alauda ALB sends ca.crt of Secret {certificate.namespace}/{certificate.name} in the chain"
        for origin in certificate.origins:
            self._ledger.settle(
                origin,
                Outcome.approximate(
                    "tls.chain",
                    f"{words}; Envoy serves tls.crt alone",
                    "append the intermediate certificates to tls.crt",
                    affects=(),
                ),
                "tls",
            )

    def _server_names(self, port: Port) -> None:
        """The controller's own way with names, as a fact of the port."""
        origin = Origin("default", "server-names", "letter case matters", self._alb.location, self._alb.ref)
        words = "a server name in other letter case or with a final dot matches no host on Alauda ALB"
        self._ledger.settle(
            origin,
            Outcome.approximate("tls.server-names", words, affects=HANDSHAKE, when=named("odd-server-name")),
            "tls",
        )
        port.features += (Feature("listener", None, (origin,)),)

    def _settle_default(
        self, port: Port, origins: tuple[Origin, ...], fidelity: Fidelity, words: str, hint: str
    ) -> None:
        for origin in origins:
            self._ledger.settle(
                origin,
                Outcome(
                    "tls.default-certificate",
                    fidelity,
                    words,
                    hint,
                    affects=HANDSHAKE,
                    when=named("odd-server-name"),
                ),
                "tls",
            )
        port.features += (Feature("tls", None, origins),)


def _without_name(default: Certificate, served: list[Certificate]) -> str:
    """What the default certificate of a port is for (cert_tool.lua:75-90): clients that send no name."""
    secret = f"Secret {default.namespace}/{default.name}"
    hosts = [one.hosts[0] for one in served if (one.namespace, one.name) == (default.namespace, default.name)]
    words = f"ALB serves {secret} to clients that send no server name"
    if hosts:
        return f"{words}, and by name to {', '.join(hosts[:3])}{' and others' if len(hosts) > 3 else ''}"
    return f"{words} and to no others; it is not among the certificates of the listeners"


def ingress_certificate(port: Port, ports: list[Port], number: int) -> None:
    """Always and Both: unknown names get the default certificate of the HTTPS port of Ingresses."""
    owner = next((one for one in ports if one.number == number and one.protocol == "HTTPS"), None)
    theirs = owner.details.get(certificates.PortCertificates) if owner is not None else None
    known = port.details.get(certificates.PortCertificates)
    found = theirs.default if theirs is not None else None
    if found is not None and known is not None:
        port.details = port.details.with_value(replace(known, of_ingresses=found))
        if not any(not one.hosts for one in port.certificates):
            port.certificates.append(found)
