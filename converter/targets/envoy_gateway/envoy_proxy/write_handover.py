"""The EnvoyProxy of a Gateway that changes hands: how its load balancer is run and reached."""

from __future__ import annotations

from typing import Any

from converter.model import FieldRef, Outcome
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.table import Feature
from converter.targets.context import Context, outcome_from_row
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.envoy_proxy.container_ports import (
    RUNNING,
    clashing,
    keep_apart,
    neighbours,
    taken,
    transport,
)
from converter.targets.envoy_gateway.envoy_proxy.write import PROXY, exposure
from converter.targets.envoy_gateway.envoy_proxy.write_network import uses_node_network
from converter.targets.envoy_gateway.envoy_proxy.write_service import FEATURE


def handover_proxy(handover: GatewayHandover, listeners: list[dict[str, Any]], context: Context) -> dict[str, Any]:
    """`spec` of the EnvoyProxy; what is known of the settings is settled."""
    field_set, row = FieldSet(), context.row(FEATURE)
    writes = context.capabilities.proxy_objects
    for feature in handover.proxy:
        kept = _without_address(feature, context) if handover.shared else feature
        outcome = exposure(field_set, kept, row) if writes else _by_row(kept, context)
        fields = tuple(
            one._replace(namespace=handover.gateway.namespace, name=handover.gateway.name) for one in outcome.fields
        )
        context.notes.settle(feature, outcome._replace(fields=fields))
    if writes:
        _settle_ports(handover, listeners, field_set, context)
    _settle_address(handover, context)
    spec = field_set.nested(PROXY)
    if "provider" in spec:
        spec["provider"] = {"type": "Kubernetes"} | spec["provider"]
    return spec


def _settle_ports(
    handover: GatewayHandover, listeners: list[dict[str, Any]], field_set: FieldSet, context: Context
) -> None:
    """As for a Gateway that is made of rules (`container_ports.settle_ports`)."""
    uses = {(one["port"], transport(str(one.get("protocol")))) for one in listeners if isinstance(one.get("port"), int)}
    clashes = clashing(uses)
    if clashes:
        outcome = keep_apart(field_set, clashes, context)
        context.ledger.settle(handover.origin._replace(key="container port"), outcome, "listener")
    if uses_node_network(field_set):
        for (number, _), outcome in taken(uses, dict.fromkeys(uses, RUNNING), bool(clashes)):
            context.ledger.settle(handover.origin._replace(key=f"node port {number}"), outcome, "listener")
        near = neighbours(handover.gateway, field_set, context)
        if near is not None:
            context.ledger.settle(handover.origin._replace(key="nodes"), near, "listener")


def _by_row(feature: Feature, context: Context) -> Outcome:
    row = context.row(FEATURE)
    name = next(iter(feature.value), "") if isinstance(feature.value, dict) else ""
    return outcome_from_row(row.fields.get(name, row), FEATURE)


def _without_address(feature: Feature, context: Context) -> Feature:
    """A fixed address stays with the Gateway of the load balancer itself."""
    value = feature.value.get("service_annotations") if isinstance(feature.value, dict) else None
    if not isinstance(value, dict):
        return feature
    fixed = context.pack.settings.get("address_of_one", ())
    kept = {key: text for key, text in value.items() if key not in fixed}
    return Feature(FEATURE, {"service_annotations": kept}, feature.origins)


def _settle_address(handover: GatewayHandover, context: Context) -> None:
    """Whether the address, the pool and the pods come along."""
    fields = (FieldRef(PROXY, handover.gateway.namespace, handover.gateway.name, "spec.provider.kubernetes"),)
    at = f" ({', '.join(handover.addresses)})" if handover.addresses else ""
    carried = "Pool, replicas and nodes are carried over"
    if not handover.balancer_known:
        carried = "Its settings are not in the input, so its pool, replicas and nodes are not carried over"
    hint = "let clients and DNS use the new address at the switch"
    if not handover.shared:
        words = f"The Gateway has an address of its own{at}, by {handover.balancer}. {carried}"
        hint = "where the Service asks for the same address, delete the old Gateway's Service first; otherwise " + hint
    else:
        words = (
            f"The Gateway shares the address{at}, pool and pods of {handover.balancer}. Envoy Gateway gives it a "
            "proxy and "
            f"a Service of its own, with another address. {carried}"
        )
        hint += "; to keep one address, attach its routes to the Gateway that the load balancer becomes"
    if not handover.balancer_known:
        hint = "put the settings of its load balancer into the input, or set the EnvoyProxy by hand; " + hint
    outcome = Outcome.approximate(
        "gateway.address", words, hint, fields=fields if handover.balancer_known else (), affects=()
    )
    context.ledger.settle(handover.origin._replace(key="address"), outcome, FEATURE)
