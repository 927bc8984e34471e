"""Protections that the target has in a form of its own."""

from __future__ import annotations

import base64

from converter.model import Aspects, Outcome
from converter.model.request_kind import named
from converter.packs.load import TargetRow
from converter.routing.access_steps import BasicAuth, BodyLimit
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row, source_line
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler


@handler("basic-auth")
def basic_auth(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """SecurityPolicy.basicAuth, where the passwords have the only hash that Envoy Gateway reads ({SHA})."""
    step = feature.value
    users = step.users if isinstance(step, BasicAuth) and step.scheme == "basic" else None
    if not users or len({user for user, _ in users}) != len(users) or not all(_readable(*user) for user in users):
        known = "Envoy Gateway reads {SHA} hashes alone"
        return outcome_from_row(
            row, feature.name, "the Secret of the users is not in the input" if users is None else known
        )
    context, rule = draft.context, draft.rule
    text = "".join(f"{user}:{stored}\n" for user, stored in users)
    name = context.output.names.claim("Secret", draft.namespace, f"{step.secret[1] or 'users'}-htpasswd", text)
    if context.output.objects.get("Secret", draft.namespace, name) is None:
        secret = context.output.objects.add(
            "Secret", draft.namespace, name, {}, draft.sources, origin=source_line(rule.object, rule.origin)
        )
        del secret.body["spec"]
        secret.body["type"] = "Opaque"
        secret.body["data"] = {".htpasswd": base64.b64encode(text.encode()).decode()}
    draft.put(feature.name, ("SecurityPolicy", "basicAuth"), {"users": {"name": name}})
    if step.strip:
        draft.put(feature.name, ("filters", "requestHeaders", "remove", "Authorization"), True)
    return Outcome.approximate(
        "basic-auth.security-policy",
        "becomes a SecurityPolicy; the realm that browsers show is the URL",
        affects={"response-headers", "body"},
    )


def _readable(user: str, stored: str) -> bool:
    return stored.startswith("{SHA}") and stored == stored.strip() and user == user.strip()


@handler("body-limit")
def body_limit(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """A limit would buffer, so it is lifted."""
    if isinstance(feature.value, BodyLimit):
        return lifted(row)
    return Outcome.exact("body-limit.none", "sets no limit, before and after")


def lifted(row: TargetRow) -> Outcome:
    """Requests with a body may pass that were refused."""
    affects: Aspects = frozenset({"status", "backends", "location"})
    return Outcome("body-limit.lifted", row.fidelity, row.note, row.hint, affects=affects, when=named("body"))
