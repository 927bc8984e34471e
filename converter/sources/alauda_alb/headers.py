"""Header changes of Rules: one step for what is fixed, one for what comes from nginx variables.

alb: template/nginx/lua/rewrite_header.lua, pkg/controller/extctl/header_moidy_ctl.go: set, set from variables, remove,
add, add from variables.
"""

from __future__ import annotations

import json
from typing import Any

from converter.model.data import dataclass
from converter.routing.exchange import Exchange
from converter.routing.steps import HeaderEdit
from converter.sources.alauda_alb.conditions import arguments, cookie


@dataclass(frozen=True, slots=True)
class HeaderVariables:
    """Request headers whose values are nginx variables (without `$`); a variable without value sets nothing."""

    set: tuple[tuple[str, str], ...] = ()
    add: tuple[tuple[str, str], ...] = ()

    def apply(self, exchange: Exchange) -> None:
        for name, variable in self.set:
            value = variable_value(variable, exchange)
            if value is not None:
                exchange.request_headers[name.lower()] = value
        for name, variable in self.add:
            value = variable_value(variable, exchange)
            if value is not None:
                lowered = name.lower()
                present = (
                    exchange.request_headers.get(lowered)
                    if lowered in exchange.request_headers
                    else (", ".join(exchange.values("header", lowered)) or None)
                )
                exchange.request_headers[lowered] = f"{present}, {value}" if present else value


@dataclass(frozen=True, slots=True)
class JoinedHeaders(HeaderEdit):
    """Lines that are added to those of the client read as one text with `, ` between them."""

    def apply(self, exchange: Exchange) -> None:
        HeaderEdit.apply(self, exchange)
        for name, value in self.request_add:
            present = ", ".join(exchange.values("header", name))
            exchange.request_headers[name.lower()] = f"{present}, {value}" if present else value


def variable_value(name: str, exchange: Exchange) -> str | None:
    """The nginx variable; None where it has no value or is not known here."""
    if name == "http_host":
        return exchange.request.host
    if name.startswith("cookie_"):
        value = cookie(exchange, name[7:])
        return value[1:-1] if value and len(value) > 1 and value[0] == value[-1] == '"' else value
    if name.startswith(("http_", "header_")):
        wanted = name.partition("_")[2].replace("-", "_").lower()
        lines = [one for key, values in exchange.headers.items() if key.replace("-", "_") == wanted for one in values]
        return ", ".join(lines) if lines else None
    if name.startswith(("param_", "arg_")):
        return next((value for value in arguments(exchange, name.partition("_")[2]) if value is not None), None)
    known = {
        "host": exchange.host,
        "remote_addr": exchange.request.source or None,
        "scheme": exchange.scheme,
        "uri": exchange.path,
        "request_uri": exchange.request.path,
        "request_method": exchange.request.method,
        "method": exchange.request.method,
        "server_port": str(exchange.port),
        "args": exchange.query,
        "query_string": exchange.query,
    }
    return known.get(name)


def parse_request(text: str) -> dict[str, Any] | None:
    """rewrite-request; None for what the controller cannot unmarshal."""
    return _parsed(
        text, {"headers": str, "headers_var": str, "headers_remove": None, "headers_add": list, "headers_add_var": list}
    )


def parse_response(text: str) -> dict[str, Any] | None:
    """rewrite-response; also None without a non-empty `headers` ("empty config")."""
    found = _parsed(text, {"headers": str, "headers_remove": None, "headers_add": list})
    return found if found and found.get("headers") else None


def _parsed(text: str, shapes: dict[str, type | None]) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(data, dict):
        return None if data is not None else {}
    known = {key.lower(): value for key, value in data.items() if key.lower() in shapes and value is not None}
    return known if all(_fits(known[key], shapes[key]) for key in known) else None


def _fits(value: Any, shape: type | None) -> bool:
    if shape is None:
        return isinstance(value, list) and all(isinstance(item, str) for item in value)
    if not isinstance(value, dict):
        return False
    if shape is str:
        return all(isinstance(item, str) for item in value.values())
    return all(isinstance(item, list) and all(isinstance(one, str) for one in item) for item in value.values())


OVERWRITTEN = frozenset(
    (
        "host",
        "upgrade",
        "connection",
        "x-real-ip",
        "x-forwarded-proto",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-original-uri",
        "x-scheme",
        "x-original-url",
        "x-original-method",
    )
)
"""`proxy_set_header` of the shipped configuration has the last word on these (configmap/const.go:76-91)."""


def effective(config: dict[str, Any], grpc: bool) -> tuple[dict[str, Any], list[str]]:
    """Request header changes that reach the backend, and the names of the others."""
    if grpc:
        return config, []
    lost: list[str] = []
    out: dict[str, Any] = {}
    for key, value in config.items():
        gone = [name for name in value if name.lower() in OVERWRITTEN]
        lost += gone
        if isinstance(value, dict):
            out[key] = {name: one for name, one in value.items() if name not in gone}
        else:
            out[key] = [name for name in value if name not in gone]
    return out, sorted(set(lost))


def _dashed(config: dict[str, Any]) -> dict[str, Any]:
    """OpenResty writes `_` in names of response headers as `-`."""
    out: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            out[key] = {name.replace("_", "-"): one for name, one in value.items()}
        else:
            out[key] = [name.replace("_", "-") for name in value]
    return out


def edits(config: dict[str, Any], response: bool) -> tuple[HeaderEdit | None, HeaderVariables | None]:
    """The two steps, already in one piece a name: what is removed after it was set is removed."""
    config = _dashed(config) if response else config
    removed = {name.lower() for name in config.get("headers_remove", ())}
    given = config.get("headers", {}).items()
    values = {name.lower(): (name, value) for name, value in given if name.lower() not in removed}
    added: list[tuple[str, str]] = []
    for name, items in config.get("headers_add", {}).items():
        lowered, text = name.lower(), ", ".join(items)
        if not items:
            continue
        if lowered in values:
            values[lowered] = (name, f"{values[lowered][1]}, {text}")
        elif lowered in removed:
            values[lowered] = (name, text)
            removed.discard(lowered)
        else:
            added.append((name, text))
    fixed = {name: value for name, value in values.values() if value != "" or response}
    gone = tuple(sorted(removed | {name.lower() for name, value in values.values() if value == "" and not response}))
    parts = tuple(fixed.items()), tuple(added), gone
    edit = (
        (JoinedHeaders((), (), (), *parts) if response else JoinedHeaders(*parts)) if fixed or added or gone else None
    )
    variables = HeaderVariables(
        tuple(pair for pair in config.get("headers_var", {}).items() if pair[0].lower() not in removed),
        tuple((name, item) for name, items in config.get("headers_add_var", {}).items() for item in items),
    )
    return edit, variables if variables.set or variables.add else None
