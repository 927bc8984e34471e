"""Another service that is asked about every request: SecurityPolicy.extAuth, where nobody gets in who did not before.

Envoy admits on 200 alone, so no response of the service lets in more than before. What could: the service does not see
the same request. It is asked with the method of the client instead of GET, so OPTIONS, which services tend to answer
for anybody, is denied (`policy_attachment/write.py`); headers of the service's response that the backend trusts are
taken from what clients send (`client_traffic_policy/write_forwarded.py`). Headers of the question that Envoy cannot
send may be what the service decides by, so that they withhold the route.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from urllib.parse import urlsplit

from converter.model import Aspects, Outcome
from converter.packs.auth_services import AuthService
from converter.packs.load import TargetRow
from converter.routing.external_auth import ExternalAuth
from converter.routing.table import Feature
from converter.targets.context import by_hand
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import (
    KEPT,
    QUESTION,
    early_headers_of_requests,
    header_use,
)
from converter.targets.envoy_gateway.security_policy.auth_product import product_of
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_service_refs import ServiceUrl, place_of, reference
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
OIDC = "or let Envoy Gateway sign users in (SecurityPolicy with oidc)"


class Question(NamedTuple):
    """Where a service is, and which product it is."""

    place: ServiceUrl
    product: AuthService | None


@handler("external-auth")
def external_auth(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """extAuth of the rule's SecurityPolicy, with headers, path and status as the controller has them."""
    step = feature.value
    if not isinstance(step, ExternalAuth):
        return by_hand(row, feature.name, feature.note or row.hint)
    asked = question(draft, step, row)
    if isinstance(asked, Outcome):
        return asked
    place = asked.place
    ref = reference(draft, place, "SecurityPolicy", check=True)
    if ref is None:
        return by_hand(row, feature.name, f"{step.url} cannot be named as a backend", "no-service")
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
    return Outcome.approximate("external-auth.security-policy", _text(step, asked), _hint(step, asked), affects=CHANGES)


def question(draft: RuleDraft, step: ExternalAuth, row: TargetRow) -> Question | Outcome:
    """Where the service is asked; why it cannot be, where nobody would get in or the service would know less."""
    broken = step.unreachable or bool(getattr(step, "error", 0))
    place = None if broken else place_of(step.address or step.url, getattr(step, "service", ""))
    if place is None:
        text = f"{step.url} is not the address of a Service that is known"
        return Outcome.manual("external-auth.no-service", f"{row.hint}; {text}", affects=CHANGES)
    product = product_of(place, draft.context)
    status = product.status(place.path) if product is not None else 0
    if product is not None and status:
        return Outcome.manual(
            f"external-auth.status-{status}",
            f"{product.name} admits a request to {place.path.partition('?')[0]} with {status}. Envoy admits on 200 "
            "only, so that nobody would get in",
            product.hint,
            affects=CHANGES,
        )
    if step.unsent:
        return Outcome.manual(
            "external-auth.headers",
            f"Envoy cannot send {', '.join(step.unsent)} to the service, which may decide by it",
            "let the service do without, or write an EnvoyExtensionPolicy that sets the header before the service is "
            f"asked; {OIDC}",
            affects=CHANGES,
        )
    asked = {name.lower() for name in (*ASKED_WITH, *_question(draft))}
    unwritten = [name for name in step.repeated if name.lower() not in asked]
    if unwritten:
        text = f"the listeners do not write {', '.join(unwritten)}, so the service would get what clients send"
        return by_hand(row, "external-auth", text, "headers")
    lost = _unguarded(draft, step)
    if lost:
        text = f"clients could send {', '.join(lost)} themselves, which no policy of this Gateway removes"
        return by_hand(row, "external-auth", text, "response-headers")
    return Question(place, product)


def _text(step: ExternalAuth, asked: Question) -> str:
    """What is different, one fact a sentence."""
    known = f" ({asked.product.name})" if asked.product is not None else ""
    out = [
        f"Becomes a SecurityPolicy that checks requests with {_address(step, asked.place)}{known} by the method of the "
        "client.",
        "Only its 200 admits a request; other responses below 500 go to the client as they are, 202 and 204 too.",
        "Errors of the service become 500. OPTIONS is rejected with 403.",
    ]
    host = urlsplit(step.url).hostname or ""
    if host and "$" not in host:
        out.append(f"The service gets the Host of the client instead of {host}.")
    if step.cookies:
        out.append("Set-Cookie of the service no longer reaches the client of an admitted request.")
    if any(name.lower() in KEPT for name in step.response_headers):
        out.append("Where the service sends no Authorization or Cookie, that of the client reaches the backend.")
    if step.signin and not step.login:
        out.append(f"Clients without login get the response of the service instead of a redirect to {step.signin}.")
    return " ".join(out)


def _address(step: ExternalAuth, place: ServiceUrl) -> str:
    if step.address and place.service is not None:
        return f"Service {'/'.join(place.service)} at {place.path}"
    return step.url


def _hint(step: ExternalAuth, asked: Question) -> str:
    redirects = " and redirects the others to the login itself" if step.signin and not step.login else ""
    text = (
        f"see that the service responds with 200 to those who may come in{redirects}, and name further headers that it "
        "needs in headersToExtAuth"
    )
    return f"{text}. {asked.product.hint}" if asked.product is not None and asked.product.hint else text


def _question(draft: RuleDraft) -> list[str]:
    """Those headers about client and request that every listener writes anew, so that no client can."""
    early = early_headers_of_requests(draft.context)
    names = [
        name
        for name in ("X-Real-IP", "X-Forwarded-Host", *(name for name, _ in QUESTION))
        if all(name in one.get("set", {}) for one in early)
    ]
    if all("X-Forwarded-For" in one.get("remove", ()) for one in early):
        names.append("X-Forwarded-For")  # what Envoy writes then is the address alone
    return names


def _unguarded(draft: RuleDraft, step: ExternalAuth) -> list[str]:
    """Names of the service's response that clients could send, too, where before only the service's get through."""
    if getattr(step, "lets_through", False):
        return []
    use = header_use(draft.context)
    if not draft.context.options.gateway:
        return [name for name in step.response_headers if name.lower() in use.looked_at and name.lower() in use.answers]
    return list(step.response_headers)
