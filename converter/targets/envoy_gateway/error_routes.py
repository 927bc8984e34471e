"""Routes of internal hosts that serve error pages (`backend_traffic_policy/write_error_pages.py`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.model import Location, Origin, Outcome
from converter.model.request_kind import for_host
from converter.targets.envoy_gateway.backend_traffic_policy.write_error_pages import ErrorRoute, ErrorRouteCodes
from converter.targets.gateway_api.http_route.write_body import parent_ref

if TYPE_CHECKING:
    from converter.targets.gateway_api.gateway.gateway_draft import GatewayDraft

MAX_RULES = 16


def write_error_routes(writer: GatewayDraft) -> None:
    """One route a Service, on the listeners for any host; a rule a code, which says the code to the Service."""
    context = writer.context
    for route, codes in (context.output.shared.take(ErrorRouteCodes) or {}).items():
        listeners = [
            one for one in writer.listeners.by_key.values() if not one.hostname and one.protocol in ("HTTP", "HTTPS")
        ]
        for listener in listeners:
            listener.namespaces.add(route.namespace)
        rules = [_rule(route, code) for code in sorted(codes)]
        for start in range(0, len(rules), MAX_RULES):
            name = context.output.names.claim(
                "HTTPRoute", route.namespace, f"{route.name}-error-pages", f"{writer.gateway}/{route}/{start}"
            )
            spec: dict[str, Any] = {
                "parentRefs": [parent_ref(one, route.namespace) for one in listeners],
                "hostnames": [route.host],
                "rules": rules[start : start + MAX_RULES],
            }
            context.output.objects.add("HTTPRoute", route.namespace, name, spec, origin="error pages")
        _announce(writer, route)


def _rule(route: ErrorRoute, code: int) -> dict[str, Any]:
    headers = [{"name": "X-Code", "value": str(code)}, {"name": "X-Format", "value": "%REQ(Accept)%"}]
    return {
        "matches": [{"path": {"type": "Exact", "value": f"/{code}"}}],
        "filters": [
            {"type": "RequestHeaderModifier", "requestHeaderModifier": {"set": headers}},
            {"type": "URLRewrite", "urlRewrite": {"path": {"type": "ReplaceFullPath", "replaceFullPath": "/"}}},
        ],
        "backendRefs": [{"name": route.name, "port": route.port}],
    }


def _announce(writer: GatewayDraft, route: ErrorRoute) -> None:
    """The host is new: it had no responses before."""
    table, context = writer.table, writer.context
    first = table.rule_origin()
    origin = Origin("default", "error pages", route.host, Location(first.location.path if first is not None else ""))
    table.add_default("custom-errors", origin)
    context.ledger.settle(
        origin,
        Outcome.approximate(
            "custom-errors.host",
            f"The internal host {route.host} serves the error pages of Service {route.namespace}/{route.name} to "
            "clients that send it as Host.",
            when=for_host("exact", route.host),
        ),
        "custom-errors",
    )
