"""Commands of a runbook, each for objects with their names; nothing here runs them."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence

from converter.model import ObjectRef

RESOURCES = {
    "Ingress": "ingress",
    "HTTPRoute": "httproute",
    "GRPCRoute": "grpcroute",
    "TLSRoute": "tlsroute",
    "Gateway": "gateways.gateway.networking.k8s.io",
    "Certificate": "certificates.cert-manager.io",
    "ClusterIssuer": "clusterissuers.cert-manager.io",
    "Issuer": "issuers.cert-manager.io",
    "Rollout": "rollouts.argoproj.io",
    "Canary": "canaries.flagger.app",
    "Rule": "rules.crd.alauda.io",
    "Frontend": "frontends.crd.alauda.io",
}
"""Kinds as kubectl takes them, with the group where another one has the same name."""

_OLD = "{.status.loadBalancer.ingress[0].ip}{.status.loadBalancer.ingress[0].hostname}"
_NEW = "{.status.addresses[0].value}"

quoted = shlex.quote


def resource(ref: ObjectRef) -> str:
    """`-n shop ingress web`, as verbs of kubectl take it."""
    space = f"-n {quoted(ref.namespace)} " if ref.namespace else ""
    return f"{space}{RESOURCES.get(ref.kind, ref.kind.lower())} {quoted(ref.name)}"


def annotate(ref: ObjectRef, values: Mapping[str, str]) -> str:
    """Set annotations; an empty value removes one."""
    pairs = " ".join(f"{key}={quoted(value)}" if value else f"{key}-" for key, value in values.items())
    return f"kubectl annotate {resource(ref)} {pairs}{' --overwrite' if any(values.values()) else ''}"


def apply_with(file: str, annotations: Mapping[str, str]) -> str:
    """Apply a file, with annotations that it does not have."""
    if not annotations:
        return f"kubectl apply -f {quoted(file)}"
    pairs = " ".join(f"{key}={quoted(value)}" for key, value in annotations.items())
    return f"kubectl annotate --local --overwrite -o yaml -f {quoted(file)} {pairs} | kubectl apply -f -"


def patch(ref: ObjectRef, file: str, form: str) -> str:
    """Patch an object by a file. `form`: merge | json."""
    return f"kubectl patch {resource(ref)} --type {form} --patch-file {quoted(file)}"


def delete(refs: Sequence[ObjectRef]) -> list[str]:
    """Delete objects, those of one kind and namespace by one command."""
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        groups.setdefault((ref.namespace, ref.kind), []).append(quoted(ref.name))
    return [
        f"kubectl delete{f' -n {quoted(space)}' if space else ''} {RESOURCES.get(kind, kind.lower())} {' '.join(names)}"
        for (space, kind), names in groups.items()
    ]


def save(refs: Sequence[ObjectRef], folder: str) -> list[str]:
    """Keep objects in files that can be applied once they are deleted: without the version that a server refuses."""
    groups: dict[str, list[str]] = {}
    for ref in refs:
        name = f"{RESOURCES.get(ref.kind, ref.kind.lower())}/{ref.name}"
        groups.setdefault(ref.namespace, []).append(quoted(name))
    clean = "sed '/^ *resourceVersion:/d'"
    return [f"mkdir -p {quoted(folder)}"] + [
        f"kubectl get -n {quoted(space)} {' '.join(names)} -o yaml | {clean} > {saved(folder, space)}"
        for space, names in groups.items()
    ]


def saved(folder: str, namespace: str) -> str:
    """The file of `save` for a namespace."""
    return quoted(f"{folder}/{namespace}.yaml")


def old_address(ref: ObjectRef) -> str:
    """OLD, as an Ingress has it in its status."""
    return f"OLD=$(kubectl get {resource(ref)} -o jsonpath='{_OLD}')"


def new_address(ref: ObjectRef) -> str:
    """NEW, as a Gateway has it in its status."""
    return f"NEW=$(kubectl get {resource(ref)} -o jsonpath='{_NEW}')"


def curl(host: str, scheme: str, address: str, path: str = "/") -> str:
    """Ask an address as a host, whatever DNS says. `address`: a shell variable."""
    return (
        f'curl -sS -o /dev/null -w "%{{http_code}} %{{redirect_url}}\\n" --connect-to "::{address}:" '
        f"{quoted(f'{scheme}://{host}{path}')}"
    )
