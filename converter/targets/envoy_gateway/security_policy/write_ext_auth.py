"""Another service that is asked about every request: SecurityPolicy.extAuth, where nobody gets in who does not today.

Envoy admits on 200 alone, so no answer of the service lets in more than before. What could: the service does not see
the same request. It is asked with the method of the client instead of GET, so OPTIONS, which services tend to answer
for anybody, is denied (`targets/policies.py`); headers of the service's answer that the backend trusts are taken from
what clients send (`targets/forwarded.py`).
"""

from __future__ import annotations

from typing import Any

from converter.model import Aspects, Outcome
from converter.packs.load import TargetRow
from converter.routing.access_steps import ExternalAuth
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import KEPT, QUESTION, header_use
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_service_refs import place_of, reference
from converter.targets.handlers import handler

ASKED_WITH = (
    "Cookie",
    "User-Agent",
    "Accept",
    "Accept-Language",
    "Origin",
    "Referer",
    "X-Requested-With",
    "X-Api-Key",
    "X-Request-Id",
    "X-Forwarded-Proto",
)
"""Headers of the client that the service sees, beside Authorization, which Envoy sends of itself."""
CHANGES: Aspects = frozenset({"status", "backends", "body", "location", "response-headers", "request-headers"})


@handler("external-auth")
def external_auth(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """extAuth of the rule's SecurityPolicy, with headers, path and status as they are today."""
    step = feature.value
    if not isinstance(step, ExternalAuth):
        return outcome_from_row(row, feature.name, feature.note)
    broken = step.unreachable or bool(getattr(step, "error", 0))
    place = None if broken else place_of(step.url, getattr(step, "service", ""))
    if place is None:
        return outcome_from_row(
            row, feature.name, f"{row.hint}; {step.url} is not the address of a service that is known here"
        )
    lost = _unguarded(draft, step)
    if lost:
        return outcome_from_row(
            row,
            feature.name,
            f"clients could send {', '.join(lost)} themselves, which no policy of this Gateway takes away",
        )
    ref = reference(draft, place, "SecurityPolicy", check=True)
    if ref is None:
        return outcome_from_row(row, feature.name, f"{step.url} cannot be named as a backend")
    http: dict[str, Any] = {"backendRefs": [ref], "pathOverride": place.path}
    if step.response_headers:
        http["headersToBackend"] = list(dict.fromkeys(step.response_headers))
    draft.put(
        feature.name,
        ("SecurityPolicy", "extAuth"),
        {
            "http": http,
            "headersToExtAuth": [*ASKED_WITH, *_question(draft)],
            "failOpen": False,
            "statusOnError": 500,
        },
    )
    return _outcome(draft, feature, step)


def _outcome(draft: RuleDraft, feature: Feature, step: ExternalAuth) -> Outcome:
    """What is different, and on the annotation of the sign-in page what becomes of it."""
    text = (
        f"becomes a SecurityPolicy that asks {step.url} with the client's method and the usual headers; only its "
        "answer 200 lets a request in, others below 500 go to the client as they are (also 202 and 204); OPTIONS is "
        "refused"
    )
    redirects = " and redirects the others to the login itself" if step.signin else ""
    hint = (
        f"see that the service answers 200 to those who may come in{redirects}, and name further headers that it "
        "needs in headersToExtAuth"
    )
    if any(name.lower() in KEPT for name in step.response_headers):
        text += "; where it says nothing of Authorization or Cookie, those of the client reach the backend"
    if step.signin:
        text += f"; clients without login get its answer instead of being sent to {step.signin}"
    return Outcome.approximate("external-auth.security-policy", text, hint, affects=CHANGES)


def _question(draft: RuleDraft) -> list[str]:
    """Those headers about client and request that every listener writes anew, so that no client can."""
    context = draft.context
    early = [
        context.entry.port_traffic.get(port.number, {}).get("headers", {}).get("earlyRequestHeaders", {})
        for port in context.entry.table.ports
        if port.protocol in ("HTTP", "HTTPS")
    ]
    names = [
        name
        for name in ("X-Real-IP", "X-Forwarded-Host", *(name for name, _ in QUESTION))
        if all(name in one.get("set", {}) for one in early)
    ]
    if all("X-Forwarded-For" in one.get("remove", ()) for one in early):
        names.append("X-Forwarded-For")  # what Envoy writes then is the address alone
    return names


def _unguarded(draft: RuleDraft, step: ExternalAuth) -> list[str]:
    """Names of the service's answer that clients could send, too, where today only the service's get through."""
    if getattr(step, "lets_through", False):
        return []
    use = header_use(draft.context)
    if not draft.context.options.gateway:
        return [name for name in step.response_headers if name.lower() in use.looked_at and name.lower() in use.answers]
    return list(step.response_headers)
