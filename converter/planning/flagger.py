"""Canaries of Flagger: from the Ingress to a route that Flagger makes itself.

Source: flagger: pkg/router/gateway_api.go GatewayAPIRouter.Reconcile (one HTTPRoute named like the apex Service, whose
spec, labels and annotations are overwritten), pkg/metrics/observers/factory.go (built-in metrics are those of Istio).
"""

from __future__ import annotations

import json
from typing import Any

from converter.model import ObjectRef, Resource
from converter.planning.commands import delete, patch, quoted, resource
from converter.planning.dns import ExternalDns, weighted_marks
from converter.planning.estate import Estate
from converter.planning.plan import PlanStep
from converter.planning.rollouts import Changes, Patches
from converter.planning.steps import listed, step
from converter.reading.deliveries import Delivery, mapping_at

PROVIDER = "gatewayapi:v1"
_BUILT_IN = ("request-success-rate", "request-duration")
_GATEWAY = "gateway.networking.k8s.io"
_FORMS = {"Exact": "exact", "PathPrefix": "prefix", "RegularExpression": "regex"}
"""Types of paths -> forms of `spec.service.match[].uri`."""


def canary(estate: Estate, delivery: Delivery, folder: str, dns: ExternalDns | None) -> Changes:
    """The patch of a Canary, and of the policies that must hold for its route too."""
    apex = _apex(delivery)
    served = [one for one in estate.routes_of(delivery.stable) if _forwards(one, apex)]
    if not apex or not served:
        reason = f"no route of its Ingress forwards to Service {apex}" if apex else "it names no Service"
        values = {"canary": delivery.ref, "reason": reason, "provider": PROVIDER}
        return Changes([step("flagger-by-hand", (), [delivery.ref], values=values)], [], [], {})
    route = ObjectRef("HTTPRoute", delivery.ref.namespace, apex)
    main = f"patches/{delivery.ref.namespace}/canary-{delivery.ref.name}.yaml"
    policies = [] if any(one.ref == route for one in served) else _policies(estate, served)
    files = {one.ref: f"patches/{one.namespace}/{one.kind.lower()}-{one.name}-target.yaml" for one in policies}
    target = {"group": _GATEWAY, "kind": "HTTPRoute", "name": apex}
    patches: Patches = {main: {"spec": _spec(served, weighted_marks(dns))}}
    patches |= {file: [{"op": "add", "path": "/spec/targetRefs/-", "value": target}] for file in files.values()}
    steps = _settings(delivery, served, route)
    if files:
        commands = [patch(ref, f"{folder}/{file}", "json") for ref, file in files.items()]
        steps.append(step("flagger-policies", commands, files, route=route))
    made = tuple(ref for ref in delivery.canaries if ref in estate.ingresses)
    steps.append(_switch(delivery, served, route, f"{folder}/{main}", made))
    return Changes([], steps, [], patches, made)


def _former(delivery: Delivery) -> str:
    """The command that makes the Canary write to its Ingress once more."""
    spec = mapping_at(delivery.document.body, "spec")
    former = {"spec": {"provider": spec.get("provider"), "ingressRef": dict(mapping_at(spec, "ingressRef"))}}
    text = quoted(json.dumps(former, separators=(",", ":")))
    return f"kubectl patch {resource(delivery.ref)} --type merge -p {text}"


def _apex(delivery: Delivery) -> str:
    spec = mapping_at(delivery.document.body, "spec")
    name = mapping_at(spec, "service").get("name") or mapping_at(spec, "targetRef").get("name")
    return str(name) if name else ""


def _forwards(route: Resource, service: str) -> bool:
    names = {service, f"{service}-primary", f"{service}-canary"}
    rules = route.body["spec"].get("rules") or ()
    return route.kind == "HTTPRoute" and any(
        one.get("name") in names for rule in rules for one in rule.get("backendRefs") or ()
    )


def _spec(served: list[Resource], marks: dict[str, str]) -> dict[str, Any]:
    """What Flagger's route needs to be the one of the Ingress: parents, hosts, paths, labels and annotations."""
    parents = {repr(one): one for route in served for one in route.body["spec"].get("parentRefs") or ()}
    service: dict[str, Any] = {
        "gatewayRefs": [{"group": _GATEWAY, "kind": "Gateway", **one} for one in parents.values()],
        "hosts": list(dict.fromkeys(host for route in served for host in route.body["spec"].get("hostnames") or ())),
    }
    if timeout := _timeout(served):
        service["timeout"] = timeout
    matches = [match for match in map(_match, _paths(served)) if match]
    if matches:
        service["match"] = matches
    metadata = served[0].body["metadata"]
    notes = {key: value for key, value in (metadata.get("annotations") or {}).items() if not key.startswith("ing2gw/")}
    apex = {"annotations": notes | marks, "labels": dict(metadata.get("labels") or {})}
    if any(apex.values()):
        service["apex"] = {key: value for key, value in apex.items() if value}
    return {"provider": PROVIDER, "ingressRef": None, "service": service}


def _timeout(served: list[Resource]) -> str:
    """The timeout that all rules have and Flagger can write: that of the request alone.

    Source: flagger: pkg/router/gateway_api.go Reconcile (spec.service.timeout becomes timeouts.request).
    """
    first, *others = _timeouts(served)
    return str(first["request"]) if set(first) == {"request"} and all(one == first for one in others) else ""


def _timeouts(served: list[Resource]) -> list[dict[str, Any]]:
    return [rule.get("timeouts") or {} for route in served for rule in route.body["spec"].get("rules") or ()] or [{}]


def _paths(served: list[Resource]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for route in served:
        for rule in route.body["spec"].get("rules") or ():
            for match in rule.get("matches") or ():
                found[repr(match.get("path"))] = match.get("path") or {}
    return list(found.values())


def _match(path: dict[str, Any]) -> dict[str, Any]:
    """A path in the form of Istio, as `spec.service.match` has it; "/" needs none."""
    value, form = path.get("value", "/"), _FORMS.get(path.get("type", "PathPrefix"))
    return {"uri": {form: value}} if form and (form, value) != ("prefix", "/") else {}


def _policies(estate: Estate, served: list[Resource]) -> list[Resource]:
    """The policies of the routes that Flagger's route takes the place of."""
    refs = {one.ref for one in served}
    out = []
    for one in estate.result.resources:
        targets = mapping_at(one.body, "spec").get("targetRefs")
        if any(ObjectRef(each.get("kind", ""), one.namespace, each.get("name", "")) in refs for each in targets or ()):
            out.append(one)
    return out


def _settings(delivery: Delivery, served: list[Resource], route: ObjectRef) -> list[PlanStep]:
    """What the route of Flagger would not have."""
    steps = []
    rules = [rule for one in served for rule in one.body["spec"].get("rules") or ()]
    filters = sorted({one.get("type", "") for rule in rules for one in rule.get("filters") or ()})
    filters += ["timeouts"] if any(_timeouts(served)) and not _timeout(served) else []
    if filters:
        values = {"filters": listed(filters), "canary": delivery.ref, "route": route}
        steps.append(step("flagger-filters", (), [delivery.ref], values=values))
    metrics = mapping_at(delivery.document.body, "spec", "analysis").get("metrics")
    named = [one.get("name") for one in (metrics if isinstance(metrics, list) else []) if isinstance(one, dict)]
    built_in = [name for name in named if name in _BUILT_IN]
    if built_in:
        values = {"metrics": listed(built_in), "canary": delivery.ref, "provider": PROVIDER}
        steps.append(step("flagger-metrics", (), [delivery.ref], values=values))
    return steps


def _switch(
    delivery: Delivery, served: list[Resource], route: ObjectRef, file: str, made: tuple[ObjectRef, ...]
) -> PlanStep:
    others = [one.ref for one in served if one.ref != route]
    look = f"kubectl get {resource(route)} -o yaml"
    commands = [patch(delivery.ref, file, "merge"), look, *delete(others), *delete(made)]
    values = {"canary": delivery.ref, "route": route, "others": listed(others), "former": _former(delivery)}
    values["made"] = listed(made)
    return step("flagger-switch", commands, [delivery.ref, route, *others, *made], values=values)
