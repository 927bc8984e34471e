"""Objects of the input that install charts: which of these charts are in the input themselves."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.model import Location, ObjectRef
from converter.reading.chart_values import given_values
from converter.reading.discover import Boundary, repository
from converter.reading.positioned import Map, Seq, map_of
from converter.rendering.helm import CHART_FILE, ChartRelease
from converter.rendering.paths import is_path


class Installed(NamedTuple):
    """An object that installs a chart.

    Attributes:
        ref: The object.
        location: Where it stands.
        release: What it installs; None where the chart is elsewhere.
        source: The chart as the object names it.
        unread: Values that come from objects of the cluster, by their names.
    """

    ref: ObjectRef
    location: Location
    release: ChartRelease | None
    source: str
    unread: tuple[str, ...] = ()


def installed(body: Map, path: str, namespace: str, allowed: Boundary) -> Iterator[Installed]:
    """The charts that a HelmRelease of Flux or an Application of Argo CD installs."""
    meta, spec = map_of(body.get("metadata")), map_of(body.get("spec"))
    kind, name = str(body.get("kind")), str(meta.get("name") or "")
    ref = ObjectRef(kind, str(meta.get("namespace") or namespace), name)
    place, root = Location(path, *body.pos), repository(os.path.realpath(os.path.dirname(path) or "."))  # noqa: PTH120
    if kind == "HelmRelease":
        chart = str(
            map_of(map_of(spec.get("chart")).get("spec")).get("chart") or map_of(spec.get("chartRef")).get("name") or ""
        )
        target = str(spec.get("targetNamespace") or ref.namespace)
        folder = _local(chart, root, allowed)
        title = str(spec.get("releaseName") or name)
        values = given_values(spec, ("values",))
        release = ChartRelease(folder, title, target, values, owner=str(ref)) if folder else None
        yield Installed(ref, place, release, chart, tuple(_references(spec)))
    elif kind == "Application":
        listed = spec.get("sources")
        for one in [spec.get("source"), *(listed if isinstance(listed, Seq) else ())]:
            source = map_of(one)
            if source:
                yield _of_source(source, spec, ref, place=place, root=root, allowed=allowed)


def _of_source(source: Map, spec: Map, ref: ObjectRef, *, place: Location, root: str, allowed: Boundary) -> Installed:
    helm = map_of(source.get("helm"))
    chart = str(source.get("chart") or source.get("path") or source.get("repoURL") or "")
    folder = "" if source.get("chart") else _local(chart, root, allowed)
    if not folder:
        return Installed(ref, place, None, chart)
    values = given_values(helm, ("values", "valuesObject", "parameters"))
    listed = helm.get("valueFiles")
    files = [f"{folder}/{one}" for one in listed if isinstance(one, str)] if isinstance(listed, Seq) else []
    inside = tuple(one for one in files if os.path.isfile(one) and allowed.holds(os.path.realpath(one)))  # noqa: PTH113
    missing = tuple(one for one in files if one not in inside)
    namespace = str(map_of(spec.get("destination")).get("namespace") or "default")
    title = str(helm.get("releaseName") or ref.name)
    return Installed(ref, place, ChartRelease(folder, title, namespace, values, inside, str(ref)), chart, missing)


def _local(chart: str, root: str, allowed: Boundary) -> str:
    """The folder of a chart that is in the repository, as seen from here; "" where it is elsewhere."""
    if not chart or not is_path(chart):
        return ""
    folder = os.path.realpath(os.path.join(root, chart))  # noqa: PTH118
    if not allowed.holds(folder) or not os.path.isfile(f"{folder}/{CHART_FILE}"):  # noqa: PTH113
        return ""
    return os.path.relpath(folder)


def _references(spec: Map) -> Iterator[str]:
    listed: Any = spec.get("valuesFrom")
    for one in listed if isinstance(listed, Seq) else ():
        yield f"{map_of(one).get('kind')} {map_of(one).get('name')}"
