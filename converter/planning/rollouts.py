"""Rollouts of Argo: weights into the route, first beside the Ingress and then alone.

Source: argo-rollouts: rollout/trafficrouting.go NewTrafficRoutingReconciler (every provider that is set is written);
rollouts-plugin-trafficrouter-gatewayapi: docs/quick-start.md, docs/features/multiple-routes.md, pkg/plugin/httproute.go
(rules with both Services are written).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import ObjectRef, Resource
from converter.planning.commands import delete, patch
from converter.planning.deliveries import Delivery
from converter.planning.estate import Estate
from converter.planning.plan import Step

PLUGIN = "argoproj-labs/gatewayAPI"
_LISTS = {"HTTPRoute": "httpRoutes", "GRPCRoute": "grpcRoutes"}
Patches = dict[str, dict[str, Any] | list[dict[str, Any]]]


class Changes(NamedTuple):
    """What a Rollout or Canary needs in a wave."""

    before: list[Step]
    """When the routes are applied."""
    after: list[Step]
    """When no traffic goes by the Ingress."""
    back: list[Step]
    patches: Patches
    made: tuple[ObjectRef, ...] = ()
    """Ingresses that end with `after`."""


class _Rule(NamedTuple):
    route: Resource
    index: int
    stable: dict[str, Any]
    has_canary: bool


def rollout(estate: Estate, delivery: Delivery, folder: str) -> Changes:
    """The patches of a Rollout, and of routes that lack its canary."""
    name, strategy = delivery.document, delivery.strategy
    stable, canary = strategy.get("stableService"), strategy.get("canaryService")
    rules = _rules(estate.routes_of(delivery.ingresses), stable, canary)
    if not stable or not canary or not rules:
        return Changes([_unmatched(delivery, stable, canary)], [], [], {})
    stem = f"patches/{name.namespace}/rollout-{name.name}"
    first, second = f"{stem}-1-both.yaml", f"{stem}-2-route.yaml"
    plugin: dict[str, Any] = {"namespace": name.namespace}
    for kind, key in _LISTS.items():
        listed = list(dict.fromkeys(one.route.name for one in rules if one.route.kind == kind))
        if listed:
            plugin = {key: [{"name": one} for one in listed], **plugin}
    routing = {"plugins": {PLUGIN: plugin}}
    patches: Patches = {
        first: _spec(routing),
        second: _spec({delivery.provider: None}),
    }
    patches |= {f"patches/{ref.namespace}/{ref.kind.lower()}-{ref.name}-canary.yaml": one for ref, one in _added(rules, canary)}
    before = _before(delivery, rules, canary, folder, first)
    after = Step(
        "patch",
        f"Let {delivery.ref} write to the route alone",
        (
            f"The patch removes trafficRouting.{delivery.provider}. Apply it while no rollout is in progress.",
            *(["Ingresses that the Rollout made stay behind, and are deleted here."] if delivery.canaries else []),
        ),
        (patch(delivery.ref, f"{folder}/{second}", "merge"), *delete(_present(estate, delivery))),
        (delivery.ref, *_present(estate, delivery)),
    )
    back = Step(
        "roll-back",
        f"Let {delivery.ref} write to the Ingress alone",
        (f"Before {second} was applied: remove the plugin; {delivery.provider} was never taken away.",),
        (
            f"kubectl patch -n {name.namespace} rollouts.argoproj.io {name.name} --type json "
            f"""-p '[{{"op":"remove","path":"/spec/strategy/canary/trafficRouting/plugins"}}]'""",
        ),
        (delivery.ref,),
    )
    return Changes(before, [after], [back], patches, tuple(_present(estate, delivery)))


def _present(estate: Estate, delivery: Delivery) -> list[ObjectRef]:
    return [ref for ref in delivery.canaries if ref in estate.ingresses]


def _spec(routing: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"strategy": {"canary": {"trafficRouting": routing}}}}


def _rules(routes: list[Resource], stable: Any, canary: Any) -> list[_Rule]:
    """The rules that forward to the stable Service."""
    out = []
    for route in routes:
        for index, rule in enumerate(route.body["spec"].get("rules") or ()):
            refs = {one.get("name"): one for one in rule.get("backendRefs") or () if one.get("kind", "Service") == "Service"}
            if stable in refs and route.kind in _LISTS:
                out.append(_Rule(route, index, refs[stable], canary in refs))
    return out


def _added(rules: list[_Rule], canary: str) -> list[tuple[ObjectRef, list[dict[str, Any]]]]:
    """JSON patches that give routes the canary with weight 0."""
    by_route: dict[ObjectRef, list[dict[str, Any]]] = {}
    for one in rules:
        if one.has_canary:
            continue
        at = f"/spec/rules/{one.index}/backendRefs"
        number = next(
            number
            for number, ref in enumerate(one.route.body["spec"]["rules"][one.index]["backendRefs"])
            if ref is one.stable
        )
        added = {"name": canary, "port": one.stable.get("port"), "weight": 0}
        by_route.setdefault(one.route.ref, []).extend(
            [
                {"op": "test", "path": f"{at}/{number}/name", "value": one.stable["name"]},
                {"op": "add", "path": f"{at}/-", "value": added},
            ]
        )
    return list(by_route.items())


def _before(delivery: Delivery, rules: list[_Rule], canary: str, folder: str, file: str) -> list[Step]:
    steps = [
        Step(
            "prepare",
            f"Install the plugin {PLUGIN} of Argo Rollouts",
            (
                "The ConfigMap argo-rollouts-config of the namespace of Argo Rollouts names it (trafficRouterPlugins), and the "
                "controller is restarted. Its ServiceAccount needs get, list, update and patch for httproutes and grpcroutes.",
            ),
            (
                "kubectl -n argo-rollouts get configmap argo-rollouts-config -o yaml",
                "kubectl -n argo-rollouts rollout restart deployment argo-rollouts",
            ),
        )
    ]
    lacking = _added(rules, canary)
    if lacking:
        names = ", ".join(str(ref) for ref, _ in lacking)
        steps.append(
            Step(
                "patch",
                f"Give the canary a place in {names}",
                (
                    f"The plugin writes to rules that have both Services; these have no backendRef for {canary}, which had no "
                    "weight when the input was exported. Convert later runs with these files in mind: they do not know it.",
                ),
                tuple(
                    patch(ref, f"{folder}/patches/{ref.namespace}/{ref.kind.lower()}-{ref.name}-canary.yaml", "json")
                    for ref, _ in lacking
                ),
                tuple(ref for ref, _ in lacking),
            )
        )
    steps.append(
        Step(
            "patch",
            f"Let {delivery.ref} write to Ingress and route",
            (
                "Argo Rollouts writes to every provider that trafficRouting names, so both sides have the same weights while "
                "traffic is shifted. Apply it while no rollout is in progress.",
                "From here on the plugin owns these weights: apply generated files over the route only while none is in progress.",
            ),
            (patch(delivery.ref, f"{folder}/{file}", "merge"),),
            (delivery.ref,),
        )
    )
    return steps


def _unmatched(delivery: Delivery, stable: Any, canary: Any) -> Step:
    missing = "it names no stableService or canaryService" if not stable or not canary else (
        f"no route of its Ingresses forwards to the stable Service {stable}"
    )
    return Step(
        "decide",
        f"{delivery.ref} needs a change by hand: {missing}",
        (f"Set trafficRouting.plugins.\"{PLUGIN}\" with the routes that forward to its Services.",),
        (),
        (delivery.ref,),
    )
