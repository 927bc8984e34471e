"""Connections, logs and traces: fields of the Gateway's own policies and of its EnvoyProxy."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature
from converter.targets.context import outcome_from_row
from converter.targets.draft import FieldSet, Path
from converter.targets.envoy_gateway.entry_settings import BTP, CTP, entry_handler
from converter.targets.envoy_gateway.envoy_proxy.write_access_log import operators

PROXY = "EnvoyProxy"


class _Limit(NamedTuple):
    path: Path
    unit: str
    text: str


_LIMITS = {
    "client_idle": _Limit(
        (CTP, "timeout", "http", "idleTimeout"), "s", "idle connections of clients are closed after the same time"
    ),
    "header_timeout": _Limit(
        (CTP, "timeout", "http", "requestHeadersReceivedTimeout"),
        "s",
        "the headers of a request must come in the same time",
    ),
    "requests_per_connection": _Limit(
        (CTP, "connection", "connectionLimit", "maxRequestsPerConnection"),
        "",
        "a connection of a client takes as many requests",
    ),
    "client_streams": _Limit(
        (CTP, "http2", "maxConcurrentStreams"), "", "an HTTP/2 connection takes as many requests at a time"
    ),
    "stream_idle": _Limit((CTP, "timeout", "tcp", "idleTimeout"), "s", "TCP sessions may be idle for the same time"),
    "upstream_idle": _Limit(
        (BTP, "timeout", "http", "connectionIdleTimeout"),
        "s",
        "idle connections to backends are closed after the same time",
    ),
    "upstream_age": _Limit(
        (BTP, "timeout", "http", "maxConnectionDuration"), "s", "connections to backends are closed at the same age"
    ),
    "drain": _Limit((PROXY, "shutdown", "drainTimeout"), "s", "connections are drained for the same time"),
    "upstream_requests": _Limit(
        (BTP, "circuitBreaker", "maxRequestsPerConnection"), "", "a connection to a backend takes as many requests"
    ),
}


@entry_handler("connection")
def connection(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Each setting has a field of its own; the others stay with the words of the pack."""
    value = feature.value if isinstance(feature.value, dict) else {}
    done = [_limit(field_set, name, number) for name, number in value.items() if name in _LIMITS]
    if value.get("ipv4_names") is True:
        field_set.put(feature.name, (BTP, "dns", "lookupFamily"), "IPv4")
        done.append("names of backends are resolved to IPv4 addresses only")
    if value.get("http2") is False:
        field_set.put(feature.name, ("https", "tls", "alpnProtocols"), ["http/1.1"])
        done.append("clients are offered HTTP/1.1 only, as before")
    texts = [text for text in done if text]
    if not texts:
        return outcome_from_row(row, feature.name, feature.note)
    if "client_requests" in value:
        return Outcome.approximate(
            "connection.clients",
            "clients that are idle are let go after the same time; there is no limit on the requests of one connection",
            "usually needs nothing",
            affects=(),
        )
    return Outcome.exact("connection.kept", "; ".join(texts))


def _limit(field_set: FieldSet, name: str, number: Any) -> str:
    limit = _LIMITS[name]
    if not isinstance(number, int) or isinstance(number, bool) or number <= 0:
        return ""
    field_set.put("connection", limit.path, f"{number}{limit.unit}" if limit.unit else number)
    return limit.text


@entry_handler("telemetry")
def telemetry(field_set: FieldSet, feature: Feature, row: TargetRow) -> Outcome:
    """Traces by OpenTelemetry to the same collector."""
    value = feature.value if isinstance(feature.value, dict) else {}
    if not value.get("host"):
        return outcome_from_row(row, feature.name, feature.note)
    span = operators(tuple(value.get("span") or ()), row.args.get("fields", {}), {})
    share = round(float(value.get("percent", 100)) * 100)
    field_set.put(
        feature.name,
        (PROXY, "telemetry", "tracing"),
        {
            "samplingFraction": {"numerator": share, "denominator": 10_000},
            **({"spanName": {"server": span, "client": span}} if span else {}),
            "provider": {
                "type": "OpenTelemetry",
                "host": value["host"],
                "port": int(value.get("port", 4317)),
                "serviceName": str(value.get("service") or "envoy"),
            },
        },
    )
    return Outcome.approximate(
        "telemetry.proxy",
        "traces go to the same collector by OpenTelemetry, for the same share of requests; "
        "spans have Envoy's names and attributes",
        "look at dashboards that filter by names of spans",
        affects=(),
    )
