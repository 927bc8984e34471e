"""What the controller passes on and AWS refuses when a rule is deployed (AWS: quotas and conditions of ALB rules).

Such a rule is in the controller's plan and in our table, and probably not on the load balancer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from converter.model import Fidelity, Origin, Outcome
from converter.model.ledger import Ledger
from converter.sources.aws_alb.plan import BalancerPlan, PlanListener
from converter.sources.aws_alb.plan_rule import PlanRule

_PATH = re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?]{1,128}")
_HINT = "the rule is converted as intended; check that the load balancer has it"


def over_limits(rule: PlanRule) -> list[str]:
    """In words, what AWS takes exception to; mostly nothing."""
    found = [*_paths(rule.conditions), *_weights(rule.actions[-1])]
    return found if _small(rule.conditions) else [*_values(rule.conditions), *found]


def _small(conditions: list[dict[str, Any]]) -> bool:
    """True for a host and a path, as nearly all rules have them: at most two values each, at most four wildcards."""
    if len(conditions) > 2:
        return False
    for condition in conditions:
        values = condition.get("values", ())
        if condition["field"] not in ("host-header", "path-pattern") or len(values) > 2:
            return False
        if sum(text.count("*") + text.count("?") for text in values) > 2:
            return False
    return all("regex_values" not in condition for condition in conditions)


def _texts(condition: dict[str, Any]) -> list[str]:
    values = condition.get("values") or condition.get("regex_values") or []
    return [f"{one.get('key', '')}={one['value']}" if isinstance(one, dict) else one for one in values]


def _values(conditions: list[dict[str, Any]]) -> Iterator[str]:
    texts = [(condition, _texts(condition)) for condition in conditions]
    count = sum(len(values) for _, values in texts)
    if count > 5:
        yield f"{count} condition values in one rule (AWS quota: 5)"
    wild = sum(
        text.count("*") + text.count("?") for condition, values in texts for text in values if "values" in condition
    )
    if wild > 5:
        yield f"{wild} wildcard characters in one rule (AWS doc: 5)"
    methods = sum(condition["field"] == "http-request-method" for condition in conditions)
    if methods > 1:
        yield f"{methods} http-request-method conditions in one rule (AWS: 1)"
    for condition, values in texts:
        if len(values) > 3:
            yield f"{len(values)} values in one {condition['field']} condition (AWS doc: 3)"


def _paths(conditions: list[dict[str, Any]]) -> Iterator[str]:
    for condition in conditions:
        for text in condition.get("values", ()) if condition["field"] == "path-pattern" else ():
            if not _is_path(text):
                yield f"path-pattern {text} has a character (or length) that AWS does not list"


@lru_cache(maxsize=4096)
def _is_path(text: str) -> bool:
    return _PATH.fullmatch(text) is not None


def _weights(action: dict[str, Any]) -> Iterator[str]:
    for target in action.get("targets", ()):
        if not 0 <= target.get("weight", 1) <= 999:
            yield f"weight {target['weight']} (AWS: 0..999)"


def _http_problems(listener: PlanListener, rule: PlanRule, plan: BalancerPlan) -> Iterator[str]:
    """AWS: InvalidLoadBalancerAction, "Listener protocol 'HTTP' is not supported with a target group with the
    protocol-version 'HTTP2'" (as reported in lbc issue 4497); the controller checks nothing of the kind."""
    if listener.config.protocol == "HTTPS":
        return
    for target in rule.actions[-1].get("targets", ()):
        version = plan.target_groups.get(target.get("target_group", ""), {}).get("protocol_version", "HTTP1")
        if version != "HTTP1":
            yield f"{version} towards {target['backend']} on port {listener.port}, which is HTTP (AWS: HTTPS only)"


def _members(rule: PlanRule) -> Iterator[str]:
    count = len(rule.actions[-1].get("targets", ()))
    if count > GROUPS_OF_ACTION:
        yield f"{count} target groups in one action (AWS quota: {GROUPS_OF_ACTION})"


GROUPS_OF_ACTION = 5
QUOTA = 100
"""Of rules, without the default ones, and of target groups on one load balancer; AWS raises both when asked."""


def _place(rule: PlanRule) -> Origin:
    return rule.member.named_fact("backend") if rule.path is None else rule.member.path_fact(*rule.path)


def settle_limits(plan: BalancerPlan, ledger: Ledger) -> None:
    """Say it on the paths."""
    for listener in plan.listeners:
        for rule in listener.all_rules:
            _say([*over_limits(rule), *_members(rule)], Fidelity.APPROXIMATE, _HINT, rule, ledger)
            _say(list(_http_problems(listener, rule, plan)), Fidelity.MANUAL, _HTTP_HINT, rule, ledger)
    _settle_quotas(plan, ledger)


def _say(found: list[str], fidelity: Fidelity, hint: str, rule: PlanRule, ledger: Ledger) -> None:
    if found:
        words = f"AWS does not take this rule: {'; '.join(dict.fromkeys(found))}"
        ledger.settle(_place(rule), Outcome("aws.limit", fidelity, words, hint, affects=frozenset()), "path")


_HTTP_HINT = "redirect HTTP to HTTPS (ssl-redirect), or leave the port out: the load balancer lacks this rule"


def _settle_quotas(plan: BalancerPlan, ledger: Ledger) -> None:
    """Once a load balancer, on the rule that is one too many."""
    rules = [rule for listener in plan.listeners for rule in listener.rules]
    if not rules or (len(rules) <= QUOTA and len(plan.target_groups) <= QUOTA):
        return
    counts = [
        f"{count} {what} (AWS quota: {QUOTA})"
        for count, what in ((len(rules), "rules"), (len(plan.target_groups), "target groups"))
        if count > QUOTA
    ]
    rule = rules[QUOTA] if len(rules) > QUOTA else rules[-1]
    words = f"the load balancer of this path has {' and '.join(counts)}, unless AWS has raised it"
    outcome = Outcome.approximate("aws.quota", words, _QUOTA_HINT, affects=())
    ledger.settle(_place(rule), outcome, "path")


_QUOTA_HINT = "check the quota of the account, or split the group; what is beyond it is not on the load balancer"
