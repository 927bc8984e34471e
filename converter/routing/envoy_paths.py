"""How Envoy reads a path as Envoy Gateway sets it up: normalisation cannot be switched off, only two parts of it.

envoy: source/common/http/path_utility.cc and googleurl's canonical form; `reference: target.md b6`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from converter.routing.decision import Decision
from converter.routing.exchange import Exchange, host_only
from converter.routing.request_rules import PathRules

METHODS = frozenset(
    (
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "PATCH",
        "ACL",
        "BIND",
        "CHECKOUT",
        "COPY",
        "LINK",
        "LOCK",
        "MERGE",
        "MKACTIVITY",
        "MKCALENDAR",
        "MKCOL",
        "MOVE",
        "M-SEARCH",
        "NOTIFY",
        "PROPFIND",
        "PROPPATCH",
        "PURGE",
        "REBIND",
        "REPORT",
        "SEARCH",
        "SOURCE",
        "SUBSCRIBE",
        "UNBIND",
        "UNLINK",
        "UNLOCK",
        "UNSUBSCRIBE",
    )
)
"""Methods that Envoy's HTTP/1 parser knows; CONNECT is none of them on a plain route."""

_ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_KEPT = _UNRESERVED | frozenset("!$&'()*+,;=:@/%[]")
_ABSOLUTE = re.compile(r"(?is)(https?)://(?:[^/?#@]*@)?([^/?#@]+)(/.*)?")
_SLASH = re.compile("%(2[fF]|5[cC])")


def read(rules: PathRules, exchange: Exchange) -> None:
    """Set the path that is matched and forwarded, or answer: 400, or 307 to the path without escaped slashes."""
    raw: str | None = exchange.raw_path
    if exchange.request.method not in METHODS or "#" in exchange.request.path:
        exchange.refuse(400)
        return
    if is_rejected_upgrade(exchange.request.headers):
        exchange.after.append(RejectedUpgrade())
    if raw is not None and not raw.startswith("/"):
        raw = _absolute(exchange, raw)
    if raw is None:
        return
    path, escaped = raw, _SLASH.search(raw) is not None
    if escaped and rules.escaped_slashes == "RejectRequest":
        exchange.refuse(400)
        return
    if rules.escaped_slashes.startswith("Unescape"):
        path = _SLASH.sub(lambda found: "/" if found.group(1)[0] == "2" else "\\", path)
    normal = normal_form(path, rules.merge_slashes)
    if normal is None:
        exchange.refuse(400)
    elif escaped and rules.escaped_slashes == "UnescapeAndRedirect":
        exchange.answer = Decision(307, location=exchange.with_query(normal))
    else:
        exchange.path = exchange.upstream_path = normal


class RejectedUpgrade:
    """403 for an upgrade that the route does not allow; what no route matches keeps its 404 (measured)."""

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        if not decision.rule:
            return decision
        kept = dict(exchange.response_headers)
        return Decision(403, response_headers=kept, rule=decision.rule, origin=decision.origin)


def is_rejected_upgrade(headers: Iterable[tuple[str, str]]) -> bool:
    """True for headers that ask for a protocol other than WebSocket; an upgrade to h2c is ignored.

    Source: envoy: source/common/http/conn_manager_impl.cc decodeHeaders (upgrade rejected, 403),
    source/common/http/http1/codec_impl.cc (h2c); envoy-gateway: internal/xds/translator/route.go:35-44.
    """
    upgrade = ""
    tokens: set[str] = set()
    for name, value in headers:
        if name.lower() == "upgrade":
            upgrade = value.strip().lower()
        elif name.lower() == "connection":
            tokens |= {token.strip().lower() for token in value.split(",")}
    return "upgrade" in tokens and upgrade not in ("", "websocket", "h2c")


def _absolute(exchange: Exchange, target: str) -> str | None:
    """The path of an absolute-form target, whose host replaces the Host header; None where Envoy responds itself.

    envoy: source/common/http/http1/codec_impl.cc ServerConnectionImpl::handlePath; measured: https on a plain listener
    403, a target without path and with query 404, `OPTIONS *` 404.
    """
    found = _ABSOLUTE.fullmatch(target)
    if found is None:
        exchange.refuse(404 if target == "*" and exchange.request.method == "OPTIONS" else 400)
        return None
    scheme, host, path = found.groups()
    if scheme.lower() == "https" and exchange.scheme == "http":
        exchange.refuse(403)
        return None
    if not path and exchange.query is not None:
        exchange.refuse(404)
        return None
    exchange.host, exchange.upstream_host = host_only(host), host
    return path or "/"


def normal_form(path: str, merge: bool = True) -> str | None:
    """Unreserved characters decoded, illegal ones encoded, dot segments resolved; None where Envoy refuses it."""
    if "%00" in path or "\0" in path:
        return None
    if "%" in path:
        path = _ESCAPE.sub(_decoded, path)
    path = path.replace("\\", "/")
    if not _KEPT.issuperset(path):
        path = "".join(char if char in _KEPT else _encoded(char) for char in path)
    if "/." in path:
        path = without_dots(path)
    if merge and "//" in path:
        # envoy: path_utility.cc mergeSlashes: first and last slash are kept, so slashes alone stay two
        path = re.sub("/{2,}", "/", path) if path.strip("/") else "//"
    return path


def _decoded(found: re.Match[str]) -> str:
    char = chr(int(found.group(1), 16))
    return char if char in _UNRESERVED else found.group(0)


def _encoded(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogateescape"))


def without_dots(path: str) -> str:
    """The path with `.` and `..` segments resolved; what would climb above the root stays there."""
    out: list[str] = []
    segments = path.split("/")[1:]
    for index, segment in enumerate(segments):
        last = index == len(segments) - 1
        if segment == "..":
            if out:
                out.pop()
        elif segment != ".":
            out.append(segment)
            continue
        if last:
            out.append("")
    return "/" + "/".join(out)
