"""The filters of a rule, in the order in which they are written, and the HTTPRouteFilter beside it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from converter.targets.context import Context, source_line
from converter.targets.protected_paths import ESCAPES

if TYPE_CHECKING:
    from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

_MODIFIERS = (("requestHeaders", "RequestHeaderModifier"), ("responseHeaders", "ResponseHeaderModifier"))


def filter_list(draft: RuleDraft, route: str, context: Context) -> list[dict[str, Any]]:
    """All filters; a header modifier stands before an ExtensionRef, where alone it has an effect on its response."""
    written = draft.field_set.nested("filters")
    out: list[dict[str, Any]] = []
    for key, kind in _MODIFIERS:
        if key in written:
            out.append({"type": kind, kind[0].lower() + kind[1:]: _modifier(written[key])})
    if "cors" in written:
        out.append({"type": "CORS", "cors": written["cors"]})
    if "rewrite" in written:
        out.append({"type": "URLRewrite", "urlRewrite": written["rewrite"]})
    if "redirect" in written:
        order = ("scheme", "hostname", "path", "port", "statusCode")
        fields = written["redirect"]
        out.append({"type": "RequestRedirect", "requestRedirect": {key: fields[key] for key in order if key in fields}})
    for backend in written.get("mirror", {}).get("backends", ()):
        out.append({"type": "RequestMirror", "requestMirror": {"backendRef": backend}})
    extension = draft.field_set.nested("HTTPRouteFilter")
    if extension:
        name = _extension(draft, route, extension, context)
        out.append(
            {
                "type": "ExtensionRef",
                "extensionRef": {
                    "group": "gateway.envoyproxy.io",
                    "kind": "HTTPRouteFilter",
                    "name": name,
                },
            }
        )
    return out


def _modifier(written: dict[str, Any]) -> dict[str, Any]:
    out: dict[str, Any] = {}
    for verb in ("set", "add"):
        if verb in written:
            out[verb] = [{"name": name, "value": value} for name, value in written[verb].items()]
    if "remove" in written:
        out["remove"] = sorted(written["remove"])
    return out


def _extension(draft: RuleDraft, route: str, spec: dict[str, Any], context: Context) -> str:
    """The HTTPRouteFilter with this content; rules of one route that want the same share it."""
    purpose = "response" if "directResponse" in spec else "rewrite" if "urlRewrite" in spec else "filter"
    if draft.rule.derived == ESCAPES:
        purpose = ESCAPES
    identity = json.dumps(spec, sort_keys=True)
    name = context.output.names.claim("HTTPRouteFilter", draft.namespace, f"{route}-{purpose}", identity)
    if context.output.objects.get("HTTPRouteFilter", draft.namespace, name) is None:
        sources = [draft.rule.object] if draft.rule.object is not None else []
        context.output.objects.add(
            "HTTPRouteFilter",
            draft.namespace,
            name,
            spec,
            sources,
            origin=source_line(draft.rule.object, draft.rule.origin),
        )
    return name
