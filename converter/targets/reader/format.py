"""Envoy's format strings: `%%` is a percent sign, `%NAME(argument)%` a value of the request."""

from __future__ import annotations

import re

from converter.routing.exchange import Exchange

_COMMAND = re.compile(r"%(?:%|([A-Z_0-9]+)(?:\(([^)]*)\))?(?::(\d+))?%)")


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
    if command in ("REQ", "REQ_WITHOUT_QUERY"):
        return _request_value(argument, exchange, command)
    if command.startswith(("DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT", "DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT")):
        return exchange.source if "DIRECT" not in command else exchange.request.source
    if command == "DOWNSTREAM_LOCAL_PORT":
        return str(exchange.port)
    if command == "PROTOCOL":
        return "HTTP/1.1"
    return found.group(0)


def _request_value(argument: str, exchange: Exchange, command: str) -> str:
    for name in argument.lower().split("?"):
        if name in (":path", "x-envoy-original-path"):
            return exchange.path if command == "REQ_WITHOUT_QUERY" else exchange.with_query(exchange.path)
        if name in (":authority", "host"):
            return exchange.request.host
        if name == ":method":
            return exchange.request.method
        if name == ":scheme":
            return exchange.scheme
        values = exchange.values("header", name)
        if values:
            return values[0]
    return ""
