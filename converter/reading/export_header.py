"""The header of a file that `ing2gw export` wrote: which kinds were read whole, and which could not be read."""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import NO_ASPECTS, Location, Origin, Outcome
from converter.reading.completeness import Completeness
from converter.reading.positioned import Map, seq_of

API_VERSION, KIND = "ing2gw/v1", "ClusterExport"
_HINT = "try kubectl get; docs/cluster.md has a ClusterRole with the permissions that are needed"


def read_header(body: Map, path: str, completeness: Completeness) -> Iterator[tuple[Origin, Outcome]]:
    """Note what is complete, and yield a finding for each kind that could not be read."""
    spec = body.get("spec")
    spec = spec if isinstance(spec, Map) else Map()
    given = spec.get("namespace")
    namespace = given if isinstance(given, str) else ""
    for kind in seq_of(spec.get("complete")):
        if isinstance(kind, str):
            completeness.add(kind, namespace)
    for kind in seq_of(spec.get("absent")):
        if isinstance(kind, str):
            completeness.add(kind, "")
    for one in seq_of(spec.get("unread")):
        if isinstance(one, Map):
            kinds = [kind for kind in seq_of(one.get("kinds")) if isinstance(kind, str)]
            yield from _unread(kinds, str(one.get("reason") or "no reason is given"), Location(path, *one.pos))


def _unread(kinds: list[str], why: str, location: Location) -> Iterator[tuple[Origin, Outcome]]:
    """Ingresses that are not read are not converted, and the run fails; of other kinds it is unknown what there is."""
    for some in ([one for one in kinds if one == "Ingress"], [one for one in kinds if one != "Ingress"]):
        if not some:
            continue
        words = f"Not read of the cluster: {', '.join(some)} ({why}). Whether there are any is unknown."
        outcome = Outcome.approximate("cluster.not-read", words, _HINT, affects=NO_ASPECTS)
        if some == ["Ingress"]:
            outcome = Outcome.unknown("cluster.not-read", words, _HINT)
        yield Origin("file", "", ", ".join(some), location), outcome
