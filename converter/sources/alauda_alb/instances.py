"""Load balancers of the input, and which of them serve which Ingress (alb: ingress/ingress_select.go:44-105)."""

from __future__ import annotations

from converter.model import ObjectStatus, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.inventory import Document, Ingress, Inventory
from converter.reading.manifests import mapping
from converter.sources.alauda_alb import protocols
from converter.sources.alauda_alb.base_domain import other_domain
from converter.sources.alauda_alb.claim import wanted_class
from converter.sources.alauda_alb.configuration import config_of, settle_unknown_config
from converter.sources.alauda_alb.deployment import own_gateway
from converter.sources.alauda_alb.fields import read_facts, settle_all
from converter.sources.alauda_alb.label_names import LabelNames, names
from converter.sources.alauda_alb.project_ports import given_by_port, projects_of_port
from converter.sources.alauda_alb.resources import ALL, Alb, Frontend, documents, labels, text
from converter.sources.classes import controller_of, default_classes

STANDIN = "alb"
"""What an ALB is called that nothing in the input names."""


class Instances:
    """All ALBs, with their Frontends; stand-ins come up as they are needed."""

    def __init__(self, inventory: Inventory, ledger: Ledger, options: Options) -> None:
        self.inventory, self.ledger, self.options = inventory, ledger, options
        self.keys: LabelNames = names(options.alb_domain)
        self.statuses: list[ObjectStatus] = []
        self.albs: list[Alb] = []
        for document in documents(inventory, "ALB2"):
            self.albs.append(self._alb(document))
        for document in documents(inventory, "Frontend"):
            self._frontend(document)
        self.rules = self._rules()

    def _alb(self, document: Document) -> Alb:
        facts = read_facts(document, self.options.alb_domain, self.ledger)
        config = config_of(document, self.options.alb_domain)
        if config is None:
            settle_unknown_config(document, self.ledger)
        known = config is not None
        alb = Alb(document.namespace, document.name, config or {}, document, facts, settings_known=known)
        wanted = own_gateway(alb)
        if wanted is not None and self.inventory.get(*wanted) is not None:
            alb.gateway = wanted
        return alb

    def named(self, name: str, namespace: str | None = None) -> Alb | None:
        """The ALB of this name."""
        return next((alb for alb in self.albs if alb.name == name and namespace in (None, alb.namespace)), None)

    def standin(self, name: str, namespace: str = "") -> Alb:
        """An ALB that only others speak of."""
        found = next((alb for alb in self.albs if alb.name == name and alb.standin), None)
        if found is None:
            found = Alb(namespace, name)
            self.albs.append(found)
        return found

    def _frontend(self, document: Document) -> None:
        owner = labels(document).get(self.keys.alb, "")
        facts = read_facts(document, self.options.alb_domain, self.ledger)
        spec = mapping(document.body.get("spec"))
        port = spec.get("port")
        if not owner or not isinstance(port, int) or isinstance(port, bool) or port <= 0:
            other = None if owner else other_domain(document, self.options.alb_domain)
            why = f"it has no label {self.keys.alb}, so no ALB serves it" if not owner else "it has no valid port"
            why = other.message if other else why
            self.skip(document, why, "failed" if other else "skipped")
            settle_all(facts, self.ledger, other or Outcome.obsolete("object.not-served", why))
            return
        alb = self.named(owner, document.namespace) or self.standin(owner, document.namespace)
        protocol = text(spec.get("protocol"))
        group = spec.get("serviceGroup")
        alb.frontends.append(
            Frontend(
                document.name,
                port,
                protocols.INTERNAL.get(protocol, "tcp"),
                text(spec.get("certificate_name")),
                text(spec.get("backendProtocol")).lower(),
                group if isinstance(group, dict) else None,
                mapping(spec.get("config")),
                document,
                facts,
                secure=protocol == protocols.GRPCS,
            )
        )
        protocols.settle(protocol, facts, self.ledger)

    def _rules(self) -> dict[tuple[str, str, str], list[Document]]:
        """(namespace, ALB, Frontend) -> Rules, in input order."""
        out: dict[tuple[str, str, str], list[Document]] = {}
        for document in documents(self.inventory, "Rule"):
            own = labels(document)
            alb, frontend = own.get(self.keys.alb, ""), own.get(self.keys.frontend, "")
            out.setdefault((document.namespace, alb, frontend), []).append(document)
        return out

    def skip(self, document: Document, why: str, status: str = "skipped") -> None:
        """An object that is not converted."""
        self.statuses.append(ObjectStatus(document.ref, document.location, status, "alauda-alb", reason=why))

    def serving(self, ingress: Ingress) -> tuple[list[Alb], str]:
        """The ALBs that serve an Ingress, or why none does."""
        wanted, reasons = wanted_class(ingress), []
        real = [alb for alb in self.albs if not alb.standin]
        found = []
        for alb in real:
            why = self._refusal(alb, ingress, wanted)
            if why:
                reasons.append(f"{alb.name}: {why}")
            else:
                found.append(alb)
        if found:
            return found, ""
        if wanted and not any(alb.name == wanted for alb in real):
            return [self.standin(wanted)], ""
        if not real:
            return self._standins(), ""
        return [], "; ".join(reasons)

    def undecided(self, ingress: Ingress) -> str:
        """Why it is not known which ALB serves an Ingress: its project decides, and the input lacks the Namespace."""
        if wanted_class(ingress) or self._project(ingress.namespace) is not None:
            return ""
        known = [f"{alb.name} ({', '.join(alb.projects)})" for alb in self.albs if alb.projects and not alb.standin]
        if len(known) < 2:
            return ""
        return (
            f"the label {self.keys.project} of Namespace {ingress.namespace} decides which ALB serves it: "
            f"{', '.join(known)}; the Namespace is not in the input"
        )

    def _standins(self) -> list[Alb]:
        if self.albs:
            return list(self.albs)
        for document in default_classes(self.inventory):
            if controller_of(document) == f"{self.options.alb_domain}/alb2":
                return [self.standin(document.name)]
        return [self.standin(STANDIN)]

    def _refusal(self, alb: Alb, ingress: Ingress, wanted: str) -> str:
        if wanted and wanted != alb.name:
            return f"its class is {wanted}"
        if not alb.serves_ingresses:
            return "enableIngress is false"
        project = self._project(ingress.namespace)
        if given_by_port(alb, self.keys):
            return self._port_refusal(alb, project)
        if ALL in alb.projects or (project or "") in alb.projects:
            return ""
        if project is None and alb.projects and (wanted or sum(not one.standin for one in self.albs) == 1):
            self._assume(alb, ingress)
            return ""
        listed = ", ".join(alb.projects) or "none"
        return f"it serves the projects {listed}, the namespace {ingress.namespace} is of {project or 'none'}"

    def _assume(self, alb: Alb, ingress: Ingress) -> None:
        """The Namespace is not in the input, and no other ALB is there, or the class means this one."""
        words = f"the Namespace {ingress.namespace} is not in the input; taken to be of a project of {alb.name}"
        self.ledger.settle(
            ingress.object_fact,
            Outcome.approximate(
                "class.project-assumed",
                words,
                "put the Namespace with its label into the input",
                affects=(),
            ),
            "class",
        )

    def _port_refusal(self, alb: Alb, project: str | None) -> str:
        """role port: both ports must be there and carry the project."""
        for number in (alb.http_port, alb.https_port):
            frontend = next((one for one in alb.frontends if one.port == number and one.protocol != "udp"), None)
            if frontend is None or frontend.document is None:
                return f"role port needs a Frontend on port {number}"
            projects = projects_of_port(alb, frontend, self.keys)
            if ALL not in projects and (project or "") not in projects:
                return f"Frontend {frontend.name} is for the projects {', '.join(projects) or 'none'}"
        return ""

    def _project(self, namespace: str) -> str | None:
        """Project of a namespace; None where the input does not have the Namespace."""
        document = self.inventory.get("Namespace", "", namespace)
        return labels(document).get(self.keys.project, "") if document else None
