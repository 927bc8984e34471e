"""What the API server takes and Envoy Gateway or Envoy then refuses, answers by 500, or does wrongly."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from converter.checking.format_strings import format_problem
from converter.checking.htpasswd import KEY, htpasswd_problem, secret_text
from converter.checking.surroundings import Index
from converter.model import Resource
from converter.routing.re2 import re2_error

Found = tuple[str, str]
"""Field and message."""

_BACKEND_FILTERS = frozenset({"RequestHeaderModifier", "ResponseHeaderModifier", "ExtensionRef", "URLRewrite"})
_MODIFIERS = {"RequestHeaderModifier": "requestHeaderModifier", "ResponseHeaderModifier": "responseHeaderModifier"}


def refusals(resource: Resource, index: Index) -> Iterator[Found]:
    """Everything about one object that Envoy Gateway or Envoy would not do."""
    check = _CHECKS.get(resource.kind)
    if check is not None:
        yield from check(resource, index)


def _route(resource: Resource, index: Index) -> Iterator[Found]:
    for number, rule in enumerate((resource.body.get("spec") or {}).get("rules") or ()):
        path = f"spec.rules[{number}]"
        matches = rule.get("matches") or ()
        for position, match in enumerate(matches):
            yield from _match(match, f"{path}.matches[{position}]")
        filters = rule.get("filters")
        if filters:
            yield from _filters(filters, f"{path}.filters")
            yield from _combined(resource, index, filters, f"{path}.filters")
            yield from _prefixes(filters, matches, f"{path}.filters")
        for position, ref in enumerate(rule.get("backendRefs") or ()):
            if "filters" in ref:
                at = f"{path}.backendRefs[{position}].filters"
                yield from _filters(ref["filters"], at)
                yield from _backend_filters(ref["filters"], at)


def _match(match: dict[str, Any], path: str) -> Iterator[Found]:
    for key, value in match.items():
        if isinstance(value, dict):
            if value.get("type") == "RegularExpression":
                for part in ("value", "service", "method"):
                    yield from _pattern(value.get(part), f"{path}.{key}.{part}")
        elif isinstance(value, list):
            seen: set[str] = set()
            for number, item in enumerate(value):
                if item.get("type") == "RegularExpression":
                    yield from _pattern(item.get("value"), f"{path}.{key}[{number}].value")
                name = item.get("name", "").lower()
                if key == "headers" and name in seen:
                    yield f"{path}.headers[{number}]", f"{name} is named twice but for its case: nothing ever matches"
                seen.add(name)


def _pattern(pattern: Any, path: str) -> Iterator[Found]:
    problem = re2_error(pattern) if isinstance(pattern, str) else None
    if problem:
        yield path, f"{pattern!r} has {problem}, which RE2 does not know: Envoy Gateway drops what it stands in"


def _filters(filters: list[dict[str, Any]], path: str) -> Iterator[Found]:
    for number, entry in enumerate(filters):
        kind = entry.get("type", "")
        if kind in _MODIFIERS:
            key = _MODIFIERS[kind]
            yield from _modifier(entry.get(key) or {}, f"{path}[{number}].{key}")
        elif kind == "ExternalAuth":
            yield f"{path}[{number}]", "Envoy Gateway does not know ExternalAuth: the rule would answer 500"


def _modifier(modifier: dict[str, Any], path: str) -> Iterator[Found]:
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
        yield path, f"a header modifier must not touch {name}: the rule would answer 500"


def _combined(
    resource: Resource, index: Index, filters: list[dict[str, Any]], path: str
) -> Iterator[Found]:
    """One path and one host rewrite in total, no mirror beside an answer of the proxy itself."""
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
    if paths > 1 or hosts > 1:
        yield path, "rewrites path or host twice: Envoy Gateway takes one of each in all filters of a rule"
    if answers and "RequestMirror" in kinds:
        yield path, "mirrors beside a redirect or direct response: the rule would answer 500"


def _prefixes(
    filters: list[dict[str, Any]], matches: Any, path: str
) -> Iterator[Found]:
    """ReplacePrefixMatch where Envoy Gateway gets it wrong."""
    for number, entry in enumerate(filters):
        key = {"URLRewrite": "urlRewrite", "RequestRedirect": "requestRedirect"}.get(entry.get("type", ""))
        change = ((entry.get(key) or {}).get("path") or {}) if key else {}
        if change.get("type") != "ReplacePrefixMatch":
            continue
        value = ((matches[0].get("path") or {}).get("value", "/")) if matches else "/"
        into = change.get("replacePrefixMatch") or "/"
        at = f"{path}[{number}].{key}.path"
        if value == "/" and into != "/":
            yield at, f"replacing the prefix / by {into} loses the slash between: use replaceRegexMatch ^/"
        elif value != "/" and value.endswith("/"):
            yield at, f"a replaced prefix must not end with a slash ({value}): the bare path would be left as it is"


def _backend_filters(filters: list[dict[str, Any]], path: str) -> Iterator[Found]:
    for number, entry in enumerate(filters):
        kind = entry.get("type")
        if kind not in _BACKEND_FILTERS:
            yield f"{path}[{number}]", f"{kind} inside a backendRef: Envoy Gateway answers 500"
        elif kind == "URLRewrite" and "path" in (entry.get("urlRewrite") or {}):
            yield f"{path}[{number}].urlRewrite.path", "a path rewrite inside a backendRef: Envoy Gateway answers 500"


def _route_filter(resource: Resource, index: Index) -> Iterator[Found]:
    spec = resource.body.get("spec") or {}
    rewrite = spec.get("urlRewrite") or {}
    for part, key in (("path", "replaceRegexMatch"), ("hostname", "pathRegex")):
        pattern = ((rewrite.get(part) or {}).get(key) or {}).get("pattern")
        yield from _pattern(pattern, f"spec.urlRewrite.{part}.{key}.pattern")
    for number, match in enumerate(spec.get("matches") or ()):
        yield from _match(match, f"spec.matches[{number}]")
    if "directResponse" in spec:
        yield from _response(spec["directResponse"], "spec.directResponse")


def _response(response: dict[str, Any], path: str) -> Iterator[Found]:
    body = response.get("body") or {}
    problem = format_problem(body["inline"]) if isinstance(body.get("inline"), str) else None
    if problem:
        yield f"{path}.body.inline", problem
    header = response.get("header") or {}
    yield from _modifier(header, f"{path}.header")
    if header.get("remove"):
        yield f"{path}.header.remove", "a direct response cannot remove headers"


def _backend_traffic(resource: Resource, index: Index) -> Iterator[Found]:
    spec = resource.body.get("spec") or {}
    for number, override in enumerate(spec.get("responseOverride") or ()):
        yield from _response(override.get("response") or {}, f"spec.responseOverride[{number}].response")
    for number, entry in enumerate(spec.get("compressor") or ()):
        key = str(entry.get("type", "")).lower()
        if key in {"gzip", "brotli", "zstd"} and key not in entry:
            yield f"spec.compressor[{number}]", f"has no effect without an own {key} object, empty or not"
    yield from _local_limits((spec.get("rateLimit") or {}).get("local") or {})
    yield from _patterns_anywhere(spec, "spec")


def _local_limits(local: dict[str, Any]) -> Iterator[Found]:
    open_rules = 0
    for number, rule in enumerate(local.get("rules") or ()):
        selectors = rule.get("clientSelectors") or ()
        open_rules += not selectors
        if sum("sourceCIDR" in selector for selector in selectors) > 1:
            words = "names a second network, which silently overwrites the first: one rule for each"
            yield f"spec.rateLimit.local.rules[{number}]", words
    if open_rules > 1:
        yield "spec.rateLimit.local.rules", "has more than one rule without clientSelectors: the policy is invalid"


def _client_traffic(resource: Resource, index: Index) -> Iterator[Found]:
    headers = (resource.body.get("spec") or {}).get("headers") or {}
    for part in ("earlyRequestHeaders", "lateResponseHeaders"):
        if part in headers:
            yield from _modifier(headers[part], f"spec.headers.{part}")


def _policy(resource: Resource, index: Index) -> Iterator[Found]:
    yield from _patterns_anywhere(resource.body.get("spec") or {}, "spec")


def _patterns_anywhere(value: Any, path: str) -> Iterator[Found]:
    if isinstance(value, dict):
        if value.get("type") == "RegularExpression":
            yield from _pattern(value.get("value"), f"{path}.value")
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                yield from _patterns_anywhere(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _patterns_anywhere(item, f"{path}[{number}]")


def _backend(resource: Resource, index: Index) -> Iterator[Found]:
    for number, endpoint in enumerate((resource.body.get("spec") or {}).get("endpoints") or ()):
        name = (endpoint.get("fqdn") or {}).get("hostname", "")
        address = (endpoint.get("ip") or {}).get("address", "")
        if "fqdn" in endpoint and "." not in name.rstrip("."):
            yield f"spec.endpoints[{number}].fqdn.hostname", f"{name} has one label: Envoy Gateway wants two or more"
        if address and _is_loopback(address):
            yield f"spec.endpoints[{number}].ip.address", f"{address} is a loopback address, which is refused"


def _is_loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def _secret(resource: Resource, index: Index) -> Iterator[Found]:
    text = secret_text(resource.body, KEY)
    problem = htpasswd_problem(text) if text is not None else None
    if problem:
        yield f"data[{KEY}]", problem


_CHECKS: dict[str, Callable[[Resource, Index], Iterator[Found]]] = {
    "HTTPRoute": _route, "GRPCRoute": _route, "HTTPRouteFilter": _route_filter,
    "BackendTrafficPolicy": _backend_traffic, "ClientTrafficPolicy": _client_traffic, "SecurityPolicy": _policy,
    "EnvoyExtensionPolicy": _policy, "Backend": _backend, "Secret": _secret,
}
