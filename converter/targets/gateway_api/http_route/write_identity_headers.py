"""Headers that backends believe because only the controller writes them, where no ClientTrafficPolicy can: a rule takes
them from what clients send, or writes them itself."""

from __future__ import annotations

from converter.targets.context import Context
from converter.targets.draft import Path
from converter.targets.envoy_gateway.client_address import OF_THE_BALANCER
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import behind_balancer, forwarded_header_set
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_actions import literal

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


class IdentityHeaders(dict[str, str | None]):
    """Header -> what every rule of a table writes to it; None: it is removed."""


def written_by_routes(draft: RuleDraft) -> None:
    """The headers of one rule; those that a setting of the rule writes stay as it says."""
    context = draft.context
    if context.gateway_policies:
        return
    own = {path[3].lower() for path in draft.field_set.values if path[:2] == HEADERS and len(path) > 3}
    for name, value in context.entry.shared.of(IdentityHeaders, lambda: _identity_headers(context)).items():
        if name in own:
            continue
        if value is None:
            draft.put("forwarded-headers", (*HEADERS, "remove", name), True)
        else:
            draft.put("forwarded-headers", (*HEADERS, "set", name), value)


def _identity_headers(context: Context) -> IdentityHeaders:
    texts = _texts(context)
    if context.capabilities.policies:
        known = {name: literal(text) for name, text in texts.items()}
        known |= {name.lower(): value for name, value in OF_THE_BALANCER}
    else:  # an implementation may evaluate what begins with a percent sign
        known = {name: text for name, text in texts.items() if "%" not in text}
    return IdentityHeaders((name, known.get(name)) for name in sorted(_names(context)))


def _texts(context: Context) -> dict[str, str]:
    """Headers that hold the same text in every request: what their owner writes for all routes must not be removed."""
    found = (forwarded_header_set(feature) for feature in context.entry.table.features)
    lines = (
        (name, "".join(parts)) for one in found if one is not None for name, parts in one.headers if len(parts) == 1
    )
    return {name.lower(): text[1:] for name, text in lines if text.startswith("=") and text[1:].strip()}


def _names(context: Context) -> set[str]:
    names: set[str] = set()
    for feature in context.entry.table.features:
        tells = forwarded_header_set(feature)
        if tells is not None:
            names |= tells.names
        elif feature.name == "forwarded-headers" and behind_balancer(feature.value):
            names.update(name.lower() for name, _ in OF_THE_BALANCER)
    return names - OF_PROXIES
