"""Values that the input gives to Helm charts: in values files, and in objects that install a chart.

They are kept as they stand. A source that knows the chart makes of them what the chart would (`sources/charts.py`);
where none does, the findings of `unrendered.py` say so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field
from typing import Any

from converter.model import Location, ObjectRef, Origin, Outcome
from converter.model.data import dataclass
from converter.reading.positioned import At, Map, Seq, map_of, placed
from converter.reading.values_text import mapping_of


@dataclass(slots=True, eq=False)
class ChartValues:
    """Values for one release of one chart."""

    chart: str
    """Name of the chart; "" in a values file, which does not say."""
    release: str
    namespace: str
    """Of the release; "" where nothing says so."""
    values: Map
    location: Location
    lead: str = ""
    """Where the values are in their object."""
    ref: ObjectRef | None = None
    unread: list[tuple[Origin, Outcome]] = field(default_factory=list)
    """What is reported where no source reads the values."""


def values_file(body: Map, path: str) -> ChartValues:
    """A file without kind, which may be one of values."""
    return ChartValues("", "", "", body, Location(path, *body.pos))


def of_object(body: Map, kind: str, path: str, namespace: str) -> Iterator[ChartValues]:
    """The releases that a HelmRelease, HelmChart, HelmChartConfig or Application installs."""
    meta, spec = map_of(body.get("metadata")), map_of(body.get("spec"))
    name, home = str(meta.get("name") or ""), str(meta.get("namespace") or namespace)
    place, ref = Location(path, *body.pos), ObjectRef(kind, home, name)
    if kind == "HelmRelease":
        chart = map_of(map_of(spec.get("chart")).get("spec")).get("chart") or map_of(spec.get("chartRef")).get("name")
        target = spec.get("targetNamespace")
        release = str(spec.get("releaseName") or (f"{target}-{name}" if target else name))
        found = [(_short(chart), release, str(target or home), given_values(spec, ("values",)), "spec.values")]
    elif kind in ("HelmChart", "HelmChartConfig"):
        chart = _short(spec.get("chart")) if kind == "HelmChart" else name
        values = given_values(spec, ("valuesContent", "set"))
        found = [(chart, name, str(spec.get("targetNamespace") or home), values, "spec.valuesContent")]
    else:
        found = list(_sources(spec, name))
    for chart_name, release, where, values, lead in found:
        yield ChartValues(chart_name, release, where, values, place, lead, ref)


def _sources(spec: Map, name: str) -> Iterator[tuple[str, str, str, Map, str]]:
    """Charts of an Application of Argo CD, or of the template of an ApplicationSet."""
    inner = map_of(map_of(spec.get("template")).get("spec")) or spec
    namespace = str(map_of(inner.get("destination")).get("namespace") or "")
    listed = inner.get("sources")
    for source in [inner.get("source"), *(listed if isinstance(listed, Seq) else ())]:
        chart = map_of(source).get("chart")
        if isinstance(chart, str):
            helm = map_of(map_of(source).get("helm"))
            values = given_values(helm, ("values", "valuesObject", "parameters"))
            yield _short(chart), str(helm.get("releaseName") or name), namespace, values, "helm.values"


def given_values(owner: Map, keys: tuple[str, ...]) -> Map:
    """Values of all forms laid over each other, the later form on top."""
    out = Map(owner.pos)
    for key in keys:
        value, at = owner.get(key), owner.at.get(key, owner.pos)
        if isinstance(value, str):
            value = placed(mapping_of(value) or Map(), at)  # text inside of another document has no places of its own
        if key == "set" and isinstance(value, Map):
            value = _dotted([(name, text, value.at[name]) for name, text in value.items()], at)
        if isinstance(value, Seq):
            items = [
                (map_of(one).get("name"), map_of(one).get("value"), where)
                for one, where in zip(value, value.at, strict=True)
            ]
            value = _dotted(items, at)
        if isinstance(value, Map):
            out = laid_over(out, value)
    return out


def _dotted(items: list[tuple[Any, Any, At]], at: At) -> Map:
    """`controller.service.type: NodePort` as nested values; a dot after a backslash belongs to the name."""
    out = Map(at)
    for name, text, where in items:
        parts = str(name or "").replace("\\.", "\0").split(".")
        value: Any = {"true": True, "false": False}.get(text, text) if isinstance(text, str) else text
        for part in reversed(parts):
            inner = Map(where)
            inner[part.replace("\0", ".")], inner.at[part.replace("\0", ".")] = value, where
            value = inner
        out = laid_over(out, value)
    return out


def laid_over(base: Map, top: Map) -> Map:
    """Two sets of values as Helm merges them: mappings in each other, everything else replaced."""
    out = Map(top.pos)
    out.update(base)
    out.at.update(base.at)
    for key, value in top.items():
        known = out.get(key)
        out[key] = laid_over(known, value) if isinstance(known, Map) and isinstance(value, Map) else value
        out.at[key] = top.at.get(key, top.pos)
    return out


def _short(chart: Any) -> str:
    """`oci://registry/charts/ingress-nginx` and `repo/ingress-nginx` name ingress-nginx."""
    return str(chart or "").rstrip("/").rpartition("/")[2]
