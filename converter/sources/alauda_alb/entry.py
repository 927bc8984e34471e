"""One ALB becomes one routing table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from converter.model import ObjectStatus, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.facts import default_backend_fact
from converter.reading.inventory import Document, Ingress, Inventory, ServiceBackend
from converter.reading.manifests import mapping
from converter.routing.actions import Backend
from converter.sources.alauda_alb import rule_spec
from converter.sources.alauda_alb.dslx import parse
from converter.sources.alauda_alb.endpoints import Finder, unresolved
from converter.sources.alauda_alb.fields import read_facts, settle_all
from converter.sources.alauda_alb.ingress_annotations import IngressAnnotations
from converter.sources.alauda_alb.ingresses import Generator
from converter.sources.alauda_alb.instances import Instances
from converter.sources.alauda_alb.resources import Alb, Frontend, text
from converter.sources.alauda_alb.rule_spec import RuleSpec
from converter.sources.alauda_alb.sourced_value import SourcedValue
from converter.sources.alauda_alb.tls_hosts import Need, need


class AlbEntry:
    """Gathers the rules of an ALB port by port, then builds the table."""

    def __init__(self, alb: Alb, instances: Instances) -> None:
        self.alb, self._instances = alb, instances
        self.inventory: Inventory = instances.inventory
        self.ledger: Ledger = instances.ledger
        self.options: Options = instances.options
        self.specs: dict[str, list[RuleSpec]] = {frontend.name: [] for frontend in alb.frontends}
        self.refused: dict[Origin, str] = {}
        self.recorded: list[ObjectStatus] = []
        self.keys = instances.keys
        self.finder = Finder(self.inventory, self.options)

    def add(self, ingress: Ingress, notes: IngressAnnotations) -> str:
        """Generate the Rules of an Ingress; why it fails for ever, or ""."""
        generator = Generator(ingress, notes, self.finder, self.ledger)
        wanted = self._need(ingress, notes, generator.certified)
        crash = generator.panic()
        if crash:
            return crash
        if not ingress.rules and ingress.default_backend and ingress.default_backend.service:
            return self._default(ingress, notes, wanted.http)
        for protocol, here in (("http", wanted.http), ("https", wanted.https)):
            if here:
                frontend = self._ingress_frontend(protocol)
                self.specs[frontend.name] += generator.rules(frontend)
        return ""

    def _need(self, ingress: Ingress, notes: IngressAnnotations, certified: dict[str, SourcedValue]) -> Need:
        """The ports of an Ingress; enable-https is settled here, where it makes a difference."""
        setting = notes.everywhere.get("listener")
        wish = setting.get("enable_https", "")
        wanted = need(ingress, wish, certified, self.alb)
        if wish and wanted != need(ingress, "", certified, self.alb):
            ports = " and ".join(name for name, here in (("HTTP", wanted.http), ("HTTPS", wanted.https)) if here)
            words = (
                f"with strategy {self.alb.strategy} of ALB {self.alb.name} it puts the rules on the port for {ports}"
            )
            notes.mark(setting.facts("enable_https"))
            for origin in setting.facts("enable_https"):
                self.ledger.settle(origin, Outcome.exact("listener.enable-https", words), "listener")
        return wanted

    def _ingress_frontend(self, protocol: str) -> Frontend:
        """The Frontend that exists, or the one that the controller makes (ingress_sync.go:347-430)."""
        number = self.alb.http_port if protocol == "http" else self.alb.https_port
        for frontend in self.alb.frontends:
            if frontend.port == number and frontend.protocol == protocol:
                return frontend
        certificate = self.alb.default_certificate if protocol == "https" else ""
        made = Frontend(f"{self.alb.name}-{number:05d}", number, protocol, certificate)
        self.alb.frontends.append(made)
        self.specs[made.name] = []
        return made

    def _default(self, ingress: Ingress, notes: IngressAnnotations, http: bool) -> str:
        """An Ingress without rules gives the HTTP port its default backend, if it has none yet; first writer wins."""
        origin, wanted = default_backend_fact(ingress), ingress.default_backend or ServiceBackend("", None)
        found = self.finder.find(ingress.namespace, wanted)
        if unresolved(found):
            return f"Service {wanted.service} has no port {wanted.port}, so its reconciliation always fails"
        if not http:
            self.refused[origin] = "the HTTP port of Ingresses is off"
            return ""
        known = len(self.alb.frontends)
        frontend = self._ingress_frontend("http")
        if frontend.service_group is not None or frontend.default is not None:
            owner = "its Frontend has a default backend" if frontend.service_group else "another Ingress was first"
            self.refused[origin] = f"had no effect under Alauda ALB: {owner}"
            self._clash(frontend, origin)
            return ""
        frontend.default = SourcedValue(found, (origin,))
        if len(self.alb.frontends) > known:  # made for this Ingress: then its backend-protocol counts
            said = notes.everywhere.get("backend-protocol")
            frontend.backend_protocol = said.get("protocol", "").lower()
            frontend.protocol_origins = said.facts()
        return ""

    def _clash(self, frontend: Frontend, origin: Origin) -> None:
        if frontend.default is not None:
            words = "several Ingresses set the default backend of the port; the first in the cluster wins"
            for one in (origin, *frontend.default.origins):
                self.ledger.settle(one, Outcome.approximate("default-backend.tie", words), "default-backend")

    def add_rules(self) -> None:
        """Rules of the input."""
        if not self.alb.serves_rules:
            return
        for frontend in self.alb.frontends:
            if frontend.document is None:
                continue
            key = (frontend.document.namespace, self.alb.name, frontend.name)
            for document in self._instances.rules.pop(key, []):
                self._rule(document, frontend)

    def _rule(self, document: Document, frontend: Frontend) -> None:
        facts = read_facts(document, self.options.alb_domain, self.ledger)
        source = mapping(mapping(document.body.get("spec")).get("source"))
        if source.get("type") == "ingress" and self._has(text(source.get("namespace")), text(source.get("name"))):
            why = f"generated from Ingress {source.get('namespace')}/{source.get('name')}, which is in the input"
            self._instances.skip(document, why)
            settle_all(facts, self.ledger, Outcome.obsolete("rule.generated", why))
            return
        rule = rule_spec.from_document(document, facts, self._instances.keys)
        body = mapping(document.body.get("spec"))
        rule.terms = parse(body.get("dslx"))
        protocol = "UDP" if frontend.protocol == "udp" else "TCP"
        rule.backends = self.backends(body.get("serviceGroup"), rule.backend_origins, protocol)
        rule.facts, rule.document = facts, document
        self.specs[frontend.name].append(rule)

    def _has(self, namespace: str, name: str) -> bool:
        return any(one.namespace == namespace and one.name == name for one in self.inventory.ingresses)

    def backends(self, group: object, origins: Iterable[Origin] = (), protocol: str = "TCP") -> tuple[Backend, ...]:
        """The Services of a group, with raw weights."""
        out = []
        origin = next(iter(origins), None)
        for one in rule_spec.services(group):
            port, weight = one.get("port"), one.get("weight")
            wanted = ServiceBackend(text(one.get("name")), port if isinstance(port, int) else None)
            share = weight if isinstance(weight, int) else 0
            out.append(replace(self.finder.find(text(one.get("namespace")), wanted, protocol, share), origin=origin))
        return tuple(out)

    def record(self, status: ObjectStatus) -> None:
        """What became of a Rule that is not in the table."""
        self.recorded.append(status)

    def statuses(self) -> list[ObjectStatus]:
        """ALB2 and Frontends."""
        out = []
        for document in (self.alb.document, *(frontend.document for frontend in self.alb.frontends)):
            if document is not None:
                out.append(ObjectStatus(document.ref, document.location, "converted", "alauda-alb", self.alb.name))
        return out
