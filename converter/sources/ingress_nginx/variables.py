"""Variables of nginx in the values of annotations and of ConfigMaps: what they hold, and their neutral names.

nginx: src/http/ngx_http_variables.c; rootfs/etc/nginx/template/nginx.tmpl:1080-1110 (those that the controller sets).
A variable is written `$name` or `${name}`.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from converter.routing.exchange import Exchange
from converter.routing.request_parts import part_value

VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")
_PARTS = {
    "scheme": "scheme",
    "pass_access_scheme": "scheme",
    "http_host": "host",
    "best_http_host": "host",
    "host": "name",
    "request_uri": "path",
    "escaped_request_uri": "encoded-path",
    "uri": "bare-path",
    "document_uri": "bare-path",
    "remote_addr": "address",
    "binary_remote_addr": "address",
    "the_real_ip": "address",
    "request_method": "method",
    "server_port": "port",
    "pass_server_port": "port",
    "pass_port": "port",
    "ssl_client_escaped_cert": "client-certificate",
    "ssl_client_s_dn": "client-subject",
    "ssl_client_i_dn": "client-issuer",
}
_FAMILIES = (("http_", "header"), ("arg_", "argument"), ("cookie_", "cookie"))
OWN_HOST = ("$host", "$http_host", "$best_http_host", "${host}", "${http_host}", "${best_http_host}")
"""Ways to write the host of the request."""


def parts_of(text: str) -> tuple[str, ...]:
    """Text and variables in turns, as `ForwardedHeaderSet` names them; `variable:NAME` has no common name."""
    return in_parts(text, _part)


def in_parts(text: str, part: Callable[[str], str]) -> tuple[str, ...]:
    """Text (`=TEXT`) and variables in turns; `part` names a variable."""
    out, at = [], 0
    for found in VARIABLE.finditer(text):
        if found.start() > at:
            out.append(f"={text[at : found.start()]}")
        out.append(part(found[1] or found[2]))
        at = found.end()
    if text[at:]:
        out.append(f"={text[at:]}")
    return tuple(out)


def _part(name: str) -> str:
    if name in _PARTS:
        return _PARTS[name]
    for head, kind in _FAMILIES:
        if name.startswith(head) and len(name) > len(head):
            tail = name[len(head) :]
            return f"{kind}:{tail.replace('_', '-') if kind == 'header' else tail}"
    return f"variable:{name}"


def fill_variables(text: str, exchange: Exchange) -> str:
    """The common variables of nginx in a text; others stay as they are written."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name in ("args", "query_string"):
            return exchange.query or ""
        if name == "is_args":
            return "?" if exchange.query else ""
        part = _part(name)
        return found[0] if part.startswith("variable:") else part_value(part, exchange)

    return VARIABLE.sub(value, text)
