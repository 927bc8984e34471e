"""How an endpoint is chosen: BackendTrafficPolicy.loadBalancer and routingType.

envoy-gateway: api/v1alpha1/loadbalancer_types.go: a consistent hash has one type, which names one or more headers,
one or more query parameters, one cookie, or the client's address. A key of several types is written by a part of it:
requests with the same whole key have the same part, so they still meet the same endpoint.
"""

from __future__ import annotations

from typing import Any

from converter.model import Fidelity, Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import NOTHING, Context, outcome_from_row
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import early_headers
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

POLICY = "BackendTrafficPolicy"
_REQUEST = {"path": ":path", "bare-path": ":path", "host": ":authority", "name": ":authority", "method": ":method"}
_BALANCERS = {
    "round_robin": "RoundRobin",
    "round-robin": "RoundRobin",
    "rr": "RoundRobin",
    "ewma": "LeastRequest",
    "least_conn": "LeastRequest",
    "least_outstanding_requests": "LeastRequest",
    "weighted_random": "Random",
}
_PHRASES = {
    "path": "the path with its query",
    "bare-path": "the path",
    "host": "the Host",
    "name": "the Host",
    "method": "the method",
    "address": "the client address",
    "scheme": "the scheme",
    "port": "the port",
}


def balancer_of(feature: Feature) -> str:
    """The balancer that is like an algorithm, "" where none is or the feature is another."""
    value = feature.value if feature.name == "load-balancing" and isinstance(feature.value, dict) else {}
    return _BALANCERS.get(str(value.get("algorithm", "")), "")


@handler("load-balancing")
def load_balancing(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """The algorithm, where the target has a like one; hashing by what it can hash by."""
    value = feature.value if isinstance(feature.value, dict) else {}
    if value.get("service"):
        draft.put(feature.name, (POLICY, "routingType"), "Service")
    parts = tuple(value.get("hash-key", ()))
    if parts or value.get("hash-by"):
        return _hashed(draft, feature, parts, value)
    kind = _BALANCERS.get(str(value.get("algorithm", "")))
    if kind == "RoundRobin" and {"slow_start", "anomalies", "cross_zone"} & set(value):
        return Outcome.approximate(
            "load-balancing.extras",
            "endpoints are used in turn; slow start of new ones, and which of them are left out, is up to Envoy",
            affects=(),
        )
    if kind is None and value.get("service"):
        return Outcome.exact("load-balancing.service", "requests go to the address of the Service")
    if kind is None:
        return outcome_from_row(row, feature.name, feature.note)
    draft.put(feature.name, (POLICY, "loadBalancer"), {"type": kind})
    fidelity = Fidelity.EXACT if kind == "RoundRobin" else Fidelity.APPROXIMATE
    return Outcome("load-balancing.policy", fidelity, f"becomes the balancer {kind}", affects=NOTHING)


def _hashed(draft: RuleDraft, feature: Feature, parts: tuple[str, ...], value: dict[str, Any]) -> Outcome:
    if value.get("service"):
        return Outcome.exact(
            "load-balancing.service",
            "requests go to the address of the Service, which is a single endpoint: nothing is left to hash over",
        )
    found, used = _consistent_hash(parts)
    if found is None:
        return Outcome.manual(
            "load-balancing.hash-key",
            f"Envoy has no hash over {value.get('hash-by')}: requests with the same key are spread over all endpoints",
            "hash by a header, a cookie, a query parameter or the client address "
            "(loadBalancer.consistentHash of the BackendTrafficPolicy), or keep the state outside of the pods",
            affects=(),
        )
    draft.put(feature.name, (POLICY, "loadBalancer"), {"type": "ConsistentHash", "consistentHash": found})
    text = f"Endpoints are chosen by a consistent hash over {_listed(used)}. Clients are spread anew once."
    left = [part for part in parts if part not in used and not part.startswith("=")]
    if left:
        text += f" {_listed(left).capitalize()} is left out of the key, so that more requests share an endpoint."
    text += "".join(_changed(part, draft.context) for part in used)
    if value.get("subset"):
        text += " A key has one endpoint instead of a group of them."
    return Outcome.approximate("load-balancing.hash", text, affects=())


def _consistent_hash(parts: tuple[str, ...]) -> tuple[dict[str, Any] | None, list[str]]:
    """The hash over most parts of the key, and those parts."""
    headers = {part: _REQUEST.get(part, part.removeprefix("header:")) for part in parts if _is_header(part)}
    parameters = [part for part in parts if part.startswith("argument:")]
    if headers and len(headers) >= len(parameters):
        names = dict.fromkeys(headers.values())
        return {"type": "Headers", "headers": [{"name": name} for name in names]}, list(headers)
    if parameters:
        names = dict.fromkeys(part.partition(":")[2] for part in parameters)
        return {"type": "QueryParams", "queryParams": [{"name": name} for name in names]}, parameters
    for part in parts:
        if part.startswith("cookie:"):
            return {"type": "Cookie", "cookie": {"name": part.partition(":")[2]}}, [part]
    if "address" in parts:
        return {"type": "SourceIP"}, ["address"]
    return None, []


def _is_header(part: str) -> bool:
    return part in _REQUEST or part.startswith("header:")


def _listed(parts: list[str]) -> str:
    texts = [_PHRASES.get(part) or part.replace(":", " ").replace("argument", "query parameter") for part in parts]
    texts = list(dict.fromkeys(texts))
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} and {texts[-1]}"


def _changed(part: str, context: Context) -> str:
    """A header whose value the listeners change before Envoy hashes it."""
    if part == "bare-path":
        return " Envoy hashes the query too."
    name = part.removeprefix("header:").lower()
    for port in context.entry.table.ports if part.startswith("header:") else ():
        early = early_headers(port, context)
        if name in (one.lower() for one in early.get("remove", ())):
            new = "the address of the connection's peer" if name == "x-forwarded-for" else "empty"
            return f" The listeners remove {name} as clients send it, so the key is another one: {new}."
        if name in (one.lower() for one in early.get("set", {})):
            return f" The listeners overwrite {name} as clients send it, so the key is another one."
    return ""
