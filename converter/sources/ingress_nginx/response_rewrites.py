"""Location and Set-Cookie of a backend's responses, as nginx rewrites them for clients.

nginx: src/http/modules/ngx_http_proxy_module.c ngx_http_proxy_rewrite_redirect, ngx_http_proxy_rewrite_cookie;
rootfs/etc/nginx/template/nginx.tmpl:1355-1356, 1456-1460.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable

from converter.model import Origin
from converter.model.data import dataclass
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange, host_only
from converter.routing.table import Feature
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.setting_keys import key_of
from converter.sources.ingress_nginx.variables import fill_variables

OFF = "off"
_ATTRIBUTE = re.compile(r"(;\s*)(path|domain)=([^;,]*)", re.IGNORECASE)
LOCATION, COOKIE = "location-rewrite", "cookie-rewrite"
Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class LocationRewrite:
    """`proxy_redirect FROM TO`: a Location that begins with `start` begins with `to` instead."""

    start: str
    to: str
    absolute: bool = True
    """absolute_redirect: what then has no host gets that of the request, without port."""

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """See `After`."""
        sent = decision.location
        if not decision.backends or sent is None or not sent.startswith(self.start):
            return decision
        new = fill_variables(self.to, exchange) + sent[len(self.start) :]
        if new.startswith("/") and self.absolute:
            new = f"{exchange.scheme}://{host_only(exchange.request.host)}{new}"
        decision.location = new
        return decision


@dataclass(frozen=True, slots=True)
class CookieRewrite:
    """`proxy_cookie_path` and `proxy_cookie_domain`: an attribute of the backend's cookies, from and to."""

    path: Pair | None = None
    domain: Pair | None = None

    def apply(self, exchange: Exchange) -> None:
        exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """See `After`."""
        cookie = decision.response_headers.get("set-cookie")
        if decision.backends and cookie:
            decision.response_headers["set-cookie"] = _ATTRIBUTE.sub(self._new, cookie)
        return decision

    def opaque_form(self, form: Callable[[str], str]) -> Hashable:
        """The rewrite with its texts replaced (`comparison/opaque.py`)."""
        pairs = (self.path, self.domain)
        return COOKIE, tuple([None if pair is None else tuple(map(form, pair)) for pair in pairs])

    def _new(self, found: re.Match[str]) -> str:
        mark, name, value = found.groups()
        if name.lower() == "path" and self.path is not None and value.startswith(self.path[0]):
            return f"{mark}{name}={self.path[1]}{value[len(self.path[0]) :]}"
        if name.lower() == "domain" and self.domain is not None:
            old = self.domain[0].removeprefix(".").lower()
            return f"{mark}{name}={self.domain[1]}" if value.removeprefix(".").lower() == old else found[0]
        return found[0]


def location_rewrite(served: Served, control: Controller) -> Feature | None:
    """None where nothing is rewritten: `default` only replaces the name of nginx's own upstream."""
    start, to = (_value(served, control, LOCATION, field) for field in ("from", "to"))
    if start in (OFF, "default") or to == OFF:
        return None
    relative = bool(served.settings.value("redirect", "relative")) or control.switch("relative-redirects", False)
    return Feature(LOCATION, LocationRewrite(start, to, not relative), _facts(served, control, LOCATION))


def cookie_rewrite(served: Served, control: Controller) -> Feature | None:
    """None where nothing is rewritten."""
    path, domain = (_pair(_value(served, control, COOKIE, field)) for field in ("path", "domain"))
    if path is None and domain is None:
        return None
    return Feature(COOKIE, CookieRewrite(path, domain), _facts(served, control, COOKIE))


def is_rewritten(control: Controller) -> bool:
    """Whether the ConfigMap has something rewritten for every location."""
    cookies = (control.text(key_of(COOKIE, field), OFF) for field in ("path", "domain"))
    return control.text(key_of(LOCATION, "from"), OFF) not in (OFF, "default") or any(map(_pair, cookies))


def _value(served: Served, control: Controller, feature: str, field: str) -> str:
    return str(served.settings.value(feature, field) or control.text(key_of(feature, field), OFF))


def _facts(served: Served, control: Controller, feature: str) -> tuple[Origin, ...]:
    fields = ("from", "to") if feature == LOCATION else ("path", "domain")
    configured = (origin for field in fields for origin in control.fact(key_of(feature, field)))
    return (*served.settings.get(feature).facts(), *configured)


def _pair(text: str) -> Pair | None:
    words = text.split()
    return (words[0], words[1]) if len(words) == 2 else None
