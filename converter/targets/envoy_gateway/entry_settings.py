"""Settings of a whole entry: fields of the Gateway's own policies.

An entry handler writes into the sheet of the entry, with the kind of the policy as head (`https` for fields that only
TLS listeners get).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from converter.model import Outcome
from converter.model.request_kind import for_host, named
from converter.packs.load import TargetRow
from converter.routing.steps import AddressList, HeaderEdit, Timeouts
from converter.routing.table import Feature, HeaderRules, PathRules
from converter.targets.context import NOTHING, affected_aspects, outcome_from_row
from converter.targets.draft import BACKEND_HEADERS, FieldSet
from converter.targets.envoy_gateway.backend_traffic_policy.write import timeout_fields
from converter.targets.envoy_gateway.backend_traffic_policy.write_retries import retry_fields, retry_outcome
from converter.targets.envoy_gateway.security_policy.write_authorization import authorization
from converter.targets.envoy_gateway.security_policy.write_basic_auth import lifted
from converter.targets.gateway_api.http_route.write_actions import literal
from converter.targets.write_fields import write_fields

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


def _field(value: Any, name: str, default: Any = None) -> Any:
    if isinstance(value, dict):
        return value.get(name, value.get(name.replace("_", "-"), default))
    return getattr(value, name, default)


def _kept(feature: Feature, text: str) -> Outcome:
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
    return lifted(row) if _field(feature.value, "bytes") else _kept(feature, "sets no limit, before and after")


@entry_handler("load-balancing")
def load_balancing(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Round robin unless something else is said."""
    if _field(feature.value, "service") is True:
        field_set.put(feature.name, (BTP, "routingType"), "Service")
        return _kept(feature, "requests go to the Service's ClusterIP, as before")
    if isinstance(feature.value, dict) and "algorithm" not in feature.value:
        return outcome_from_row(row, feature.name, feature.note)
    algorithm = str(
        _field(feature.value, "algorithm", feature.value if isinstance(feature.value, str) else "round_robin")
    )
    if algorithm not in ("round_robin", "round-robin", "rr", "RoundRobin"):
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(feature.name, (BTP, "loadBalancer"), {"type": "RoundRobin"})
    return _kept(feature, "round robin over endpoints, as before")


@entry_handler("header-normalisation")
def header_normalisation(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome | list[Outcome]:
    """What happens to names with an underscore or a dot, and to a dot at the end of Host."""
    value = feature.value
    action = {"allow": "Allow", "drop": "DropHeader", "reject": "RejectRequest"}.get(
        str(_field(value, "underscores", ""))
    )
    if action is None and not isinstance(value, HeaderRules):
        return outcome_from_row(row, feature.name, feature.note)
    if action:
        field_set.put(feature.name, (CTP, "headers", "withUnderscoresAction"), action)
    if _field(value, "strip_host_dot"):
        field_set.put(feature.name, (CTP, "headers", "host", "stripTrailingHostDot"), True)
        if _field(value, "forward_host_dot"):
            text = "a trailing dot of the Host is stripped (was: ignored by matching, and forwarded to the backend)"
            dots = "headers with a dot in their name are forwarded to the backend (was: dropped)"
            return [
                Outcome.approximate("header-normalisation.host-dot", text, affects={"host"}, when=named("odd-host")),
                Outcome.approximate(
                    "header-normalisation.host-dot", dots, affects={"request-headers"}, when=named("odd-header")
                ),
            ]
    return _kept(feature, "header names with an underscore are handled as before")


@entry_handler("path-normalisation")
def path_normalisation(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Escaped slashes stay as they are; merging of slashes is kept or switched off."""
    if not isinstance(feature.value, PathRules | dict):
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(feature.name, (CTP, "path", "escapedSlashesAction"), "KeepUnchanged")
    if _field(feature.value, "merge_slashes", True) is False or _field(feature.value, "style") == "literal":
        field_set.put(feature.name, (CTP, "path", "disableMergeSlashes"), True)
    return Outcome.approximate(
        "path-normalisation.kept", row.note, row.hint, affects=affected_aspects(row), when=named("odd-path")
    )


@entry_handler("hsts")
def hsts(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome | list[Outcome]:
    """The header on every answer by https, in place of one of the backend."""
    text = hsts_value(feature.value)
    if text is None:
        return outcome_from_row(row, feature.name, feature.note)
    field_set.put(
        feature.name,
        ("https", "headers", "lateResponseHeaders", "set"),
        [
            {"name": "Strict-Transport-Security", "value": literal(text)},
        ],
    )
    kept = _kept(feature, "HTTPS responses carry the header, as before")
    without = sorted(getattr(feature.value, "except_hosts", ()))
    return [
        kept,
        *(
            Outcome.approximate(
                "hsts.www-redirect",
                "Redirects between a host and its www form carry Strict-Transport-Security too. The controller "
                "leaves it out "
                "there.",
                affects={"response-headers"},
                when=for_host("exact", host),
            )
            for host in without
        ),
    ]


def hsts_value(value: Any) -> str | None:
    """The text of the header from whatever the source knows of it."""
    if isinstance(value, str):
        return value
    text = _field(value, "value")
    if isinstance(text, str):
        return text
    if isinstance(value, HeaderEdit):
        return next((text for name, text in value.response_set if name.lower() == "strict-transport-security"), None)
    seconds = _field(value, "max_age")
    if seconds is None:
        return None
    text = f"max-age={seconds}"
    if _field(value, "include_subdomains", _field(value, "subdomains")):
        text += "; includeSubDomains"
    return text + ("; preload" if _field(value, "preload") else "")


@entry_handler("header-edit")
def header_edit(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Headers of every answer or request of the entry."""
    value = feature.value
    if not isinstance(value, HeaderEdit):
        return outcome_from_row(row, feature.name, feature.note)
    for side, sets, adds, removes in (
        ("lateResponseHeaders", value.response_set, value.response_add, value.response_remove),
        ("earlyRequestHeaders", value.request_set, value.request_add, value.request_remove),
    ):
        for verb, pairs in (("set", sets), ("add", adds)):
            if verb == "set" and side == "earlyRequestHeaders":
                for name, text in pairs:  # one by one, as other features write here, too
                    field_set.put(feature.name, (CTP, "headers", side, verb, name), literal(text))
            elif pairs:
                entries = [{"name": name, "value": literal(text)} for name, text in pairs]
                field_set.put(feature.name, (CTP, "headers", side, verb), entries)
        if removes:
            field_set.put(feature.name, (CTP, "headers", side, "remove"), list(removes))
    return _kept(feature, "the Gateway changes these headers of every answer or request")


@entry_handler("address-list")
def address_list(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """A list for all routes; a route with one of its own goes by that alone, as the policies of routes replace it."""
    ranges = _field(feature.value, "source_ranges")
    if ranges:
        path = ("EnvoyProxy", "provider", "kubernetes", "envoyService", "loadBalancerSourceRanges")
        field_set.put(feature.name, path, ranges)
        return _kept(feature, "the load balancer of the Gateway's Service lets in the same addresses")
    if not isinstance(feature.value, AddressList):
        return Outcome.manual(
            f"{feature.name}.by-hand",
            feature.note or "is not said in a form that a policy could have",
            row.hint or "write a SecurityPolicy for the Gateway",
        )
    field_set.put(feature.name, ("SecurityPolicy", "authorization"), authorization(feature.value))
    return _kept(feature, "becomes a SecurityPolicy of the Gateway")


@entry_handler("forwarded-headers")
def forwarded_headers(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome | list[Outcome]:
    """Headers for the backend that are made of the connection; those of a port's own are `targets/forwarded.py`."""
    if isinstance(feature.value, dict):
        return _trusted(field_set, feature, row)
    return outcome_from_row(row, feature.name, feature.note)


OF_THE_BALANCER = (
    ("X-Real-IP", "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"),
    ("X-Forwarded-Scheme", "%REQ(X-Forwarded-Proto)%"),
    ("X-Scheme", "%REQ(X-Forwarded-Proto)%"),
)
"""What the controller writes itself behind a load balancer. A rule sees the address that was detected, and the scheme
that was believed; early headers see the balancer's own (measured on Envoy Gateway 1.9)."""


def _trusted(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome | list[Outcome]:
    """A load balancer in front that is believed: its PROXY protocol, its X-Forwarded headers.

    Envoy keeps X-Forwarded-Proto only where clientIPDetection says whom to trust (envoy-gateway:
    internal/xds/translator/listener.go, xffNumTrustedHops and originalIPDetectionExtensions).
    """
    text = outcome_from_row(row, feature.name, feature.note)
    if any(feature.value.get(key) for key in ("trusted", "real-ip", "proxy-protocol")):
        for name, value in OF_THE_BALANCER:
            field_set.put(feature.name, (BACKEND_HEADERS, name), value)
        identity = "PreserveOrGenerate" if feature.value.get("request-id", True) else "Preserve"
        field_set.put(feature.name, (CTP, "headers", "requestID"), identity)
    if feature.value.get("proxy-protocol"):
        field_set.put(feature.name, (CTP, "proxyProtocol"), {"optional": False})
        found = _detected(field_set, feature, text) if feature.value.get("trusted") else text
        return [
            *(found if isinstance(found, list) else [found]),
            Outcome.approximate(
                "forwarded-headers.proxy-protocol",
                "the PROXY protocol is read as before, but a balancer that terminates TLS in front is not recognised "
                "by its port 443, so redirects to HTTPS loop behind it",
                "terminate TLS at Envoy, or let the balancer send X-Forwarded-Proto",
                when=named("behind-tls"),
            ),
        ]
    if feature.value.get("trusted") or feature.value.get("real-ip"):
        return _detected(field_set, feature, text)
    return text


FORWARDED_HOST = Outcome.approximate(
    "forwarded-headers.host",
    "backends get the Host of the request (was: the X-Forwarded-Host that the balancer in front sends)",
    "let the balancer keep the Host, or let the application read X-Forwarded-Host",
    affects={"host", "request-headers", "location"},
    when=named("forwarded"),
)


EVERYBODY = ["0.0.0.0/0", "::/0"]


def _detected(field_set: FieldSet, feature: Feature, text: Outcome) -> Outcome | list[Outcome]:
    """Where the client's address comes from. A header of another name is believed from every peer in Envoy Gateway
    (`clientIPDetection.customHeader`), so it must be believed from every peer today as well."""
    cidrs = list(feature.value.get("cidrs") or ())
    header = feature.value.get("header", "X-Forwarded-For")
    if header.lower() == "x-forwarded-for":
        field_set.put(feature.name, (CTP, "clientIPDetection"), {"xForwardedFor": {"trustedCIDRs": cidrs or EVERYBODY}})
        return [text, FORWARDED_HOST] if feature.value.get("trusted") else text
    if not cidrs or set(cidrs) & set(EVERYBODY):
        field_set.put(feature.name, (CTP, "clientIPDetection"), {"customHeader": {"name": header}})
        return text
    return [
        text,
        Outcome.manual(
            "forwarded-headers.header",
            f"address lists see the balancer's own address (was: the address in {header} from a trusted balancer); "
            f"Envoy Gateway would trust {header} from every client",
            "set clientIPDetection.customHeader in the ClientTrafficPolicy if nobody else can reach the Gateway",
        ),
    ]


@entry_handler("fixed-response")
def unmatched(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """The answer to requests that no rule takes; Envoy's is a bare 404."""
    if _field(feature.value, "status", 404) != 404:
        return outcome_from_row(row, feature.name, feature.note)
    return Outcome.approximate(
        "fixed-response.unmatched",
        "a request that matches no rule gets 404, as before, but without the controller's headers and body",
        affects={"response-headers", "body"},
        when=named("unmatched"),
    )


@entry_handler("compression")
def compression(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """`type: Gzip` alone does nothing, the empty object is needed (reference target.md b6)."""
    kinds: dict[str, dict[str, Any]] = {
        "brotli": {"type": "Brotli", "brotli": {}},
        "gzip": {"type": "Gzip", "gzip": {}},
    }
    types = _field(feature.value, "types") or ("gzip",)
    least = _field(feature.value, "least") or {}
    made: list[dict[str, Any]] = [
        kinds[name] | ({"minContentLength": least[name]} if least.get(name, 0) > 0 else {})
        for name in types
        if name in kinds
    ]
    field_set.put(feature.name, (BTP, "compressor"), made)
    return Outcome.approximate("compression.policy", row.note, row.hint, affects={"response-headers"})
