"""Which Ingresses ingress-nginx serves (nginx: internal/ingress/controller/store/store.go:1066-1090,
pkg/flags/flags.go:67-83)."""

from __future__ import annotations

from converter.model.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.classes import annotated_class, carries, class_object, controller_of, default_classes, has_class
from converter.sources.contract import Claim
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.discovery import BUILD_CLASSES, controllers, is_build
from converter.sources.other_controllers import by_class

PREFIX = "nginx.ingress.kubernetes.io/"
__all__ = ["PREFIX", "claim", "refusal", "serving_controller"]


def claim(ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
    """`spec.ingressClassName` decides where both forms are there; an empty class annotation is not "no class"."""
    found = _claims(ingress, inventory, options)
    return found[0][1] if found else None


def serving_controller(ingress: Ingress, inventory: Inventory, options: Options) -> Controller:
    """The controller of the input that serves an Ingress; the first one where none says so."""
    found = _claims(ingress, inventory, options)
    return found[0][0] if found else controllers(inventory)[0]


def _claims(ingress: Ingress, inventory: Inventory, options: Options) -> list[tuple[Controller, Claim]]:
    """The strongest first; of equal ones those that watch its namespace."""
    found = []
    for control in controllers(inventory):
        one = _claim(ingress, control, inventory, options)
        if one is not None:
            found.append((control, one))
    if len(found) > 1:
        found.sort(key=lambda pair: (-pair[1].strength, not pair[0].watches(ingress.namespace)))
    return found


def _claim(ingress: Ingress, control: Controller, inventory: Inventory, options: Options) -> Claim | None:
    name = ingress.class_name if ingress.class_name is not None else annotated_class(ingress)
    if name is not None:
        return _by_name(ingress, name, control, inventory, options)
    for document in default_classes(inventory):
        if _owns(controller_of(document), control, inventory):
            return Claim(document.name, 2, f"IngressClass {document.name} is the default class")
    if control.flag("watch-ingress-without-class"):
        return Claim(control.class_annotation, 2, "the controller runs with --watch-ingress-without-class")
    if control.workload is not None:
        return None
    marked = _annotated(ingress, control, options)
    return Claim(control.class_annotation, 1, f"annotations of {PREFIX}") if marked else None


def _annotated(ingress: Ingress, control: Controller, options: Options) -> bool:
    return carries(
        ingress,
        options.annotations_prefix.rstrip("/") + "/" if options.annotations_prefix else control.prefix or PREFIX,
    )


def _by_name(ingress: Ingress, name: str, control: Controller, inventory: Inventory, options: Options) -> Claim | None:
    by_spec = ingress.class_name is not None
    form = "spec.ingressClassName" if by_spec else "annotation kubernetes.io/ingress.class"
    if not by_spec and control.workload is not None:
        return Claim(name, 3, f"{form} is {name}") if name == control.class_annotation else None
    document = class_object(inventory, name)
    if document is not None:
        owner = controller_of(document)
        by_flag = control.flag("ingress-class-by-name") and name == control.class_annotation
        if not by_flag and not _owns(owner, control, inventory):
            return None
        return Claim(name, 3, f"{form} names IngressClass {name} of controller {owner}")
    if name == control.class_annotation or name in BUILD_CLASSES:
        return Claim(name, 3, f"{form} is {name}")
    if name and not by_class(name) and _annotated(ingress, control, options):
        return Claim(name, 1, f"{form} is {name} and annotations of {PREFIX} are there")
    return None


def _owns(owner: str, control: Controller, inventory: Inventory) -> bool:
    """Its own class, or that of a build whose workload the input lacks."""
    if owner == control.class_controller:
        return True
    if any(owner == one.class_controller and one.workload is not None for one in controllers(inventory)):
        return False
    return is_build(owner)


def refusal(ingress: Ingress, inventory: Inventory, options: Options) -> str:
    """Why ingress-nginx would not serve an Ingress that `--from` gives to it."""
    name = ingress.class_name if ingress.class_name is not None else annotated_class(ingress)
    if name == "":
        return "its class is empty, which is the class of no controller"
    known, document = controllers(inventory), class_object(inventory, name)
    owner = controller_of(document) if document is not None else ""
    if document is not None and not any(_owns(owner, one, inventory) for one in known):
        return f"IngressClass {document.name} belongs to controller {owner or '(none)'}"
    if not has_class(ingress) and known[0].workload is not None and not _claims(ingress, inventory, options):
        return "it has no class, and the controller runs without --watch-ingress-without-class"
    return ""
