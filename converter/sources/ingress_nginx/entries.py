"""Which Ingresses are one entry: those of one controller, and of it those whose classes share its ports."""

from __future__ import annotations

from converter.model.options import Options
from converter.reading.inventory import Ingress, Inventory
from converter.sources.classes import CLASS_ANNOTATION
from converter.sources.contract import Compiled
from converter.sources.ingress_nginx.claim import claim, serving_controller
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.discovery import controllers


def by_controller(
    ingresses: list[Ingress], inventory: Inventory, options: Options
) -> list[tuple[Controller, list[Ingress]]]:
    """The controllers of the input, each with the Ingresses that it serves."""
    known = controllers(inventory)
    if len(known) == 1:
        return [(known[0], ingresses)]
    groups: dict[int, list[Ingress]] = {id(one): [] for one in known}
    for ingress in ingresses:
        groups[id(serving_controller(ingress, inventory, options))].append(ingress)
    return [(one, groups[id(one)]) for one in known]


def entry_name(entry: str, control: Controller, out: Compiled) -> str:
    """Two controllers may serve classes of one name, each in namespaces of its own."""
    taken = {table.entry for table in out.tables}
    where = control.workload.namespace if control.workload is not None else ""
    return f"{entry}-{where}" if entry in taken and where else entry


def entries(
    ingresses: list[Ingress], inventory: Inventory, control: Controller, options: Options
) -> dict[str, list[Ingress]]:
    """Classes that name one controller are one entry; a class without IngressClass may be another controller's."""
    known = {one.name for one in inventory.of("IngressClass")}
    groups: dict[str, list[Ingress]] = {}
    names: set[str] = set()
    for ingress in ingresses:
        name = ingress.class_name if ingress.class_name is not None else ingress.annotations.get(CLASS_ANNOTATION)
        shared = not name or name in known or name == control.class_annotation
        if shared:
            found = claim(ingress, inventory, options) if not name else None
            names.add(name or (found.entry if found else control.class_annotation))
        groups.setdefault("" if shared else str(name), []).append(ingress)
    if "" in groups:
        own = control.class_annotation
        entry = own if own in names else min(names)
        groups = {entry if name == "" else name: members for name, members in groups.items()}
    return groups
