"""What the report says of other namespaces: which may attach routes, and who gets a Host that two of them claim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from converter.model import Location, Origin, Outcome
from converter.routing.table import RoutingTable
from converter.targets.route_host_names import host_name

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

_SHOWN = 5


def settle_tenancy(writer: GatewayDraft, listeners: Sequence[dict[str, Any]]) -> None:
    """One finding for listeners that take routes of every namespace, one for hosts that several namespaces share."""
    gateway = f"{writer.gateway.namespace}/{writer.gateway.name}"
    spaces = sorted({space for one in writer.listeners.by_key.values() for space in one.namespaces})
    scopes = [(one["name"], one.get("allowedRoutes", {}).get("namespaces", {})) for one in listeners]
    wide = [name for name, scope in scopes if scope.get("from") == "All"]
    if wide and spaces:
        _put(writer, "allowedRoutes", _every_namespace(gateway, wide, spaces))
    if len(spaces) > 1:
        _put(writer, "hosts", _claims(writer, shared_hosts(writer.table)))


def _every_namespace(gateway: str, names: list[str], spaces: list[str]) -> Outcome:
    values = ", ".join(spaces[:_SHOWN]) + (f", … ({len(spaces)} in all)" if len(spaces) > _SHOWN else "")
    return Outcome.exact(
        "gateway.every-namespace",
        f"Listeners {_listed(names)} of Gateway {gateway} accept routes of every namespace "
        "(allowedRoutes.namespaces.from: All), as the controller accepts Ingresses of every namespace.",
        "Use --allowed-namespaces named to admit only the namespaces of these routes: allowedRoutes.namespaces = "
        "{from: Selector, selector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: "
        f"[{values}]}}]}}}}",
    )


def _claims(writer: GatewayDraft, shared: dict[str, list[str]]) -> Outcome:
    """Envoy Gateway and the specification: the oldest route wins among equal matches, whatever the Ingress was."""
    hosts = [f"{host or 'any host'} ({', '.join(spaces)})" for host, spaces in sorted(shared.items())]
    more = f" Hosts with rules of several namespaces: {_listed(hosts)}." if hosts else ""
    return Outcome.approximate(
        "host.claimed-by-age",
        "Among equal matches of one host the oldest HTTPRoute wins, and all routes of a switch are new: a namespace "
        "that creates a route for a host of another namespace before these routes are applied takes its requests. "
        f"Before, the order of the controller decides (age of the Ingress, group order or priority).{more}",
        "Apply these routes before other namespaces may create HTTPRoutes (RBAC), or admit namespaces by name "
        "(--allowed-namespaces named); a Gateway for each team keeps hosts apart.",
        affects=(),
    )


def shared_hosts(table: RoutingTable) -> dict[str, list[str]]:
    """Hosts with rules of Ingresses of several namespaces, and these namespaces."""
    found: dict[str, set[str]] = {}
    for port in table.ports:
        for vhost in port.hosts:
            for rule in vhost.rules:
                if rule.object is not None and rule.origin is not None:
                    for test in rule.hosts or vhost.hosts:
                        space = rule.namespace or rule.object.namespace
                        found.setdefault(host_name(test) or test.value, set()).add(space)
    return {host: sorted(spaces) for host, spaces in found.items() if len(spaces) > 1}


def _listed(names: Iterable[str]) -> str:
    names = list(names)
    rest = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + rest


def _put(writer: GatewayDraft, key: str, outcome: Outcome) -> None:
    """Settle a default of the controller; it hangs on the table."""
    table = writer.table
    known = table.origin or table.rule_origin()
    origin = Origin("default", key, table.entry, known.location if known is not None else Location(""))
    table.add_default("listener", origin)
    writer.context.ledger.settle(origin, outcome, "listener")
