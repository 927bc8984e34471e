"""Certificates that belong to Ingresses: released and applied before their Ingress is deleted.

Source: cert-manager: pkg/controller/certificate-shim/sync.go (a Certificate without an owner is left alone);
pkg/controller/acmechallenges/solver selection: the solver with a matching dnsNames selector wins, the first of equals.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from converter.model import ObjectRef, Resource
from converter.planning.commands import patch, quoted, resource
from converter.planning.deliveries import mapping
from converter.planning.estate import Estate
from converter.planning.plan import Step, Wave

KIND = "Certificate"
_RELEASE = """-p '[{"op":"remove","path":"/metadata/ownerReferences"}]'"""


def owned(estate: Estate, wave: Wave) -> list[ObjectRef]:
    """Certificates that an Ingress of the wave owns: those that are written, and those of the input that name it."""
    out = {one.ref: None for one in estate.certificates_of(wave.objects)}
    names = {(ref.namespace, ref.name) for ref in wave.objects if ref.kind == "Ingress"}
    for document in estate.result.inventory.of(KIND):
        owners = mapping(document.body, "metadata").get("ownerReferences")
        for one in owners if isinstance(owners, list) else ():
            if isinstance(one, dict) and one.get("kind") == "Ingress" and (document.namespace, one.get("name")) in names:
                out[document.ref] = None
    return list(out)


def hand_over(estate: Estate, wave: Wave) -> list[Step]:
    """Release the Certificates of a wave from their Ingresses, then apply them."""
    refs = owned(estate, wave)
    if not refs:
        return []
    written = {one.ref: one.file for one in estate.certificates_of(wave.objects)}
    steps = [
        Step(
            "hand-over",
            "Release the Certificates from their Ingresses",
            (
                "An Ingress owns the Certificate that cert-manager made for it: deleted with it, nothing renews the Secret. "
                "Without an owner cert-manager leaves the Certificate as it is.",
                "Do not delete the Certificate: with --enable-certificate-owner-ref that deletes the Secret.",
            ),
            tuple(f"kubectl patch {resource(ref)} --type json {_RELEASE}" for ref in refs),
            tuple(refs),
        )
    ]
    if written:
        steps.append(
            Step(
                "hand-over",
                "Apply the Certificates",
                ("They have the spec that cert-manager gave them for the Ingress, and take their place in Git.",),
                tuple(f"kubectl apply -f {quoted(estate.path(file))}" for file in dict.fromkeys(written.values())),
                tuple(written),
            )
        )
    spaces = sorted({ref.namespace for ref in refs})
    columns = "NAME:.metadata.name,OWNERS:.metadata.ownerReferences[*].kind,READY:.status.conditions[?(@.type==\"Ready\")].status"
    steps.append(
        Step(
            "hand-over",
            "See that none has an owner and all are ready",
            ("Go on only when the column OWNERS has no Ingress.",),
            tuple(f"kubectl get -n {quoted(space)} certificates.cert-manager.io -o custom-columns='{columns}'" for space in spaces),
            tuple(refs),
        )
    )
    return steps


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
        reference = mapping(one.body, "spec", "issuerRef")
        kind = str(reference.get("kind"))
        issuer = ObjectRef(kind, "" if kind == "ClusterIssuer" else one.namespace, str(reference.get("name")))
        listed = one.body["spec"].get("dnsNames") or ()
        names.setdefault(issuer, {}).update({name: None for name in listed if not str(name).startswith("*.")})
    out = []
    for issuer, listed in names.items():
        document = estate.result.inventory.get(*issuer)
        if document is not None and listed and parents and _by_ingress(document.body):
            solver = {
                "selector": {"dnsNames": list(listed)},
                "http01": {"gatewayHTTPRoute": {"parentRefs": parents}},
            }
            out.append(Solver(issuer, tuple(listed), [{"op": "add", "path": "/spec/acme/solvers/0", "value": solver}]))
    return out


def _by_ingress(body: Any) -> bool:
    solvers_ = mapping(body, "spec", "acme").get("solvers")
    return any("ingress" in mapping(one, "http01") for one in (solvers_ if isinstance(solvers_, list) else ()))


def solver_file(one: Solver, wave: Wave) -> str:
    """Where the patch is written."""
    return f"patches/{one.issuer.kind.lower()}-{one.issuer.name}-{wave.name}.yaml"


def solver_steps(found: Sequence[Solver], wave: Wave, folder: str) -> list[Step]:
    """When the names lead to the Gateway, challenges have to be answered there."""
    return [
        Step(
            "patch",
            f"Let {one.issuer} solve HTTP-01 by the Gateway for {', '.join(one.names)}",
            (
                "Its solver makes Ingresses, which only the old address serves. The solver of the patch holds for these names "
                "alone. cert-manager needs enableGatewayAPI (--enable-gateway-api), and the Gateway its listener on port 80.",
            ),
            (patch(one.issuer, f"{folder}/{solver_file(one, wave)}", "json"),),
            (one.issuer,),
        )
        for one in found
    ]


def solver_back(found: Sequence[Solver]) -> list[Step]:
    """The way back, which removes nothing but that solver."""
    return [
        Step(
            "roll-back",
            f"Let {one.issuer} solve HTTP-01 by Ingress for these names",
            ("The place of the solver in the list is 0 unless somebody has added one before it: look first.",),
            (
                f"kubectl get {resource(one.issuer)} -o jsonpath='{{.spec.acme.solvers[0].selector.dnsNames}}'",
                f"kubectl patch {resource(one.issuer)} --type json -p '[{{\"op\":\"remove\",\"path\":\"/spec/acme/solvers/0\"}}]'",
            ),
            (one.issuer,),
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
