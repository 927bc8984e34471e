"""Certificates that belong to Ingresses: released and applied before their Ingress is deleted.

Source: cert-manager: pkg/controller/certificate-shim/sync.go (a Certificate without an owner is left alone);
pkg/controller/acmechallenges/solver selection: the solver with a matching dnsNames selector wins, the first of equals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from converter.model import ObjectRef, Resource
from converter.packs.migration import issuer_annotations
from converter.planning.commands import RESOURCES, apply_with, patch, quoted, resource
from converter.planning.estate import Estate
from converter.planning.plan import PlanStep, Wave
from converter.planning.steps import listed, step
from converter.reading.deliveries import mapping_at

KIND = "Certificate"
_RELEASE = """-p '[{"op":"remove","path":"/metadata/ownerReferences"}]'"""
_REMOVE = """-p '[{"op":"remove","path":"/spec/acme/solvers/0"}]'"""
_COLUMNS = (
    'NAME:.metadata.name,OWNERS:.metadata.ownerReferences[*].kind,READY:.status.conditions[?(@.type=="Ready")].status'
)


def owned(estate: Estate, objects: Sequence[ObjectRef]) -> list[ObjectRef]:
    """Certificates that some Ingresses own: written ones, those that name it, those that it asks for."""
    out = {one.ref: None for one in estate.certificates_of(objects)}
    for ref in objects:
        ingress = estate.ingresses.get(ref)
        if ingress is not None and any(key in ingress.annotations for key in issuer_annotations()):
            out |= {ObjectRef(KIND, ref.namespace, one.secret): None for one in ingress.tls if one.secret and one.hosts}
    names = {(ref.namespace, ref.name) for ref in objects if ref.kind == "Ingress"}
    for document in estate.result.inventory.of(KIND):
        owners = mapping_at(document.body, "metadata").get("ownerReferences")
        for one in owners if isinstance(owners, list) else ():
            if (
                isinstance(one, dict)
                and one.get("kind") == "Ingress"
                and (document.namespace, one.get("name")) in names
            ):
                out[document.ref] = None
    return list(out)


def hand_over(estate: Estate, objects: Sequence[ObjectRef]) -> list[PlanStep]:
    """Release Certificates from their Ingresses, then apply them."""
    refs = owned(estate, objects)
    if not refs:
        return []
    written = {one.ref: one.file for one in estate.certificates_of(objects)}
    steps = [step("release", [f"kubectl patch {resource(ref)} --type json {_RELEASE}" for ref in refs], refs)]
    if written:
        files = dict.fromkeys(written.values())
        steps.append(step("certificates", apply_with([estate.path(file) for file in files], {}), written))
    spaces = sorted({ref.namespace for ref in refs})
    look = [f"kubectl get -n {quoted(space)} {RESOURCES[KIND]} -o custom-columns='{_COLUMNS}'" for space in spaces]
    return [*steps, step("owners", look, refs)]


class Solver(NamedTuple):
    """An issuer that solves HTTP-01 by Ingress, and the names of a wave that it issues for."""

    issuer: ObjectRef
    names: tuple[str, ...]
    patch: list[dict[str, Any]]


def solvers(estate: Estate, wave: Wave) -> list[Solver]:
    """Solvers by route that issuers need for the names of a wave."""
    written = estate.certificates_of(wave.objects)
    parents = [
        {"group": "gateway.networking.k8s.io", "kind": "Gateway", "name": name, "namespace": space}
        for space, name in estate.gateways_of(estate.routes_of(wave.objects))
    ]
    names: dict[ObjectRef, dict[str, None]] = {}
    for one in written:
        reference = mapping_at(one.body, "spec", "issuerRef")
        kind = str(reference.get("kind"))
        issuer = ObjectRef(kind, "" if kind == "ClusterIssuer" else one.namespace, str(reference.get("name")))
        listed = one.body["spec"].get("dnsNames") or ()
        names.setdefault(issuer, {}).update({name: None for name in listed if not str(name).startswith("*.")})
    out = []
    for issuer, listed in names.items():
        document = estate.result.inventory.get(*issuer)
        if document is not None and listed and parents and by_ingress(document.body):
            solver = {
                "selector": {"dnsNames": list(listed)},
                "http01": {"gatewayHTTPRoute": {"parentRefs": parents}},
            }
            out.append(Solver(issuer, tuple(listed), [{"op": "add", "path": "/spec/acme/solvers/0", "value": solver}]))
    return out


def by_ingress(body: Any) -> bool:
    """Whether an issuer solves HTTP-01 by Ingress."""
    solvers_ = mapping_at(body, "spec", "acme").get("solvers")
    return any("ingress" in mapping_at(one, "http01") for one in (solvers_ if isinstance(solvers_, list) else ()))


def solver_file(one: Solver, wave: Wave) -> str:
    """Where the patch is written."""
    return f"patches/{one.issuer.kind.lower()}-{one.issuer.name}-{wave.name}.yaml"


def solver_steps(found: Sequence[Solver], wave: Wave, folder: str) -> list[PlanStep]:
    """When the names lead to the Gateway, challenges must be served there."""
    return [
        step(
            "solver",
            [patch(one.issuer, f"{folder}/{solver_file(one, wave)}", "json")],
            [one.issuer],
            issuer=one.issuer,
            names=listed(one.names),
        )
        for one in found
    ]


def solver_back(found: Sequence[Solver]) -> list[PlanStep]:
    """The way back, which removes nothing but that solver."""
    look, remove = "-o jsonpath='{.spec.acme.solvers[0].selector.dnsNames}'", f"--type json {_REMOVE}"
    return [
        step(
            "solver-back",
            [f"kubectl get {resource(one.issuer)} {look}", f"kubectl patch {resource(one.issuer)} {remove}"],
            [one.issuer],
            issuer=one.issuer,
        )
        for one in found
    ]


def secrets(estate: Estate, gateways: Sequence[Resource]) -> list[ObjectRef]:
    """The Secrets that listeners of Gateways refer to."""
    found = {
        ObjectRef("Secret", str(one.get("namespace") or gateway.namespace), str(one.get("name"))): None
        for gateway in gateways
        for listener in gateway.body["spec"].get("listeners") or ()
        for one in (listener.get("tls") or {}).get("certificateRefs") or ()
        if one.get("kind", "Secret") == "Secret"
    }
    return list(found)
