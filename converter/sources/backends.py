"""Service backends of an Ingress with what the input knows of the Service."""

from __future__ import annotations

from dataclasses import replace

from converter.model.options import Options
from converter.reading.inventory import Inventory, Service, ServiceBackend, ServicePort
from converter.reading.manifests import mapping
from converter.routing.actions import Backend


def backend(
    inventory: Inventory,
    options: Options,
    namespace: str,
    wanted: ServiceBackend,
    *,
    weight: int = 1,
    protocol: str = "HTTP",
    missing: int = 503,
    empty: int = 503,
) -> Backend:
    """The backend with its port number, as far as the input tells.

    `missing` and `empty` are the statuses that the controller answers for a Service (or port) that does not exist and
    for one without endpoints. A Service counts as missing only where the input is complete.
    """
    service = inventory.service(namespace, wanted.service)
    number = wanted.port if isinstance(wanted.port, int) else None
    made = Backend(namespace, wanted.service, wanted.port, number, weight, protocol)
    if service is None:
        absent = inventory.lacks("Service", namespace, wanted.service)
        if number is None:
            number = options.service_ports.get(f"{namespace}/{wanted.service}", {}).get(str(wanted.port))
        return replace(made, number=number, failure=missing if absent else 0)
    port = service.find(wanted.port)
    if service.external_name:
        target = port.target if port and isinstance(port.target, int) else None
        number = port.port if port else number
        return replace(made, number=number, external=service.external_name, external_port=target)
    if port is None:
        return replace(made, failure=missing)
    failure = empty if without_endpoints(inventory, service, port) else 0
    return Backend(namespace, wanted.service, wanted.port, port.port, weight, protocol, failure)


def lacks_endpoints(inventory: Inventory, service: Service, port: ServicePort) -> bool:
    """True where the input says that nothing stands behind the Service.

    An Endpoints object without addresses says it. So does a Service without selector of which the input has neither
    Endpoints nor slices: somebody made them by hand, so the input must hold all of the namespace.
    """
    if service.selector or inventory.get("Endpoints", service.namespace, service.name) is not None:
        return without_endpoints(inventory, service, port)
    if not inventory.completeness.covers("EndpointSlice", service.namespace):
        return False
    slices = (one.body.get("metadata") for one in inventory.within("EndpointSlice", service.namespace))
    names = (mapping(mapping(one).get("labels")).get("kubernetes.io/service-name") for one in slices)
    return service.name not in names


def without_endpoints(inventory: Inventory, service: Service, port: ServicePort) -> bool:
    """True where the input says that nothing stands behind the Service (an Endpoints object without addresses)."""
    endpoints = inventory.get("Endpoints", service.namespace, service.name)
    if endpoints is None:
        return False
    return not any(subset.get("addresses") for subset in endpoints.body.get("subsets") or [])
