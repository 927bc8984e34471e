"""Which product decides about requests: by the pods behind the Service, by labels, or by the path that is asked."""

from __future__ import annotations

from converter.packs.auth_services import AuthService, recognised
from converter.targets.context import Context
from converter.targets.gateway_api.http_route.write_service_refs import ServiceUrl
from converter.targets.service_pods import images_of, pod_labels, pods_of


def product_of(place: ServiceUrl, context: Context) -> AuthService | None:
    """The product at this place; None where nothing shows it."""
    if place.service is None:
        return recognised((), (), place.host.partition(".")[0], place.path)
    namespace, name = place.service
    service = context.inventory.service(namespace, name)
    labels = [] if service is None else [service.labels]
    if service is not None and service.selector:
        labels += [pod_labels(pod) for pod in pods_of(context, namespace, service.selector)]
    return recognised(images_of(context, namespace, name), labels, name, place.path)
