"""Canaries of Flagger: from the Ingress to a route that Flagger makes itself.

Source: flagger: pkg/router/gateway_api.go GatewayAPIRouter.Reconcile (one HTTPRoute named like the apex Service, whose
spec, labels and annotations are overwritten), pkg/metrics/observers/factory.go (built-in metrics are those of Istio).
"""

from __future__ import annotations

import json
from typing import Any

from converter.model import ObjectRef, Resource
from converter.planning.commands import delete, patch, quoted, resource
from converter.planning.deliveries import Delivery, mapping
from converter.planning.estate import Estate
from converter.planning.plan import Step
from converter.planning.rollouts import Changes, Patches

PROVIDER = "gatewayapi:v1"
_BUILT_IN = ("request-success-rate", "request-duration")
_GATEWAY = "gateway.networking.k8s.io"


def canary(estate: Estate, delivery: Delivery, folder: str) -> Changes:
    """The patch of a Canary, and of the policies that must hold for its route too."""
    document = delivery.document
    apex = _apex(delivery)
    served = [one for one in estate.routes_of(delivery.stable) if _forwards(one, apex)]
    if not apex or not served:
        return Changes([_unmatched(delivery, apex)], [], [], {})
    route = ObjectRef("HTTPRoute", document.namespace, apex)
    stem = f"patches/{document.namespace}/canary-{document.name}"
    main = f"{stem}.yaml"
    patches: Patches = {main: {"spec": _spec(served)}}
    policies = [] if any(one.ref == route for one in served) else _policies(estate, served)
    retarget = {one.ref: f"patches/{one.namespace}/{one.kind.lower()}-{one.name}-target.yaml" for one in policies}
    for one in policies:
        target = {"group": _GATEWAY, "kind": "HTTPRoute", "name": apex}
        patches[retarget[one.ref]] = [{"op": "add", "path": "/spec/targetRefs/-", "value": target}]
    steps = [*_settings(delivery, served, route), *_retarget(retarget, folder, route)]
    steps.append(_switch(delivery, served, route, f"{folder}/{main}"))
    made = tuple(ref for ref in delivery.canaries if ref in estate.ingresses)
    back = Step(
        "roll-back",
        f"Let {delivery.ref} write to the Ingress",
        ("The route that Flagger made stays; delete it, and apply the generated routes of this wave once more.",),
        (
            f"kubectl patch {resource(delivery.ref)} --type merge -p {quoted(_former(delivery))}",
            *delete([route]),
        ),
        (delivery.ref, route),
    )
    return Changes([], steps, [back], patches, made)


def _apex(delivery: Delivery) -> str:
    spec = mapping(delivery.document.body, "spec")
    name = mapping(spec, "service").get("name") or mapping(spec, "targetRef").get("name")
    return str(name) if name else ""


def _forwards(route: Resource, service: str) -> bool:
    names = {service, f"{service}-primary", f"{service}-canary"}
    return route.kind == "HTTPRoute" and any(
        one.get("name") in names for rule in route.body["spec"].get("rules") or () for one in rule.get("backendRefs") or ()
    )


def _spec(served: list[Resource]) -> dict[str, Any]:
    """What Flagger's route needs to be the one of the Ingress: parents, hosts, paths."""
    parents = {repr(one): one for route in served for one in route.body["spec"].get("parentRefs") or ()}
    hosts = list(dict.fromkeys(host for route in served for host in route.body["spec"].get("hostnames") or ()))
    service: dict[str, Any] = {
        "gatewayRefs": [{"group": _GATEWAY, "kind": "Gateway", **one} for one in parents.values()],
        "hosts": hosts,
    }
    matches = [match for match in map(_match, _paths(served)) if match]
    if matches:
        service["match"] = matches
    return {"provider": PROVIDER, "ingressRef": None, "service": service}


def _paths(served: list[Resource]) -> list[dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for route in served:
        for rule in route.body["spec"].get("rules") or ():
            for match in rule.get("matches") or ():
                found[repr(match.get("path"))] = match.get("path") or {}
    return list(found.values())


def _match(path: dict[str, Any]) -> dict[str, Any]:
    """A path as `spec.service.match` has it (Istio's form); "/" needs none."""
    forms = {"Exact": "exact", "PathPrefix": "prefix", "RegularExpression": "regex"}
    value, form = path.get("value", "/"), forms.get(path.get("type", "PathPrefix"))
    return {"uri": {form: value}} if form and (form, value) != ("prefix", "/") else {}


def _policies(estate: Estate, served: list[Resource]) -> list[Resource]:
    """The policies of the routes that Flagger's route takes the place of."""
    refs = {one.ref for one in served}
    out = []
    for one in estate.result.resources:
        targets = one.body.get("spec", {}).get("targetRefs") if isinstance(one.body.get("spec"), dict) else None
        if any(ObjectRef(each.get("kind", ""), one.namespace, each.get("name", "")) in refs for each in targets or ()):
            out.append(one)
    return out


def _settings(delivery: Delivery, served: list[Resource], route: ObjectRef) -> list[Step]:
    """What the route of Flagger would not have."""
    steps = []
    filters = sorted(
        {one.get("type", "") for each in served for rule in each.body["spec"].get("rules") or () for one in rule.get("filters") or ()}
    )
    if filters:
        steps.append(
            Step(
                "decide",
                f"Carry the filters {', '.join(filters)} over to {delivery.ref}",
                (
                    f"Flagger overwrites spec, labels and annotations of {route}. spec.service.headers and spec.service.rewrite "
                    "become filters; it writes no others. Do not switch before every filter that protects has a place.",
                ),
                (),
                (delivery.ref,),
            )
        )
    analysis = mapping(delivery.document.body, "spec", "analysis")
    listed = analysis.get("metrics")
    named = [one.get("name") for one in (listed if isinstance(listed, list) else []) if isinstance(one, dict)]
    built_in = [name for name in named if name in _BUILT_IN]
    if built_in:
        steps.append(
            Step(
                "decide",
                f"Give {delivery.ref} MetricTemplates for {', '.join(built_in)}",
                (
                    f"With provider {PROVIDER} Flagger asks Prometheus for metrics of Istio, finds none, and halts the rollout. "
                    "Envoy Gateway has one cluster a rule, not one a backend: take metrics of the application.",
                ),
                (),
                (delivery.ref,),
            )
        )
    return steps


def _retarget(files: dict[ObjectRef, str], folder: str, route: ObjectRef) -> list[Step]:
    if not files:
        return []
    return [
        Step(
            "patch",
            f"Let the policies hold for {route} too, before it exists",
            ("Each keeps its present target, so nothing is open in between.",),
            tuple(patch(ref, f"{folder}/{file}", "json") for ref, file in files.items()),
            tuple(files),
        )
    ]


def _switch(delivery: Delivery, served: list[Resource], route: ObjectRef, file: str) -> Step:
    others = [one.ref for one in served if one.ref != route]
    text = [f"Flagger makes {route}, or overwrites it. Switch while no analysis is in progress."]
    commands = [patch(delivery.ref, file, "merge"), f"kubectl get {resource(route)} -o yaml"]
    if others:
        names = ", ".join(map(str, others))
        text.append(f"Of routes with equal matches the oldest is served: delete {names} once {route} is Accepted.")
        commands += delete(others)
    text.append("Do not apply the generated file of this route from here on: it would undo the weights.")
    return Step("patch", f"Let {delivery.ref} write to a route", tuple(text), tuple(commands), (delivery.ref, route, *others))


def _former(delivery: Delivery) -> str:
    reference = mapping(delivery.document.body, "spec", "ingressRef")
    provider = mapping(delivery.document.body, "spec").get("provider")
    return json.dumps({"spec": {"provider": provider, "ingressRef": dict(reference)}}, separators=(",", ":"))


def _unmatched(delivery: Delivery, apex: str) -> Step:
    reason = f"no route of its Ingress forwards to Service {apex}" if apex else "it names no Service"
    return Step(
        "decide",
        f"{delivery.ref} needs a change by hand: {reason}",
        (f"Set provider {PROVIDER}, service.gatewayRefs and service.hosts.",),
        (),
        (delivery.ref,),
    )
