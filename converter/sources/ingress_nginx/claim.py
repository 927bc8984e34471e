"""Which Ingresses ingress-nginx serves (nginx: pkg/flags/flags.go:67-83, controller/ingressclass)."""

from __future__ import annotations

from converter.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.classes import annotated_class, carries, class_object, controller_of, default_classes
from converter.sources.contract import Claim

CONTROLLER = "k8s.io/ingress-nginx"
DEFAULT_NAME = "nginx"
PREFIX = "nginx.ingress.kubernetes.io/"


def claim(ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
    """`spec.ingressClassName` decides where both forms are there; an empty class annotation is not "no class"."""
    ours = carries(ingress, options.annotations_prefix.rstrip("/") + "/" if options.annotations_prefix else PREFIX)
    name = ingress.class_name if ingress.class_name is not None else annotated_class(ingress)
    if name is not None:
        return _by_name(ingress, name, ours, inventory)
    for document in default_classes(inventory):
        if controller_of(document) == CONTROLLER:
            return Claim(document.name, 2, f"IngressClass {document.name} is the default class")
    return Claim(DEFAULT_NAME, 1, f"annotations of {PREFIX}") if ours else None


def _by_name(ingress: Ingress, name: str, ours: bool, inventory: Inventory) -> Claim | None:
    form = "spec.ingressClassName" if ingress.class_name is not None else "annotation kubernetes.io/ingress.class"
    document = class_object(inventory, name)
    if document is not None:
        if controller_of(document) != CONTROLLER:
            return None
        return Claim(name, 3, f"{form} names IngressClass {name} of controller {CONTROLLER}")
    if name == DEFAULT_NAME:
        return Claim(name, 3, f"{form} is {name}")
    return Claim(name, 1, f"{form} is {name} and annotations of {PREFIX} are there") if ours and name else None


def refusal(ingress: Ingress, inventory: Inventory, options: Options) -> str:
    """Why ingress-nginx would not serve an Ingress that `--from` gives to it."""
    name = ingress.class_name if ingress.class_name is not None else annotated_class(ingress)
    if name == "":
        return "its class is empty, which is the class of no controller"
    document = class_object(inventory, name)
    if document is not None and controller_of(document) != CONTROLLER:
        return f"IngressClass {document.name} belongs to controller {controller_of(document) or '(none)'}"
    return ""
