"""The ports that Envoy binds, in its pod or on its node.

Envoy Gateway shifts listeners below 1024 by 10000 unless the EnvoyProxy sets useListenerPortAsContainerPort
(envoy-gateway: internal/gatewayapi/listener.go, servicePortToContainerPort).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from converter.model import Location, ObjectRef, Origin, Outcome
from converter.routing.table import Port
from converter.targets.context import Context
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.envoy_proxy.write_network import METRICS, POD_PATCH, READINESS, uses_node_network
from converter.targets.envoy_gateway.envoy_proxy.write_service import DEPLOYMENT, FEATURE, KUBERNETES

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

FIRST_UNSHIFTED, OFFSET = 1024, 10_000
DIRECT = (*KUBERNETES, "useListenerPortAsContainerPort")
SYSCTL = {"name": "net.ipv4.ip_unprivileged_port_start", "value": "0"}
"""Lets a process without privileges bind ports below 1024 in the network of its pod; one of the safe sysctls."""
RUNNING = "The running proxy"
PortUse = tuple[int, str]
"""Number, and TCP or UDP."""


def transport(protocol: str) -> str:
    """What the protocol of a listener is carried by."""
    return "UDP" if protocol == "UDP" else "TCP"


def container_port(number: int) -> int:
    """The port that Envoy binds for a listener."""
    return number + OFFSET if number < FIRST_UNSHIFTED else number


def clashing(used: Iterable[PortUse]) -> list[tuple[PortUse, PortUse]]:
    """Listeners that fall on one port: the shifted one first."""
    known = set(used)
    return sorted(
        ((number, carrier), (number + OFFSET, carrier))
        for number, carrier in known
        if number < FIRST_UNSHIFTED and (number + OFFSET, carrier) in known
    )


def settle_ports(writer: GatewayDraft) -> None:
    """Keep listeners of one Gateway apart, and name ports that something else has on the nodes."""
    context = writer.context
    field_set = context.entry.settings
    listeners = {(one.port, transport(one.protocol)) for one in writer.listeners.by_key.values()}
    clashes = clashing(listeners)
    if clashes:
        outcome = keep_apart(field_set, clashes, context)
        for port in writer.table.ports:
            if any(number == port.number for pair in clashes for number, _ in pair):
                _settle(port, writer, "container port", outcome)
    if uses_node_network(field_set):
        _settle_taken(writer, listeners, direct=bool(clashes))
        near = neighbours(writer.gateway, field_set, context)
        if near is not None:
            _settle_origin(writer.table.origin, writer, "nodes", near)


def keep_apart(field_set: FieldSet, clashes: list[tuple[PortUse, PortUse]], context: Context) -> Outcome:
    """Let Envoy bind the ports of the listeners, and say what that needs."""
    field_set.put(FEATURE, DIRECT, True)
    pairs = ", ".join(f"{low} and {high}" for (low, _), (high, _) in clashes)
    words = (
        f"Envoy Gateway shifts ports below 1024 by 10000 in the pod, so listeners {pairs} would fall on one port. "
        "useListenerPortAsContainerPort is set: Envoy binds the ports of the listeners"
    )
    if not uses_node_network(field_set):
        field_set.put(FEATURE, (*DEPLOYMENT, "pod", "securityContext", "sysctls"), [SYSCTL])
        return Outcome.exact("listener.container-port", f"{words}, which a sysctl of the pod allows")
    container = context.pack.settings.get("privileged_container")
    if container:
        field_set.put(FEATURE, (*POD_PATCH, "containers"), [container])
        return Outcome.approximate(
            "listener.container-port",
            f"{words} of the node, with the capability NET_BIND_SERVICE",
            "the running proxy has these ports on the same nodes: use other nodes, or drain node by node",
            affects=(),
        )
    return Outcome.manual(
        "listener.container-port",
        f"{words} of the node, which needs the capability NET_BIND_SERVICE and an image whose envoy may use it",
        "patch the container envoy of the EnvoyProxy (spec.provider.kubernetes.envoyDeployment.patch), or choose "
        "another port for one of the two",
        affects=(),
    )


def _settle_taken(writer: GatewayDraft, listeners: set[PortUse], direct: bool) -> None:
    """Ports of a node that the running proxy has and that Envoy would bind, too."""
    by_use = {(port.number, transport(port.protocol)): port for port in writer.table.ports}
    in_use = {**writer.table.neighbour_ports, **dict.fromkeys(by_use, RUNNING)}
    for use, outcome in taken(listeners, in_use, direct):
        if use in by_use:
            _settle(by_use[use], writer, "node port", outcome)


def taken(listeners: set[PortUse], in_use: dict[PortUse, str], direct: bool) -> Iterator[tuple[PortUse, Outcome]]:
    """Listeners whose port on the node the running proxy has.

    Args:
        listeners: What the Gateway listens on.
        in_use: What listens on the nodes, and who does.
        direct: True where Envoy binds the ports of the listeners, without a shift.
    """
    for number, carrier in sorted(listeners):
        bound = number if direct else container_port(number)
        if (bound, carrier) in in_use:
            yield (number, carrier), _taken(number, bound, carrier, in_use[bound, carrier])


def _taken(number: int, bound: int, carrier: str, owner: str) -> Outcome:
    shifted = f" for listener {number}" if bound != number else ""
    return Outcome.manual(
        "listener.node-port-in-use",
        f"Envoy binds {carrier} port {bound} of the node{shifted}. {owner} listens on {bound} of the same "
        "nodes, so both conflict there and cannot run side by side",
        "run Envoy on other nodes (nodeSelector of the EnvoyProxy); or drain node by node: take a node out of the "
        "balancer in front, stop the old pod there, start Envoy, put the node back; or leave hostNetwork out and use a "
        "Service of type LoadBalancer or NodePort",
        affects=(),
    )


class NodeNetworkProxies(dict[ObjectRef, dict[str, str]]):
    """Gateways whose Envoy has the network of its nodes -> the selector of the nodes."""


def neighbours(gateway: ObjectRef, field_set: FieldSet, context: Context) -> Outcome | None:
    """What is to be said where another proxy has the network of the same nodes: two cannot share a node at all."""
    own = field_set.nested("EnvoyProxy")["provider"]["kubernetes"]
    selector = own.get("envoyDeployment", {}).get("pod", {}).get("nodeSelector", {})
    others = context.output.shared.of(NodeNetworkProxies, NodeNetworkProxies)
    near = [str(ref) for ref, nodes in others.items() if all(selector.get(k, v) == v for k, v in nodes.items())]
    others[gateway] = selector
    if not near:
        return None
    return Outcome.manual(
        "load-balancer.shared-nodes",
        f"Every Envoy with hostNetwork binds ports {METRICS} and {READINESS} of its node, so a node runs one of "
        f"{', '.join((*near, str(gateway)))}; pods of the others stay Pending",
        "give each Gateway nodes of its own (nodeSelector of its EnvoyProxy), or reach one of them by a Service",
        affects=(),
    )


def _settle(port: Port, writer: GatewayDraft, key: str, outcome: Outcome) -> None:
    known = next((origin for feature in port.features for origin in feature.origins), None)
    rules = (rule.origin for vhost in port.hosts for rule in vhost.rules)
    origin = known or writer.table.origin or next(filter(None, rules), None)
    _settle_origin(origin, writer, f"{key} {port.number}", outcome)


def _settle_origin(origin: Origin | None, writer: GatewayDraft, key: str, outcome: Outcome) -> None:
    base: Any = origin or Origin("default", "", "", Location(""))
    fact = Origin("object", key, "", base.location, base.object)
    writer.context.ledger.settle(fact, outcome, "listener")
