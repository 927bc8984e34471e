"""Annotations that external-dns reads from routes and Gateways (external-dns: source/gateway.go)."""

from __future__ import annotations

from typing import Any

from converter.model import Origin, Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.consumers import ingress_of
from converter.targets.context import Context
from converter.targets.handlers import handler

SOURCE = "external-dns publishes routes with --source=gateway-httproute (and gateway-grpcroute) only"


@handler("external-dns")
def external_dns(draft: Any, feature: Feature, row: TargetRow) -> Outcome:
    """All but the target go to the route, redirects too, so that `controller: none` holds for all of an Ingress."""
    context: Context = draft.context
    for origin in feature.origins:
        name = origin.key.partition("/")[2]
        if name == "target":
            context.ledger.settle(origin, _target(context, origin), feature.name)
            continue
        draft.put(feature.name, ("annotations", origin.key), origin.value)
        context.ledger.settle(origin, _copied(name), feature.name)
    return Outcome.exact(f"{feature.name}.route", row.note)


def _copied(name: str) -> Outcome:
    if name != "hostname":
        return Outcome.exact("dns.route", f"becomes an annotation of the route; {SOURCE}")
    return Outcome.approximate(
        "dns.route",
        f"becomes an annotation of the route; {SOURCE}. It sees Ingress and route at once, so the name may move when "
        "the route is applied",
        "add --source=gateway-httproute (for GRPCRoutes gateway-grpcroute) to external-dns when the names are to move; "
        "until then leave it out",
        affects=(),
    )


def _target(context: Context, origin: Origin) -> Outcome:
    """The Gateway's annotation holds for all its routes: only one that all of its Ingresses want can stand there."""
    wanted = _targets(context, origin.key)
    if wanted == {origin.value}:
        context.entry.settings.put("dns", ("annotations", origin.key), origin.value)
        return Outcome.approximate(
            "dns.target",
            "becomes an annotation of the Gateway, from which external-dns takes the target of all its routes",
            "routes that are attached to this Gateway later get the same target",
            affects=(),
        )
    return Outcome.manual(
        "dns.target",
        f"external-dns reads the target from the Gateway, not from routes, and the Ingresses of this Gateway want "
        f"different ones; the names get the Gateway's own address in place of {origin.value}",
        "put Ingresses with one target on a Gateway of their own, with this annotation",
        affects=(),
    )


class DnsTargets(dict[str, set[str]]):
    """Annotation -> what the Ingresses of a table say in it."""


def _targets(context: Context, key: str) -> set[str]:
    """What the Ingresses of the table at work say; "" for one that says nothing."""
    known = context.entry.shared.of(DnsTargets, DnsTargets)
    if key not in known:
        owners = {rule.object for _, _, rule in context.entry.table.rules()}
        found = [one for one in (ingress_of(context, ref) for ref in owners) if one is not None]
        known[key] = {one.annotations.get(key, "") for one in found}
    return known[key]
