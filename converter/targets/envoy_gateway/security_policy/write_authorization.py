"""Who gets in: address lists, refusals."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.actions import Respond
from converter.routing.steps import AddressList, Deny
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

EVERYBODY = ["0.0.0.0/0", "::/0"]


@handler("address-list")
def address_list(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """SecurityPolicy.authorization: denied networks first, then the allowed ones, then the rest."""
    step = feature.value
    if not isinstance(step, AddressList):
        return outcome_from_row(row, feature.name, feature.note)
    if not step.deny and not step.allow and step.fallback == "allow":
        return Outcome.exact(f"{feature.name}.empty", "lets every address in, before and after")
    draft.put(feature.name, ("SecurityPolicy", "authorization"), authorization(step))
    hint = "behind another load balancer, set clientIPDetection in a ClientTrafficPolicy"
    if any(one.name in ("basic-auth", "external-auth") for one in draft.rule.features):
        return Outcome.approximate(
            f"{feature.name}.after-password",
            "becomes a SecurityPolicy; Envoy checks the address after the password",
            hint,
            affects={"status", "body", "response-headers"},
        )
    if step.status == 403:
        return Outcome.exact(
            f"{feature.name}.security-policy",
            "becomes a SecurityPolicy",
            hint,
        )
    return Outcome.approximate(
        f"{feature.name}.status",
        f"refused clients get 403 instead of {step.status}",
        hint,
        affects={"status", "body"},
    )


def authorization(step: AddressList) -> dict[str, Any]:
    """SecurityPolicy.authorization for an address list."""
    rules: list[dict[str, Any]] = []
    if step.deny:
        rules.append({"name": "deny", "action": "Deny", "principal": {"clientCIDRs": _networks(step.deny)}})
    if step.allow and step.fallback == "deny":
        rules.append({"name": "allow", "action": "Allow", "principal": {"clientCIDRs": _networks(step.allow)}})
    out: dict[str, Any] = {"defaultAction": "Allow" if step.fallback == "allow" else "Deny"}
    return out | {"rules": rules} if rules else out


def narrowed(own: dict[str, Any], wider: list[dict[str, Any]]) -> dict[str, Any]:
    """An authorization that admits who its own rules admit and each of the wider ones, too: for policies that replace
    what holds for a listener or Gateway as a whole. Rules of all are those of `authorization`, lists of addresses."""
    if not wider:
        return own
    if any("clientCIDRs" not in rule["principal"] for rule in own.get("rules", ())):
        return _beside(own, narrowed({"defaultAction": "Allow"}, wider))
    denied, allowed = _lists(own)
    for one in wider:
        other_denied, other_allowed = _lists(one)
        denied += [text for text in other_denied if text not in denied]
        if other_allowed is not None:
            allowed = other_allowed if allowed is None else _common(allowed, other_allowed)
    step = AddressList(tuple(allowed or ()), tuple(denied), "allow" if allowed is None else "deny")
    return authorization(step)


def _beside(own: dict[str, Any], lists: dict[str, Any]) -> dict[str, Any]:
    """Rules for tokens, which admit clients of some addresses only: a principal must be all that it says."""
    denied, allowed = _lists(lists)
    rules = [rule for rule in lists.get("rules", ()) if rule["action"] == "Deny"] if denied else []
    for rule in own["rules"] if allowed != [] else ():
        more = {} if allowed is None else {"clientCIDRs": allowed}
        rules.append(rule | {"principal": rule["principal"] | more})
    return {"defaultAction": "Deny"} | ({"rules": rules} if rules else {})


def _lists(body: dict[str, Any]) -> tuple[list[str], list[str] | None]:
    """Networks that are denied, and those that are allowed; None for the latter where everybody else is."""
    found: dict[str, list[str]] = {"Deny": [], "Allow": []}
    for rule in body.get("rules", ()):
        found[rule["action"]] += rule["principal"]["clientCIDRs"]
    return found["Deny"], None if body["defaultAction"] == "Allow" else found["Allow"]


def _common(some: list[str], others: list[str]) -> list[str]:
    """What two lists of networks have in common: of two networks one holds the other, or they share nothing."""
    out = []
    for one in (ip_network(text, strict=False) for text in some):
        for other in (ip_network(text, strict=False) for text in others):
            if one.version == other.version and one.overlaps(other):
                out.append(str(max(one, other, key=lambda net: net.prefixlen)))
    return list(dict.fromkeys(out))


def _networks(networks: tuple[str, ...]) -> list[str]:
    return [text if "/" in text else f"{text}/{128 if ':' in text else 32}" for text in dict.fromkeys(networks)]


def _kept_by_action(action: Respond, draft: RuleDraft) -> Outcome:
    """The rule itself refuses; what it responds with is written with its action."""
    if not draft.context.capabilities.route_filters:
        words = f"returns 500 instead of {action.status}, having no backend"
        return Outcome.approximate("access-rules.status", words, "use --to envoy-gateway")
    if not action.status:
        words = "Before: the connection is closed without a response (444). After: the response is 403"
        return Outcome.approximate("access-rules.closed", words, affects={"status", "connection", "body"})
    if action.body:
        return Outcome.exact("access-rules.refused", f"requests get {action.status} by a direct response")
    words = (
        f"requests get {action.status} by a direct response. The body is empty instead of an error page, and headers "
        "that the Gateway adds to responses are on it"
    )
    return Outcome.approximate("access-rules.body", words, affects={"body", "response-headers"})


@handler("deny")
def deny(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """What the controller refuses stays refused, with the same status."""
    step = feature.value
    if isinstance(draft.rule.action, Respond) and step is None:
        return _kept_by_action(draft.rule.action, draft)
    if not isinstance(step, Deny):
        return outcome_from_row(row, feature.name, feature.note)
    if not draft.context.capabilities.route_filters:
        draft.put(feature.name, ("rule", "backendRefs"), [])
        return Outcome.approximate(
            "access-rules.status",
            f"returns 500 instead of {step.status}, having no backend",
            "use --to envoy-gateway",
        )
    draft.put(feature.name, ("HTTPRouteFilter", "directResponse"), {"statusCode": step.status})
    return Outcome.exact(
        "access-rules.refused",
        f"every request gets {step.status}, as before" + (f": {step.reason}" if step.reason else ""),
        "correct the annotation, then convert again",
    )
