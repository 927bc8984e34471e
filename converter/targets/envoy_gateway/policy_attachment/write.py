"""One policy per kind and target: what the rules of a route ask for, gathered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from converter.model import ObjectRef
from converter.targets.context import Context, source_line
from converter.targets.envoy_gateway.envoy_proxy.write_access_log import UNLOGGED, note_unlogged
from converter.targets.envoy_gateway.security_policy.write_authorization import EVERYBODY, narrowed
from converter.targets.envoy_gateway.security_policy.write_client_subject import SUBJECT, with_subject
from converter.targets.envoy_gateway.security_policy.write_header_denial import DENIALS
from converter.targets.naming import fitted, slug
from converter.targets.protected_paths import ESCAPES

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.written_listener import WrittenListener
    from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

_OF_THE_ROUTE = frozenset({"filters", "rule", "annotations"})
KINDS = ("SecurityPolicy", "BackendTrafficPolicy", "EnvoyExtensionPolicy")
_SUFFIX = {"SecurityPolicy": "security", "BackendTrafficPolicy": "traffic", "EnvoyExtensionPolicy": "extension"}


def attach(
    route: ObjectRef,
    drafts: list[RuleDraft],
    rules: list[dict[str, Any]],
    context: Context,
    sections: Sequence[WrittenListener] = (),
) -> dict[int, dict[str, ObjectRef]]:
    """Write the policies of a route; returns which rule got which (and its HTTPRouteFilter) for the report.

    `sections`: where the route is served.
    """
    out: dict[int, dict[str, ObjectRef]] = {}
    if all(draft.field_set.heads <= _OF_THE_ROUTE for draft in drafts):
        return out
    ports = frozenset(one.port for one in sections)
    for index, draft in enumerate(drafts):
        if draft.field_set.values:
            named = _extension_name(rules[index])
            if named:
                out.setdefault(index, {})["HTTPRouteFilter"] = ObjectRef("HTTPRouteFilter", route.namespace, named)
    if any(UNLOGGED in draft.field_set.values for draft in drafts):
        note_unlogged(route, drafts, context)
        proxy = context.entry.gateway._replace(kind="EnvoyProxy")
        for index in range(len(drafts)):
            out.setdefault(index, {})["EnvoyProxy"] = proxy
    for policy in KINDS:
        specs = [draft.field_set.nested(policy) if draft.field_set.values else {} for draft in drafts]
        if not any(specs):
            continue
        _cover_escapes(specs, drafts)
        for spec, indexes in _groups(specs, [_owner(draft, policy) for draft in drafts]):
            whole = len(indexes) == len(drafts)
            part = None if whole else indexes
            target = _policy(policy, route, spec, part, drafts=drafts, rules=rules, context=context, ports=ports)
            for index in indexes:
                out.setdefault(index, {})[policy] = target
    return out


def _cover_escapes(specs: list[dict[str, Any]], drafts: list[RuleDraft]) -> None:
    """Where all other rules of a route have one policy, it is the route's: what it refuses, it refuses first."""
    own = [draft.rule.derived == ESCAPES for draft in drafts]
    others = [spec for spec, of_escapes in zip(specs, own, strict=True) if not of_escapes]
    if others and all(spec == others[0] for spec in others):
        specs[:] = [others[0]] * len(specs)


def _close_options(body: dict[str, Any], wider: list[dict[str, Any]]) -> None:
    """OPTIONS is not admitted on the word of a service that is used to GET and may let it pass for anybody."""
    rule = {
        "name": "options",
        "action": "Deny",
        "operation": {"methods": ["OPTIONS"]},
        "principal": {"clientCIDRs": EVERYBODY},
    }
    known = body.get("authorization") or narrowed({"defaultAction": "Allow"}, wider)
    body["authorization"] = {**known, "rules": [rule, *known.get("rules", ())]}


def with_denials(authorization: dict[str, Any], context: Context) -> dict[str, Any]:
    """An authorization that refuses first what the entry refuses everywhere."""
    denials = list(context.entry.settings.nested(DENIALS).values())
    return {**authorization, "rules": [*denials, *authorization.get("rules", ())]} if denials else authorization


def wider_lists(context: Context, ports: Iterable[int] = ()) -> list[dict[str, Any]]:
    """What the Gateway, and its listeners at these ports, say of who gets in."""
    whole = context.entry.settings.nested("SecurityPolicy").get("authorization")
    found = [context.entry.port_lists[port] for port in sorted(ports) if port in context.entry.port_lists]
    return [*found, whole] if whole is not None else found


def _extension_name(rule: dict[str, Any]) -> str:
    for one in rule.get("filters", ()):
        if one["type"] == "ExtensionRef":
            return str(one["extensionRef"]["name"])
    return ""


def _owner(draft: RuleDraft, policy: str) -> ObjectRef | None:
    """The object that asks for the fields of a policy: the rule's own, or one whose settings hold for many rules."""
    rule, values = draft.rule, draft.field_set.values
    names = {feature for path, (feature, _) in values.items() if path[0] == policy}
    asking = {origin.object for one in rule.features if one.name in names for origin in one.origins}
    return rule.object if not asking or rule.object in asking else min(filter(None, asking), default=None)


def _groups(specs: list[dict[str, Any]], owners: list[ObjectRef | None]) -> list[tuple[dict[str, Any], list[int]]]:
    """Rules for which one object asks for the same, in order of the first; so no policy is that of two Ingresses.

    A rule for which no object asks goes with the first that asks for the same.
    """
    if all(spec == specs[0] for spec in specs) and len({one for one in owners if one is not None}) < 2:
        return [(specs[0], list(range(len(specs))))] if specs[0] else []
    texts = [json.dumps(spec, sort_keys=True) for spec in specs]
    first: dict[str, ObjectRef] = {}
    for text, owner in zip(texts, owners, strict=True):
        if owner is not None:
            first.setdefault(text, owner)
    found: dict[tuple[str, ObjectRef | None], tuple[dict[str, Any], list[int]]] = {}
    for index, (spec, text) in enumerate(zip(specs, texts, strict=True)):
        if spec:
            found.setdefault((text, owners[index] or first.get(text)), (spec, []))[1].append(index)
    return list(found.values())


def _policy(
    policy: str,
    route: ObjectRef,
    spec: dict[str, Any],
    indexes: list[int] | None,
    *,
    drafts: list[RuleDraft],
    rules: list[dict[str, Any]],
    context: Context,
    ports: frozenset[int],
) -> ObjectRef:
    target = {"group": "gateway.networking.k8s.io", "kind": route.kind, "name": route.name}
    namespace, name = route.namespace, f"{route.name}-{_SUFFIX[policy]}"
    targets = [target]
    if indexes is not None:
        targets = [target | {"sectionName": _rule_name(index, drafts, rules)} for index in indexes]
        name = f"{name}-{drafts[indexes[0]].name}"
    body: dict[str, Any] = {"targetRefs": targets}
    if policy in context.entry.default_policies:
        body["mergeType"] = "StrategicMerge"
    body.update(spec)
    if "responseOverride" in body:
        body["responseOverride"] = [body["responseOverride"][key] for key in sorted(body["responseOverride"])]
    if "authorization" in body:
        # lists of a merge are not joined, the one of the route would stand alone
        body["authorization"] = narrowed(body["authorization"], wider_lists(context, ports))
    if "extAuth" in body:
        _close_options(body, wider_lists(context, ports))
    subject = body.pop(SUBJECT, None)
    if subject and "authorization" not in body:
        body["authorization"] = narrowed({"defaultAction": "Allow"}, wider_lists(context, ports))
    if "authorization" in body:
        body["authorization"] = with_denials(body["authorization"], context)
    if subject:
        body["authorization"] = with_subject(body["authorization"], subject)
    name = context.output.names.claim(policy, namespace, name, json.dumps(targets))
    first = drafts[indexes[0] if indexes else 0].rule
    sources = [first.object] if first.object is not None else []
    context.output.objects.add(policy, namespace, name, body, sources, origin=source_line(first.object, first.origin))
    return ObjectRef(policy, namespace, name)


def _rule_name(index: int, drafts: list[RuleDraft], rules: list[dict[str, Any]]) -> str:
    """The name of a rule that a policy refers to; given where it has none yet."""
    draft, rule = drafts[index], rules[index]
    if "name" not in rule:
        taken = {one.get("name") for one in rules}
        base = fitted(slug(draft.rule.text) or slug(draft.matches[0].get("path", {}).get("value", "")) or "root", 60)
        name, count = base, 2
        while name in taken:
            name, count = f"{base}-{count}", count + 1
        draft.name = name
        body = dict(rule)
        rule.clear()
        rule["name"] = name
        rule.update(body)
    return str(rule["name"])
