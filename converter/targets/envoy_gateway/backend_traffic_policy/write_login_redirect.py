"""The login page of clients that an external check does not know: BackendTrafficPolicy.responseOverride.

Measured on Envoy Gateway 1.9: source Local, match 401, response 302 and a Location of command operators turn the 401 of
extAuth into a redirect; a 401 of the application passes, so do 403 and 202 of the service. Nothing URL-encodes.
"""

from __future__ import annotations

from converter.model import Aspects, Fidelity, Outcome
from converter.packs.load import TargetRow
from converter.routing.external_auth import ExternalAuth
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.envoy_gateway.format_strings import formatted
from converter.targets.envoy_gateway.security_policy.write_ext_auth import question
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

CHANGES: Aspects = frozenset({"status", "location", "response-headers", "body"})
LOGIN = "1-login"
"""Before other entries of `responseOverride`: the first that takes a response applies."""


@handler("login-redirect")
def login_redirect(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """401 of the check becomes 302 to the page."""
    parts = feature.value if isinstance(feature.value, tuple) else ()
    unknown = [f"${part.partition(':')[2]}" for part in parts if part.startswith(("variable:", "cookie:"))]
    target = formatted(part for part in parts)
    if not parts or not draft.context.capabilities.policies:
        return outcome_from_row(row, feature.name, feature.note)
    if target is None:
        return Outcome.manual(
            "login-redirect.variable",
            f"Envoy has no operator for {', '.join(unknown)}. Clients without login get 401 instead of the redirect",
            "write a responseOverride of a BackendTrafficPolicy (source Local, 401 to 302) with another Location",
            affects=CHANGES,
        )
    draft.put(
        feature.name,
        ("BackendTrafficPolicy", "responseOverride", LOGIN),
        {
            "match": {"statusCodes": [{"type": "Value", "value": 401}]},
            "source": "Local",
            "response": {"statusCode": 302, "header": {"set": [{"name": "Location", "value": target}]}},
        },
    )
    if _withheld(draft):
        return Outcome.approximate(
            "login-redirect.withheld",
            "Has no effect while the route is disabled. Once it is served, a responseOverride of a "
            "BackendTrafficPolicy keeps the redirect to the login page (401 of the service to 302)",
        )
    encoded = "encoded-path" in parts
    text = "Becomes a responseOverride that turns a 401 of the service into the 302 to the login page."
    if encoded:
        text += (
            " Envoy does not URL-encode: of a URL with several query parameters, all after the first & are lost on "
            "the way back."
        )
    if "name" in parts:
        text += " A port in the Host stays in it."
    hint = "let the login page take its way back from a cookie, or from a header such as Referer" if encoded else ""
    return Outcome.approximate("login-redirect.response-override", text, hint, affects=CHANGES)


def _withheld(draft: RuleDraft) -> bool:
    """True where the check itself cannot be kept, in whatever order the two are written."""
    row = draft.context.row("external-auth")
    for feature in draft.rule.features:
        step = feature.value
        if isinstance(step, ExternalAuth) and row.using and isinstance(question(draft, step, row), Outcome):
            return not draft.context.options.allow_unprotected
    return bool(draft.blocked) or row.fidelity in (Fidelity.UNSUPPORTED,)
