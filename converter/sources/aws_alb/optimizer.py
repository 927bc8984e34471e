"""The controller's rule optimizer (lbc: pkg/ingress/rule_optimizer.go), defects and all.

It exists for the old `actions.ssl-redirect` idiom: redirects that would loop on a listener are left out, and so are
rules that stand behind a redirect for a superset of their hosts and paths. Sets are compared as text; regular
expressions of hosts are not seen at all, so that a redirect for them counts as one for every host.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from converter.sources.aws_alb.plan_rule import PlanRule

LOOPS = "it would redirect to itself on this listener, so the controller leaves it out"
SHADOWED = "a redirect before it covers its hosts and paths, so the controller leaves it out"


def optimized(
    port: int,
    protocol: str,
    rules: list[PlanRule],
) -> tuple[list[PlanRule], list[tuple[PlanRule, str, PlanRule | None]]]:
    """Rules that stay, and those that go with the reason and the rule that stands before them."""
    kept: list[PlanRule] = []
    dropped: list[tuple[PlanRule, str, PlanRule | None]] = []
    redirects: list[PlanRule] = []
    for rule in rules:
        if rule.redirect is not None and _loops(port, protocol, rule):
            dropped.append((rule, LOOPS, None))
            continue
        before = next((one for one in redirects if _covers(one.conditions, rule.conditions)), None)
        if before is not None:
            dropped.append((rule, SHADOWED, before))
            continue
        kept.append(rule)
        if rule.redirect is not None:
            redirects.append(rule)
    return kept, dropped


def _loops(port: int, protocol: str, rule: PlanRule) -> bool:
    """rule_optimizer.go:85-142: every part stays as it is, or is one that the rule asks for."""
    hosts: set[str] = set()
    paths: set[str] = set()
    for condition in rule.conditions:
        if condition["field"] == "host-header":
            hosts.update(condition.get("values", ()))
        elif condition["field"] == "path-pattern":
            if condition.get("regex_values"):
                return False
            paths.update(condition["values"])
    to = rule.redirect or {}
    same = {
        "host": {"#{host}", *hosts},
        "path": {"/#{path}", *paths},
        "port": {"#{port}", str(port)},
        "protocol": {"#{protocol}", protocol},
        "query": {"#{query}"},
    }
    return all(to.get(part) is None or to[part] in allowed for part, allowed in same.items())


def _covers(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> bool:
    """rule_optimizer.go:144-183."""
    if any(condition["field"] not in ("host-header", "path-pattern") for condition in before):
        return False
    hosts, paths = _sets(before)
    later_hosts, later_paths = _sets(after)
    host_fits = not hosts or (bool(later_hosts) and hosts >= later_hosts)
    return host_fits and (not paths or "/*" in paths or (bool(later_paths) and paths >= later_paths))


def _sets(conditions: list[dict[str, Any]]) -> tuple[set[str], set[str]]:
    hosts: set[str] = set()
    paths: set[str] = set()
    for condition in conditions:
        if condition["field"] == "host-header":
            hosts.update(condition.get("values", ()))
        elif condition["field"] == "path-pattern":
            paths.update(condition.get("regex_values") or condition.get("values", ()))
    return hosts, paths
