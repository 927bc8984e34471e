"""What the API server takes and Envoy Gateway or Envoy then refuses, responds to with 500, or does wrongly."""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable, Iterator
from typing import Any

from converter.model import ObjectRef, Resource
from converter.reading.secret_data import values_known
from converter.routing.htpasswd import KEY, htpasswd_problem
from converter.targets.envoy_gateway.gateway_refusals import gateway_refusals
from converter.targets.envoy_gateway.route_refusals import (
    Found,
    match_refusals,
    modifier_refusals,
    pattern_refusals,
    route_refusals,
)
from converter.validation.format_strings import format_problem
from converter.validation.known_objects import Index

_GROUP = re.compile(r"\\(?:(\d)|.)")


def refusals(resource: Resource, index: Index) -> Iterator[Found]:
    """Everything about one object that Envoy Gateway or Envoy would not do."""
    check = _CHECKS.get(resource.kind)
    if check is not None:
        yield from check(resource, index)


def _route_filter(resource: Resource, index: Index) -> Iterator[Found]:
    spec = resource.body.get("spec") or {}
    rewrite = spec.get("urlRewrite") or {}
    for part, key in (("path", "replaceRegexMatch"), ("hostname", "pathRegex")):
        pattern = ((rewrite.get(part) or {}).get(key) or {}).get("pattern")
        yield from pattern_refusals(pattern, f"spec.urlRewrite.{part}.{key}.pattern")
    regex = (rewrite.get("path") or {}).get("replaceRegexMatch") or {}
    missing = _missing_group(regex.get("pattern"), regex.get("substitution"))
    if missing:
        yield (
            "spec.urlRewrite.path.replaceRegexMatch.substitution",
            (f"\\{missing} is a group that the pattern does not have: the path would stay as it is"),
        )
    for number, match in enumerate(spec.get("matches") or ()):
        yield from match_refusals(match, f"spec.matches[{number}]")
    if "directResponse" in spec:
        yield from _response(spec["directResponse"], "spec.directResponse")


def _missing_group(pattern: Any, substitution: Any) -> int:
    """The highest group that a substitution wants beyond those of the pattern; 0 where all are there."""
    if not isinstance(pattern, str) or not isinstance(substitution, str) or "\\" not in substitution:
        return 0
    wanted = max((int(digit) for digit in _GROUP.findall(substitution) if digit), default=0)
    try:
        return wanted if wanted > re.compile(pattern).groups else 0
    except re.error:
        return 0


def _response(response: dict[str, Any], path: str) -> Iterator[Found]:
    body = response.get("body") or {}
    problem = format_problem(body["inline"]) if isinstance(body.get("inline"), str) else None
    if problem:
        yield f"{path}.body.inline", problem
    header = response.get("header") or {}
    yield from modifier_refusals(header, f"{path}.header")
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
    yield from _hashing((spec.get("loadBalancer") or {}).get("consistentHash") or {})
    yield from _local_limits((spec.get("rateLimit") or {}).get("local") or {})
    yield from _patterns_anywhere(spec, "spec")


def _hashing(consistent: dict[str, Any]) -> Iterator[Found]:
    size = consistent.get("tableSize")
    if isinstance(size, int) and (size < 2 or any(size % part == 0 for part in range(2, int(size**0.5) + 1))):
        yield "spec.loadBalancer.consistentHash.tableSize", f"{size} is not a prime number: the policy is invalid"


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
            yield from modifier_refusals(headers[part], f"spec.headers.{part}")


def _policy(resource: Resource, index: Index) -> Iterator[Found]:
    users = ((resource.body.get("spec") or {}).get("basicAuth") or {}).get("users") or {}
    if users:
        ref = ObjectRef("Secret", users.get("namespace") or resource.namespace, users.get("name", ""))
        secret = index.objects.get(ref)
        if secret is not None and values_known(secret.body) and not secret_text(secret.body, KEY):
            yield "spec.basicAuth.users", f"{ref} has no {KEY} with anything in it: the routes would return 500"
    yield from _patterns_anywhere(resource.body.get("spec") or {}, "spec")


def _patterns_anywhere(value: Any, path: str) -> Iterator[Found]:
    if isinstance(value, dict):
        if value.get("type") == "RegularExpression":
            yield from pattern_refusals(value.get("value"), f"{path}.value")
        for key, item in value.items():
            if isinstance(item, (dict, list)):
                yield from _patterns_anywhere(item, f"{path}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            if isinstance(item, (dict, list)):
                yield from _patterns_anywhere(item, f"{path}[{number}]")


def _backend(resource: Resource, index: Index) -> Iterator[Found]:
    for number, endpoint in enumerate((resource.body.get("spec") or {}).get("endpoints") or ()):
        name = (endpoint.get("fqdn") or {}).get("hostname", "")
        address = (endpoint.get("ip") or {}).get("address", "")
        if "fqdn" in endpoint and "." not in name.rstrip("."):
            yield f"spec.endpoints[{number}].fqdn.hostname", f"{name} has one label: Envoy Gateway wants two or more"
        if _address(name):
            yield f"spec.endpoints[{number}].fqdn.hostname", f"{name} is an address: Envoy Gateway wants it under ip"
        if address and _is_loopback(address):
            yield f"spec.endpoints[{number}].ip.address", f"{address} is a loopback address, which is refused"


def _is_loopback(text: str) -> bool:
    address = _address(text)
    return address is not None and address.is_loopback


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _secret(resource: Resource, index: Index) -> Iterator[Found]:
    text = secret_text(resource.body, KEY)
    problem = htpasswd_problem(text) if text is not None else None
    if problem:
        yield f"data[{KEY}]", problem


_CHECKS: dict[str, Callable[[Resource, Index], Iterator[Found]]] = {
    "Gateway": gateway_refusals,
    "HTTPRoute": route_refusals,
    "GRPCRoute": route_refusals,
    "HTTPRouteFilter": _route_filter,
    "BackendTrafficPolicy": _backend_traffic,
    "ClientTrafficPolicy": _client_traffic,
    "SecurityPolicy": _policy,
    "EnvoyExtensionPolicy": _policy,
    "Backend": _backend,
    "Secret": _secret,
}


def secret_text(body: dict[str, Any], key: str) -> str | None:
    """A value of a Secret as text; None where it is not there or no text."""
    plain = (body.get("stringData") or {}).get(key)
    if isinstance(plain, str):
        return plain
    encoded = (body.get("data") or {}).get(key)
    if not isinstance(encoded, str):
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
