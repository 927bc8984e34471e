"""Settings of rules that the AWS Load Balancer Controller has a form for: ListenerRuleConfiguration and rewrites."""

from __future__ import annotations

import re
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.aws_alb import prefix_rewrite
from converter.routing.load_balancer import is_alb
from converter.routing.matchers import ValueMatcher
from converter.routing.pattern_samples import samples
from converter.routing.sign_in import SignIn, TokenCheck
from converter.routing.steps import HeaderEdit, PathRewrite
from converter.routing.table import Feature
from converter.routing.url_rewrite import GroupStickiness, UrlRewrite
from converter.targets.context import outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

RULE = "ListenerRuleConfiguration"
LONGEST_SESSION = 604800
_META = re.compile(r"[+*?()\[\]{}|^$\\]")


def _refused(feature: Feature, row: TargetRow, why: str) -> Outcome:
    return Outcome.manual(f"{feature.name}.refused", why, row.hint)


@handler("alb-sign-in")
def sign_in(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """authenticate-oidc or authenticate-cognito; the controller reads the Secret in the namespace of the route."""
    step = feature.value
    if not isinstance(step, SignIn):
        return outcome_from_row(row, feature.name, feature.note)
    namespace, _, name = step.secret.partition("/")
    if step.unauthenticated not in ("authenticate", "allow", "deny"):
        return _refused(feature, row, f"onUnauthenticatedRequest cannot be {step.unauthenticated!r}")
    if len(step.parameters) > 10 or not 1 <= (step.session_seconds or 1) <= LONGEST_SESSION:
        return _refused(feature, row, f"more than 10 parameters, or a session longer than {LONGEST_SESSION} seconds")
    if step.kind == "oidc" and (namespace != draft.namespace or not name):
        return _refused(
            feature,
            row,
            f"the Secret {step.secret or 'with client id and secret'} must be in the "
            f"namespace {draft.namespace} of the route",
        )
    kind, action = _action(step, name)
    draft.put(feature.name, (RULE, "actions[0]"), action)
    return Outcome.exact(
        f"{feature.name}.rule-configuration",
        f"becomes the action {kind} of a ListenerRuleConfiguration",
    )


def _action(step: SignIn, secret: str) -> tuple[str, dict[str, Any]]:
    """Type of the action, and the action."""
    details = dict(step.details)
    config: dict[str, Any] = {
        "onUnauthenticatedRequest": step.unauthenticated,
        "scope": " ".join(step.scopes),
    }
    if step.cookie:
        config["sessionCookieName"] = step.cookie
    if step.session_seconds:
        config["sessionTimeout"] = step.session_seconds
    if step.parameters:
        config["authenticationRequestExtraParams"] = dict(step.parameters)
    if step.kind == "cognito":
        kind, field = "authenticate-cognito", "authenticateCognitoConfig"
        config |= {
            "userPoolArn": details["userPoolARN"],
            "userPoolClientId": step.client_id,
            "userPoolDomain": details["userPoolDomain"],
        }
    else:
        kind, field = "authenticate-oidc", "authenticateOIDCConfig"
        config |= {
            "issuer": step.issuer,
            "authorizationEndpoint": step.authorization_endpoint,
            "tokenEndpoint": step.token_endpoint,
            "userInfoEndpoint": step.user_info_endpoint,
            "secret": {"name": secret},
        }
    return kind, {"type": kind, field: config}


@handler("alb-token")
def token(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """jwt-validation."""
    step = feature.value
    if not isinstance(step, TokenCheck):
        return outcome_from_row(row, feature.name, feature.note)
    if (
        len(step.issuer) > 256
        or len(step.key_set) > 256
        or any(
            not 1 <= len(claim.values) <= 10 or not claim.name or any(len(one) > 256 for one in claim.values)
            for claim in step.claims
        )
    ):
        return _refused(
            feature,
            row,
            "a claim has no name, no values, more than 10 values or one of more than 256 "
            "characters, or issuer or key set are longer than that",
        )
    config: dict[str, Any] = {"issuer": step.issuer, "jwksEndpoint": step.key_set}
    if step.claims:
        config["additionalClaims"] = [
            {"format": one.form, "name": one.name, "values": list(one.values)} for one in step.claims
        ]
    draft.put(feature.name, (RULE, "actions[0]"), {"type": "jwt-validation", "jwtValidationConfig": config})
    return Outcome.exact("jwt.rule-configuration", "becomes the action jwt-validation of a ListenerRuleConfiguration")


@handler("alb-stickiness")
def stickiness(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Stickiness of the choice between target groups is set in the rule, that of targets in the target group."""
    step = feature.value
    if isinstance(step, GroupStickiness):
        config: dict[str, Any] = {"enabled": bool(step.enabled)}
        if step.seconds is not None:
            if not 1 <= step.seconds <= LONGEST_SESSION:
                return Outcome.manual(
                    "session-affinity.seconds",
                    f"a client cannot stay for {step.seconds} seconds: 1 to {LONGEST_SESSION} are allowed",
                    row.hint,
                )
            config["durationSeconds"] = step.seconds
        draft.put(
            feature.name,
            (RULE, "actions[1]"),
            {
                "type": "forward",
                "forwardConfig": {"targetGroupStickinessConfig": config},
            },
        )
        return Outcome.exact("session-affinity.rule-configuration", "becomes the stickiness of the forward action")
    return target_group(draft, feature, row)


@handler("alb-target-group")
def target_group(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """What a target group has already is written for its Service; see `target_group_configuration/write.py`."""
    if not is_alb(draft.context.entry.table):
        return outcome_from_row(row, feature.name, feature.note)
    return Outcome.exact(f"{feature.name}.target-group", "becomes a part of the Service's TargetGroupConfiguration")


@handler("alb-headers")
def headers(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Headers that a listener writes are its attributes; the controller has no header modifiers."""
    if is_alb(draft.context.entry.table) and isinstance(feature.value, HeaderEdit):
        return Outcome.exact(
            f"{feature.name}.listener",
            "stays an attribute of the listener, in the LoadBalancerConfiguration",
        )
    return outcome_from_row(row, feature.name, feature.note)


@handler("alb-rewrite")
def rewrite(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """A static path or another prefix, as far as that is the same (lbc: route_rule_transform.go)."""
    step = feature.value
    if not isinstance(step, PathRewrite):
        return outcome_from_row(row, feature.name, feature.note)
    texts = _texts(draft, step)
    new = [_rewritten(step, text) for text in texts]
    plain = _full(texts, new) or _prefix(draft, texts, new)
    if plain is None:
        return Outcome.manual(
            "rewrite.captures",
            "the new path is made of parts of the old one in a way that the "
            "controller's routes cannot express; the path is passed on as it is",
            row.hint,
            affects={"path"},
        )
    if plain:
        draft.put(feature.name, ("filters", "rewrite", "path"), plain)
    return Outcome.exact(
        "rewrite.transform",
        "becomes a path rewrite" if plain else "changes no path that the rule takes",
    )


def _rewritten(step: PathRewrite, text: str) -> str:
    if isinstance(step, UrlRewrite):
        new = step.rewritten(text)
        return text if new is None else new
    path, mark, query = text.partition("?")
    new = step.rewritten(path)
    return f"{path if new is None else new}{mark}{query}"


def _texts(draft: RuleDraft, step: PathRewrite) -> list[str]:
    """Paths that the rule takes: those of its matches, and those that the pattern speaks of."""
    paths: tuple[ValueMatcher, ...] = draft.rule.match.paths or (ValueMatcher("segment", "/"),)
    stems = [text for test in paths for text in samples(test)]
    if step.pattern:
        stems += samples(ValueMatcher("search", step.pattern, step.ignore_case))
    found = []
    for stem in stems:
        bare = stem.partition("?")[0].rstrip("/")
        found += [stem, bare or "/", *(f"{bare}{tail}" for tail in ("/", "/a", "/a/b.c", "/-1/_2", "x", "/a/a"))]
    taken = [
        text
        for text in dict.fromkeys(found)
        if text.startswith("/") and any(test.holds(text.partition("?")[0]) for test in paths)
    ]
    return [with_query for text in taken for with_query in (text, f"{text}?q=1") if with_query.count("?") < 2]


def _full(texts: list[str], new: list[str]) -> dict[str, Any] | None:
    """One path for all; {} where nothing changes."""
    if texts == new:
        return {}
    paths = {text.partition("?")[0] for text in new}
    same_query = all(a.partition("?")[2] == b.partition("?")[2] for a, b in zip(texts, new, strict=True))
    if len(paths) != 1 or not same_query or not texts:
        return None
    [path] = paths
    return {"type": "ReplaceFullPath", "replaceFullPath": path} if path.startswith("/") and "$" not in path else None


def _prefix(draft: RuleDraft, texts: list[str], new: list[str]) -> dict[str, Any] | None:
    single = draft.matches[0].get("path", {}) if len(draft.matches) == 1 else {}
    prefix = single.get("value", "")
    if single.get("type") != "PathPrefix" or _META.search(prefix) or prefix == "/":
        return None
    for before, after in zip(texts, new, strict=True):
        if before.startswith(f"{prefix}/a/b.c") and after.endswith("/a/b.c"):
            to = after.removesuffix("/a/b.c") or "/"
            break
    else:
        return None
    if not to.startswith("/") or "$" in to or "?" in to:
        return None
    step = prefix_rewrite(prefix, to)
    if any(_rewritten(step, text) != wanted for text, wanted in zip(texts, new, strict=True)):
        return None
    return {"type": "ReplacePrefixMatch", "replacePrefixMatch": to}
