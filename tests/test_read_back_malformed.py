"""Resources that nobody should write are read all the same: wrong shapes cost themselves, never the table."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

from converter.routing import Request, decide
from converter.targets.registry import read_tables
from tests.test_read_back_gateways import HEAD, LISTENER_SET, documents, route
from tests.test_read_back_policies import ALLOW, ON_GATEWAY, policy

RICH = (
    route("r").replace(
        "    backendRefs",
        """    filters:
    - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: b}], remove: [c]}}
    - {type: CORS, cors: {allowOrigins: ['https://*.org'], maxAge: 5}}
    - {type: URLRewrite, urlRewrite: {hostname: up.org, path: {type: ReplacePrefixMatch, replacePrefixMatch: /x}}}
    - {type: ExtensionRef, extensionRef: {group: gateway.envoyproxy.io, kind: HTTPRouteFilter, name: f}}
    timeouts: {request: 5s}
    backendRefs""",
    )
    + """
apiVersion: gateway.envoyproxy.io/v1alpha1
kind: HTTPRouteFilter
metadata: {name: f, namespace: shop}
spec: {directResponse: {statusCode: 418, body: {type: Inline, inline: 'no %REQ(:path)%'}}}
---
"""
)
POLICIES = (
    policy("s", ALLOW.format("10.0.0.0/8"), ON_GATEWAY)
    + policy(
        "c",
        "clientIPDetection: {xForwardedFor: {numTrustedHops: 1}}\n  headers: {lateResponseHeaders: {set: [{name: a, value: b}]}}",
        ON_GATEWAY,
        "ClientTrafficPolicy",
    )
    + policy(
        "b",
        "responseOverride: [{match: {statusCodes: [{value: 404}]}, response: {body: {inline: x}}}]",
        kind="BackendTrafficPolicy",
    )
)
JUNK: list[Any] = [None, "x", "", "%", "(", 7, -1, 1.5, True, [], {}, ["y"], [None], {"z": 1}, ["a", {}]]


def places(node: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths to all parts of a document."""
    if path:
        yield path
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield from places(value, (*path, key))


def test_no_shape_stops_the_reader():
    whole = documents(HEAD + LISTENER_SET + RICH + POLICIES)
    draw = random.Random(7)  # noqa: S311
    requests = [Request("GET", "http", "a.org", "/"), Request("OPTIONS", "https", "a.org", "/x%2F", source="10.1.1.1")]
    for _ in range(400):
        spoilt = copy.deepcopy(whole)
        for _ in range(draw.randint(1, 3)):
            document = draw.choice(spoilt)
            path = draw.choice(list(places(document)))
            node = document
            for key in path[:-1]:
                node = node[key]
            node[path[-1]] = copy.deepcopy(draw.choice(JUNK))
        for target in ("envoy-gateway", "gateway-api"):
            for table in read_tables(spoilt, target_name=target):
                for request in requests:
                    decide(table, request).to_answer()


def test_what_is_no_manifest_is_passed_by():
    assert (
        read_tables([{}, {"kind": "Gateway"}, {"metadata": {"name": "x"}}, {"kind": "Gateway", "metadata": None}]) == []
    )
