"""The Gateway object, its class and its EnvoyProxy; or what an existing Gateway must have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from converter.model import NO_ASPECTS, ObjectRef, Outcome
from converter.targets.context import source_line
from converter.targets.envoy_gateway.envoy_proxy.image import keep_image
from converter.targets.envoy_gateway.envoy_proxy.write import write_proxy
from converter.targets.envoy_gateway.installation import settle_switches
from converter.targets.gateway_api.gateway.gateway_class import class_name
from converter.targets.gateway_api.gateway.gateway_namespace import settle_access
from converter.targets.gateway_api.gateway.input_gateway import input_gateway
from converter.targets.gateway_api.gateway.needed_gateway import settle_needed_gateway
from converter.targets.gateway_api.gateway.tenancy_findings import settle_tenancy
from converter.targets.gateway_api.gateway.write_allowed_routes import allowed_listeners, settle_named

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft


def write_gateway(writer: GatewayDraft) -> None:
    """Write the Gateway with its listeners, unless the user has one."""
    context = writer.context
    if context.options.gateway:
        settle_user_gateway(writer)
        return
    bodies = writer.listeners.bodies()
    gateway = writer.gateway
    if gateway not in bodies:
        return
    spec: dict[str, Any] = {"gatewayClassName": _class_name(writer), "listeners": bodies.pop(gateway)}
    name = write_proxy(writer)
    if name:
        reference = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": name}
        spec["infrastructure"] = {"parametersRef": reference}
    if bodies:
        spec["allowedListeners"] = {"namespaces": allowed_listeners(gateway, bodies)}
    _add_objects(writer, spec, bodies)
    settle_named(context, writer.table.features)
    settle_tenancy(writer, [*spec["listeners"], *(one for group in bodies.values() for one in group)])
    settle_switches(writer)
    settle_access(writer)
    keep_image(writer, name)
    if writer.table.origin is not None:
        context.ledger.settle(
            writer.table.origin,
            Outcome.exact("entry.gateway", f"becomes Gateway {gateway.namespace}/{gateway.name}"),
            "class",
        )


def _add_objects(writer: GatewayDraft, spec: dict[str, Any], sets: Mapping[ObjectRef, list[dict[str, Any]]]) -> None:
    """The Gateway, and the ListenerSets that hold what is beyond its own listeners."""
    context, table, gateway = writer.context, writer.table, writer.gateway
    sources = [table.origin.object] if table.origin is not None and table.origin.object else []
    origin = source_line(sources[0], table.origin) if sources else f"{table.controller} {table.entry}"
    add = context.output.objects.add
    notes = context.entry.settings.nested("annotations")
    add("Gateway", gateway.namespace, gateway.name, spec, sources, origin=origin, annotations=notes)
    for holder, listeners in sets.items():
        body = {"parentRef": {"name": gateway.name, "namespace": gateway.namespace}, "listeners": listeners}
        add("ListenerSet", holder.namespace, holder.name, body, sources, origin=origin)


def _class_name(writer: GatewayDraft) -> str:
    """The class of the Gateway; where it is neither given nor ours, somebody has to serve it."""
    context = writer.context
    name = class_name(context)
    chosen = context.options.gateway_class or context.setting("controller_name")
    if not chosen and context.inventory.get("GatewayClass", "", name) is None:
        _settle_class(writer, name)
    return name


def _settle_class(writer: GatewayDraft, name: str) -> None:
    """Plain Gateway API is nobody's own: who serves it is for the user to say."""
    origin = writer.table.origin or _first_origin(writer)
    if origin is not None:
        outcome = Outcome.approximate(
            "gateway.class-needed",
            f"the Gateway names GatewayClass {name}, which is not written, and no implementation serves it by default",
            "name the GatewayClass of your implementation with --gateway-class",
            affects=NO_ASPECTS,
        )
        key = "gatewayClassName"
        writer.context.ledger.settle(origin._replace(kind="object", key=key, value=name), outcome, "class")


def settle_user_gateway(writer: GatewayDraft) -> None:
    """Say what the Gateway that `--gateway` names must have, and keep it for reading back."""
    source = input_gateway(writer.context)
    if source is None:
        settle_needed_gateway(writer, writer.table.origin or _first_origin(writer))
    else:
        writer.context.output.gateway_documents.update({one.ref: one for one in source.documents})


def _first_origin(writer: GatewayDraft) -> Any:
    for feature in writer.table.features:
        if feature.origins:
            return feature.origins[0]
    return writer.table.rule_origin()
