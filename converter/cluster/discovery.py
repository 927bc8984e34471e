"""Which kinds the server has, and which of them the reader of manifests wants."""

from __future__ import annotations

import re
from typing import NamedTuple

from converter.cluster.kubectl import ClusterError, Kubectl, reason
from converter.reading.relevant_kinds import cluster_kinds

_NAME = re.compile(r"[a-z0-9][a-z0-9.-]*")
_FAILED_GROUP = re.compile(r"([a-z0-9][a-z0-9.-]*)/v[0-9][a-z0-9]*\b")
_INGRESS_GROUPS = ("networking.k8s.io", "extensions")


class ApiResource(NamedTuple):
    """A kind that the server lists.

    Attributes:
        plural: Its name in requests (`ingresses`).
        group: API group, "" for the core.
        version: The version that the server prefers.
        namespaced: Whether its objects are in namespaces.
    """

    plural: str
    group: str
    version: str
    namespaced: bool
    kind: str

    @property
    def argument(self) -> str:
        """As kubectl takes it, so that no other group of the same name is meant."""
        return f"{self.plural}.{self.version}.{self.group}"

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


class Discovery(NamedTuple):
    """What a server has of the kinds that are read.

    Attributes:
        resources: The kinds that it has, sorted by group and name.
        missing: The kinds that it does not have: there are no objects of them.
        unknown: Kinds of groups that the server could not list.
    """

    resources: tuple[ApiResource, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]


def discover_kinds(kubectl: Kubectl) -> Discovery:
    """Ask the server for its kinds.

    Raises:
        ClusterError: The server cannot be reached, or does not let us ask.
    """
    done = kubectl.run("api-resources", "--verbs=list")
    served = _served(done.out.decode("utf-8", "replace"))
    if not served:
        raise ClusterError(reason(done.errors))
    failed = frozenset(_FAILED_GROUP.findall(done.errors)) if done.code else frozenset()
    wanted = cluster_kinds()
    if any(one.kind == "EndpointSlice" for one in served):
        wanted.pop("Endpoints")
    chosen = [one for one in served if one.group in wanted.get(one.kind, ())]
    groups = {one.group for one in chosen if one.kind == "Ingress"}
    if len(groups) > 1:  # (before Kubernetes 1.22, both groups list the same objects)
        chosen = [one for one in chosen if one.kind != "Ingress" or one.group == _INGRESS_GROUPS[0]]
    there = {one.kind for one in chosen}
    unknown = sorted(kind for kind, of in wanted.items() if kind not in there and failed & of)
    missing = sorted(kind for kind in wanted if kind not in there and kind not in unknown)
    return Discovery(
        tuple(sorted(set(chosen), key=lambda one: (one.group, one.plural))), tuple(missing), tuple(unknown)
    )


def _served(table: str) -> list[ApiResource]:
    """The table of `kubectl api-resources`; short names may be missing, so it is read from the right."""
    header, *rows = table.splitlines() or [""]
    if header and "APIVERSION" not in header.split():
        raise ClusterError("kubectl is older than 1.20, and its list of kinds has no versions; install a newer one")
    out = []
    for row in rows:
        words = row.split()
        if len(words) < 4 or words[-2] not in ("true", "false") or not _NAME.fullmatch(words[0]):
            continue
        group, _, version = words[-3].rpartition("/")
        if _NAME.fullmatch(version) and (not group or _NAME.fullmatch(group)):
            out.append(ApiResource(words[0], group, version, words[-2] == "true", words[-1]))
    return out
