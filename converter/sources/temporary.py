"""Ingresses that a tool makes for minutes: part of what the controller serves, and not of what is written."""

from __future__ import annotations

from collections.abc import Iterable

from converter.reading.inventory import Ingress
from converter.routing.table import RoutingTable

SOLVER_LABEL = "acme.cert-manager.io/http01-solver"
"""cert-manager: pkg/apis/acme/v1 HTTP01SolverLabel, on every Ingress of an HTTP-01 challenge."""


def is_solver(ingress: Ingress) -> bool:
    """True for the Ingress by which cert-manager answers one HTTP-01 challenge."""
    return ingress.labels.get(SOLVER_LABEL) == "true" or any(kind == "Challenge" for kind, _ in ingress.owners)


def mark_temporary(ingresses: Iterable[Ingress], tables: Iterable[RoutingTable]) -> None:
    """Mark the rules of such Ingresses: no target writes them."""
    found = {ingress.ref for ingress in ingresses if is_solver(ingress)}
    if not found:
        return
    for table in tables:
        for _, _, rule in table.rules():
            if rule.object in found:
                rule.temporary = True
