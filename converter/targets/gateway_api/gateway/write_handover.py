"""Gateways that change hands: the class, what belongs to the old implementation, and its time limits as policies."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from converter.model import FieldRef, ObjectRef, Outcome
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.steps import Timeouts
from converter.targets.context import Context, Grant
from converter.targets.envoy_gateway.backend_traffic_policy.write import timeout_fields
from converter.targets.envoy_gateway.envoy_proxy.write_handover import handover_proxy
from converter.targets.gateway_api.gateway.gateway_class import class_name

POLICY = "BackendTrafficPolicy"


def write_handover(handover: GatewayHandover, context: Context) -> None:
    """The Gateway under its own name, and one policy for it and for each route with limits of its own."""
    gateway = handover.gateway
    if context.output.objects.get("Gateway", gateway.namespace, gateway.name) is not None:
        context.ledger.settle(
            handover.origin,
            Outcome.manual("gateway.twice", "another Gateway of this name is written already", "rename one of them"),
        )
        return
    spec: dict[str, Any] = deepcopy(handover.body.get("spec") or {})
    old = spec.get("gatewayClassName")
    spec["gatewayClassName"] = class_name(context)
    spec["listeners"] = [one for one in spec.get("listeners") or () if one.get("name") not in handover.listeners]
    _grants(spec["listeners"], gateway, context)
    _refer_to_proxy(spec, handover, context)
    notes = _kept(handover, "annotations")
    resource = context.output.objects.add(
        "Gateway",
        gateway.namespace,
        gateway.name,
        spec,
        [gateway],
        origin=f"{gateway} of class {old}",
        annotations=notes,
    )
    labels = _kept(handover, "labels")
    if labels:
        resource.body["metadata"].setdefault("labels", {}).update(labels)
    _settle(handover, str(spec["gatewayClassName"]), context)
    balancer = {"loadBalancer": {"type": "RoundRobin"}} if handover.round_robin else {}
    _policy(gateway, handover.times, handover.origins, context, balancer)
    for one in handover.routes:
        _policy(one.route, one.times, one.origins, context, balancer)


def _refer_to_proxy(spec: dict[str, Any], handover: GatewayHandover, context: Context) -> None:
    """An EnvoyProxy of the same name, unless the Gateway has parameters of its own."""
    gateway = handover.gateway
    proxy = handover_proxy(handover, spec["listeners"], context)
    wanted = bool(proxy) or context.pack.settings.get("own_proxy")
    if wanted and context.capabilities.proxy_objects and "infrastructure" not in spec:
        context.output.objects.add("EnvoyProxy", gateway.namespace, gateway.name, proxy)
        reference = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": gateway.name}
        spec["infrastructure"] = {"parametersRef": reference}


def _kept(handover: GatewayHandover, part: str) -> dict[str, str]:
    found = (handover.body.get("metadata") or {}).get(part) or {}
    return {
        key: value
        for key, value in found.items()
        if key not in handover.labels and not key.startswith("kubectl.kubernetes.io/")
    }


def _grants(listeners: list[dict[str, Any]], gateway: ObjectRef, context: Context) -> None:
    """References to Secrets elsewhere, which the old implementation took without asking."""
    for listener in listeners:
        for ref in (listener.get("tls") or {}).get("certificateRefs") or ():
            space = ref.get("namespace") or gateway.namespace
            if space != gateway.namespace:
                context.output.grants[Grant("Gateway", gateway.namespace, "Secret", space, str(ref.get("name")))] = None


def _settle(handover: GatewayHandover, name: str, context: Context) -> None:
    ledger, gateway = context.ledger, handover.gateway
    fields = (FieldRef("Gateway", gateway.namespace, gateway.name, "spec.gatewayClassName"),)
    words = f"becomes {name}; the routes stay as they are"
    ledger.settle(handover.class_origin, Outcome.exact("gateway.class", words, fields=fields), "class")
    for origin in handover.listeners.values():
        ledger.settle(
            origin,
            Outcome.obsolete("gateway.own-listener", "the metrics of the old proxy; Envoy has its own on port 19001"),
            "listener",
        )
    ledger.settle(
        handover.origin,
        Outcome.approximate(
            "gateway.moved",
            f"the Gateway changes hands under its own name; {handover.differs}",
            "apply it at the time of the switch, or give it another name and the routes a second parentRef to try "
            "it first",
        ),
        "class",
    )


def _policy(
    target: ObjectRef, times: Timeouts, origins: tuple[Any, ...], context: Context, balancer: dict[str, Any]
) -> None:
    if not context.capabilities.policies:
        words = "plain Gateway API has no time limits of a Gateway"
        outcome = Outcome.manual("timeouts.by-hand", words, "use --to envoy-gateway, or timeouts of the routes")
        for origin in origins:
            context.ledger.settle(origin, outcome, "timeouts")
        return
    spec: dict[str, Any] = {}
    for path, value in timeout_fields(times).items():
        if target.kind in ("TCPRoute", "UDPRoute") and "http" in path:
            continue
        place = spec
        for part in path[:-1]:
            place = place.setdefault(part, {})
        place[path[-1]] = value
    spec |= deepcopy(balancer)
    if not spec:
        return
    name = target.name if target.kind == "Gateway" else f"{target.name}-traffic"
    name = context.output.names.claim(POLICY, target.namespace, name, f"moved/{target}")
    ref = {"group": "gateway.networking.k8s.io", "kind": target.kind, "name": target.name}
    body = {"targetRefs": [ref]} | spec
    context.output.objects.add(POLICY, target.namespace, name, body, [target], origin=f"times of {target}")
    fields = (FieldRef(POLICY, target.namespace, name, "spec.timeout"),)
    outcome = Outcome.approximate(
        "timeouts.policy",
        "becomes a BackendTrafficPolicy: the time to connect is kept; "
        "that between two reads or writes becomes one limit for a silent stream",
        fields=fields,
        affects=(),
    )
    for origin in origins:
        context.ledger.settle(origin, outcome, "timeouts")
