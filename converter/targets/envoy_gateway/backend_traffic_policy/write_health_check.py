"""Health checks that somebody has asked for, as active checks of Envoy."""

from __future__ import annotations

import re
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

POLICY = "BackendTrafficPolicy"
_STATUSES = re.compile("([0-9]{3})(?:-([0-9]{3}))?")
_MOST_CODES = 400
_NUMBERS = ("interval", "timeout", "healthy", "unhealthy")


@handler("health-check")
def health_check(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """BackendTrafficPolicy.healthCheck.active; Envoy speaks to pods as it sends requests to them."""
    check = feature.value
    if not isinstance(check, dict) or not {"path", "codes", *_NUMBERS} <= set(check):
        return outcome_from_row(row, feature.name, feature.note)
    active: dict[str, Any] = {
        "timeout": f"{check['timeout']}s",
        "interval": f"{check['interval']}s",
        "unhealthyThreshold": check["unhealthy"],
        "healthyThreshold": check["healthy"],
    }
    if any(not isinstance(check[key], int) or check[key] < 1 for key in _NUMBERS):
        return outcome_from_row(row, feature.name, feature.note)
    said = "becomes an active check of Envoy"
    statuses = expected_statuses(str(check["codes"]))
    if statuses is None:
        return outcome_from_row(
            row, feature.name, f"{check['codes']} are not codes of HTTP, which Envoy's check asks for"
        )
    active |= {"type": "HTTP", "http": {"path": check["path"], "method": "GET", "expectedStatuses": statuses}}
    if isinstance(check.get("port"), int) and 0 < check["port"] < 65536:
        active["overrides"] = {"port": check["port"]}
    elif check.get("port") not in (None, "traffic-port"):
        said += f", at the port that requests go to instead of {check['port']}"
    spoken = {one.protocol for one in getattr(draft.rule.action, "backends", ())}
    if (check.get("protocol") == "HTTPS") != any(one in ("HTTPS", "GRPCS") for one in spoken):
        said += f", by the protocol of requests instead of {check.get('protocol')}"
    draft.put(feature.name, (POLICY, "healthCheck"), {"active": active})
    return Outcome.approximate(
        "health-check.policy", f"{said}; each Envoy replica sends its own checks", row.hint, affects=()
    )


def expected_statuses(text: str) -> list[int] | None:
    """`200,301` or `200-299` as a list; None where it is something else (gRPC codes)."""
    out: set[int] = set()
    for part in text.split(","):
        found = _STATUSES.fullmatch(part.strip())
        if found is None:
            return None
        out.update(range(int(found[1]), int(found[2] or found[1]) + 1))
    known = sorted(code for code in out if 100 <= code < 600)
    return known if known and len(known) == len(out) and len(known) <= _MOST_CODES else None
