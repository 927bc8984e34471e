"""Rollouts of Argo: weights into the route, first beside the Ingress and then alone.

Source: argo-rollouts: rollout/trafficrouting.go NewTrafficRoutingReconciler (every provider that is set is written);
rollouts-plugin-trafficrouter-gatewayapi: docs/quick-start.md, docs/features/multiple-routes.md, and
docs/features/rule-scoped-weighting.md (every rule with both Services is written).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import ObjectRef, Resource
from converter.planning.commands import delete, patch, resource
from converter.planning.estate import Estate
from converter.planning.plan import PlanStep
from converter.planning.steps import listed, step
from converter.reading.deliveries import Delivery

PLUGIN = "argoproj-labs/gatewayAPI"
_LISTS = {"HTTPRoute": "httpRoutes", "GRPCRoute": "grpcRoutes"}
_REMOVE = """-p '[{"op":"remove","path":"/spec/strategy/canary/trafficRouting/plugins"}]'"""
Patches = dict[str, dict[str, Any] | list[dict[str, Any]]]


class Changes(NamedTuple):
    """What a Rollout or Canary needs in a wave."""

    before: list[PlanStep]
    """When the routes are applied."""
    after: list[PlanStep]
    """When no traffic goes by the Ingress."""
    back: list[PlanStep]
    patches: Patches
    made: tuple[ObjectRef, ...] = ()
    """Ingresses that the Rollout or Canary made."""


class _Rule(NamedTuple):
    """A rule of a route that forwards to the stable Service."""

    route: Resource
    number: int
    backend: int
    """Place of the stable Service in backendRefs."""
    has_canary: bool


def rollout(estate: Estate, delivery: Delivery, folder: str) -> Changes:
    """The patches of a Rollout, and of routes that lack its canary."""
    stable, canary = delivery.strategy.get("stableService"), delivery.strategy.get("canaryService")
    rules = _rules(estate.routes_of(delivery.ingresses), stable, canary)
    if not isinstance(canary, str) or not isinstance(stable, str) or not rules:
        return Changes([_by_hand(delivery, stable, canary)], [], [], {})
    stem = f"patches/{delivery.ref.namespace}/rollout-{delivery.ref.name}"
    first, second = f"{stem}-1-both.yaml", f"{stem}-2-route.yaml"
    added = _added(rules, canary)
    files = {ref: f"patches/{ref.namespace}/{ref.kind.lower()}-{ref.name}-canary.yaml" for ref in added}
    patches: Patches = {first: _routing(_plugin(rules)), second: _routing({delivery.provider: None})}
    patches |= {files[ref]: changes for ref, changes in added.items()}
    before = [
        step(
            "rollout-plugin",
            [
                "kubectl -n argo-rollouts get configmap argo-rollouts-config -o yaml",
                "kubectl -n argo-rollouts rollout restart deployment argo-rollouts",
            ],
            plugin=PLUGIN,
        )
    ]
    if added:
        commands = [patch(ref, f"{folder}/{file}", "json") for ref, file in files.items()]
        before.append(step("rollout-canary", commands, added, routes=listed(added), canary=canary))
    both = patch(delivery.ref, f"{folder}/{first}", "merge")
    before.append(step("rollout-both", [both], [delivery.ref], rollout=delivery.ref))
    made = [ref for ref in delivery.canaries if ref in estate.ingresses]
    return Changes(
        before, [_alone(delivery, made, f"{folder}/{second}")], [_back(delivery, second)], patches, tuple(made)
    )


def _alone(delivery: Delivery, made: list[ObjectRef], file: str) -> PlanStep:
    commands = [patch(delivery.ref, file, "merge"), *delete(made)]
    values = {"rollout": delivery.ref, "provider": delivery.provider, "made": listed(made)}
    return step("rollout-alone", commands, [delivery.ref, *made], values=values)


def _back(delivery: Delivery, file: str) -> PlanStep:
    command = f"kubectl patch {resource(delivery.ref)} --type json {_REMOVE}"
    values = {"rollout": delivery.ref, "provider": delivery.provider, "file": file}
    return step("rollout-back", [command], [delivery.ref], values=values)


def _plugin(rules: list[_Rule]) -> dict[str, Any]:
    routes = {
        key: [{"name": name} for name in dict.fromkeys(one.route.name for one in rules if one.route.kind == kind)]
        for kind, key in _LISTS.items()
    }
    named = {key: names for key, names in routes.items() if names}
    return {"plugins": {PLUGIN: {**named, "namespace": rules[0].route.namespace}}}


def _routing(routing: dict[str, Any]) -> dict[str, Any]:
    return {"spec": {"strategy": {"canary": {"trafficRouting": routing}}}}


def _rules(routes: list[Resource], stable: Any, canary: Any) -> list[_Rule]:
    out = []
    for route in routes:
        for number, rule in enumerate(route.body["spec"].get("rules") or ()) if route.kind in _LISTS else ():
            names = [
                one.get("name") if one.get("kind", "Service") == "Service" else None
                for one in rule.get("backendRefs") or ()
            ]
            if stable in names:
                out.append(_Rule(route, number, names.index(stable), canary in names))
    return out


def _added(rules: list[_Rule], canary: str) -> dict[ObjectRef, list[dict[str, Any]]]:
    """JSON patches that give routes the canary with weight 0."""
    out: dict[ObjectRef, list[dict[str, Any]]] = {}
    for one in rules:
        if one.has_canary:
            continue
        at = f"/spec/rules/{one.number}/backendRefs"
        stable = one.route.body["spec"]["rules"][one.number]["backendRefs"][one.backend]
        out.setdefault(one.route.ref, []).extend(
            [
                {"op": "test", "path": f"{at}/{one.backend}/name", "value": stable["name"]},
                {"op": "add", "path": f"{at}/-", "value": {"name": canary, "port": stable.get("port"), "weight": 0}},
            ]
        )
    return out


def _by_hand(delivery: Delivery, stable: Any, canary: Any) -> PlanStep:
    reason = f"no route of its Ingresses forwards to the stable Service {stable}"
    if not stable or not canary:
        reason = "it names no stableService or canaryService"
    return step("rollout-by-hand", (), [delivery.ref], rollout=delivery.ref, reason=reason, plugin=PLUGIN)
