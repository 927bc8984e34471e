"""The input with other hosts: every protection stays, as it is converted like the input itself."""

from __future__ import annotations

import copy
from typing import Any

from converter.reading.inventory import Inventory
from converter.sources.registry import SOURCES
from converter.staging.host_names import StagingNames


def renamed_input(inventory: Inventory, names: StagingNames) -> Inventory:
    """A copy of the input in which every host of it is that of the tests.

    Hosts are in rules, TLS entries, values of annotations and the controllers' own objects.
    """
    out = copy.deepcopy(inventory)
    out.charts = []  # (what they make is in the inventory already)
    for ingress in out.ingresses:
        ingress.forget_facts()
        ingress.annotations = {key: names.renamed(value) for key, value in ingress.annotations.items()}
        for rule in ingress.rules:
            rule.host = names.renamed(rule.host)
        for entry in ingress.tls:
            entry.hosts = [names.renamed(host) for host in entry.hosts]
    for kind in {kind for one in SOURCES.values() for kind in one.own_kinds}:
        for document in out.of(kind):
            _rename(document.body, names)
    return out


def _rename(node: Any, names: StagingNames) -> None:
    """Texts of an object, in place: their positions are kept beside them."""
    items = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    for key, value in items:
        if isinstance(value, str):
            node[key] = names.renamed(value)
        else:
            _rename(value, names)
