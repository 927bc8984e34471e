"""Which Ingresses ingress-nginx serves (nginx: internal/ingress/controller/store/store.go:1066-1090,
pkg/flags/flags.go:67-83)."""

from __future__ import annotations

from converter.model.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.classes import annotated_class, carries, class_object, controller_of, default_classes
from converter.sources.contract import Claim
from converter.sources.ingress_nginx.controller import Controller, controller

PREFIX = "nginx.ingress.kubernetes.io/"


def claim(ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
    """`spec.ingressClassName` decides where both forms are there; an empty class annotation is not "no class"."""
    control = controller(inventory)
    name = ingress.class_name if ingress.class_name is not None else annotated_class(ingress)
    if name is not None:
        return _by_name(ingress, name, inventory, options)
    for document in default_classes(inventory):
        if controller_of(document) == control.class_controller:
            return Claim(document.name, 2, f"IngressClass {document.name} is the default class")
    if control.flag("watch-ingress-without-class"):
        return Claim(control.class_annotation, 2, "the controller runs with --watch-ingress-without-class")
    return (
        Claim(control.class_annotation, 1, f"annotations of {PREFIX}")
        if _annotated(ingress, control, options)
        else None
    )


def _annotated(ingress: Ingress, control: Controller, options: Options) -> bool:
    return carries(
        ingress,
        options.annotations_prefix.rstrip("/") + "/" if options.annotations_prefix else control.prefix or PREFIX,
    )


def _by_name(ingress: Ingress, name: str, inventory: Inventory, options: Options) -> Claim | None:
    control = controller(inventory)
    by_spec = ingress.class_name is not None
    form = "spec.ingressClassName" if by_spec else "annotation kubernetes.io/ingress.class"
    if not by_spec and control.workload is not None:
        return Claim(name, 3, f"{form} is {name}") if name == control.class_annotation else None
    document = class_object(inventory, name)
    if document is not None:
        return _by_object(name, form, controller_of(document), control)
    if name == control.class_annotation:
        return Claim(name, 3, f"{form} is {name}")
    if name and _annotated(ingress, control, options):
        return Claim(name, 1, f"{form} is {name} and annotations of {PREFIX} are there")
    return None


def _by_object(name: str, form: str, owner: str, control: Controller) -> Claim | None:
    if owner != control.class_controller:
        return None
    return Claim(name, 3, f"{form} names IngressClass {name} of controller {owner}")


def refusal(ingress: Ingress, inventory: Inventory, options: Options) -> str:
    """Why ingress-nginx would not serve an Ingress that `--from` gives to it."""
    name = ingress.class_name if ingress.class_name is not None else annotated_class(ingress)
    if name == "":
        return "its class is empty, which is the class of no controller"
    document = class_object(inventory, name)
    if document is not None and controller_of(document) != controller(inventory).class_controller:
        return f"IngressClass {document.name} belongs to controller {controller_of(document) or '(none)'}"
    return ""
