"""What is in a route: parents, rules, annotations."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from converter.model import ObjectRef
from converter.routing.actions import Redirect
from converter.targets.context import Context
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_filters import filter_list


def parent_ref(listener: WrittenListener, namespace: str) -> dict[str, Any]:
    """What a route says of its listener; of one that is still missing its port alone, as its name is not known."""
    holder = listener.holder
    parent: dict[str, Any] = {} if holder.kind == "Gateway" else {"kind": holder.kind}
    if holder.kind == "XListenerSet":
        parent["group"] = "gateway.networking.x-k8s.io"
    parent["name"] = holder.name
    if holder.namespace != namespace:
        parent["namespace"] = holder.namespace
    if listener.name:
        parent["sectionName"] = listener.name
    else:
        parent["port"] = listener.port
    return parent


def rule_body(draft: RuleDraft, route: str, context: Context) -> dict[str, Any]:
    body: dict[str, Any] = {"matches": draft.matches}
    if draft.field_set.values:
        filters = filter_list(draft, route, context)
        if filters:
            body["filters"] = filters
        for key, value in draft.field_set.nested("rule").items():
            body[key] = value
    if draft.backend_refs and not _answers_by_filter(draft) and "backendRefs" not in body:
        body["backendRefs"] = draft.backend_refs
    return body


def share_equal_filters(rules: list[dict[str, Any]]) -> None:
    """Let rules that follow each other have the same list of filters where theirs are equal, as those of one Ingress
    nearly always are: it is held, looked at and printed once."""
    for before, rule in pairwise(rules):
        if "filters" in rule and rule["filters"] == before.get("filters"):
            rule["filters"] = before["filters"]


def _answers_by_filter(draft: RuleDraft) -> bool:
    return isinstance(draft.rule.action, Redirect) or ("HTTPRouteFilter", "directResponse") in draft.field_set.values


def route_annotations(drafts: list[RuleDraft]) -> dict[str, str]:
    out: dict[str, str] = {}
    for draft in drafts:
        if draft.field_set.values:
            out.update(draft.field_set.nested("annotations"))
    return out


def objects_of(drafts: list[RuleDraft]) -> tuple[ObjectRef, ...]:
    objects = [draft.rule.object for draft in drafts if draft.rule.object is not None]
    return tuple(dict.fromkeys(objects))
