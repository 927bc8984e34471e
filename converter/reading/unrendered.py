"""Ingress settings that are in something else than an Ingress: chart values, Kustomize, other controllers' kinds.

None of it is read. It is named with what to do, and fails the run where settings would be passed over.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from converter.model import Location, ObjectRef, Origin, Outcome
from converter.reading.positioned import Map, Seq, seq_of
from converter.reading.relevant_kinds import ROUTING_KINDS, group
from converter.reading.values_text import mapping_of

KUSTOMIZE_FILES = frozenset({"kustomization.yaml", "kustomization.yml", "Kustomization"})
_CHANGES = (
    "patches", "patchesStrategicMerge", "patchesJson6902", "namePrefix", "nameSuffix", "namespace", "commonAnnotations",
    "commonLabels", "labels", "components", "replacements", "replicas", "images", "helmCharts", "transformers",
)  # fmt: skip
RENDER_CHART = "render it (helm template, or flux build / argocd app manifests) and convert what comes out"

Found = tuple[Origin, Outcome]


def findings(body: Map, kind: str, version: str, path: str, namespace: str) -> Iterator[Found]:
    """What an object of another controller or of a chart holds that is not read."""
    meta = body.get("metadata")
    name = str(meta.get("name") or "") if isinstance(meta, Map) else ""
    given = meta.get("namespace") if isinstance(meta, Map) else ""
    ref = ObjectRef(kind, str(given or namespace), name)
    controller = ROUTING_KINDS.get(kind, {}).get(group(version))
    if controller:
        words = (
            f"{kind} is read by {controller} and not converted; the requests that it serves need a route of their own"
        )
        hint = f"write an HTTPRoute for it by hand, or convert it with the tool of {controller}"
        yield (
            Origin("object", kind, name, Location(path, *body.pos), ref),
            Outcome.manual("route.foreign-kind", words, hint),
        )
        return
    sections = list(_chart_sections(body))
    for where, section, at in sections:
        origin = Origin("field", where, _hosts(section), Location(path, *at), ref)
        words = f"{kind} {ref.name} sets an Ingress by chart values ({where}); values are not read"
        yield origin, Outcome.manual("helm.not-rendered", words, RENDER_CHART)
    if not sections:
        words = f"{kind} {ref.name} names a chart; an Ingress that the chart makes is not read"
        yield (
            Origin("object", kind, name, Location(path, *body.pos), ref),
            Outcome.obsolete("helm.no-ingress-values", words, RENDER_CHART),
        )


def _chart_sections(body: Map) -> Iterator[tuple[str, Map, tuple[int, int]]]:
    """Ingress sections of the values that an object gives to charts."""
    spec = body.get("spec")
    spec = spec if isinstance(spec, Map) else Map()
    template = spec.get("template")
    inner = template.get("spec") if isinstance(template, Map) else spec
    inner = inner if isinstance(inner, Map) else Map()
    given = [("spec.values", spec, "values"), ("spec.valuesContent", spec, "valuesContent")]
    sources = inner.get("sources")
    for source in [inner.get("source"), *(sources if isinstance(sources, Seq) else ())]:
        helm = source.get("helm") if isinstance(source, Map) else None
        if isinstance(helm, Map):
            given += [("helm.valuesObject", helm, "valuesObject"), ("helm.values", helm, "values")]
            yield from _parameters(helm)
    for where, owner, key in given:
        value = owner.get(key)
        values = value if isinstance(value, Map) else mapping_of(value) if isinstance(value, str) else None
        if values is not None:
            at = owner.at.get(key, owner.pos)
            for name, section, inside in ingress_sections(values):
                yield f"{where}.{name}", section, inside if values is value else at


def _parameters(helm: Map) -> Iterator[tuple[str, Map, tuple[int, int]]]:
    parameters = helm.get("parameters")
    for item in parameters if isinstance(parameters, Seq) else ():
        name = item.get("name") if isinstance(item, Map) else None
        if isinstance(name, str) and name.lower().startswith("ingress.") and item.get("value") not in ("false", False):
            yield f"helm.parameters.{name}", Map(), item.pos
            return


def ingress_sections(values: Map, lead: str = "", depth: int = 4) -> Iterator[tuple[str, Map, tuple[int, int]]]:
    """Sections called `ingress` that are not switched off, with their path and place."""
    for key, value in values.items():
        if not isinstance(value, Map):
            continue
        name = f"{lead}{key}"
        if key.lower().endswith("ingress") and (_is_on(value) or value.keys() & {"hosts", "annotations", "className"}):
            if value.get("enabled") is not False:
                yield name, value, values.at[key]
        elif depth:
            yield from ingress_sections(value, f"{name}.", depth - 1)


def _is_on(section: Map) -> bool:
    return section.get("enabled") is True


def _hosts(section: Map) -> str:
    hosts = section.get("hosts")
    names = (
        [one.get("host", one.get("name")) if isinstance(one, Map) else one for one in hosts]
        if isinstance(hosts, Seq)
        else []
    )
    return ", ".join(str(one) for one in names if isinstance(one, str))[:200]


def values_findings(body: Map, path: str) -> Iterator[Found]:
    """A values file of a chart, or an OpenAPI description: neither is an object of Kubernetes."""
    if isinstance(body.get("openapi") or body.get("swagger"), str) and isinstance(body.get("paths"), Map):
        words = "an OpenAPI description says which paths an API has, not who routes them; it holds no Ingress"
        yield Origin("file", "openapi", "", Location(path, *body.pos)), Outcome.obsolete("openapi.not-read", words)
        return
    name = path.rpartition("/")[2].lower()
    if "values" in name:
        for where, section, at in ingress_sections(body):
            words = f"chart values set an Ingress ({where}); values are not read"
            origin = Origin("file", where, _hosts(section), Location(path, *at))
            yield origin, Outcome.manual("helm.not-rendered", words, RENDER_CHART)


def kustomization(body: Map, path: str) -> Found:
    """A kustomization.yaml: whether what it names is read as it stands, or changed first."""
    folder = path.rpartition("/")[0] or "."
    changes = [key for key in _CHANGES if body.get(key)]
    remote = [one for one in _texts(body, ("resources", "bases")) if "://" in one or one.startswith("git@")]
    hint = f"render it and convert what comes out: kustomize build {shlex.quote(folder)} | ing2gw convert -"
    origin = Origin("file", "kustomization", "", Location(path, *body.pos))
    if changes or remote:
        what = ", ".join(changes) or "resources elsewhere"
        words = f"Kustomize changes the objects that this file names ({what}); they are read as they stand"
        return origin, Outcome.manual("kustomize.not-rendered", words, hint)
    words = "Kustomize puts the files together that this file names; they are read as they stand"
    return origin, Outcome.obsolete("kustomize.no-change", words, hint)


def patch_files(body: Map, path: str) -> Iterator[str]:
    """Files that a kustomization.yaml names as patches: they are no objects of their own."""
    folder = path.rpartition("/")[0]
    patches = [*seq_of(body.get("patches")), *seq_of(body.get("patchesJson6902"))]
    names = [one.get("path") for one in patches if isinstance(one, Map)]
    for name in (*names, *_texts(body, ("patchesStrategicMerge",))):
        if isinstance(name, str) and "\n" not in name:
            yield f"{folder}/{name}" if folder else name


def _texts(body: Map, keys: tuple[str, ...]) -> list[str]:
    return [one for key in keys for one in seq_of(body.get(key)) if isinstance(one, str)]
