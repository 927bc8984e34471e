"""How ingress-nginx writes a Location, answers cross-origin requests, and copies groups into a header."""

from __future__ import annotations

import re
from typing import NamedTuple

from converter.model.data import dataclass
from converter.routing.actions import Redirect
from converter.routing.cors import header_lines
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange, host_only
from converter.routing.locations import STYLES
from converter.routing.nginx_paths import encode
from converter.routing.regex import compiled, quoted
from converter.routing.steps import CORS_STYLES, Cors, expand
from converter.sources.ingress_nginx.variables import fill_variables

HSTS = "strict-transport-security"


def _https(redirect: Redirect, exchange: Exchange) -> str:
    """nginx: rootfs/etc/nginx/lua/lua_ingress.lua:82-91,157-171; with `port` it is always written."""
    target = exchange.request.path.removesuffix("/")
    host = exchange.upstream_host.partition(":")[0]
    return f"https://{host}:{redirect.port}{target}" if redirect.port else f"https://{host}{target}"


def _https_keep(redirect: Redirect, exchange: Exchange) -> str:
    """As above with preserve-trailing-slash."""
    host = exchange.upstream_host.partition(":")[0]
    port = f":{redirect.port}" if redirect.port else ""
    return f"https://{host}{port}{exchange.request.path}"


def _slash(redirect: Redirect, exchange: Exchange) -> str:
    """nginx: src/http/ngx_http_core_module.c (auto_redirect): host in lower case and without port, query kept."""
    return f"{exchange.scheme}://{host_only(exchange.request.host)}{_slash_relative(redirect, exchange)}"


def _slash_relative(redirect: Redirect, exchange: Exchange) -> str:
    return exchange.with_query(encode(redirect.path or "/"))


def _return(redirect: Redirect, exchange: Exchange) -> str:
    """`return 301 /path`: nginx puts scheme and host before it."""
    return f"{exchange.scheme}://{host_only(exchange.request.host)}{redirect.path}"


def _relative(redirect: Redirect, exchange: Exchange) -> str:
    """`return 301 /path` with absolute_redirect off."""
    return redirect.path or "/"


def _variables(redirect: Redirect, exchange: Exchange) -> str:
    """`return 301 <text with variables>` (a controller without validation lets them through)."""
    return fill_variables(redirect.path or "", exchange)


def _app_root(redirect: Redirect, exchange: Exchange) -> str:
    """nginx: template/nginx.tmpl:1000-1004: Host as sent, without query."""
    return f"{exchange.scheme}://{exchange.request.host}{redirect.path}"


def _www(redirect: Redirect, exchange: Exchange) -> str:
    """nginx: rootfs/etc/nginx/lua/nginx/ngx_srv_redirect.lua: the port is always written."""
    target = exchange.request.path
    return f"{exchange.scheme}://{redirect.hostname}:{exchange.port}{target[:-1] if target.endswith('/') else target}"


def _www_forwarded(redirect: Redirect, exchange: Exchange) -> str:
    """The same where use-forwarded-headers lets a load balancer in front say scheme and port."""
    scheme = next(iter(exchange.values("header", "x-forwarded-proto")), exchange.scheme)
    port = next(iter(exchange.values("header", "x-forwarded-port")), exchange.port)
    target = exchange.request.path
    return f"{scheme}://{redirect.hostname}:{port}{target[:-1] if target.endswith('/') else target}"


def _rewrite(redirect: Redirect, exchange: Exchange) -> str:
    """`rewrite <pattern> <absolute URL>` answers a redirect with the query of the request."""
    pattern = compiled(redirect.prefix or "", True)
    found = pattern.search(exchange.path) if pattern else None
    text = redirect.path or ""
    if found:
        text = expand(text, found.group, len(found.groups()))
    return exchange.with_query(text.replace("$scheme", exchange.scheme))


STYLES |= {
    "nginx-https": _https,
    "nginx-https-keep": _https_keep,
    "nginx-slash": _slash,
    "nginx-slash-relative": _slash_relative,
    "nginx-return": _return,
    "nginx-relative": _relative,
    "nginx-variables": _variables,
    "nginx-app-root": _app_root,
    "nginx-www": _www,
    "nginx-www-forwarded": _www_forwarded,
    "nginx-rewrite": _rewrite,
}


def _cors(cors: Cors, exchange: Exchange) -> None:
    """nginx: template/nginx.tmpl:870-905, template.go:1697-1721: anchored at the end only, letter case ignored.

    Any OPTIONS of an allowed origin gets 204, whatever method it asks for; others go on.
    """
    origin = ",".join(exchange.values("header", "origin"))
    if cors.origins == ("*",):
        origin = "*"
    elif not cors.origins or not _allowed(cors.origins, origin):
        return
    exchange.response_headers.update(header_lines(cors, origin))
    if exchange.request.method == "OPTIONS":
        exchange.answer = Decision(204, response_headers=dict(exchange.response_headers))


def _allowed(origins: tuple[str, ...], origin: str) -> bool:
    pattern = compiled("(?:" + "|".join(origin_pattern(one) for one in origins) + ")$", True)
    return bool(origin) and pattern is not None and pattern.search(origin) is not None


def origin_pattern(origin: str) -> str:
    """An allowed origin as the controller's expression; `*` is one label."""
    head, star, tail = origin.partition("*")
    return quoted(head) + (r"[A-Za-z0-9\-]+" + quoted(tail) if star else "")


CORS_STYLES["nginx"] = _cors


@dataclass(frozen=True, slots=True)
class CapturedHeader:
    """A request header whose value has groups of the rule's path (`x-forwarded-prefix: /$1`)."""

    name: str
    value: str
    pattern: str

    def apply(self, exchange: Exchange) -> None:
        pattern = compiled(self.pattern, True)
        found = pattern.search(exchange.path) if pattern else None
        text = expand(self.value, found.group, len(found.groups())) if found else ""
        exchange.request_headers[self.name.lower()] = text or None


def groups(text: str, pattern: str) -> str:
    """nginx's `$1` as the `\\1` of `expand`; a group that the pattern does not have is empty."""
    regex = compiled(pattern, True)
    count = regex.groups if regex is not None else 9

    def reference(found: re.Match[str]) -> str:
        return f"\\{found[1]}" if int(found[1]) <= count else ""

    return re.sub(r"\$(\d)", reference, text.replace("\\", "\\\\"))


class WithoutHsts(NamedTuple):
    """Responses that no location gives: only locations have the header filter (nginx.tmpl:1001, 1092, 1134)."""

    hosts: frozenset[str] = frozenset()
    """Those of from-to-www."""
    rules: frozenset[str] = frozenset()
    """Names of rules that respond before a location is looked for (app-root, server snippets)."""
    login_pages: bool = False
    """Whether some location redirects to a login page."""


@dataclass(frozen=True, slots=True)
class Hsts:
    """nginx: lua_ingress.lua:178-189: on every response of a location over TLS."""

    value: str
    without: WithoutHsts = WithoutHsts()

    def apply(self, exchange: Exchange) -> None:
        if exchange.scheme == "https" and exchange.host not in self.without.hosts:
            exchange.response_headers[HSTS] = self.value
            if self.without.rules or self.without.login_pages:
                exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """Without the header where a server responds, or the location of a login page."""
        ended_by = decision.ended_by[0] if decision.ended_by else ""
        if decision.rule in self.without.rules or (ended_by == "external-auth" and decision.status == 302):
            decision.response_headers = {
                name: value for name, value in decision.response_headers.items() if name != HSTS
            }
        return decision
