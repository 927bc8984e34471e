"""The pages before the first wave and after the last one, and the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import Template

from converter.model import ObjectRef, Resource
from converter.packs.migration import controller_steps
from converter.planning.certificates import secrets
from converter.planning.commands import quoted, resource
from converter.planning.deliveries import mapping
from converter.planning.dns import ExternalDns, preparation
from converter.planning.estate import Estate
from converter.planning.plan import Page, Step, Wave
from converter.planning.wave_page import Invocation
from converter.reporting.groups import plural
from converter.routing.table import RoutingTable
from converter.writing.layout import INFRASTRUCTURE


def preparation_page(estate: Estate, dns: ExternalDns | None, call: Invocation) -> Page:
    """What is done once, before any wave."""
    page = Page("preparation", "Preparation")
    page.add("Convert", _convert(estate, call))
    page.add("Prerequisites", _prerequisites(estate))
    page.add("Certificates and DNS", [*_secrets(estate), *preparation(estate, dns)])
    page.add("Gateways", _gateways(estate))
    page.add("Side by side", _side_by_side(estate))
    return page


def _convert(estate: Estate, call: Invocation) -> list[Step]:
    return [
        Step(
            "prepare",
            "Write the resources that this plan names",
            ("Convert once more when the input changes, and make the plan from the same input.",),
            (f"ing2gw convert {call.inputs} -o {quoted(estate.folder)}", f"ing2gw verify {call.inputs}"),
        )
    ]


def _prerequisites(estate: Estate) -> list[Step]:
    return [
        Step("prepare", one.title, (), one.commands)
        for one in estate.report.prerequisites(estate.classes)
        if not one.code.startswith(("certificate-issuer.", "dns."))
    ]


def _secrets(estate: Estate) -> list[Step]:
    refs = secrets(estate, [one for one in estate.result.resources if one.kind in ("Gateway", "ListenerSet")])
    if not refs:
        return []
    return [
        Step(
            "prepare",
            f"See that the {plural(len(refs), 'Secret')} of the listeners are there",
            ("They stay where they are; ReferenceGrants of infrastructure/ let the Gateways read them.",),
            tuple(f"kubectl get {resource(ref)}" for ref in refs),
            tuple(refs),
        )
    ]


def _gateways(estate: Estate) -> list[Step]:
    folder = estate.path(INFRASTRUCTURE)
    shared = any(one.file.startswith(f"{INFRASTRUCTURE}/") for one in estate.result.resources)
    steps = []
    if shared:
        text = "It makes the load balancers of the Gateways. Nothing leads to them yet."
        commands = (f"kubectl apply --dry-run=server -R -f {quoted(folder)}", f"kubectl apply -R -f {quoted(folder)}")
        refs = tuple(one.ref for one in estate.gateways)
        steps.append(Step("apply", "Apply the infrastructure", (text,), commands, refs))
    for gateway in estate.gateways:
        steps.append(_address(gateway))
    return steps


def _address(gateway: Resource) -> Step:
    ports = ", ".join(f"{one['port']} {one['protocol']}" for one in gateway.body["spec"].get("listeners") or ())
    return Step(
        "prepare",
        f"Note the address of {gateway.ref} ({ports})",
        ("Commands of the waves call it NEW. OLD is the address that the hosts have now.",),
        (
            f"kubectl wait --for=condition=Programmed --timeout=5m {resource(gateway.ref)}",
            f"NEW=$(kubectl get {resource(gateway.ref)} -o jsonpath='{{.status.addresses[0].value}}')",
        ),
        (gateway.ref,),
    )


def _side_by_side(estate: Estate) -> list[Step]:
    steps = []
    for table in estate.result.tables:
        sentences = controller_steps(table.controller).get("side-by-side", ())
        ports = ", ".join(f"{port.number} {port.protocol}" for port in table.ports)
        text = (f"It serves {ports}." if ports else "It serves no port.", *sentences)
        steps.append(Step("note", f"{table.controller} {table.entry}", text, _old(estate, table)))
    steps += list(_wanted_addresses(estate))
    return steps


def _old(estate: Estate, table: RoutingTable) -> tuple[str, ...]:
    """How the present address is found: it stands in the status of the Ingresses."""
    ref = next((rule.object for _, _, rule in table.rules() if rule.object and rule.object.kind == "Ingress"), None)
    if ref is None:
        return ()
    return (f"OLD=$(kubectl get {resource(ref)} -o jsonpath='{{.status.loadBalancer.ingress[0][\"ip\",\"hostname\"]}}')",)


def _wanted_addresses(estate: Estate) -> Iterator[Step]:
    """Addresses that a Gateway asks for and that the old side may have."""
    for one in estate.result.resources:
        service = mapping(one.body, "spec", "provider", "kubernetes", "envoyService")
        address = service.get("loadBalancerIP")
        if one.kind == "EnvoyProxy" and address:
            yield Step(
                "note",
                f"{one.ref} asks for the address {address}",
                (
                    "While a Service of the controller has it, the Gateway waits for it. Take loadBalancerIP out of the file "
                    "until the waves are over, or let the old Service go first and expect an interruption.",
                ),
                (),
                (one.ref,),
            )


def closing_page(estate: Estate, waves: Sequence[Wave], dns: ExternalDns | None) -> Page:
    """What is done once, after the last wave."""
    page = Page("clean-up", "Clean-up, after the last wave")
    page.add("Issuers and external-dns", [*_issuers(estate), *_sources(dns)])
    for controller in estate.controllers:
        page.add(controller, list(_clean_up(estate, controller)))
    left = [status for status in estate.result.objects if status.status == "failed"]
    if left:
        refs = tuple(status.ref for status in left)
        text = tuple(f"{status.ref}: {status.reason}" for status in left)
        page.add("Not converted", [Step("decide", "These objects need a decision before their controller goes", text, (), refs)])
    return page


def _issuers(estate: Estate) -> list[Step]:
    refs = [
        document.ref
        for kind in ("ClusterIssuer", "Issuer")
        for document in estate.result.inventory.of(kind)
        if any("ingress" in mapping(one, "http01") for one in mapping(document.body, "spec", "acme").get("solvers") or ())
    ]
    if not refs:
        return []
    return [
        Step(
            "prepare",
            "Take solvers by Ingress out of the issuers",
            ("Put one solver http01.gatewayHTTPRoute without a selector in the place of those of the waves.",),
            tuple(f"kubectl edit {resource(ref)}" for ref in refs),
            tuple(refs),
        )
    ]


def _sources(dns: ExternalDns | None) -> list[Step]:
    if dns is None or dns.workload is None or "ingress" not in dns.values("source"):
        return []
    return [
        Step(
            "prepare",
            f"Take --source=ingress out of the arguments of {dns.workload}",
            ("Not before the last Ingress that has a DNS record of its own is gone.",),
            (f"kubectl -n {quoted(dns.workload.namespace)} edit deployment {quoted(dns.workload.name)}",),
            (dns.workload,),
        )
    ]


def _clean_up(estate: Estate, controller: str) -> Iterator[Step]:
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
        yield Step("delete" if "Delete" in row["title"] else "prepare", row["title"], tuple(text), tuple(dict.fromkeys(commands)))


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
