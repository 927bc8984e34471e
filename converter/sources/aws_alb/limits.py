"""What the controller passes on and AWS refuses when a rule is deployed (AWS: quotas and conditions of ALB rules).

Such a rule is in the controller's plan and in our table, and probably not on the load balancer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from converter.ledger import Ledger
from converter.model import Fidelity, Outcome
from converter.sources.aws_alb.plan import Plan, PlanRule

_PATH = re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?]{1,128}")
_HINT = "the rule is converted as it is meant; check that the load balancer has it today"


def over_limits(rule: PlanRule) -> list[str]:
    """In words, what AWS takes exception to; mostly nothing."""
    return [*_values(rule.conditions), *_paths(rule.conditions), *_weights(rule.actions[-1])]


def _texts(condition: dict[str, Any]) -> list[str]:
    values = condition.get("values") or condition.get("regex_values") or []
    return [f"{one.get('key', '')}={one['value']}" if isinstance(one, dict) else one for one in values]


def _values(conditions: list[dict[str, Any]]) -> Iterator[str]:
    texts = [(condition, _texts(condition)) for condition in conditions]
    count = sum(len(values) for _, values in texts)
    if count > 5:
        yield f"{count} condition values in one rule (AWS quota: 5)"
    wild = sum(
        text.count("*") + text.count("?") for condition, values in texts for text in values if "values" in condition)
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
            if not _PATH.fullmatch(text):
                yield f"path-pattern {text} has a character (or length) that AWS does not list"


def _weights(action: dict[str, Any]) -> Iterator[str]:
    for target in action.get("targets", ()):
        if not 0 <= target.get("weight", 1) <= 999:
            yield f"weight {target['weight']} (AWS: 0..999)"


def settle_limits(plan: Plan, ledger: Ledger) -> None:
    """Say it on the paths."""
    for listener in plan.listeners:
        for rule in listener.rules:
            found = over_limits(rule) if rule.path is not None else ()
            if found and rule.path is not None:
                words = f"AWS does not take this rule: {'; '.join(dict.fromkeys(found))}"
                outcome = Outcome("aws.limit", Fidelity.APPROXIMATE, words, _HINT, (), frozenset())
                ledger.settle(rule.member.path_fact(*rule.path), outcome, "path")
