"""The pages before the first wave and after the last one, and the index."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from string import Template

from converter.model import ObjectRef, Resource
from converter.packs.migration import controller_steps
from converter.planning.certificates import by_ingress, secrets
from converter.planning.commands import new_address, old_address, quoted, resource
from converter.planning.decisions import decision_steps
from converter.planning.dns import ExternalDns, preparation
from converter.planning.estate import Estate
from converter.planning.plan import Page, PlanStep
from converter.planning.staging import staging_steps
from converter.planning.steps import listed, step
from converter.planning.wave_page import Invocation
from converter.reading.deliveries import mapping_at
from converter.routing.table import RoutingTable
from converter.writing.layout import INFRASTRUCTURE

_ELSEWHERE = ("certificate-issuer.", "dns.")
"""Codes of findings whose steps belong to waves."""


def preparation_page(estate: Estate, planned: Collection[ObjectRef], dns: ExternalDns | None, call: Invocation) -> Page:
    """What is done once, before any wave. `planned`: the objects that have a wave."""
    page = Page("preparation", "Preparation")
    page.add("Convert", _convert(estate, call))
    page.add("Decide for all waves", _decisions(estate, planned))
    page.add("Prerequisites", _prerequisites(estate))
    page.add("Certificates and DNS", [*_secrets(estate), *preparation(estate, dns)])
    page.add("Gateways", _gateways(estate))
    if call.staging_domain:
        page.add("Tests under another domain", staging_steps(estate, call.staging_domain))
    page.add("Side by side", _side_by_side(estate))
    return page


def _convert(estate: Estate, call: Invocation) -> list[PlanStep]:
    more = f" --staging-domain {quoted(call.staging_domain)}" if call.staging_domain else ""
    convert = f"ing2gw convert {call.inputs} -o {quoted(estate.folder)}{more}"
    return [step("convert", [convert, f"ing2gw verify {call.inputs}"])]


def _decisions(estate: Estate, planned: Collection[ObjectRef]) -> list[PlanStep]:
    """What belongs to no wave: load balancers, classes, settings of controllers."""
    return decision_steps(
        [
            one
            for one in estate.classes.decisions
            if one.origin.object not in planned and not one.code.startswith(_ELSEWHERE)
        ]
    )


def _prerequisites(estate: Estate) -> list[PlanStep]:
    return [
        PlanStep("prepare", one.title, (), one.commands)
        for one in estate.report.prerequisites(estate.classes)
        if not one.code.startswith(_ELSEWHERE)
    ]


def _secrets(estate: Estate) -> list[PlanStep]:
    refs = sorted(secrets(estate, [one for one in estate.result.resources if one.kind in ("Gateway", "ListenerSet")]))
    names: dict[str, list[str]] = {}
    for ref in refs:
        names.setdefault(ref.namespace, []).append(quoted(ref.name))
    look = [f"kubectl get -n {quoted(space)} secret {' '.join(some)}" for space, some in names.items()]
    return [step("secrets", look, refs, count=len(refs))] if refs else []


def _gateways(estate: Estate) -> list[PlanStep]:
    folder = quoted(estate.path(INFRASTRUCTURE))
    steps = []
    if any(one.file.startswith(f"{INFRASTRUCTURE}/") for one in estate.result.resources):
        commands = [f"kubectl apply --dry-run=server -R -f {folder}", f"kubectl apply -R -f {folder}"]
        steps.append(step("infrastructure", commands, [one.ref for one in estate.gateways]))
    return steps + [_address(one) for one in estate.gateways]


def _address(gateway: Resource) -> PlanStep:
    ports = listed(f"{one['port']} {one['protocol']}" for one in gateway.body["spec"].get("listeners") or ())
    commands = [
        f"kubectl wait --for=condition=Programmed --timeout=5m {resource(gateway.ref)}",
        new_address(gateway.ref),
    ]
    return step("address", commands, [gateway.ref], gateway=gateway.ref, ports=ports)


def _side_by_side(estate: Estate) -> list[PlanStep]:
    steps = []
    for table in estate.result.tables:
        text = controller_steps(table.controller).get("side-by-side", ())
        ports = listed(f"{port.number} {port.protocol}" for port in table.ports)
        values = {"controller": table.controller, "entry": table.entry, "ports": ports}
        steps.append(step("side-by-side", _old(table), text=text, values=values))
    return [*steps, *_wanted_addresses(estate)]


def _old(table: RoutingTable) -> list[str]:
    """How the present address is found: it is in the status of the Ingresses."""
    ref = next((rule.object for _, _, rule in table.rules() if rule.object and rule.object.kind == "Ingress"), None)
    return [old_address(ref)] if ref is not None else []


def _wanted_addresses(estate: Estate) -> Iterator[PlanStep]:
    """Addresses that a Gateway asks for and that the old side may have."""
    for one in estate.result.resources:
        address = mapping_at(one.body, "spec", "provider", "kubernetes", "envoyService").get("loadBalancerIP")
        if one.kind == "EnvoyProxy" and address:
            yield step("wanted-address", (), [one.ref], proxy=one.ref, address=address)


def closing_page(estate: Estate, dns: ExternalDns | None) -> Page:
    """What is done once, after the last wave."""
    page = Page("clean-up", "Clean-up, after the last wave")
    page.add("Issuers and external-dns", [*_issuers(estate), *_sources(dns)])
    for controller in estate.controllers:
        page.add(controller, list(_clean_up(estate, controller)))
    left = [status for status in estate.result.objects if status.status == "failed"]
    if left:
        text = [f"{status.ref}: {status.reason}" for status in left]
        page.add("Not converted", [step("failed", (), [status.ref for status in left], text=text)])
    return page


def _issuers(estate: Estate) -> list[PlanStep]:
    refs = [
        document.ref
        for kind in ("ClusterIssuer", "Issuer")
        for document in estate.result.inventory.of(kind)
        if by_ingress(document.body)
    ]
    return [step("issuers", [f"kubectl edit {resource(ref)}" for ref in refs], refs)] if refs else []


def _sources(dns: ExternalDns | None) -> list[PlanStep]:
    if dns is None or dns.workload is None or "ingress" not in dns.values("source"):
        return []
    return [step("dns-ingress", [f"kubectl edit {resource(dns.workload)}"], [dns.workload], workload=dns.workload)]


def _clean_up(estate: Estate, controller: str) -> Iterator[PlanStep]:
    rows = controller_steps(controller)
    workload = estate.workload(rows.get("workload", ()))
    release = estate.label(workload, "app.kubernetes.io/instance") if workload else ""
    entries = [table for table in estate.result.tables if table.controller == controller]
    for row in rows.get("clean-up", ()):
        text = (*row.get("text", ()), *([f"Prometheus: {row['query']}"] if "query" in row else []))
        commands = [
            filled
            for template in row.get("run", ())
            for table in entries
            if (filled := _filled(template, table, workload, release)) is not None
        ]
        yield PlanStep(
            "delete" if "Delete" in row["title"] else "prepare",
            row["title"],
            tuple(text),
            tuple(dict.fromkeys(commands)),
        )


def _filled(template: str, table: RoutingTable, workload: ObjectRef | None, release: str) -> str | None:
    """The command for an entry; None where the input does not show what it names."""
    values = {"entry": quoted(table.entry)}
    namespace = table.namespace or (workload.namespace if workload else "")
    if namespace:
        values["namespace"] = quoted(namespace)
    if release:
        values["release"] = quoted(release)
    try:
        return Template(template).substitute(values)
    except (KeyError, ValueError):
        return None
