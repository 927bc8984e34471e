"""Settings of the way to the backend: host, protocol, times, tries, choice of an endpoint, TLS."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.natural_number import natural_number
from converter.routing.steps import HostRewrite, Timeouts, append_header
from converter.routing.table import Feature
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.variables import OWN_HOST, fill_variables, parts_of

_MISREADING = ("Chrome/4", "Chrome/5", "Chrome/6", "CPU iPhone OS 12", "iPad; CPU OS 12")
"""Parts of names of browsers that reject cookies with SameSite=None."""


class AffinitySettings(dict[str, Any]):
    """The settings of an affinity cookie; as a step, the cookie of a client that has none.

    nginx: rootfs/etc/nginx/lua/balancer/sticky.lua (set_cookie): the cookie is for the path of the location, and
    Secure over TLS. Its value names an endpoint, so that a cookie of the client is taken to be a good one.
    """

    def apply(self, exchange: Exchange) -> None:
        """The response of the backend gets the cookie."""
        if not exchange.values("cookie", self.name):
            exchange.after.append(self)

    def __hash__(self) -> int:  # type: ignore[override]
        """Rules are compared by their steps; nobody changes the settings of one."""
        return hash(tuple(sorted((key, str(value)) for key, value in self.items())))

    @property
    def name(self) -> str:
        """The name of the cookie."""
        return str(self.get("name") or "INGRESSCOOKIE")

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """See `After`."""
        if decision.backends:
            append_header(decision.response_headers, "set-cookie", self._cookie(exchange))
        return decision

    def _cookie(self, exchange: Exchange) -> str:
        """resty.cookie: attributes in this order; `*` stands for what depends on endpoint and time."""
        secure = self.get("secure")
        attributes = (
            ("Expires=*", self.get("expires")),
            (f"Max-Age={_number(self.get('max-age'))}", self.get("max-age")),
            (f"Domain={self.get('domain')}", self.get("domain")),
            (f"Path={self.get('path') or self.get('path-text')}", True),
            ("Secure", exchange.scheme == "https" if secure is None else secure),
            ("HttpOnly", True),
            (f"SameSite={self.get('samesite')}", self.get("samesite") and not self._misread(exchange)),
        )
        return "; ".join([f"{self.name}=*", *(text for text, there in attributes if there)])

    def _misread(self, exchange: Exchange) -> bool:
        """Whether SameSite=None is left out (nginx: rootfs/etc/nginx/lua/util/same_site.lua)."""
        agent = next(iter(exchange.values("header", "user-agent")), "")
        none = self.get("samesite") == "None" and self.get("conditional-none")
        safari = (
            "Macintosh" in agent and "Intel Mac OS X 10_14" in agent and "Safari" in agent and "Chrome" not in agent
        )
        return bool(none) and (safari or any(text in agent for text in _MISREADING))


def _number(text: object) -> str:
    """Lua: tonumber."""
    number = natural_number(str(text))
    return str(text) if number is None else str(number)


def affinity(served: Served) -> Feature | None:
    """Without `affinity: cookie` the other annotations are not read."""
    setting = served.settings.get("session-affinity")
    if not setting.values:
        return None
    values = setting.values if setting.get("path") else setting.values | {"path-of": "rule"}
    return setting.feature(AffinitySettings(values) if setting.get("type") == "cookie" else dict(values))


def for_location(feature: Feature, path: str, owner: Served | None) -> Feature:
    """The cookie of a location is for its path, unless another one is set; `owner` names it for the whole Service."""
    value = feature.value
    if not isinstance(value, AffinitySettings):
        return feature
    values = owner.settings.get("session-affinity").values if owner is not None else value
    more = {} if values.get("path") else {"path-of": "rule", "path-text": path}
    return replace(feature, value=AffinitySettings(values | more))


def default_retries(control: Controller) -> dict[str, Any]:
    """When requests are tried again, by the ConfigMap."""
    return {
        "conditions": control.text("proxy-next-upstream", "error timeout"),
        "tries": control.number("proxy-next-upstream-tries", 3),
        "timeout": control.number("proxy-next-upstream-timeout", 0),
        "non-idempotent": control.switch("retry-non-idempotent", False),
    }


def retries(served: Served, control: Controller) -> Feature | None:
    """proxy-next-upstream*, each by annotation or else by the ConfigMap (nginx: annotations/proxy/main.go)."""
    setting = served.settings.get("retries")
    return setting.feature(default_retries(control) | setting.values) if setting.values else None


def balancing(served: Served) -> Feature | None:
    """nginx: annotations/loadbalancing, upstreamhashby, serviceupstream; a hash key is a text with variables."""
    setting = served.settings.get("load-balancing")
    if not setting.values:
        return None
    by = setting.get("hash-by")
    return setting.feature(setting.values | {"hash-key": parts_of(by)} if by else dict(setting.values))


def backend_tls(served: Served) -> Feature | None:
    """nginx: annotations/proxyssl/main.go Parse: without proxy-ssl-secret the others are not read."""
    setting = served.settings.get("backend-tls")
    return setting.feature() if setting.get("secret") else None


class ComputedHost(HostRewrite):
    """A Host with variables of the request."""

    __slots__ = ()

    def apply(self, exchange: Exchange) -> None:
        exchange.upstream_host = fill_variables(self.value, exchange)


def host(served: Served) -> Feature | None:
    """The Host that the backend sees."""
    setting = served.settings.get("upstream-host")
    name = setting.get("host")
    return setting.feature(HostRewrite(name)) if name and name not in OWN_HOST else None


def timeouts(served: Served) -> Feature | None:
    """Times of the connection to the backend, but for negative ones."""
    setting = served.settings.get("timeouts")
    good = {name: value for name, value in setting.values.items() if value >= 0}
    if not good:
        return None
    return Feature("timeouts", Timeouts(good.get("connect"), good.get("read"), good.get("send")), setting.facts(*good))


def protocol(served: Served) -> Feature | None:
    """What the backend is spoken to in."""
    setting = served.settings.get("backend-protocol")
    return setting.feature() if setting.values else None


def protocol_of(served: Served | None, scheme: str = "http") -> str:
    """What the proxy speaks to the backend (nginx: template.go:690-730); AUTO_HTTP is the scheme of the request."""
    if served is None or "backend-protocol" not in served.settings.by_name:
        return "HTTP"
    text = str(served.settings.value("backend-protocol", "protocol", "HTTP")).upper()
    if text == "AUTO_HTTP":
        return scheme.upper()
    return text if text in ("HTTPS", "GRPC", "GRPCS", "FCGI") else "HTTP"
