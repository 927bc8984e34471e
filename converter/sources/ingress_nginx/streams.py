"""TCP and UDP services of the controller (nginx: internal/ingress/controller/controller.go:467-596)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from converter.model import Location, Origin, Outcome
from converter.model.ledger import Ledger
from converter.reading.inventory import Document, Inventory, Service, ServicePort
from converter.routing.actions import Backend, Forward
from converter.routing.matchers import ANY
from converter.routing.steps import Timeouts
from converter.routing.table import Feature, Port, Rule, VirtualHost
from converter.sources.backends import lacks_endpoints
from converter.sources.ingress_nginx.configuration import duration
from converter.sources.ingress_nginx.controller import Controller

_PORT_FLAGS = {
    "http-port": 80, "https-port": 443, "ssl-passthrough-proxy-port": 442, "healthz-port": 10254,
    "default-server-port": 8181, "profiler-port": 10245, "status-port": 10246, "stream-port": 10247,
}  # fmt: skip
"""Ports of the controller itself, which no service may have."""
_FLAGS = (("tcp-services-configmap", "TCP"), ("udp-services-configmap", "UDP"))
IDLE, CONNECT = 600, 60
"""Seconds: proxy-stream-timeout, and nginx' own proxy_connect_timeout."""

_ENTRY = re.compile(r"\d+=[^/:\s]+/[^/:\s]+:[^:\s]+(:[A-Za-z]*){0,2}")


class _ClosedError(Exception):
    """The controller opens no port for an entry."""


def config_maps(control: Controller, inventory: Inventory) -> Iterator[tuple[Document, str]]:
    """The ConfigMaps that the flags name, each with its protocol."""
    for flag, protocol in _FLAGS:
        namespace, _, name = control.flags.get(flag, "").partition("/")
        document = inventory.get("ConfigMap", namespace, name) if name else None
        if document is not None and isinstance(document.body.get("data"), dict):
            yield document, protocol


def settle_unread(controls: list[Controller], inventory: Inventory, ledger: Ledger) -> None:
    """ConfigMaps of ports that no flag in the input names: whether a controller reads them is not known."""
    if any(control.workload is not None for control in controls):
        return
    for document in inventory.of("ConfigMap"):
        data = document.body.get("data")
        if not isinstance(data, dict) or not re.search("(tcp|udp)(-services)?$", document.name):
            continue
        entries = [f"{key}: {value}" for key, value in data.items() if _ENTRY.fullmatch(f"{key}={value}")]
        if entries:
            origin = Origin("field", "data", ", ".join(entries), document.location, document.ref)
            words = (
                f"The workload of the controller is not in the input, so it is not known whether it opens these ports "
                f"(--tcp-services-configmap, --udp-services-configmap): {', '.join(entries)}. None is converted"
            )
            hint = "add the Deployment or DaemonSet of the controller to the input, then convert again"
            ledger.settle(origin, Outcome.manual("stream.unread", words, hint, affects=()), "listener")


def ports(control: Controller, inventory: Inventory, ledger: Ledger) -> list[Port]:
    """A port for each entry; one that the controller skips is settled."""
    out = []
    for document, protocol in config_maps(control, inventory):
        data = document.body["data"]
        for key, value in data.items():
            at = getattr(data, "at", {}).get(key)
            place = Location(document.location.path, *at) if at else document.location
            origin = Origin("field", f"data.{key}", str(value), place, document.ref)
            try:
                out.append(_port(str(key), protocol, origin, control, inventory))
            except _ClosedError as reason:
                words = f"The controller opens no {protocol} port for this entry: {reason}."
                ledger.settle(origin, Outcome.obsolete("stream.not-opened", words), "listener")
    return out


def _port(key: str, protocol: str, origin: Origin, control: Controller, inventory: Inventory) -> Port:
    number = _number(key, control)
    backend = _backend(origin.value, protocol, control, inventory)
    features = [*_proxy_protocol(origin.value, protocol, origin), *_limits(protocol, origin, control)]
    rule = Rule(ANY, Forward((backend,)), tuple(features), (), f"{protocol} {number}", origin.object, origin)
    return Port(number, protocol, [VirtualHost((), [rule])])


def _number(key: str, control: Controller) -> int:
    if not re.fullmatch("[0-9]{1,5}", key) or not 0 < int(key) <= 65535:
        raise _ClosedError(f"{key} is not a port number")
    reserved = {control.flag_number(flag, default) for flag, default in _PORT_FLAGS.items()}
    if int(key) in reserved:
        raise _ClosedError(f"port {key} is one of the controller's own")
    return int(key)


def _proxy_protocol(value: str, protocol: str, origin: Origin) -> Iterator[Feature]:
    """`namespace/service:port:decode:encode`, for TCP only; a fifth part takes the fourth's meaning away."""
    parts = [one.upper() for one in value.split(":")[2:]]
    decode = parts[:1] == ["PROXY"]
    encode = len(parts) == 2 and parts[1] == "PROXY"
    if protocol == "TCP" and (decode or encode):
        yield Feature("listener", {"proxy_protocol": {"decode": decode, "encode": encode}}, (origin,))


def _limits(protocol: str, origin: Origin, control: Controller) -> Iterator[Feature]:
    """proxy-stream-timeout; a UDP session has no field for it."""
    if protocol != "TCP":
        return
    idle = duration(control.text("proxy-stream-timeout", "600s")) or IDLE
    default = Origin("default", "proxy-stream-timeout", f"{IDLE}s", origin.location, origin.object)
    yield Feature("timeouts", Timeouts(CONNECT, idle, idle), control.own_fact("proxy-stream-timeout") or (default,))


def _backend(value: str, protocol: str, control: Controller, inventory: Inventory) -> Backend:
    """A targetPort is not looked at; a Service that the input lacks is taken to exist, unless the input is complete."""
    parts = value.split(":")
    namespace, mark, name = parts[0].partition("/")
    if len(parts) < 2 or not mark or not namespace or not name or "/" in name:
        raise _ClosedError(f"{value} is not NAMESPACE/SERVICE:PORT")
    wanted: int | str = int(parts[1]) if re.fullmatch("[0-9]{1,5}", parts[1]) else parts[1]
    service = inventory.service(namespace, name)
    if service is None:
        if inventory.lacks("Service", namespace, name):
            raise _ClosedError(f"Service {namespace}/{name} does not exist")
        return Backend(namespace, name, wanted, wanted if isinstance(wanted, int) else None)
    port = next((one for one in service.ports if wanted in (one.port, one.name) and one.protocol == protocol), None)
    if port is None:
        raise _ClosedError(f"Service {namespace}/{name} has no {protocol} port {wanted}")
    if service.external_name:
        return _outside(service, port, wanted, control)
    if lacks_endpoints(inventory, service, port):
        raise _ClosedError(f"Service {namespace}/{name} has no endpoints")
    return Backend(namespace, name, wanted, port.port)


def _outside(service: Service, port: ServicePort, wanted: int | str, control: Controller) -> Backend:
    if control.flag("disable-svc-external-name"):
        raise _ClosedError(f"Service {service.namespace}/{service.name} is an ExternalName, which a flag switches off")
    dialled = port.target if isinstance(port.target, int) and port.target != port.port else None
    made = Backend(service.namespace, service.name, wanted, port.port)
    return replace(made, external=service.external_name, external_port=dialled)
