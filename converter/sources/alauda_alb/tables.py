"""All Ingresses and custom resources of the input to tables, with what became of each."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import ObjectStatus, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import SourcePack
from converter.reading.facts import class_fact, default_backend_fact, facts, rule_fact
from converter.reading.inventory import Ingress, Inventory
from converter.routing.table import RoutingTable
from converter.sources.alauda_alb import defaults
from converter.sources.alauda_alb.base_domain import other_domain
from converter.sources.alauda_alb.claim import wanted_class
from converter.sources.alauda_alb.deployment import neighbour_ports
from converter.sources.alauda_alb.entry import AlbEntry
from converter.sources.alauda_alb.fields import read_facts, settle_all
from converter.sources.alauda_alb.gateway_mode import gateway_handovers
from converter.sources.alauda_alb.ingress_annotations import IngressAnnotations
from converter.sources.alauda_alb.instance_settings import settings_of
from converter.sources.alauda_alb.instances import Instances
from converter.sources.alauda_alb.ports import PortBuilder
from converter.sources.alauda_alb.project_ports import given_by_port, settle_by_port
from converter.sources.alauda_alb.resources import Alb
from converter.sources.alauda_alb.tls_hosts import settle_strategy
from converter.sources.alauda_alb.unused_certificates import served_certificates, settle_certificates
from converter.sources.classes import CLASS_ANNOTATION
from converter.sources.contract import Compiled

BOTH = 2
CRASH_HINT = "Alauda ALB has no rule for this Ingress; correct it, or write the route that is meant"


def compile_all(
    ingresses: list[Ingress], inventory: Inventory, ledger: Ledger, options: Options, pack: SourcePack
) -> Compiled:
    """Ingresses first, in the order of the cluster; then Rules; then the tables."""
    instances = Instances(inventory, ledger, options)
    entries: dict[int, AlbEntry] = {}
    served: list[tuple[Ingress, IngressAnnotations, list[AlbEntry]]] = []
    statuses: list[ObjectStatus] = []
    for ingress in sorted(ingresses, key=lambda one: (one.created or "9999", one.namespace, one.name)):
        notes = IngressAnnotations(ingress, pack, ledger, options)
        albs, why = instances.serving(ingress)
        own = [entries.setdefault(id(alb), AlbEntry(alb, instances)) for alb in albs]
        crash = next(filter(None, [entry.add(ingress, notes) for entry in own]), "")
        if why or crash:
            undecided = "" if crash else instances.undecided(ingress)
            why = undecided or why
            _give_up(ingress, ledger, _given_up(crash, undecided, why))
            status = "failed" if crash or undecided else "skipped"
            statuses.append(ObjectStatus(ingress.ref, ingress.location(), status, "alauda-alb", reason=crash or why))
            continue
        served.append((ingress, notes, own))
        names = ", ".join(alb.name for alb in albs)
        statuses.append(ObjectStatus(ingress.ref, ingress.location(), "converted", "alauda-alb", names))
    for alb in instances.albs:
        entries.setdefault(id(alb), AlbEntry(alb, instances)).add_rules()
    albs = sorted(instances.albs, key=lambda one: (one.namespace, one.name))
    tables = [_table(entries[id(alb)], albs) for alb in albs]
    _tell_apart(tables)
    used = {origin for table in tables for origin in table.origins()}
    shown = served_certificates(tables)
    for ingress, notes, own in served:
        _settle_rest(ingress, notes, own, used, shown)
    for entry in entries.values():
        statuses += [*entry.statuses(), *entry.recorded, *_rules_of(entry)]
        _settle_facts(entry, ledger, used)
    _orphans(instances, ledger, options)
    _clusters(inventory, ledger, options)
    kept = [table for table in tables if table.ports or not table.stand_in]
    moved, said = gateway_handovers(inventory, ledger, options, instances.albs)
    return Compiled(kept, statuses + instances.statuses + said, moved)


def _clusters(inventory: Inventory, ledger: Ledger, options: Options) -> None:
    """Annotations that the platform takes over into its own ALBs."""
    for document in inventory.of("Cluster"):
        read_facts(document, options.alb_domain, ledger)


def _tell_apart(tables: list[RoutingTable]) -> None:
    """ALBs of one name in several namespaces are entries of their own."""
    names = [table.entry for table in tables]
    for table in tables:
        if names.count(table.entry) > 1 and table.namespace:
            table.entry = f"{table.namespace}/{table.entry}"


def _given_up(crash: str, undecided: str, why: str) -> Outcome:
    """What becomes of an Ingress that no ALB serves, as far as the input tells."""
    if crash:
        return Outcome.manual("ingress.fails", crash, CRASH_HINT)
    if undecided:
        return Outcome.manual("ingress.project-unknown", undecided, "export the Namespaces too, or set its class")
    return Outcome.obsolete("ingress.not-served", why)


def _give_up(ingress: Ingress, ledger: Ledger, outcome: Outcome) -> None:
    for fact in facts(ingress):
        ledger.settle_unsettled(fact, outcome)


def _table(entry: AlbEntry, albs: list[Alb]) -> RoutingTable:
    """The finished table of an ALB."""
    alb, document = entry.alb, entry.alb.document
    ports = PortBuilder(entry).build()
    settle_by_port(alb, entry.keys, entry.ledger)
    settle_strategy(alb, entry.ledger)
    return RoutingTable(
        alb.name,
        "alauda-alb",
        ports,
        settings_of(alb, entry.keys.project, given_by_port(alb, entry.keys))
        + defaults.settled_features(alb, entry.ledger, any(port.protocol not in ("TCP", "UDP") for port in ports)),
        defaults.PATHS,
        defaults.HEADERS,
        alb.namespace,
        document.object_fact if document else None,
        alb.standin,
        tuple(alb.projects),
        neighbour_ports(alb, albs),
    )


def _settle_rest(
    ingress: Ingress,
    notes: IngressAnnotations,
    entries: list[AlbEntry],
    used: set[Origin],
    shown: dict[str, set[str]],
) -> None:
    """Facts of a served Ingress that no rule, certificate or feature carries on."""
    ledger = entries[0].ledger
    notes.mark(tuple(used.intersection(notes.origins())))
    notes.close()
    _settle_class(ingress, entries, ledger)
    for index, rule in enumerate(ingress.rules):
        if not rule.paths:
            ledger.settle_unsettled(
                rule_fact(ingress, index), Outcome.obsolete("rule.empty", "a rule without paths makes no Rule")
            )
    if ingress.default_backend is not None:
        origin = default_backend_fact(ingress)
        why = next((entry.refused[origin] for entry in entries if origin in entry.refused), "") or (
            "had no effect under Alauda ALB, which ignores it beside rules"
        )
        if origin not in used:
            ledger.settle_unsettled(origin, Outcome.obsolete("default-backend.no-effect", why))
    settle_certificates(ingress, notes, entries, used, shown)
    for number, rule in enumerate(ingress.rules):
        for index in range(len(rule.paths or ())):
            origin = ingress.path_fact(number, index)
            if origin not in used:
                ledger.settle_unsettled(
                    origin, Outcome.obsolete("path.not-served", "the port that it needs is off, so nothing serves it")
                )


def _settle_class(ingress: Ingress, entries: list[AlbEntry], ledger: Ledger) -> None:
    names = [entry.alb.name for entry in entries]
    if len(set(names)) < len(names):
        names = [f"{entry.alb.namespace}/{entry.alb.name}" for entry in entries]
    words = f"served by ALB {names[0]}, which becomes a Gateway of its own"
    if len(names) > 1:
        words = f"served by the ALBs {', '.join(names)}; each becomes a Gateway of its own"
        _several(ingress, names, ledger)
    outcome = Outcome.exact("class.entry", words)
    if ingress.class_name is not None:
        ledger.settle(class_fact(ingress), outcome, "class")
    if CLASS_ANNOTATION in ingress.annotations:
        if ingress.class_name is not None:
            outcome = Outcome.obsolete("class.overridden", "has no effect beside spec.ingressClassName")
        ledger.settle(ingress.annotation(CLASS_ANNOTATION), outcome, "class")


def _several(ingress: Ingress, names: list[str], ledger: Ledger) -> None:
    """One Ingress on several load balancers (alb: ingress/ingress_select.go:44-105)."""
    cause = "all have its class name" if wanted_class(ingress) else "it has no class, and all serve its project"
    outcome = Outcome.approximate(
        "class.several-albs",
        f"{len(names)} ALBs serve this Ingress: {' and '.join(names)} ({cause}); its routes attach to both Gateways"
        if len(names) == BOTH
        else f"{len(names)} ALBs serve this Ingress: {', '.join(names)} ({cause}); its routes attach to all Gateways",
        "" if wanted_class(ingress) else "set spec.ingressClassName to keep it on one of them",
        affects=(),
    )
    ledger.settle(ingress.object_fact, outcome, "class")


def _rules_of(entry: AlbEntry) -> Iterable[ObjectStatus]:
    for rules in entry.specs.values():
        for rule in rules:
            document = rule.document
            if document is not None and not rule.refused:
                yield ObjectStatus(document.ref, document.location, "converted", "alauda-alb", entry.alb.name)


def _settle_facts(entry: AlbEntry, ledger: Ledger, used: set[Origin]) -> None:
    """Facts of the custom resources that nothing inherits or makes use of."""
    holders = [entry.alb.facts, *(frontend.facts for frontend in entry.alb.frontends)]
    holders += [rule.facts for rules in entry.specs.values() for rule in rules]
    for holder in filter(None, holders):
        for path, origin in holder.found.items():
            if origin in used or ledger.settled(origin) is not None:
                continue
            if path.startswith("metadata.labels.alb2."):
                ledger.settle(origin, Outcome.exact("listener.bound", "says which Gateway and port it is"))
            else:
                code = f"{holder.rows[path].feature}.no-effect"
                ledger.settle(origin, Outcome.obsolete(code, "had no effect under Alauda ALB here"))


def _orphans(instances: Instances, ledger: Ledger, options: Options) -> None:
    """Rules whose ALB or Frontend is not there."""
    for (namespace, alb, frontend), rules in instances.rules.items():
        for document in rules:
            why = f"no Frontend {frontend or '(no label)'} of ALB {alb or '(no label)'} in namespace {namespace}"
            why = f"{why} is in the input, so its port is not known"
            other = other_domain(document, options.alb_domain)
            outcome = other or Outcome.manual("rule.orphan", why, "add the Frontend to the input")
            instances.skip(document, outcome.message, "failed" if other else "skipped")
            settle_all(read_facts(document, options.alb_domain, ledger), ledger, outcome)
