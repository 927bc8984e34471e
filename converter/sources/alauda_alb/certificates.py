"""Which certificate a TLS port shows, and when it refuses the handshake.

alb: controller/cli/cert.go, template/nginx/lua/cert_tool.lua.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from converter.model import Origin
from converter.model.data import dataclass
from converter.reading.inventory import Inventory
from converter.reading.secret_data import values_known
from converter.routing.decide import SNI_STYLES
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange, Request
from converter.routing.table import Certificate, Port
from converter.sources.alauda_alb.auth import secret_data
from converter.sources.alauda_alb.resources import Frontend
from converter.sources.alauda_alb.rule_spec import RuleSpec
from converter.sources.alauda_alb.sourced_value import SourcedValue

SNI_STYLE = "alauda"
PLACEHOLDERS = ("<", "$", "{", "*")
Served = Mapping[int, Iterable[RuleSpec]]
"""Port -> its rules."""


@dataclass(frozen=True, slots=True)
class PortCertificates:
    """What a TLS port chooses from."""

    by_host: Mapping[str, Certificate]
    default: Certificate | None
    falls_back: bool
    """Names that no certificate is for get the default one."""
    of_ingresses: Certificate | None = None
    """The default certificate of the HTTPS port of Ingresses, where other ports fall back on it."""


NO_CERTIFICATES = PortCertificates({}, None, False)


def parsed(name: str) -> tuple[str, str] | None:
    """`ns_name` or `ns/name` (cert.go:118-135)."""
    parts = name.split("_") if "_" in name else name.split("/")
    return (parts[0], parts[1]) if len(parts) == 2 and all(parts) else None


def unusable(inventory: Inventory, namespace: str, name: str) -> str:
    """Why a Secret is no certificate, as far as the input tells; "" where it may be one."""
    document = inventory.get("Secret", namespace, name)
    if document is None:
        known = inventory.lacks("Secret", namespace, name)
        return f"Secret {namespace}/{name} is not in the input" if known else ""
    data = secret_data(document)
    if not values_known(document.body):
        data = dict.fromkeys(data, PLACEHOLDERS[0])
    if "tls.key" not in data or not data.get("tls.crt", "").strip():
        return f"Secret {namespace}/{name} has no {'tls.key' if 'tls.key' not in data else 'tls.crt'}"
    text = data["tls.crt"].strip()
    if "-----BEGIN" not in text and not text.startswith(PLACEHOLDERS) and " " in text:
        return f"tls.crt of Secret {namespace}/{name} is not PEM"
    return ""


def collect(served: Served, inventory: Inventory) -> dict[int, list[Certificate]]:
    """The certificates of each TLS port: of a host that one port alone names a certificate for, on all of them."""
    by_port = {port: _of_port(rules) for port, rules in served.items()}
    ports_of: dict[str, list[int]] = {}
    for port, hosts in by_port.items():
        for host in hosts:
            ports_of.setdefault(host, []).append(port)
    out: dict[int, list[Certificate]] = {}
    for port in served:
        found = []
        for host, owners in sorted(ports_of.items()):
            owner = owners[0] if len(owners) == 1 else port if port in owners else None
            if owner is None:
                continue
            (namespace, name), origins = by_port[owner][host]
            if not unusable(inventory, namespace, name):
                found.append(Certificate((host,), namespace, name, origins))
        out[port] = found
    return out


def _of_port(rules: Iterable[RuleSpec]) -> dict[str, tuple[tuple[str, str], tuple[Origin, ...]]]:
    """Host -> the smallest Secret that rules name for it, with their facts."""
    found: dict[str, tuple[tuple[str, str], tuple[Origin, ...]]] = {}
    for rule in rules:
        secret = parsed(rule.certificate.value) if rule.domain and rule.certificate.value else None
        if secret is None:
            continue
        known = found.get(rule.domain)
        if known is None or secret < known[0]:
            found[rule.domain] = (secret, rule.certificate.origins)
        elif secret == known[0]:
            found[rule.domain] = (secret, tuple(dict.fromkeys(known[1] + rule.certificate.origins)))
    return found


def default_of(frontend: Frontend, inventory: Inventory, said: SourcedValue) -> Certificate | None:
    """`certificate_name` of the port."""
    secret = parsed(frontend.certificate) if frontend.certificate else None
    if secret is None or unusable(inventory, *secret):
        return None
    return Certificate((), *secret, said.origins)


def shown(port: Port, request: Request) -> Certificate | None:
    """The certificate of this handshake; None where it is refused (cert_tool.lua:68-140)."""
    name: str | None = request.sni if request.sni is not None else request.host.partition(":")[0]
    if not name or name[-1].isdigit():
        name = None
    known = port.details.get(PortCertificates) or NO_CERTIFICATES
    if name is None:
        return known.default or known.of_ingresses
    found = known.by_host.get(name)
    if found is None and "." in name:
        found = known.by_host.get(f"*{name[name.index('.') :]}") or (known.default if known.falls_back else None)
    return found or known.of_ingresses


@dataclass(frozen=True, slots=True, eq=False)
class ShownCertificate:
    """Notes which certificate a client has seen."""

    port: Port

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """`certificate` of a response, as the recordings have it."""
        found = shown(self.port, exchange.request)
        if found is not None:
            decision.notes = decision.notes._replace(certificate=f"{found.namespace}/{found.name}")
        return decision


def _admits(port: Port, request: Request) -> bool:
    return shown(port, request) is not None


SNI_STYLES[SNI_STYLE] = _admits
