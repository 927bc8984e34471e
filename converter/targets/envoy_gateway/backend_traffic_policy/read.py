"""BackendTrafficPolicy: timeouts, body limits, replaced responses, and what no single request shows.

envoy-gateway: internal/gatewayapi/backendtrafficpolicy.go.
"""

from __future__ import annotations

from typing import NamedTuple

from converter.reading.manifests import mapping, mappings
from converter.routing.table import Feature
from converter.targets.durations import quantity, seconds
from converter.targets.envoy_gateway.format_strings import is_accepted
from converter.targets.envoy_gateway.policy_attachment.read import Effective
from converter.targets.envoy_gateway.steps import EnvoyBodyLimit, HashCookie, Override, ResponseOverride
from converter.targets.gateway_api.http_route.read_filters import FilterReader, pairs
from converter.targets.resources import Body, number, text

LARGEST_TABLE = 5_000_011
UNMODELLED_FIELDS = {
    "rateLimit": "rate-limit",
    "loadBalancer": "load-balancing",
    "retry": "retries",
    "compressor": "compression",
    "healthCheck": "health-check",
}
"""Settings that are handed on as data."""


class TrafficSettings(NamedTuple):
    """What a policy comes to."""

    override: Feature | None
    limit: Feature | None
    timeout: float | None
    """For a whole response; None: not set."""
    retry_timeout: float | None
    """For a single try."""
    others: tuple[Feature, ...]
    failed: bool
    refused: bool
    """Envoy refuses it, and with it the listener."""


NONE = TrafficSettings(None, None, None, None, (), False, False)


class TrafficReader:
    """Reads each policy (or merge of two) once."""

    def __init__(self, filters: FilterReader) -> None:
        self._filters = filters
        self._known: dict[int, tuple[Effective, TrafficSettings]] = {}

    def read(self, effective: Effective | None) -> TrafficSettings:
        """The settings in force."""
        if effective is None:
            return NONE
        key = id(effective.spec)
        if key not in self._known:
            self._known[key] = (effective, self._read(effective))
        return self._known[key][1]

    def _read(self, effective: Effective) -> TrafficSettings:
        spec = effective.spec
        entries, failed = [], _bad_table(spec)
        for one in mappings(spec.get("responseOverride")):
            entry = self._override(one, effective)
            if entry is None:
                failed = True
            else:
                entries.append(entry)
        limit = quantity(mapping(spec.get("requestBuffer")).get("limit"))
        timeout = seconds(mapping(mapping(spec.get("timeout")).get("http")).get("requestTimeout"))
        per_try = seconds(mapping(mapping(spec.get("retry")).get("perRetry")).get("timeout"))
        others = tuple(Feature(name, spec[key]) for key, name in UNMODELLED_FIELDS.items() if spec.get(key) is not None)
        cookie = _hash_cookie(mapping(mapping(spec.get("loadBalancer")).get("consistentHash")))
        if cookie is not None:
            others = (*others, Feature("session-affinity", cookie))
        return TrafficSettings(
            Feature("custom-errors", ResponseOverride(tuple(entries))) if entries else None,
            Feature("body-limit", EnvoyBodyLimit(limit)) if limit is not None else None,
            timeout,
            per_try,
            others,
            failed,
            not all(is_accepted(one.body or "") for one in entries),
        )

    def _override(self, spec: Body, effective: Effective) -> Override | None:
        match, response = mapping(spec.get("match")), mapping(spec.get("response"))
        body = None
        for owner in effective.owners:
            body = body or self._filters.body(mapping(response.get("body")), owner.namespace)
        if body is None and response.get("body"):
            return None
        header, status = mapping(response.get("header")), response.get("statusCode")
        lines = [pair for key in ("set", "add") for pair in pairs(header.get(key))]
        return Override(
            tuple(_statuses(one) for one in mappings(match.get("statusCodes"))),
            tuple(
                (text(one.get("name")).lower(), text(one.get("value")), one.get("type") == "RegularExpression")
                for one in mappings(match.get("responseHeaders"))
            ),
            number(status) if status is not None else None,
            body or None,
            text(response.get("contentType")) or None,
            tuple(lines),
            text(spec.get("source"), "All"),
            _elsewhere(mapping(spec.get("redirect"))),
        )


def _hash_cookie(spec: Body) -> HashCookie | None:
    """The cookie that Envoy makes itself; without a ttl it only looks at one."""
    cookie = mapping(spec.get("cookie")) if spec.get("type") == "Cookie" else {}
    if cookie.get("ttl") is None:
        return None
    attributes = mapping(cookie.get("attributes"))
    return HashCookie(
        text(cookie.get("name")),
        seconds(cookie["ttl"]) or 0,
        tuple((str(name), text(attributes[name])) for name in sorted(attributes)),
    )


def _elsewhere(spec: Body) -> tuple[str, str, str] | None:
    if not spec:
        return None
    path = text(mapping(spec.get("path")).get("replaceFullPath"))
    return text(spec.get("scheme")), text(spec.get("hostname")), path


def _statuses(spec: Body) -> tuple[int, int]:
    if spec.get("type") == "Range":
        bounds = mapping(spec.get("range"))
        return number(bounds.get("start")), number(bounds.get("end"))
    return number(spec.get("value")), number(spec.get("value"))


def _bad_table(spec: Body) -> bool:
    """envoy-gateway: the table of a consistent hash must be a prime number."""
    size = mapping(mapping(spec.get("loadBalancer")).get("consistentHash")).get("tableSize")
    if size is None:
        return False
    value = number(size)
    return not 1 < value <= LARGEST_TABLE or any(value % one == 0 for one in range(2, int(value**0.5) + 1))
