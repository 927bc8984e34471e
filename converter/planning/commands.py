"""Commands of a runbook, each for objects with their names; nothing here runs them."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence

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

MOST_FILES, MOST_NAMES = 8, 20
"""Files and objects that one command names."""

quoted = shlex.quote


def resource(ref: ObjectRef) -> str:
    """`-n shop ingress web`, as verbs of kubectl take it."""
    space = f"-n {quoted(ref.namespace)} " if ref.namespace else ""
    return f"{space}{RESOURCES.get(ref.kind, ref.kind.lower())} {quoted(ref.name)}"


def resources(refs: Iterable[ObjectRef]) -> Iterator[str]:
    """`-n shop ingress web cart`: objects of one kind and namespace together, as many as a line can hold."""
    groups: dict[tuple[str, str], list[str]] = {}
    for ref in refs:
        groups.setdefault((ref.namespace, ref.kind), []).append(ref.name)
    for (space, kind), names in groups.items():
        for start in range(0, len(names), MOST_NAMES):
            first, *more = names[start : start + MOST_NAMES]
            yield " ".join([resource(ObjectRef(kind, space, first)), *map(quoted, more)])


def annotate(refs: Iterable[ObjectRef], values: Mapping[str, str]) -> list[str]:
    """Set annotations; an empty value removes one."""
    pairs = " ".join(f"{key}={quoted(value)}" if value else f"{key}-" for key, value in values.items())
    end = " --overwrite" if any(values.values()) else ""
    return [f"kubectl annotate {some} {pairs}{end}" for some in resources(refs)]


def look(refs: Iterable[ObjectRef], columns: Mapping[str, str]) -> list[str]:
    """A table of objects. `columns`: title -> path of a field."""
    shown = ",".join(f"{title}:{path}" for title, path in columns.items())
    return [f"kubectl get {some} -o custom-columns={quoted(shown)}" for some in resources(refs)]


def apply_with(files: Sequence[str], annotations: Mapping[str, str]) -> list[str]:
    """Apply files, with annotations that they do not have."""
    if not annotations:
        return [f"kubectl apply {some}" for some in _files(files)]
    pairs = " ".join(f"{key}={quoted(value)}" for key, value in annotations.items())
    return [
        f"kubectl annotate --local --overwrite -o yaml {some} {pairs} | kubectl apply -f -" for some in _files(files)
    ]


def check(files: Sequence[str]) -> list[str]:
    """Let the API server look at files."""
    return [f"kubectl apply --dry-run=server {some}" for some in _files(files)]


def _files(files: Sequence[str]) -> Iterator[str]:
    """The files of a folder as options of one command, which stays short enough to be read."""
    folders: dict[str, list[str]] = {}
    for file in files:
        folders.setdefault(file.rpartition("/")[0], []).append(f"-f {quoted(file)}")
    for some in folders.values():
        for start in range(0, len(some), MOST_FILES):
            yield " ".join(some[start : start + MOST_FILES])


def patch(ref: ObjectRef, file: str, form: str) -> str:
    """Patch an object by a file. `form`: merge | json."""
    return f"kubectl patch {resource(ref)} --type {form} --patch-file {quoted(file)}"


def delete(refs: Sequence[ObjectRef]) -> list[str]:
    """Delete objects, those of one kind and namespace together."""
    return [f"kubectl delete {some}" for some in resources(refs)]


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
