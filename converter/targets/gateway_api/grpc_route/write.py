"""gRPC: rules that a GRPCRoute can say, for backends that speak gRPC without TLS."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from converter.model import Outcome
from converter.model.request_kind import without_slash
from converter.routing.actions import Forward
from converter.routing.table import Rule

if TYPE_CHECKING:
    from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

_SERVICE = re.compile(r"^/([A-Za-z_][A-Za-z0-9_.]*)/?$")
_METHOD = re.compile(r"^/([A-Za-z_][A-Za-z0-9_.]*)/([A-Za-z_][A-Za-z0-9_]*)$")
_HEADS = frozenset({"filters", "BackendTrafficPolicy", "SecurityPolicy", "annotations"})
_FILTERS = frozenset({"requestHeaders", "responseHeaders"})


def speaks_grpc(rule: Rule) -> bool:
    """True where every backend of the rule is asked by gRPC in clear text."""
    action = rule.action
    if not isinstance(action, Forward) or not action.backends:
        return False
    first = action.backends[0]
    return first.protocol == "GRPC" and all(one.protocol == "GRPC" and not one.external for one in action.backends)


def grpc_matches(draft: RuleDraft) -> list[dict[str, Any]] | None:
    """The matches of a GRPCRoute for those of a rule; None where it has no words for them.

    A GRPCRoute is a mere path match to Envoy Gateway: a service is the prefix `/service/`, a method the whole path, and
    a match of neither takes every request (reference target.md b3).
    """
    if draft.field_set.heads - _HEADS:
        return None
    if any(path[0] == "filters" and path[1] not in _FILTERS for path in draft.field_set.values):
        return None
    out = []
    for match in draft.matches:
        method = _method(match["path"])
        if method is None or set(match) - {"path", "headers"}:
            return None
        body: dict[str, Any] = {"method": method} if method else {}
        if "headers" in match:
            body["headers"] = match["headers"]
        out.append(body)
    if not draft.context.capabilities.grpc_service_paths:
        draft.outcomes += [
            _unslashed_path_outcome(match["path"]["value"])
            for match in draft.matches
            if match["path"]["value"] != "/" and match["path"]["type"] == "PathPrefix"
        ]
    return out


def _unslashed_path_outcome(value: str) -> Outcome:
    """Whether a route for a service takes the path without its final slash is up to the implementation."""
    bare = value.rstrip("/")
    return Outcome.approximate(
        "path.grpc-service",
        f"a GRPCRoute for the service may take {bare} itself, too",
        affects={"status", "location", "backends", "body", "response-headers"},
        when=without_slash(f"{bare}/"),
    )


def _method(path: dict[str, Any]) -> dict[str, str] | None:
    kind, value = path["type"], path["value"]
    if kind == "PathPrefix":
        if value == "/":
            return {}
        found = _SERVICE.match(value)
        return {"service": found.group(1)} if found else None
    if kind == "Exact":
        found = _METHOD.match(value)
        return {"service": found.group(1), "method": found.group(2)} if found else None
    return None
