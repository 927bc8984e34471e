"""Which Ingresses the AWS Load Balancer Controller manages (lbc: pkg/ingress/group_loader.go:196-230)."""

from __future__ import annotations

from converter.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.classes import annotated_class, carries, class_object, controller_of, default_classes
from converter.sources.contract import Claim

CONTROLLER = "ingress.k8s.aws/alb"
DEFAULT_NAME = "alb"
PREFIX = "alb.ingress.kubernetes.io/"


def claim(ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
    """The class annotation beats `spec.ingressClassName`, with an empty value too."""
    old = annotated_class(ingress)
    if old is not None:
        return Claim(old, 3, f"annotation kubernetes.io/ingress.class is {old}") if old == DEFAULT_NAME else None
    name = ingress.class_name
    if name is not None:
        return _by_name(ingress, name, inventory)
    for document in default_classes(inventory):
        if controller_of(document) == CONTROLLER:
            return Claim(document.name, 2, f"IngressClass {document.name} is the default class")
    return Claim("", 1, f"annotations of {PREFIX}") if carries(ingress, PREFIX) else None


def _by_name(ingress: Ingress, name: str, inventory: Inventory) -> Claim | None:
    document = class_object(inventory, name)
    if document is not None:
        if controller_of(document) != CONTROLLER:
            return None
        return Claim(name, 3, f"spec.ingressClassName names IngressClass {name} of controller {CONTROLLER}")
    if name == DEFAULT_NAME:
        return Claim(name, 3, f"spec.ingressClassName is {name}")
    return Claim(name, 1, f"annotations of {PREFIX}") if carries(ingress, PREFIX) and name else None


def refusal(ingress: Ingress, inventory: Inventory, options: Options) -> str:
    """Why the controller would not manage an Ingress that `--from` gives to it."""
    old = annotated_class(ingress)
    if old is not None:
        return "" if old == DEFAULT_NAME else f"annotation kubernetes.io/ingress.class is {old!r}, not {DEFAULT_NAME!r}"
    document = class_object(inventory, ingress.class_name)
    if document is not None and controller_of(document) != CONTROLLER:
        return f"IngressClass {document.name} belongs to controller {controller_of(document) or '(none)'}"
    return ""
