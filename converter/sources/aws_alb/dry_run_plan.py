"""The controller's own plan in the annotation dry-run-plan, held against ours.

With the gate IngressPlanAnnotation the controller writes its whole model there, on the first member of a group.
Certificates are lost in it and OIDC clients are masked, so neither is compared.
"""

from __future__ import annotations

import json
from typing import Any

from converter.sources.aws_alb.plan import BalancerPlan

PREFIX = "AWS::ElasticLoadBalancingV2::"
DRY_RUN = "dry-run-plan"
_MASKED = frozenset({"clientID", "clientSecret", "secret"})


def disagreements(plan: BalancerPlan, text: str) -> list[str]:
    """Where the two part, in words; none where they say the same."""
    try:
        resources = json.loads(text)["resources"]
        theirs = _listeners(resources)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        return [f"the plan in the annotation cannot be read ({type(error).__name__}: {error})"]
    ours = {listener.port: listener for listener in plan.listeners}
    out = [f"port {port} is only in {place}" for port, place in _lonely(set(ours), set(theirs))]
    for port in sorted(set(ours) & set(theirs)):
        mine = ours[port]
        default, rules, protocol = theirs[port]
        if protocol != mine.config.protocol:
            out.append(f"port {port}: {protocol} in the annotation, {mine.config.protocol} here")
        if default != [_action(action) for action in mine.default]:
            out.append(f"port {port}: another default action")
        own = [_rule(rule.conditions, rule.actions, rule.transforms) for rule in mine.rules]
        if len(own) != len(rules):
            out.append(f"port {port}: {len(rules)} rules in the annotation, {len(own)} here")
        out += [
            f"port {port}: rule {number} differs"
            for number, pair in enumerate(zip(own, rules, strict=False), 1)
            if pair[0] != pair[1]
        ]
    return out


def _lonely(ours: set[int], theirs: set[int]) -> list[tuple[int, str]]:
    here, there = [(port, "this plan") for port in ours - theirs], [(port, "the annotation") for port in theirs - ours]
    return sorted(here + there)


Listener = tuple[list[dict[str, Any]], list[dict[str, Any]], str]


def _listeners(resources: dict[str, Any]) -> dict[int, Listener]:
    out: dict[int, Listener] = {}
    for key, body in resources.get(f"{PREFIX}Listener", {}).items():
        if key.isdigit():  # the others are of the network load balancer in front
            spec = body["spec"]
            out[int(key)] = ([_flat(action) for action in spec["defaultActions"]], [], spec["protocol"])
    ranked = []
    for key, body in resources.get(f"{PREFIX}ListenerRule", {}).items():
        ranked.append((int(key.partition(":")[0]), body["spec"]["priority"], body["spec"]))
    for port, _, spec in sorted(ranked, key=lambda one: one[:2]):
        conditions = [_condition(one) for one in spec["conditions"]]
        actions = [_flat(one) for one in spec["actions"]]
        transforms = [_transform(one) for one in spec.get("transforms") or ()]
        out[port][1].append({"conditions": conditions, "actions": actions, "transforms": transforms})
    return out


def _config(one: dict[str, Any]) -> dict[str, Any]:
    """The one part of an AWS object that holds its settings."""
    return next((value for key, value in one.items() if key.endswith("Config") and isinstance(value, dict)), {})


def _condition(one: dict[str, Any]) -> dict[str, Any]:
    config, out = _config(one), {"field": one["field"]}
    for key, name in (("httpHeaderName", "name"), ("values", "values"), ("regexValues", "regex_values")):
        if config.get(key):
            out[name] = config[key]
    return out


def _flat(one: dict[str, Any]) -> dict[str, Any]:
    config = dict(_config(one))
    if one["type"] == "forward":
        targets = [_target(target) for target in config.get("targetGroups", ())]
        sticky = config.get("targetGroupStickinessConfig")
        return {"type": "forward", "targets": targets} | ({"stickiness": sticky} if sticky else {})
    return _unmasked({"type": one["type"], **config})


def _target(one: dict[str, Any]) -> dict[str, Any]:
    arn = one["targetGroupARN"]
    if isinstance(arn, dict):
        arn = arn["$ref"].partition("TargetGroup/")[2].removesuffix("/status/targetGroupARN")
    return {"target": arn} | ({"weight": one["weight"]} if "weight" in one else {})


def _transform(one: dict[str, Any]) -> dict[str, Any]:
    return {"type": one["type"], "rewrites": _config(one).get("rewrites")}


def _unmasked(action: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in action.items() if key not in _MASKED and value not in ({}, None)}


def _rule(
    conditions: list[dict[str, Any]],
    actions: list[dict[str, Any]],
    transforms: list[dict[str, Any]],
) -> dict[str, Any]:
    return {"conditions": conditions, "actions": [_action(action) for action in actions], "transforms": transforms}


def _action(action: dict[str, Any]) -> dict[str, Any]:
    """Ours in the same form; a target group outside the cluster that is named, not numbered, is known to AWS only."""
    if action["type"] != "forward":
        return _unmasked(action)
    targets = [
        {"target": one.get("target_group", one["backend"])} | ({"weight": one["weight"]} if "weight" in one else {})
        for one in action["targets"]
    ]
    return {"type": "forward", "targets": targets} | (
        {"stickiness": action["stickiness"]} if action.get("stickiness") else {}
    )
