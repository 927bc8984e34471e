"""Settings of a target group as features of the rules that forward to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.routing.table import Feature
from converter.sources.aws_alb.annotations import Annotations
from converter.sources.aws_alb.attributes import of_targets
from converter.sources.aws_alb.features import attribute_origin
from converter.sources.aws_alb.plan_rule import PlanRule

_TARGET_HEADS = (
    "backend-protocol",
    "health",
    "unhealthy-threshold-count",
    "success-codes",
    "target-",
    "multi-cluster-target-group",
    "tags",
)
_HEALTH_SUFFIXES = (
    "healthcheck-port",
    "healthcheck-protocol",
    "healthcheck-path",
    "healthcheck-interval-seconds",
    "healthcheck-timeout-seconds",
    "healthy-threshold-count",
    "unhealthy-threshold-count",
    "success-codes",
)


def target_features(rule: PlanRule, group: dict[str, Any], service: Annotations | None) -> Iterator[Feature]:
    """Features of the target group that a rule forwards to. `service`: the annotations of its Service."""
    notes, member = rule.member.notes.over(service), rule.member
    if not any(suffix.startswith(_TARGET_HEADS) for suffix in notes.values):
        return
    protocol = notes.origins("backend-protocol", "backend-protocol-version")
    if protocol:
        value = {"protocol": group["protocol"], "version": group["protocol_version"]}
        yield Feature("backend-protocol", value, protocol)
    health = notes.origins(*_HEALTH_SUFFIXES)
    if health:
        yield Feature("health-check", group["health_check"], health)
    attributes = notes.origin("target-group-attributes")
    if attributes is not None:
        parts = list(of_targets(group.get("attributes", {})))
        if parts:
            yield Feature("attributes", None, (attributes,))
        for part in parts:
            origins = (attribute_origin(attributes, key, str(group["attributes"][key])) for key in part.keys)
            yield Feature(part.feature, part.value, tuple(origins), part.note)
        if not parts:
            yield Feature("target-group", {"attributes": {}}, (attributes,))
    yield from _group_settings(notes, member.params.get("targetType"), group)
    if service is not None and "tags" in service:
        yield Feature("target-group", {"tags": service.pairs("tags")}, service.origins("tags"))


def _group_settings(notes: Annotations, param: Any, group: dict[str, Any]) -> Iterator[Feature]:
    name, _, port = group["backend"].partition("/")[2].rpartition(":")
    for suffix, field, value in (
        ("target-type", "target_type", None if param else group["target_type"]),
        ("target-node-labels", "node_labels", group.get("node_selector")),
        (f"target-control-port.{name}.{port}", "control_port", group.get("target_control_port")),
    ):
        origins = notes.origins(suffix)
        if origins and value is not None:
            yield Feature("target-group", {field: value}, origins)
    shared = notes.every("multi-cluster-target-group")
    if shared:
        yield Feature("target-group", {"multi_cluster": bool(group.get("multi_cluster"))}, shared)
