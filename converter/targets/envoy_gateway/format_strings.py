"""Envoy's format strings: `%%` is a percent sign, `%NAME(argument)%` a value of the request."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote

from converter.routing.exchange import UNSPECIFIED, Exchange
from converter.targets.gateway_api.http_route.write_actions import literal

_COMMAND = re.compile(r"%(?:%|([A-Z_0-9]+)(?:\(([^)]*)\))?(?::(\d+))?%)")


_KNOWN = frozenset(
    (
        "REQ",
        "RESP",
        "TRAILER",
        "PROTOCOL",
        "START_TIME",
        "RESPONSE_CODE",
        "RESPONSE_CODE_DETAILS",
        "RESPONSE_FLAGS",
        "RESPONSE_FLAGS_LONG",
        "BYTES_RECEIVED",
        "BYTES_SENT",
        "DURATION",
        "ROUTE_NAME",
        "UPSTREAM_HOST",
        "UPSTREAM_HOST_NAME",
        "UPSTREAM_CLUSTER",
        "UPSTREAM_LOCAL_ADDRESS",
        "UPSTREAM_REMOTE_ADDRESS",
        "HOSTNAME",
        "REQUESTED_SERVER_NAME",
        "VIRTUAL_CLUSTER_NAME",
        "STREAM_ID",
        "CONNECTION_ID",
        "TRACE_ID",
        "QUERY_PARAM",
        "QUERY_PARAMS",
        "PATH",
        "ENVIRONMENT",
        "METADATA",
        "DYNAMIC_METADATA",
        "CLUSTER_METADATA",
        "UPSTREAM_METADATA",
        "FILTER_STATE",
        "UPSTREAM_FILTER_STATE",
        "PER_REQUEST_STATE",
        "LOCAL_REPLY_BODY",
        "GRPC_STATUS",
        "CEL",
        "GRPC_STATUS_NUMBER",
        "REQUEST_DURATION",
        "RESPONSE_DURATION",
        "CONNECTION_TERMINATION_DETAILS",
        "UPSTREAM_TRANSPORT_FAILURE_REASON",
        "RESPONSE_TX_DURATION",
        "EMIT_TIME",
        "COMMON_DURATION",
        "UNIQUE_ID",
    )
)


_COMMANDS = {
    "address": "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
    "host": "%REQ(:AUTHORITY)%",
    "name": "%REQ(:AUTHORITY)%",
    "path": "%REQ(:PATH)%",
    "encoded-path": "%REQ(:PATH)%",
    "bare-path": "%PATH(NQ)%",
    "method": "%REQ(:METHOD)%",
    "scheme": "%REQ(X-FORWARDED-PROTO)%",
    "client-certificate": "%DOWNSTREAM_PEER_CERT%",
    "client-subject": "%DOWNSTREAM_PEER_SUBJECT%",
    "client-issuer": "%DOWNSTREAM_PEER_ISSUER%",
    "client-verified": "SUCCESS",
}


def command(part: str) -> str | None:
    """A part of a text that depends on the request (`routing/forwarded_headers.py`); None where Envoy has none for it.

    The operators were tried on Envoy 1.39: COOKIE and REQ_WITHOUT_QUERY are refused in header values.
    """
    kind, _, name = part.partition(":")
    if part.startswith("="):
        return literal(part[1:])
    if kind == "header":
        return f"%REQ({name})%"
    if kind == "argument":
        return f"%QUERY_PARAM({name})%"
    return _COMMANDS.get(part)


def formatted(parts: Iterable[str]) -> str | None:
    """The parts of a text as one format string; None where Envoy has no operator for one of them."""
    found = [command(part) for part in parts]
    return None if None in found else "".join(one for one in found if one is not None)


def is_accepted(text: str) -> bool:
    """False for a lone `%` or a name that Envoy does not know: it refuses the whole configuration then."""
    if "%" not in text:
        return True
    names = [found.group(1) for found in _COMMAND.finditer(text)]
    return "%" not in _COMMAND.sub("", text) and all(
        name is None or name in _KNOWN or name.startswith(("DOWNSTREAM_", "UPSTREAM_")) for name in names
    )


def is_constant(text: str) -> bool:
    """True where no part of the text depends on the request."""
    return not any(found.group(1) for found in _COMMAND.finditer(text))


def rendered(text: str, exchange: Exchange) -> str:
    """The text for this request; what only Envoy can know stays as it is written."""
    return _COMMAND.sub(lambda found: _value(found, exchange), text) if "%" in text else text


def constant(text: str) -> str:
    """A text without commands as it is sent."""
    return text.replace("%%", "%")


def _value(found: re.Match[str], exchange: Exchange) -> str:
    command, argument = found.group(1), found.group(2) or ""
    if command is None:
        return "%"
    if command == "REQ":
        return _request_value(argument, exchange)
    if command == "PATH":
        return exchange.path if argument.startswith("NQ") else exchange.with_query(exchange.path)
    if command == "QUERY_PARAM":
        return unquote(next(iter(exchange.values("query", argument)), ""))
    if command.startswith(("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT")):
        return exchange.source if "DIRECT" not in command else exchange.request.source or UNSPECIFIED
    if command == "DOWNSTREAM_LOCAL_PORT":
        return str(exchange.port)
    if command.startswith("DOWNSTREAM_PEER_"):
        return ""  # nobody who is asked about has a certificate
    if command == "PROTOCOL":
        return "HTTP/1.1"
    return found.group(0)


def _authority(exchange: Exchange) -> str:
    """Host as sent, without the dot that the listener has cut off."""
    name, colon, port = exchange.request.host.partition(":")
    cut = name.endswith(".") and not exchange.host.endswith(".")
    return f"{name[:-1]}{colon}{port}" if cut else exchange.request.host


def _request_value(argument: str, exchange: Exchange) -> str:
    for name in argument.lower().split("?"):
        if name in (":path", "x-envoy-original-path"):
            return exchange.with_query(exchange.path)
        if name in (":authority", "host"):
            return _authority(exchange)
        if name == ":method":
            return exchange.request.method
        if name == ":scheme":
            return exchange.scheme
        values = exchange.values("header", name)
        if values:  # measured: Envoy joins this one header as it reads it
            return ",".join(values) if name == "x-forwarded-proto" else values[0]
    return ""
