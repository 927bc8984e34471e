"""Headers that backends believe because only the controller writes them, where no ClientTrafficPolicy can: a rule takes
them from what clients send, or writes them itself."""

from __future__ import annotations

from converter.targets.context import Context
from converter.targets.draft import Path
from converter.targets.envoy_gateway.client_address import OF_THE_BALANCER
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import behind_balancer, forwarded_header_set
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

OF_PROXIES = frozenset(
    {
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-original-forwarded-for",
        "x-original-forwarded-host",
    }
)
"""Headers that the implementation may write itself before a rule sees them, and those that hold what clients say."""
HEADERS: Path = ("filters", "requestHeaders")


def written_by_routes(draft: RuleDraft) -> None:
    """The headers of one rule; those that a setting of the rule writes stay as it says."""
    context = draft.context
    if context.capabilities.policies and not context.options.gateway:
        return
    own = {path[3].lower() for path in draft.field_set.values if path[:2] == HEADERS and len(path) > 3}
    known = {name.lower(): value for name, value in OF_THE_BALANCER} if context.capabilities.policies else {}
    for name in sorted(_names(context) - own):
        if name in known:
            draft.put("forwarded-headers", (*HEADERS, "set", name), known[name])
        else:
            draft.put("forwarded-headers", (*HEADERS, "remove", name), True)


def _names(context: Context) -> set[str]:
    names: set[str] = set()
    for feature in context.entry.table.features:
        tells = forwarded_header_set(feature)
        if tells is not None:
            names.update(name.lower() for name in (*(name for name, _ in tells.headers), *tells.drops))
        elif feature.name == "forwarded-headers" and behind_balancer(feature.value):
            names.update(name.lower() for name, _ in OF_THE_BALANCER)
    return names - OF_PROXIES
