"""What the owner of a Gateway that is not in the input has to provide (`--gateway`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.model import NO_ASPECTS, ObjectRef, Outcome
from converter.targets.resources import GATEWAY_GROUP, Body

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

CODE = "gateway.listeners-needed"
PROXY = "preserve-route-order"


def settle_needed_gateway(writer: GatewayDraft, origin: Any) -> None:
    """Name the listeners, namespaces, Secrets and class; routes are read back as if the Gateway had them."""
    context = writer.context
    bodies = writer.listeners.bodies()
    gateway = writer.gateway
    own = bodies.pop(gateway, [])
    spaces = {one.name: sorted(one.namespaces) for one in writer.listeners.by_key.values()}
    needed = [_describe(body, spaces.get(body["name"], []), gateway.namespace) for body in own]
    for holder, listeners in bodies.items():
        _write_set(writer, holder, listeners)
    if bodies:
        names = ", ".join(f"{one.namespace}/{one.name}" for one in bodies)
        needed.append(f"spec.allowedListeners for the ListenerSets {names}")
    if writer.keep_order:
        needed.append("an EnvoyProxy with preserveRouteOrder: true")
    name = f"{gateway.namespace}/{gateway.name}"
    outcome = Outcome.manual(
        CODE,
        f"Gateway {name} is not in the input. Its owner must provide a Gateway of {_class(writer)} with: "
        f"{'; '.join(needed)}.",
        f"Add the Gateway to the input: kubectl get gateway,listenersets -n {gateway.namespace} -o yaml. Routes then "
        "attach to the listeners that it has, whatever their names.",
        affects=NO_ASPECTS,
    )
    if origin is not None:
        fact = origin._replace(kind="default", key="--gateway", value=name)
        context.ledger.settle(fact, outcome, "listener")
    documents = context.output.gateway_documents
    documents[gateway] = _merged(documents.get(gateway), gateway, own, bool(bodies))
    if writer.keep_order:
        _keep_order(documents, gateway)


def _class(writer: GatewayDraft) -> str:
    context = writer.context
    if context.options.gateway_class:
        return f"GatewayClass {context.options.gateway_class}"
    controller = context.pack.settings.get("controller_name")
    return f"a GatewayClass with controllerName {controller}" if controller else "your implementation"


def _describe(body: Body, namespaces: list[str], own: str) -> str:
    """`https (HTTPS 443, Secret shop/tls, allowedRoutes for namespaces shop, web)`."""
    parts = [f"{body['protocol']} {body['port']}"]
    if "hostname" in body:
        parts.append(f"hostname {body['hostname']}")
    refs = body.get("tls", {}).get("certificateRefs", ())
    if refs:
        parts.append("Secret " + ", ".join(f"{ref.get('namespace', own)}/{ref['name']}" for ref in refs))
    if namespaces and namespaces != [own]:
        plural = "s" if len(namespaces) > 1 else ""
        parts.append(f"allowedRoutes for namespace{plural} {', '.join(namespaces)}")
    return f"{body['name']} ({', '.join(parts)})"


def _write_set(writer: GatewayDraft, holder: ObjectRef, listeners: list[Body]) -> None:
    """Listeners beyond those that a Gateway can hold."""
    parent = {"name": writer.gateway.name, "namespace": writer.gateway.namespace}
    spec = {"parentRef": parent, "listeners": listeners}
    writer.context.output.objects.add(holder.kind, holder.namespace, holder.name, spec)


def _merged(known: Body | None, gateway: ObjectRef, listeners: list[Body], with_sets: bool) -> Body:
    """The Gateway that is asked for; several entry points share it."""
    found = {one["name"]: one for one in (known["spec"]["listeners"] if known is not None else ())}
    for one in listeners:
        other = found.get(one["name"], {})
        refs = [*other.get("tls", {}).get("certificateRefs", ()), *one.get("tls", {}).get("certificateRefs", ())]
        found[one["name"]] = {**one, "allowedRoutes": {"namespaces": {"from": "All"}}}
        if refs:
            found[one["name"]]["tls"] = {**one["tls"], "certificateRefs": refs}
    spec: Body = {"gatewayClassName": "any", "listeners": list(found.values())}
    if with_sets or (known is not None and "allowedListeners" in known["spec"]):
        spec["allowedListeners"] = {"namespaces": {"from": "All"}}
    return {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "Gateway",
        "metadata": {"name": gateway.name, "namespace": gateway.namespace},
        "spec": spec,
    }


def _keep_order(documents: dict[ObjectRef, Body], gateway: ObjectRef) -> None:
    ref = {"group": "gateway.envoyproxy.io", "kind": "EnvoyProxy", "name": PROXY}
    documents[gateway]["spec"]["infrastructure"] = {"parametersRef": ref}
    documents[ObjectRef("EnvoyProxy", gateway.namespace, PROXY)] = {
        "apiVersion": "gateway.envoyproxy.io/v1alpha1",
        "kind": "EnvoyProxy",
        "metadata": {"name": PROXY, "namespace": gateway.namespace},
        "spec": {"preserveRouteOrder": True},
    }
