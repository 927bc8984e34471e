"""Services that the input does not hold: routes refer to them as if they were there, and a finding names them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from converter.model import NO_ASPECTS, Origin, Outcome
from converter.routing.actions import Forward
from converter.routing.table import RoutingTable
from converter.targets.context import Context

NAMED = 8
_DECIDES = "a Service decides whether it is an ExternalName, and which protocol its port has"
_HINT = "add the Services to the input; --complete declares that the cluster has no others"

Absent = dict[str, dict[str, list[Origin]]]
"""Namespace -> name of a Service -> the facts that refer to it."""


def settle_absent(tables: Iterable[RoutingTable], context: Context) -> None:
    """One finding for each reference, or for the namespace where the input holds none of its Services."""
    if context.inventory.completeness.everything:
        return
    present = {namespace for namespace, _ in context.inventory.services}
    for namespace, services in _absent(tables, context).items():
        if namespace in present:
            for name, origins in services.items():
                _settle_each(namespace, name, origins, context)
        else:
            _settle_together(namespace, services, context)


def _absent(tables: Iterable[RoutingTable], context: Context) -> Absent:
    """What rules refer to; rules that are in many places share their origin."""
    found: Absent = {}
    for namespace, name, origin in _references(tables):
        if context.inventory.unknown("Service", namespace, name):
            known = found.setdefault(namespace, {}).setdefault(name, [])
            if not known or known[-1] is not origin:
                known.append(origin)
    return found


def _references(tables: Iterable[RoutingTable]) -> Iterator[tuple[str, str, Origin]]:
    for table in tables:
        for _, _, rule in table.rules():
            if isinstance(rule.action, Forward) and rule.origin is not None:
                for one in rule.action.backends:
                    if one.kind == "Service":
                        yield one.namespace, one.name, rule.origin


def _settle_each(namespace: str, name: str, origins: Iterable[Origin], context: Context) -> None:
    outcome = Outcome.approximate(
        "backend.not-in-input",
        f"Service {namespace}/{name} is not in the input and is taken to exist; {_DECIDES}",
        _HINT,
        affects=NO_ASPECTS,
    )
    for origin in dict.fromkeys(origins):
        key = f"{origin.key}.backend" if origin.key.endswith("]") else origin.key
        context.ledger.settle(origin._replace(key=key, value=f"Service {namespace}/{name}"), outcome)


def _settle_together(namespace: str, services: dict[str, list[Origin]], context: Context) -> None:
    first = next(iter(services.values()))[0]
    names = sorted(services)
    listed = ", ".join(names[:NAMED]) + (f" and {len(names) - NAMED} more" if len(names) > NAMED else "")
    context.ledger.settle(
        first._replace(kind="object", key="services", value=listed),
        Outcome.approximate(
            "backend.not-in-input",
            f"the input has no Service of namespace {namespace}; those that routes refer to ({listed}) are taken to "
            f"exist; {_DECIDES}",
            _HINT,
            affects=NO_ASPECTS,
        ),
    )
