"""Units of hosts as waves: who moves together, who moves first."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from typing import Any

from converter.model import ObjectRef
from converter.planning.hosts import ANY_HOST
from converter.planning.plan import Unit, Wave
from converter.planning.risk import Risks
from converter.reading.inventory import Inventory
from converter.reading.manifests import mapping

LABEL = "label:"
BY = ("namespace", "host-group", "risk")
"""What waves can be made by; `label:KEY` too."""
UNLABELLED = "unlabelled"
REST = "other-hosts"
"""The wave of rules without a host: it ends when every name has left."""
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_LONGEST = 50
_MOST_LABELS = 10

KeyOf = Callable[[Unit], frozenset[str]]


class UnknownLabelError(ValueError):
    """No Ingress has the label that waves are to be made by; the message suggests others."""


def waves(units: Sequence[Unit], by: str, inventory: Inventory, risks: Risks) -> list[Wave]:
    """All units in waves, the lowest risk first.

    Args:
        units: Each with its hosts and objects.
        by: namespace | label:KEY | host-group | risk.
        inventory: For labels of Ingresses and Namespaces.
        risks: What the run found out about the objects.

    Raises:
        UnknownLabelError: No Ingress has the label, and no Namespace of one.
    """
    key_of = _keys(by, inventory, risks)
    grouped: dict[frozenset[str], list[Unit]] = {}
    for unit in units:
        key = frozenset({REST}) if unit.hosts == (ANY_HOST,) else key_of(unit)
        grouped.setdefault(key, []).append(unit)
    made = [_wave(key, some, risks) for key, some in grouped.items()]
    return sorted(made, key=lambda one: (one.key == REST, one.risk.rank, len(one.hosts), one.name))


def _wave(key: frozenset[str], units: list[Unit], risks: Risks) -> Wave:
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


def _by_label(key: str, inventory: Inventory) -> KeyOf:
    """The label of the Ingress, else that of its Namespace; other objects of a unit follow its Ingresses."""
    labels: dict[ObjectRef, str] = {}
    others: set[str] = set()
    for ingress in inventory.ingresses:
        both = {**_namespace_labels(inventory, ingress.namespace), **ingress.labels}
        others.update(both)
        labels[ingress.ref] = str(both.get(key) or UNLABELLED)
    if labels and set(labels.values()) == {UNLABELLED}:
        raise UnknownLabelError(_no_label(key, sorted(others)))

    def values(unit: Unit) -> frozenset[str]:
        return frozenset(labels[one] for one in unit.objects if one in labels) or frozenset({UNLABELLED})

    return values


def _namespace_labels(inventory: Inventory, name: str) -> dict[str, Any]:
    space = inventory.get("Namespace", "", name)
    return mapping(mapping(space.body.get("metadata")).get("labels")) if space is not None else {}


def _no_label(key: str, others: list[str]) -> str:
    near = get_close_matches(key, others, 1)
    if near:
        hint = f"did you mean {near[0]}?"
    else:
        hint = f"labels are {', '.join(others[:_MOST_LABELS])}" if others else "they have no label at all"
    return f"no Ingress has the label {key}, and no Namespace of one; {hint}"


def _domain(host: str) -> str:
    """The name above a host: `example.com` for `shop.example.com`, and for itself."""
    name = host.removeprefix("*.")
    _, _, above = name.partition(".")
    return above if "." in above and not host.startswith("*.") else name
