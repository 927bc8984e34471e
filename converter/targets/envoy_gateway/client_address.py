"""Where the client's address and scheme come from, and the headers that name them to the backend."""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.model.request_kind import named
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.draft import BACKEND_HEADERS, FieldSet
from converter.targets.envoy_gateway.entry_settings import CTP, entry_handler
from converter.targets.envoy_gateway.security_policy.write_authorization import EVERYBODY


@entry_handler("forwarded-headers")
def forwarded_headers(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome | list[Outcome]:
    """Headers for the backend that are made of the connection; for those of a port see
    `client_traffic_policy/write_forwarded.py`."""
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


def detection(value: Any) -> dict[str, Any] | None:
    """`clientIPDetection` for the value of forwarded-headers; None where it has none.

    A header of another name is believed from every peer in Envoy Gateway (`customHeader`), so it must be believed from
    every peer before as well.
    """
    if not isinstance(value, dict) or not (value.get("trusted") or value.get("real-ip")):
        return None
    cidrs = list(value.get("cidrs") or ())
    header = value.get("header", "X-Forwarded-For")
    if header.lower() == "x-forwarded-for":
        return {"xForwardedFor": {"trustedCIDRs": cidrs or EVERYBODY}}
    if not cidrs or set(cidrs) & set(EVERYBODY):
        return {"customHeader": {"name": header}}
    return None


def _detected(field_set: FieldSet, feature: Feature, text: Outcome) -> Outcome | list[Outcome]:
    """Where the client's address comes from."""
    header = feature.value.get("header", "X-Forwarded-For")
    found = detection(feature.value)
    if found is not None:
        field_set.put(feature.name, (CTP, "clientIPDetection"), found)
        by_chain = "xForwardedFor" in found and feature.value.get("trusted")
        return [text, FORWARDED_HOST] if by_chain else text
    return [
        text,
        Outcome.manual(
            "forwarded-headers.header",
            f"address lists see the balancer's own address (was: the address in {header} from a trusted balancer); "
            f"Envoy Gateway would trust {header} from every client",
            "set clientIPDetection.customHeader in the ClientTrafficPolicy if nobody else can reach the Gateway",
        ),
    ]
