"""Units of hosts as waves: who moves together, who moves first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence

from converter.model import ObjectRef
from converter.planning.hosts import ANY_HOST
from converter.planning.plan import MigrationUnit, Wave
from converter.planning.risk import Risks
from converter.reading.inventory import Inventory
from converter.reading.manifests import labels_of

LABEL = "label:"
BY = ("namespace", "host-group", "risk")
"""What waves can be made by; `label:KEY` too."""
REST = "other-hosts"
"""The wave of rules without a host: it ends when every name has left."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LONGEST = 50

KeyOf = Callable[[MigrationUnit], frozenset[str]]


def waves(units: Sequence[MigrationUnit], by: str, inventory: Inventory, risks: Risks) -> list[Wave]:
    """All units in waves, the lowest risk first.

    Args:
        units: Each with its hosts and objects.
        by: namespace | label:KEY | host-group | risk.
        inventory: For labels of Ingresses and Namespaces.
        risks: What the run found out about the objects.
    """
    key_of = _keys(by, inventory, risks)
    grouped: dict[frozenset[str], list[MigrationUnit]] = {}
    for unit in units:
        key = frozenset({REST}) if unit.hosts == (ANY_HOST,) else key_of(unit)
        grouped.setdefault(key, []).append(unit)
    made = [_wave(key, some, risks) for key, some in grouped.items()]
    return sorted(made, key=lambda one: (one.key == REST, one.risk.rank, len(one.hosts), one.name))


def _wave(key: frozenset[str], units: list[MigrationUnit], risks: Risks) -> Wave:
    text = " + ".join(sorted(key))
    return Wave(_name(key), text, units, risks.of(units))


def _name(key: frozenset[str]) -> str:
    """A name for files, that depends on nothing but the key."""
    parts = sorted(key)
    text = "-and-".join(parts)
    if len(parts) == 1 and _NAME.fullmatch(text) and len(text) <= _LONGEST:
        return text
    slug = re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")[:_LONGEST].strip("-")
    return f"{slug}-{hashlib.sha256(' + '.join(parts).encode()).hexdigest()[:6]}".strip("-")


def _keys(by: str, inventory: Inventory, risks: Risks) -> KeyOf:
    if by == "risk":
        return lambda unit: frozenset({risks.of([unit]).level})
    if by == "host-group":
        return lambda unit: frozenset(map(_domain, unit.hosts))
    if by.startswith(LABEL):
        return _by_label(by.removeprefix(LABEL), inventory)
    return lambda unit: (
        frozenset(one.namespace for one in unit.objects if one.kind == "Ingress")
        or frozenset(one.namespace for one in unit.objects)
    )


def labels_of_input(inventory: Inventory) -> set[str]:
    """The keys of all labels that `label:KEY` may name."""
    return {str(key) for one in inventory.ingresses for key in one.labels} | {
        str(key) for one in inventory.of("Namespace") for key in labels_of(one.body)
    }


def _by_label(key: str, inventory: Inventory) -> KeyOf:
    """The label of the Ingress, else that of its Namespace; other objects of a unit follow its Ingresses."""
    labels: dict[ObjectRef, str] = {}
    for ingress in inventory.ingresses:
        value = ingress.labels.get(key)
        space = inventory.get("Namespace", "", ingress.namespace) if value is None else None
        if space is not None:
            value = labels_of(space.body).get(key)
        labels[ingress.ref] = str(value) if value else "unlabelled"

    def values(unit: MigrationUnit) -> frozenset[str]:
        return frozenset(labels[one] for one in unit.objects if one in labels) or frozenset({"unlabelled"})

    return values


def _domain(host: str) -> str:
    """The name above a host: `example.com` for `shop.example.com`, and for itself."""
    name = host.removeprefix("*.")
    _, _, above = name.partition(".")
    return above if "." in above and not host.startswith("*.") else name
