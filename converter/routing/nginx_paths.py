"""How nginx reads the path of a request, and how it writes one that a rewrite has changed.

Sources: nginx 1.27.1 src/http/ngx_http_parse.c (ngx_http_parse_request_line, ngx_http_parse_complex_uri),
src/http/modules/ngx_http_proxy_module.c (ngx_http_proxy_create_request), src/core/ngx_string.c (ngx_escape_uri).
"""

from __future__ import annotations

import re

from converter.routing.exchange import Exchange, host_only

_NORMAL_PATH = re.compile(r"(?:/(?!\.)[A-Za-z0-9_~!$&'()*,;=:@+.\-]+)+/?|/")
_ABSOLUTE = re.compile(r"(?is)[a-z][a-z0-9+.\-]*://((?:\[[^\]/]+\]|[a-z0-9.\-]+)(?::[0-9]*)?)((?:[/?].*)?)")
_METHOD = re.compile("[A-Z_-]+")
_HEX = "0123456789abcdefABCDEF"
_ESCAPED = frozenset(b' "#%<>?\\^`{|}') | frozenset(range(0x20)) | frozenset(range(0x7F, 0x100))


def read(exchange: Exchange) -> None:
    """Set the path that locations are compared with; the raw one goes to the backend unless a rewrite changes it."""
    raw: str | None = exchange.path
    if not _METHOD.fullmatch(exchange.request.method):
        exchange.refuse(400)
        return
    if exchange.request.method in ("TRACE", "CONNECT"):
        exchange.refuse(405)
        return
    if raw is not None and not raw.startswith("/"):
        raw = _absolute(exchange, raw)
    if raw is None:
        exchange.refuse(400)
        return
    if _NORMAL_PATH.fullmatch(raw):
        exchange.path = raw
        return
    path = normal_form(raw)
    if path is None:
        exchange.refuse(400)
    else:
        exchange.path = path


def _absolute(exchange: Exchange, target: str) -> str | None:
    """`http://host/path` as request target, of any scheme: its host is matched, not the Host header.

    nginx: ngx_http_parse.c ngx_http_parse_request_line (sw_schema, sw_host, sw_port); a user or "_" 400.
    The backend is sent the Host header as it came ($http_host in the templates of ingress-nginx and Alauda ALB).
    """
    found = _ABSOLUTE.fullmatch(target)
    if not found:
        return None
    exchange.host = host_only(found[1])
    path = found[2] or "/"
    exchange.upstream_path = path
    return path


def normal_form(raw: str) -> str | None:
    """Decoded, slashes merged, dot segments resolved; None where nginx responds with 400.

    A decoded `%25`, `%23` or `%3F` is plain text, every other decoded character counts as itself, slashes included.
    """
    data = raw.encode("utf-8", "surrogateescape")
    if any(byte <= 0x20 or byte == 0x7F for byte in data):
        return None
    out = bytearray()
    state, at = "usual", 0
    while at < len(data):
        byte, at = data[at], at + 1
        if byte == 0x25:
            digits = data[at : at + 2].decode("latin-1")
            if len(digits) < 2 or digits[0] not in _HEX or digits[1] not in _HEX:
                return None
            byte, at = int(digits, 16), at + 2
            if byte == 0:
                return None
            if byte in b"%#?":
                out.append(byte)
                state = "usual"
                continue
        elif byte == 0x23:
            break
        state_or_none = _step(out, state, byte)
        if state_or_none is None:
            return None
        state = state_or_none
    if state == "dot":
        out.pop()
    elif state == "dotdot" and not _up(out):
        return None
    return out.decode("utf-8", "surrogateescape")


def _step(out: bytearray, state: str, byte: int) -> str | None:
    """One character of the state machine; None where the path climbs above the root."""
    slash, dot = byte == 0x2F, byte == 0x2E
    if slash and state == "slash":
        return state
    if slash and state == "dot":
        out.pop()
        return "slash"
    if slash and state == "dotdot":
        return "slash" if _up(out) else None
    out.append(byte)
    if slash:
        return "slash"
    if dot and state in ("slash", "dot"):
        return "dot" if state == "slash" else "dotdot"
    return "usual"


def _up(out: bytearray) -> bool:
    """Drop `x/..` from the end; False above the root."""
    stem = out[:-3]
    at = stem.rfind(b"/")
    if at < 0:
        return False
    del out[at + 1 :]
    return True


def encode(path: str) -> str:
    """NGX_ESCAPE_URI: what a changed path looks like on the wire to the backend."""
    data = path.encode("utf-8", "surrogateescape")
    if not any(byte in _ESCAPED for byte in data):
        return path
    return "".join(f"%{byte:02X}" if byte in _ESCAPED else chr(byte) for byte in data)
