"""What Envoy Gateway refuses, responds to with 500 or does wrongly of the rules of a route."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import Resource
from converter.routing.re2 import re2_error
from converter.validation.format_strings import format_problem
from converter.validation.known_objects import Index

Found = tuple[str, str]
"""Field and message."""

_BACKEND_FILTERS = frozenset({"RequestHeaderModifier", "ResponseHeaderModifier", "ExtensionRef", "URLRewrite"})
_MODIFIERS = {"RequestHeaderModifier": "requestHeaderModifier", "ResponseHeaderModifier": "responseHeaderModifier"}
_CHANGES = {"URLRewrite": "urlRewrite", "RequestRedirect": "requestRedirect"}


def route_refusals(resource: Resource, index: Index) -> Iterator[Found]:
    for number, rule in enumerate((resource.body.get("spec") or {}).get("rules") or ()):
        path = f"spec.rules[{number}]"
        matches = rule.get("matches") or ()
        for position, match in enumerate(matches):
            if not _literal_path(match):
                yield from match_refusals(match, f"{path}.matches[{position}]")
        filters = rule.get("filters")
        if filters:
            yield from _filters(filters, f"{path}.filters")
            if len(filters) > 1 or filters[0].get("type") == "ExtensionRef":
                yield from _combined(resource, index, filters, f"{path}.filters")
            yield from _prefixes(filters, matches, f"{path}.filters")
        for position, ref in enumerate(rule.get("backendRefs") or ()):
            if "filters" in ref:
                at = f"{path}.backendRefs[{position}].filters"
                yield from _filters(ref["filters"], at)
                yield from _backend_filters(ref["filters"], at)


def _literal_path(match: dict[str, Any]) -> bool:
    """Most matches: a path as it stands, and nothing else."""
    return len(match) == 1 and "path" in match and match["path"].get("type") != "RegularExpression"


def match_refusals(match: dict[str, Any], path: str) -> Iterator[Found]:
    for key, value in match.items():
        if isinstance(value, dict):
            if value.get("type") == "RegularExpression":
                for part in ("value", "service", "method"):
                    yield from pattern_refusals(value.get(part), f"{path}.{key}.{part}")
        elif isinstance(value, list):
            seen: set[str] = set()
            for number, item in enumerate(value):
                if item.get("type") == "RegularExpression":
                    yield from pattern_refusals(item.get("value"), f"{path}.{key}[{number}].value")
                name = item.get("name", "").lower()
                if key == "headers" and name in seen:
                    yield f"{path}.headers[{number}]", f"{name} is named twice but for its case: nothing ever matches"
                seen.add(name)


def pattern_refusals(pattern: Any, path: str) -> Iterator[Found]:
    problem = re2_error(pattern) if isinstance(pattern, str) else None
    if problem:
        yield path, f"{pattern!r} has {problem}, which RE2 does not know: Envoy Gateway drops what it stands in"


def _filters(filters: list[dict[str, Any]], path: str) -> Iterator[Found]:
    for number, entry in enumerate(filters):
        kind = entry.get("type", "")
        if kind in _MODIFIERS:
            key = _MODIFIERS[kind]
            yield from modifier_refusals(entry.get(key) or {}, f"{path}[{number}].{key}")
        elif kind == "ExternalAuth":
            yield f"{path}[{number}]", "Envoy Gateway does not know ExternalAuth: the rule would return 500"


def modifier_refusals(modifier: dict[str, Any], path: str) -> Iterator[Found]:
    for action in ("set", "add", "addIfAbsent"):
        for number, header in enumerate(modifier.get(action) or ()):
            at = f"{path}.{action}[{number}]"
            yield from _header_name(header.get("name", ""), at)
            problem = format_problem(str(header.get("value", "")))
            if problem:
                yield f"{at}.value", problem
    for number, name in enumerate(modifier.get("remove") or ()):
        yield from _header_name(name, f"{path}.remove[{number}]")


def _header_name(name: str, path: str) -> Iterator[Found]:
    if name.lower() == "host" or name.startswith(":") or "/" in name:
        yield path, f"a header modifier must not touch {name}: the rule would return 500"


def _combined(resource: Resource, index: Index, filters: list[dict[str, Any]], path: str) -> Iterator[Found]:
    """One path and one host rewrite in total, no mirror beside a response of the proxy itself."""
    kinds = {entry.get("type") for entry in filters}
    paths = sum(1 for entry in filters if (entry.get("urlRewrite") or {}).get("path"))
    hosts = sum(1 for entry in filters if (entry.get("urlRewrite") or {}).get("hostname"))
    answers = "RequestRedirect" in kinds
    for entry in filters:
        if entry.get("type") == "ExtensionRef":
            name = (entry.get("extensionRef") or {}).get("name", "")
            spec = index.spec("HTTPRouteFilter", resource.namespace, name) or {}
            rewrite = spec.get("urlRewrite") or {}
            paths, hosts = paths + ("path" in rewrite), hosts + ("hostname" in rewrite)
            answers = answers or "directResponse" in spec
            status = (spec.get("directResponse") or {}).get("statusCode", 200)
            if resource.kind == "GRPCRoute" and "directResponse" in spec and 200 <= status < 300:
                yield path, f"a direct response of {status} on a GRPCRoute, which Envoy Gateway refuses"
    if paths > 1 or hosts > 1:
        yield path, "rewrites path or host twice: Envoy Gateway takes one of each in all filters of a rule"
    if answers and "RequestMirror" in kinds:
        yield path, "mirrors beside a redirect or direct response: the rule would return 500"


def _prefixes(filters: list[dict[str, Any]], matches: Any, path: str) -> Iterator[Found]:
    """ReplacePrefixMatch where Envoy Gateway gets it wrong."""
    for number, entry in enumerate(filters):
        key = _CHANGES.get(entry.get("type", ""))
        change = ((entry.get(key) or {}).get("path") or {}) if key else {}
        if change.get("type") != "ReplacePrefixMatch":
            continue
        value = ((matches[0].get("path") or {}).get("value", "/")) if matches else "/"
        into = change.get("replacePrefixMatch") or "/"
        at = f"{path}[{number}].{key}.path"
        joined = key == "requestRedirect" and into.endswith("/")  # measured: / and /a become /v2/ and /v2/a
        if value == "/" and into != "/" and not joined:
            yield at, f"replacing the prefix / by {into} loses the slash between: use replaceRegexMatch ^/"
        elif value != "/" and value.endswith("/"):
            yield at, f"a replaced prefix must not end with a slash ({value}): the bare path would be left as it is"


def _backend_filters(filters: list[dict[str, Any]], path: str) -> Iterator[Found]:
    for number, entry in enumerate(filters):
        kind = entry.get("type")
        if kind not in _BACKEND_FILTERS:
            yield f"{path}[{number}]", f"{kind} inside a backendRef: Envoy Gateway returns 500"
        elif kind == "URLRewrite" and "path" in (entry.get("urlRewrite") or {}):
            yield f"{path}[{number}].urlRewrite.path", "a path rewrite inside a backendRef: Envoy Gateway returns 500"
