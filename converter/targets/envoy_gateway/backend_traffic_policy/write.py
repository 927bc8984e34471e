"""How backends are asked: time, tries, balance, copies."""

from __future__ import annotations

import re
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.steps import Timeouts
from converter.routing.table import Feature
from converter.routing.url_rewrite import GroupStickiness
from converter.targets.context import NOTHING, outcome_from_row
from converter.targets.durations import as_duration
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

POLICY = "BackendTrafficPolicy"


def timeout_fields(step: Timeouts) -> dict[tuple[str, ...], Any]:
    """Fields of a BackendTrafficPolicy. A limit between two reads is no limit for the whole response, which is
    lifted."""
    out: dict[tuple[str, ...], Any] = {}
    if step.connect:
        out["timeout", "tcp", "connectTimeout"] = as_duration(step.connect)
    idle = [one for one in (step.read, step.send) if one is not None]
    if step.request is not None:
        out["timeout", "http", "requestTimeout"] = as_duration(step.request)
    elif idle:
        out["timeout", "http", "requestTimeout"] = "0s"
    if idle:
        out["timeout", "http", "streamIdleTimeout"] = as_duration(0 if 0 in idle else max(idle))
    return out


@handler("timeouts")
def timeouts(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """BackendTrafficPolicy.timeout."""
    step = feature.value
    if not isinstance(step, Timeouts):
        return outcome_from_row(row, feature.name, feature.note)
    if not draft.context.capabilities.policies:
        return _standard(draft, feature, step, row)
    for path, value in timeout_fields(step).items():
        draft.put(feature.name, (POLICY, *path), value)
    return Outcome("timeouts.policy", row.fidelity, row.note, row.hint, affects=NOTHING)


def _standard(draft: RuleDraft, feature: Feature, step: Timeouts, row: TargetRow) -> Outcome:
    if step.request is not None:
        draft.put(feature.name, ("rule", "timeouts", "request"), as_duration(step.request))
    elif step.read is not None or step.send is not None:
        draft.put(feature.name, ("rule", "timeouts", "request"), "0s")
    return Outcome("timeouts.route", row.fidelity, row.note, row.hint, affects=NOTHING)


@handler("affinity")
def affinity(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Consistent hashing by a cookie that Envoy makes, by a header or by the client's address."""
    value = _of_load_balancer(feature.value) if isinstance(feature.value, dict | GroupStickiness) else {}
    kind = str(value.get("type", "")).lower()
    if kind == "off":
        return Outcome.exact("session-affinity.off", "clients are not bound, before and after")
    if draft.field_set.values.get((POLICY, "loadBalancer"), ("",))[0] == feature.name:
        kind = "bound"  # by another cookie of the same rule: one hash keeps both choices
    if kind != "bound":
        consistent = _consistent_hash(kind, value, draft.rule.text)
        if consistent is None:
            return outcome_from_row(row, feature.name, feature.note)
        draft.put(feature.name, (POLICY, "loadBalancer"), {"type": "ConsistentHash", "consistentHash": consistent})
    if kind not in ("cookie", "bound"):
        return _by_request(kind, value)
    note = row.note
    if kind == "cookie" and value.get("path-of") == "rule" and not _PATH_WITHOUT_EXPRESSION.match(draft.rule.text):
        note += f"; its path is / instead of the expression {draft.rule.text}"
    if kind == "cookie" and value.get("type") == "cookie" and value.get("secure") is None:
        note += "; over HTTPS the cookie has no attribute Secure"
    return Outcome.approximate("session-affinity.hash", note, row.hint, affects={"response-headers"})


def _consistent_hash(kind: str, value: dict[str, Any], text: str) -> dict[str, Any] | None:
    """The field of this kind of affinity; None where the target has none."""
    if kind == "cookie":
        return {"type": "Cookie", "cookie": _cookie(value, _cookie_path(value, text))}
    if kind == "header" and value.get("name"):
        return {"type": "Headers", "headers": [{"name": str(value["name"])}]}
    return {"type": "SourceIP"} if kind in ("source", "source-ip", "sip-hash") else None


def _by_request(kind: str, value: dict[str, Any]) -> Outcome:
    """A hash of what the request already has: no cookie is made, before or after."""
    subject = f"header {value['name']}" if kind == "header" else "client's address as Envoy sees it"
    return Outcome.approximate(
        "session-affinity.hash",
        f"requests are bound to a pod by a consistent hash of the {subject}; it is another hash, so each client moves "
        "once, and some move when pods come or go",
        "expect each client to move once",
        affects=(),
    )


_PATH_WITHOUT_EXPRESSION = re.compile(r"/[-\w.~/]*\Z")


def _cookie_path(value: dict[str, Any], text: str) -> str:
    """The path that the cookie is for: as it is set, else that of the rule where the source says so."""
    own = text if value.get("path-of") == "rule" and _PATH_WITHOUT_EXPRESSION.match(text) else "/"
    return str(value.get("path") or own)


def _of_load_balancer(value: dict[str, Any] | GroupStickiness) -> dict[str, Any]:
    """Stickiness of an ALB (of a choice by weight, or of targets) as the cookie that is nearest to it."""
    if isinstance(value, GroupStickiness):
        value = {"enabled": value.enabled, "type": "lb_cookie", "cookie": "AWSALBTG", "seconds": value.seconds or 3600}
    if value.get("type") not in ("lb_cookie", "app_cookie"):
        return value
    if not value.get("enabled"):
        return {"type": "off"}
    if value["type"] == "app_cookie":  # the application makes it, so Envoy must not: without a ttl it only looks at it
        return {"type": "cookie", "name": value.get("cookie") or "AWSALB", "own": True}
    return {"type": "cookie", "name": value.get("cookie") or "AWSALB", "max_age": value.get("seconds") or 0}


def _cookie(value: dict[str, Any], path: str) -> dict[str, Any]:
    if value.get("own"):
        return {"name": str(value["name"])}
    seconds = value.get("max-age") or value.get("max_age") or value.get("expires") or 0
    cookie: dict[str, Any] = {
        "name": str(value.get("name") or "INGRESSCOOKIE"),
        "ttl": as_duration(max(0, float(seconds))),
    }
    attributes = {"Path": path}
    for key, name in (("domain", "Domain"), ("samesite", "SameSite")):
        if value.get(key):
            attributes[name] = str(value[key])
    if value.get("secure") is True:
        attributes["Secure"] = ""
    cookie["attributes"] = attributes
    return cookie
