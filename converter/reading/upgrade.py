"""Old Ingress versions to networking.k8s.io/v1, as the API server converts them.

k8s: pkg/apis/extensions/v1beta1/conversion.go, pkg/apis/networking/v1beta1/{conversion,defaults}.go.
"""

from __future__ import annotations

from typing import Any

from converter.reading.positioned import At, Map, Seq
from converter.reading.typed_reader import Reader


def upgrade(spec: Map, reader: Reader) -> None:
    """Change the spec in place: `backend` to `defaultBackend`, old backends to new ones, and the default pathType."""
    if "backend" in spec:
        spec["defaultBackend"], spec.at["defaultBackend"] = spec.pop("backend"), spec.at["backend"]
    if isinstance(spec.get("defaultBackend"), Map):
        spec["defaultBackend"] = _backend(spec["defaultBackend"], reader, "spec.backend")
    seen: set[int] = set()  # aliases may lead to one path twice
    rules = spec.get("rules")
    for number, rule in enumerate(rules if isinstance(rules, Seq) else ()):
        http = rule.get("http") if isinstance(rule, Map) else None
        paths = http.get("paths") if isinstance(http, Map) else None
        for index, path in enumerate(paths if isinstance(paths, Seq) else ()):
            if isinstance(path, Map) and id(path) not in seen:
                seen.add(id(path))
                _path(path, reader, f"spec.rules[{number}].http.paths[{index}]")


def _path(path: Map, reader: Reader, where: str) -> None:
    if path.get("pathType") is None:
        path["pathType"] = "ImplementationSpecific"
        path.at.setdefault("pathType", path.pos)
    if isinstance(path.get("backend"), Map):
        path["backend"] = _backend(path["backend"], reader, f"{where}.backend")


def _backend(old: Map, reader: Reader, where: str) -> Map:
    """`serviceName` and `servicePort` (a number or a name) to `service`; `resource` stays."""
    if "service" in old and "serviceName" not in old:
        reader.refuse(
            where,
            f"{where}.service is networking.k8s.io/v1; this version has serviceName and servicePort",
            old.at["service"],
        )
    new = Map(old.pos)
    for key, value in old.items():
        if key not in ("serviceName", "servicePort", "service"):
            _set(new, key, value, old.at[key])
    if "serviceName" not in old and "servicePort" not in old and "resource" in old:
        return new
    service = Map(old.pos)
    if "serviceName" in old:
        _set(service, "name", old["serviceName"], old.at["serviceName"])
    if old.get("servicePort") is not None:
        at, port = old.at["servicePort"], Map(old.at["servicePort"])
        _set(port, "name" if isinstance(old["servicePort"], str) else "number", old["servicePort"], at)
        _set(service, "port", port, at)
    _set(new, "service", service, old.pos)
    return new


def _set(into: Map, key: str, value: Any, at: At) -> None:
    into[key] = value
    into.at[key] = at
