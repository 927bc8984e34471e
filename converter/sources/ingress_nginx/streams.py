"""TCP services of the controller (nginx: internal/ingress/controller/controller.go:467-596)."""

from __future__ import annotations

from converter.model import Location, Origin
from converter.routing.actions import Backend, Forward
from converter.routing.matchers import ANY
from converter.routing.table import Feature, Port, Rule, VirtualHost
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.upstreams import Upstreams

RESERVED = frozenset({80, 443, 442, 8181, 10254, 10245, 10246, 10247})


def ports(upstreams: Upstreams, control: Controller) -> list[Port]:
    """A port per entry of the ConfigMaps that the flags name; entries that the controller skips make none."""
    out = []
    for flag, protocol in (("tcp-services-configmap", "TCP"), ("udp-services-configmap", "UDP")):
        namespace, _, name = control.flags.get(flag, "").partition("/")
        document = upstreams.inventory.get("ConfigMap", namespace, name) if name else None
        data = document.body.get("data") if document is not None else None
        if document is None or not isinstance(data, dict):
            continue
        for key, value in data.items():
            backend = _backend(upstreams, str(value))
            if str(key).isdigit() and int(key) not in RESERVED and backend is not None:
                at = getattr(data, "at", {}).get(key)
                place = Location(document.location.path, *at) if at else document.location
                origin = Origin("field", f"data.{key}", str(value), place, document.ref)
                proxy = [part.upper() for part in str(value).split(":")[2:]]
                features = (Feature("listener", {"proxy-protocol": proxy}, (origin,)),) if any(proxy) else ()
                rule = Rule(ANY, Forward((backend,)), features, (), f"{protocol} {key}", document.ref, origin)
                out.append(Port(int(key), protocol, [VirtualHost((), [rule])]))
    return out


def _backend(upstreams: Upstreams, text: str) -> Backend | None:
    """`namespace/service:port`; a targetPort is not looked at, and without endpoints the port stays closed."""
    parts = text.split(":")
    namespace, mark, name = parts[0].partition("/")
    service = upstreams.inventory.service(namespace, name) if mark and len(parts) > 1 else None
    if service is None:
        return None
    wanted: int | str = int(parts[1]) if parts[1].isdigit() else parts[1]
    port = service.find(wanted)
    if port is None or upstreams.idle(service, port):
        return None
    return Backend(namespace, name, wanted, port.port)
