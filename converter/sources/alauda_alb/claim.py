"""Which Ingresses an Alauda ALB serves (alb: ingress/ingress_select.go:44-105)."""

from __future__ import annotations

from functools import lru_cache

from converter.model.options import Options
from converter.reading.inventory import Document, Ingress, Inventory
from converter.reading.manifests import labels_of
from converter.sources.alauda_alb.label_names import names
from converter.sources.classes import annotated_class, class_object, controller_of, default_classes
from converter.sources.contract import Claim


def claim(ingress: Ingress, inventory: Inventory, options: Options) -> Claim | None:
    """The class is the ALB's own name; without a class, every ALB whose projects match the namespace serves it."""
    name, controller = wanted_class(ingress), f"{options.alb_domain}/alb2"
    albs = _albs(inventory, options.alb_domain)
    if name in albs:
        return Claim(name, 3, f"the class names ALB2 {name}")
    if name:
        document = class_object(inventory, name)
        if document is not None:
            ours = controller_of(document) == controller
            return Claim(name, 3, f"IngressClass {name} of controller {controller}") if ours else None
        return _by_annotations(name, ingress, options)
    for document in default_classes(inventory):
        if controller_of(document) == controller:
            return Claim(document.name, 2, f"IngressClass {document.name} is the default class")
    if albs:
        return Claim(next(iter(albs)), 2, "an Ingress without a class is served by every ALB2 whose projects match")
    return _by_annotations("", ingress, options)


def wanted_class(ingress: Ingress) -> str:
    """spec first, then the annotation; blank is no class (alb: ingress/ingress_select.go)."""
    name = ingress.class_name if ingress.class_name is not None else annotated_class(ingress)
    return (name or "").strip()


_LAST: list[tuple[Inventory, str, dict[str, None]]] = []


def _albs(inventory: Inventory, domain: str) -> dict[str, None]:
    """The names of all ALBs (asked for each Ingress, so the last answer is kept)."""
    if not _LAST or _LAST[0][0] is not inventory or _LAST[0][1] != domain:
        label = names(domain).alb
        owners = (_owner(document, label) for document in inventory.of("Frontend"))
        found = dict.fromkeys([*(one.name for one in inventory.of("ALB2")), *(owner for owner in owners if owner)])
        _LAST[:] = [(inventory, domain, found)]
    return _LAST[0][2]


def _owner(document: Document, label: str) -> str:
    """The ALB that a Frontend belongs to, where the ALB2 itself may not be in the input."""
    value = labels_of(document.body).get(label)
    return value if isinstance(value, str) else ""


def _by_annotations(name: str, ingress: Ingress, options: Options) -> Claim | None:
    """By an annotation that only ALB reads; of those of ingress-nginx it reads many (alb: ingress/const.go:16-30)."""
    heads, inside = _marks(options.alb_domain)
    key = next((key for key in ingress.annotations if key.startswith(heads) or inside in key), "")
    return Claim(name, 1, f"annotation {key}", ("ingress-nginx",)) if key else None


@lru_cache(maxsize=8)
def _marks(domain: str) -> tuple[tuple[str, ...], str]:
    """What annotations of a domain start with, and what others hold."""
    heads = (f"alb.ingress.{domain}/", f"alb.networking.{domain}/", f"alb.modsecurity.{domain}/")
    return (*heads, f"alb.{domain}/ingress-rule-priority-"), f".alb.ingress.{domain}/"


def refusal(ingress: Ingress, inventory: Inventory, options: Options) -> str:
    """Why no Alauda ALB would serve an Ingress that `--from` gives to it."""
    name = wanted_class(ingress)
    if any(one.name == name for one in inventory.of("ALB2")):
        return ""
    document = class_object(inventory, name)
    if document is not None and controller_of(document) != f"{options.alb_domain}/alb2":
        return f"IngressClass {document.name} belongs to controller {controller_of(document) or '(none)'}"
    return ""
