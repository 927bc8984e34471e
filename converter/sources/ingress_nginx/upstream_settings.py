"""Settings of the way to the backend: host, protocol, times, tries, choice of an endpoint, TLS."""

from __future__ import annotations

from typing import Any

from converter.routing.steps import HostRewrite, Timeouts
from converter.routing.table import Feature
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.variables import OWN_HOST, parts_of


def affinity(served: Served) -> Feature | None:
    """nginx: rootfs/etc/nginx/lua/balancer/sticky.lua (set_cookie): the cookie is for the path of the location."""
    setting = served.settings.get("session-affinity")
    if not setting.values:
        return None
    return setting.feature(dict(setting.values) if setting.get("path") else setting.values | {"path-of": "rule"})


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
