"""A balancer in front of an ingress controller: an Ingress of one whose backend is the Service of the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converter.model import ObjectRef, Origin, Outcome
from converter.model.ledger import Ledger
from converter.reading.facts import default_backend_fact
from converter.reading.inventory import Ingress, Inventory

BEHIND = "ingress-nginx"


def settle_chains(source: str, in_front: Iterable[Ingress], inventory: Inventory, ledger: Ledger) -> None:
    """Say on each backend that is a controller of the input that its requests go through it."""
    if source == BEHIND or not inventory.services:
        return
    from converter.sources.ingress_nginx.discovery import controllers
    from converter.sources.ingress_nginx.exposure import service_of

    known = {}
    for control in controllers(inventory):
        service = service_of(control, inventory)
        if service is not None:
            known[service.namespace, service.name] = control.class_annotation
    for ingress in in_front if known else ():
        for origin, name in _backends(ingress):
            if (ingress.namespace, name) in known:
                ref = ObjectRef("Service", ingress.namespace, name)
                ledger.settle(origin, _chain(ref, known[ingress.namespace, name]), "backend")


def _backends(ingress: Ingress) -> Iterator[tuple[Origin, str]]:
    if ingress.default_backend is not None:
        yield _named(default_backend_fact(ingress), ".service.name"), ingress.default_backend.service
    for number, rule in enumerate(ingress.rules):
        for index, path in enumerate(rule.paths or ()):
            if path.backend is not None:
                fact = ingress.path_fact(number, index)
                yield _named(fact, ".backend.service.name"), path.backend.service


def _named(origin: Origin, part: str) -> Origin:
    """A fact of its own: what becomes of the route is another one."""
    return origin._replace(key=origin.key + part)


def _chain(service: ObjectRef, class_name: str) -> Outcome:
    return Outcome.manual(
        "backend.controller",
        f"{service} is ingress-nginx of class {class_name} itself: this balancer is in front of it, terminates TLS, "
        "checks requests and adds X-Forwarded-For for all Ingresses of that class. A Gateway in its place still sends "
        "every request through the controller that is to be replaced",
        f"give the Gateway of class {class_name} the certificates, address lists and the web ACL of this balancer, or "
        "let the balancer stand and point it to the Service of that Gateway; then leave this Ingress out",
        affects=(),
    )
