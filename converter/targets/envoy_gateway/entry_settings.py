"""Settings of a whole entry: fields of the Gateway's own policies.

An entry handler writes into the field set of the entry, with the kind of the policy as head (`https` for fields that
only TLS listeners get).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from converter.model import Outcome
from converter.model.request_kind import named
from converter.packs.load import TargetRow
from converter.routing.request_rules import PathRules
from converter.routing.steps import AddressList, Timeouts
from converter.routing.table import Feature
from converter.targets.context import NOTHING, affected_aspects, outcome_from_row
from converter.targets.draft import FieldSet
from converter.targets.envoy_gateway.backend_traffic_policy.write import timeout_fields
from converter.targets.envoy_gateway.backend_traffic_policy.write_retries import retry_fields, retry_outcome
from converter.targets.envoy_gateway.security_policy.write_authorization import authorization
from converter.targets.envoy_gateway.security_policy.write_basic_auth import lifted
from converter.targets.handlers import handler
from converter.targets.write_fields import FieldWriter, write_fields

BTP, CTP = "BackendTrafficPolicy", "ClientTrafficPolicy"
EntryHandler = Callable[[FieldSet, Feature, TargetRow], Outcome | list[Outcome]]
Handling = TypeVar("Handling", bound=EntryHandler)
ENTRY_HANDLERS: dict[str, EntryHandler] = {"fields": write_fields}


def entry_handler(name: str) -> Callable[[Handling], Handling]:
    """Register a handler of settings of a whole entry."""

    def register(function: Handling) -> Handling:
        ENTRY_HANDLERS[name] = function
        return function

    return register


def field_of(value: Any, name: str, default: Any = None) -> Any:
    """A field of a value that is a mapping or an object."""
    if isinstance(value, dict):
        return value.get(name, value.get(name.replace("_", "-"), default))
    return getattr(value, name, default)


def kept(feature: Feature, text: str) -> Outcome:
    """The setting holds as before."""
    return Outcome.exact(f"{feature.name}.kept", text)


@entry_handler("timeouts")
def timeouts(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Defaults of every route."""
    if not isinstance(feature.value, Timeouts):
        return outcome_from_row(row, feature.name, feature.note)
    for path, value in timeout_fields(feature.value).items():
        field_set.put(feature.name, (BTP, *path), value)
    return Outcome("timeouts.policy", row.fidelity, row.note, row.hint, affects=NOTHING)


@entry_handler("retries")
def retries(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """The retries of every route (`write_retries.py`)."""
    value = feature.value if isinstance(feature.value, dict) else {}
    if not isinstance(value.get("tries"), int):
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(feature.name, (BTP, "retry"), retry_fields(value))
    return retry_outcome(value)


@entry_handler("body-limit")
def body_limit(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """What holds where an Ingress sets none."""
    return lifted(row) if field_of(feature.value, "bytes") else kept(feature, "sets no limit, before and after")


@entry_handler("load-balancing")
def load_balancing(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Round robin unless another is set."""
    if field_of(feature.value, "service") is True:
        field_set.put(feature.name, (BTP, "routingType"), "Service")
        return kept(feature, "requests go to the Service's ClusterIP, as before")
    if isinstance(feature.value, dict) and "algorithm" not in feature.value:
        return outcome_from_row(row, feature.name, feature.note)
    algorithm = str(
        field_of(feature.value, "algorithm", feature.value if isinstance(feature.value, str) else "round_robin")
    )
    if algorithm not in ("round_robin", "round-robin", "rr", "RoundRobin"):
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(feature.name, (BTP, "loadBalancer"), {"type": "RoundRobin"})
    return kept(feature, "round robin over endpoints, as before")


@entry_handler("path-normalisation")
def path_normalisation(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Escaped slashes stay as they are; merging of slashes is kept or switched off."""
    if not isinstance(feature.value, PathRules | dict):
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(feature.name, (CTP, "path", "escapedSlashesAction"), "KeepUnchanged")
    if field_of(feature.value, "merge_slashes", True) is False or field_of(feature.value, "style") == "literal":
        field_set.put(feature.name, (CTP, "path", "disableMergeSlashes"), True)
    return Outcome.approximate(
        "path-normalisation.kept", row.note, row.hint, affects=affected_aspects(row), when=named("odd-path")
    )


@entry_handler("address-list")
def address_list(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """A list for all routes; a route with one of its own goes by that alone, as the policies of routes replace it."""
    ranges = field_of(feature.value, "source_ranges")
    if ranges:
        path = ("EnvoyProxy", "provider", "kubernetes", "envoyService", "loadBalancerSourceRanges")
        field_set.put(feature.name, path, ranges)
        return kept(feature, "the load balancer of the Gateway's Service lets in the same addresses")
    if not isinstance(feature.value, AddressList):
        return Outcome.manual(
            f"{feature.name}.by-hand",
            feature.note or "has a form that no policy can express",
            row.hint or "write a SecurityPolicy for the Gateway",
        )
    field_set.put(feature.name, ("SecurityPolicy", "authorization"), authorization(feature.value))
    return kept(feature, "becomes a SecurityPolicy of the Gateway")


@entry_handler("fixed-response")
def unmatched(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """The response to requests that no rule takes; Envoy's is a bare 404."""
    if field_of(feature.value, "status", 404) != 404:
        return outcome_from_row(row, feature.name, feature.note)
    return Outcome.approximate(
        "fixed-response.unmatched",
        "a request that matches no rule gets 404, as before, but without the controller's headers and body",
        affects={"response-headers", "body"},
        when=named("unmatched"),
    )


@handler("compression")
@entry_handler("compression")
def compression(draft: FieldWriter, feature: Feature, row: TargetRow) -> Outcome:
    """What every route gets, or one of them."""
    draft.put(feature.name, (BTP, "compressor"), _compressors(feature))
    return Outcome.approximate("compression.policy", row.note, row.hint, affects={"response-headers"})


def _compressors(feature: Feature) -> list[dict[str, Any]]:
    """`type: Gzip` alone does nothing, the empty object is needed (reference target.md b6)."""
    kinds: dict[str, dict[str, Any]] = {
        "brotli": {"type": "Brotli", "brotli": {}},
        "gzip": {"type": "Gzip", "gzip": {}},
    }
    types = field_of(feature.value, "types") or ("gzip",)
    least = field_of(feature.value, "least") or {}
    return [
        kinds[name] | ({"minContentLength": least[name]} if least.get(name, 0) > 0 else {})
        for name in types
        if name in kinds
    ]
