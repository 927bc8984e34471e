"""Protections that the target has in a form of its own."""

from __future__ import annotations

from converter.model import Aspects, Outcome
from converter.model.request_kind import named
from converter.packs.load import TargetRow
from converter.routing.access_steps import BasicAuth, BodyLimit
from converter.routing.table import Feature
from converter.targets.context import by_hand
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler


@handler("basic-auth")
def basic_auth(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """SecurityPolicy.basicAuth, where the passwords have the only hash that Envoy Gateway reads ({SHA}).

    It refers to a Secret of another name, which a command makes of the present one: no password is ever written. Until
    then Envoy Gateway responds with 500.
    """
    step = feature.value
    if not isinstance(step, BasicAuth) or step.scheme != "basic":
        return by_hand(row, feature.name, "Envoy Gateway has no digest authentication", "digest")
    if step.users is None:
        rejects = f"the controller rejects every request, as {step.error}" if step.error else ""
        missing = rejects or "the passwords of the users are not in the input"
        return by_hand(row, feature.name, missing, "secret-missing")
    if not step.users or not all(_readable(*user) for user in step.users):
        return by_hand(row, feature.name, "Envoy Gateway reads {SHA} hashes alone", "hash")
    namespace, name = step.secret[0] or draft.namespace, step.secret[1] or "users"
    if namespace != draft.namespace:
        return by_hand(row, feature.name, f"the Secret {namespace}/{name} is of another namespace", "namespace")
    made = f"{name}-htpasswd"
    known = draft.context.inventory.get("Secret", namespace, name)
    if known is not None:
        draft.context.output.gateway_documents[known.ref] = known  # what the other one will hold, for reading back
    draft.put(feature.name, ("SecurityPolicy", "basicAuth"), {"users": {"name": made}})
    if step.strip:
        draft.put(feature.name, ("filters", "requestHeaders", "remove", "Authorization"), True)
    return Outcome.approximate(
        "basic-auth.security-policy",
        f"Becomes a SecurityPolicy that reads the users from Secret {namespace}/{made}. That Secret is still to be "
        "made: until then the route responds with 500. The realm that browsers show is the URL.",
        f"Make it from {name}: {_command(step, namespace, name, made)}",
        affects={"response-headers", "body"},
    )


def _command(step: BasicAuth, namespace: str, name: str, made: str) -> str:
    """The users one a line, without blanks and comments, the first of each name, under the key that Envoy reads."""
    show = f"kubectl get secret {name} -n {namespace} -o "
    if step.by_user:
        show += """go-template='{{range $user, $hash := .data}}{{$user}}:{{$hash | base64decode}}{{"\\n"}}{{end}}'"""
    else:
        show += "jsonpath='{.data.auth}' | base64 -d"
    clean = "awk -F: '{gsub(/[ \\t\\r]/, \"\")} /^[^#:]+:/ && !seen[$1]++'"
    make = f"kubectl create secret generic {made} -n {namespace} --from-file=.htpasswd=/dev/stdin"
    return f"{show} | {clean} | {make}"


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
