"""Which rules refuse clients, and whether a response is such a refusal."""

from __future__ import annotations

from collections.abc import Iterable

from converter.model import Origin
from converter.routing.actions import Forward, Passthrough, Redirect, Respond
from converter.routing.decision import Decision
from converter.routing.table import Rule

GUARDS = frozenset(
    {
        "ip-access",
        "basic-auth",
        "external-auth",
        "oidc",
        "jwt",
        "client-certificate",
        "rate-limit",
        "waf",
        "satisfy",
        "access-rules",
        "snippet",
    }
)
"""Features that may refuse a request of a client. Others of those that protect (TLS towards backends, HSTS) do not."""
Guards = frozenset[tuple[str, str]]


def guards_of(rule: Rule) -> Guards:
    """What a client must pass to get through a rule; equal for rules that protect alike."""
    found = {(feature.name, repr(feature.value)) for feature in rule.features if feature.name in GUARDS}
    if refuses(rule):
        found.add(("refusal", str(rule.action)))
    return frozenset(found)


def refuses(rule: Rule) -> bool:
    """True for a rule that somebody wrote to respond with an error (4xx), or to send some addresses elsewhere."""
    written = rule.origin is not None and not rule.derived
    if isinstance(rule.action, Redirect):
        return written and any(one.subject == "source" for one in rule.match.conditions)
    return isinstance(rule.action, Respond) and (400 <= rule.action.status <= 499 or not rule.action.status) and written


def is_guard(rule: Rule) -> bool:
    """True for a rule that refuses, or lets through only some clients."""
    return refuses(rule) or (bool(rule.features) and any(feature.name in GUARDS for feature in rule.features))


def differ(rules: Iterable[Rule]) -> bool:
    """True where a client that one rule refuses may get through another."""
    serving: set[Guards] = set()
    closed: set[Guards] = set()
    for rule in rules:
        guards = guards_of(rule) if rule.features or isinstance(rule.action, Respond | Redirect) else frozenset()
        if isinstance(rule.action, Forward | Passthrough):
            serving.add(guards)
        if guards:
            closed.add(guards)
    return any(not one <= other for one in closed for other in serving)


def refusal(decision: Decision, rule: Rule | None) -> tuple[Origin, ...] | None:
    """The facts of the guard that has refused a request; None where none has."""
    if decision.backends or not decision.status:
        return None
    if decision.ended_by is not None:
        name, origins = decision.ended_by
        return origins if name in GUARDS else None
    if rule is None:
        return None
    if refuses(rule):
        return () if rule.origin is None else (rule.origin,)
    if decision.notes.after_auth is not None:  # a step that looks at the response: sign-in, tokens
        return tuple(origin for feature in rule.features if feature.name in GUARDS for origin in feature.origins)
    return None
