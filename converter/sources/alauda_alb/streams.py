"""tcp and udp Frontends: one group of backends, nothing is looked at (alb: controller/cli/policy_l4.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from converter.model import Outcome
from converter.routing.actions import Forward, Respond
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.table import Feature, Port, Rule, VirtualHost
from converter.sources.alauda_alb.affinity import affinity, as_feature
from converter.sources.alauda_alb.resources import Frontend
from converter.sources.alauda_alb.rule_spec import RuleSpec
from converter.sources.alauda_alb.table_rules import shared
from converter.sources.alauda_alb.timeouts import step

if TYPE_CHECKING:
    from converter.sources.alauda_alb.entry import AlbEntry

NOTHING = Respond(0)
"""No HTTP response: nothing listens, or the connection is closed."""


def port(frontend: Frontend, entry: AlbEntry) -> Port:
    """The port; a Rule of the Frontend wins over its serviceGroup, of several any one."""
    rules = sorted(entry.specs[frontend.name], key=lambda rule: rule.name)
    out = Port(
        frontend.port,
        "UDP" if frontend.protocol == "udp" else "TCP",
        [VirtualHost(())],
        fallback=NOTHING,
        fall_through=True,
        name=frontend.name,
        alternatives=tuple(rule.label for rule in rules) if len(rules) > 1 else (),
        paths=PathRules("literal"),
        headers=HeaderRules("allow"),
    )
    if frontend.facts is not None:
        said = frontend.facts.take("spec.port", "spec.protocol", f"metadata.labels.{entry.keys.alb}")
        out.features = (Feature("listener", {"port": frontend.port, "protocol": frontend.protocol}, said),)
    made = _of_rule(rules[0], frontend) if rules else _of_group(frontend, entry)
    if made is not None:
        action = made.action
        if isinstance(action, Forward) and any(not one.failure for one in action.backends):
            out.hosts[0].rules.append(made)
    if len(rules) > 1:
        _several(rules, entry)
    return out


def _of_rule(rule: RuleSpec, frontend: Frontend) -> Rule:
    features = [Feature("backend", None, rule.backend_origins)] if rule.backend_origins else []
    features += _further(frontend)
    if rule.affinity and rule.affinity.value["type"]:
        features.append(as_feature(rule.affinity.value, rule.affinity.origins))
    return Rule(
        action=Forward(shared(rule.backends, "TCP")),
        features=tuple(features),
        name=rule.label,
        object=rule.object,
        origin=rule.origin,
        path_type="DSLX",
    )


def _of_group(frontend: Frontend, entry: AlbEntry) -> Rule | None:
    origins = frontend.taken("spec.serviceGroup")
    backends = entry.backends(frontend.service_group, origins, "UDP" if frontend.protocol == "udp" else "TCP")
    if not backends:
        return None
    features = [Feature("default-backend", None, origins), *_further(frontend)]
    stick = affinity(frontend.service_group or {})
    if stick["type"]:
        features.append(as_feature(stick, origins))
    return Rule(
        action=Forward(shared(backends, "TCP")),
        features=tuple(features),
        name=frontend.name,
        object=frontend.document.ref if frontend.document else None,
        origin=next(iter(origins), None),
    )


def _further(frontend: Frontend) -> list[Feature]:
    """Timeout and keepalive of a tcp port."""
    out = []
    said = frontend.inherited_setting("timeout")
    if said is not None and frontend.protocol == "tcp":
        out.append(Feature("timeouts", step(said.value), said.origins))
    if frontend.facts is not None:
        kept = frontend.facts.below("spec.config.keepalive")
        if kept:
            out.append(Feature("connection", dict(frontend.config.get("keepalive") or {}), kept))
    return out


def _several(rules: list[RuleSpec], entry: AlbEntry) -> None:
    names = ", ".join(rule.label for rule in rules)
    words = f"the Rules {names} share one tcp or udp Frontend, and Alauda ALB serves any one of them"
    for rule in rules:
        entry.ledger.settle(rule.origin, Outcome.manual("rule.several-on-stream", words, "keep the one that is meant"))
