"""The subject that a client's certificate must have: a rule of each route's SecurityPolicy.

Measured on Envoy Gateway 1.9 with Envoy 1.39: the subject is written as nginx does (RFC 2253), `matches` searches, and
without a certificate, or with an empty subject, the rule refuses. It needs no header that a client could forge.
"""

from __future__ import annotations

import re
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.access_steps import ClientSubject
from converter.routing.regex import compiled, re2_problem
from converter.routing.table import Feature
from converter.targets.context import by_hand, outcome_from_row
from converter.targets.envoy_gateway.security_policy.header_expressions import denial, escaped
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

SUBJECT = "subject"
"""Where a rule notes its expression among the fields of the policy."""
_ATTRIBUTE = "connection.subject_peer_certificate"
_READ = re.compile(rf"!has\({re.escape(_ATTRIBUTE)}\) \|\| !{re.escape(_ATTRIBUTE)}\.matches\('.*'\)", re.DOTALL)


@handler("client-subject")
def client_subject(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Refuse other subjects before anything else that the policy lists."""
    step = feature.value
    if not isinstance(step, ClientSubject):
        return outcome_from_row(row, feature.name, feature.note)
    pattern = compiled(step.pattern)
    if not row.args.get("expressions", True):
        return by_hand(row, feature.name, "SecurityPolicies of this version have no expressions", "subject")
    if pattern is None or re2_problem(step.pattern) or pattern.search("") is not None:
        return by_hand(row, feature.name, f"Envoy cannot search for {step.pattern} in a subject", "subject")
    draft.put(feature.name, ("SecurityPolicy", SUBJECT), step.pattern)
    return Outcome.approximate(
        "client-certificate.subject",
        f"Certificates without {step.pattern} in their subject get 403, as before, by a rule of the route's "
        "SecurityPolicy. Paths without a route get 404 (before: 403)",
        affects={"status", "body", "response-headers"},
    )


def with_subject(authorization: dict[str, Any], pattern: str) -> dict[str, Any]:
    """An authorization that refuses other subjects first."""
    text = f"!has({_ATTRIBUTE}) || !{_ATTRIBUTE}.matches('{escaped(pattern)}')"
    return {**authorization, "rules": [denial(SUBJECT, text), *authorization.get("rules", ())]}


def asks_for_subject(text: str) -> bool:
    """True for an expression that takes every request without a client certificate."""
    return _READ.fullmatch(text) is not None
