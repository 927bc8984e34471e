"""Which Ingresses the AWS Load Balancer Controller takes for its own (lbc: pkg/ingress/group_loader.go:196-230)."""

from __future__ import annotations

from converter.model.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.aws_alb.class_match import (
    ALIBABA_KEYWORDS,
    CONTROLLERS,
    DEFAULT_NAME,
    PREFIX,
    alibaba,
    annotation_matches,
)
from converter.sources.classes import annotated_class, carries, class_object, controller_of, default_classes
from converter.sources.contract import Claim


def claim(ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
    """The class annotation beats `spec.ingressClassName`, with an empty value too."""
    old = annotated_class(ingress)
    if old is not None:
        if annotation_matches(old, options):
            return Claim(old, 3, f"annotation kubernetes.io/ingress.class is {old}")
        return None
    if ingress.class_name is not None:
        return _by_name(ingress, ingress.class_name, inventory)
    defaults = list(default_classes(inventory))
    if any(controller_of(one) in CONTROLLERS for one in defaults):
        name = next(one.name for one in defaults if controller_of(one) in CONTROLLERS)
        return Claim(name, 2, f"IngressClass {name} is the default class")
    if defaults:
        return None
    return Claim("", 1, f"annotations of {PREFIX}") if carries(ingress, PREFIX) else None


def _by_name(ingress: Ingress, name: str, inventory: Inventory) -> Claim | None:
    document = class_object(inventory, name)
    if document is not None:
        controller = controller_of(document)
        if controller in CONTROLLERS or "alibabacloud" in controller:
            return Claim(name, 3, f"spec.ingressClassName names IngressClass {name} of controller {controller}")
        return None
    if name == DEFAULT_NAME:
        return Claim(name, 3, f"spec.ingressClassName is {name}")
    return Claim(name, 1, f"annotations of {PREFIX}") if carries(ingress, PREFIX) and name else None


def refusal(ingress: Ingress, inventory: Inventory, options: Options) -> str:
    """Why the controller would not manage an Ingress that is said to be its own."""
    if alibaba(ingress, inventory):
        return ALIBABA_KEYWORDS
    from converter.sources.aws_alb.membership import classify

    return classify(ingress, inventory, options).reason
