"""What the controller passes on and AWS refuses when a rule is deployed (AWS: quotas and conditions of ALB rules).

Such a rule is in the controller's plan and in our table, and probably not on the load balancer.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from converter.ledger import Ledger
from converter.model import Fidelity, Outcome
from converter.sources.aws_alb.plan import Plan, PlanRule

_PATH = re.compile(r"[A-Za-z0-9_\-.$/~\"'@:+&*?]{1,128}")
_HINT = "the rule is converted as it is meant; check that the load balancer has it today"


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
            if not _is_path(text):
                yield f"path-pattern {text} has a character (or length) that AWS does not list"


@lru_cache(maxsize=4096)
def _is_path(text: str) -> bool:
    return _PATH.fullmatch(text) is not None


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
