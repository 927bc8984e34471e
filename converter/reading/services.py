"""A Service out of its document; what is odd about it is left out, for it is not what we convert."""

from __future__ import annotations

from typing import Any

from converter.model import Location
from converter.reading.inventory import Service, ServicePort
from converter.reading.positioned import Map, Seq, map_of


def read_service(body: Map, file: str, namespace: str, name: str) -> Service:
    """Ports, type, selector and annotations."""
    meta, spec = map_of(body.get("metadata")), map_of(body.get("spec"))
    annotations = map_of(meta.get("annotations"))
    ports = spec.get("ports")
    return Service(
        namespace,
        name,
        [port for port in map(_port, ports if isinstance(ports, Seq) else ()) if port is not None],
        str(spec.get("type") or "ClusterIP"),
        str(spec.get("externalName") or ""),
        _texts(spec.get("selector")),
        _texts(annotations),
        _texts(meta.get("labels")),
        Location(file, *body.pos),
        dict(annotations.at),
        body,
    )


def _port(item: Any) -> ServicePort | None:
    if not isinstance(item, Map) or type(item.get("port")) is not int:
        return None
    target = item.get("targetPort")
    return ServicePort(
        str(item.get("name") or ""),
        item["port"],
        target if isinstance(target, (int, str)) else None,
        str(item.get("protocol") or "TCP"),
        str(item.get("appProtocol") or ""),
    )


def _texts(value: Any) -> dict[str, str]:
    return {key: item for key, item in value.items() if isinstance(item, str)} if isinstance(value, Map) else {}
