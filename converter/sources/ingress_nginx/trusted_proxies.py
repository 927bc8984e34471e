"""A load balancer in front: what the controller believes of X-Forwarded headers and the PROXY protocol.

nginx: rootfs/etc/nginx/lua/lua_ingress.lua:118-157, rootfs/etc/nginx/template/nginx.tmpl:150-175 (real_ip).
"""

from __future__ import annotations

from typing import NamedTuple

from converter.model.data import dataclass
from converter.routing.exchange import Exchange
from converter.routing.matchers import Condition, ValueMatcher
from converter.sources.ingress_nginx.controller import Controller

PROTO = "x-forwarded-proto"


class SchemeGuesses(NamedTuple):
    """When a request counts as plain HTTP, by port: each entry is one way (conditions that hold together)."""

    http: tuple[tuple[Condition, ...], ...]
    https: tuple[tuple[Condition, ...], ...]


def scheme_guesses(control: Controller) -> SchemeGuesses | None:
    """None where the port alone decides, which is the default."""
    proxied = control.switch("use-proxy-protocol", False)
    plain = Condition("scheme", "", (ValueMatcher("exact", "http"),))
    if not control.switch("use-forwarded-headers", False):
        return SchemeGuesses(((plain,),), ()) if proxied else None
    said = Condition("header", PROTO, (ValueMatcher("exact", "http"),), "single")
    silent = Condition("header", PROTO, (ValueMatcher("present"),), "any", True)
    if proxied:
        return SchemeGuesses(((said, plain), (silent, plain)), ((said,),))
    return SchemeGuesses(((said,), (silent,)), ((said,),))


@dataclass(frozen=True, slots=True)
class TrustedProxies:
    """Address, host and scheme as a trusted load balancer gives them."""

    cidrs: tuple[str, ...] = ("0.0.0.0/0",)
    header: str = "x-forwarded-for"
    forwarded: bool = True
    """use-forwarded-headers: host, port and scheme are believed, too."""
    address: bool = True
    """The client's address is taken from the header."""
    proxy_protocol: bool = False

    def apply(self, exchange: Exchange) -> None:
        if self.proxy_protocol and exchange.request.situation.behind_tls:
            exchange.scheme = "https"
        if self.address and (self.forwarded or not self.proxy_protocol):  # nginx: PR 12768
            self._address(exchange)
        if self.forwarded:
            host = ",".join(exchange.values("header", "x-forwarded-host")).partition(",")[0]
            if host:
                exchange.upstream_host = host

    def _address(self, exchange: Exchange) -> None:
        """nginx real_ip_recursive on: from the right, the first address that is not trusted; else the leftmost."""
        listed = [part.strip() for part in ",".join(exchange.values("header", self.header)).split(",") if part.strip()]
        address = exchange.source
        while listed and any(ValueMatcher("cidr", cidr).holds(address) for cidr in self.cidrs):
            address = listed.pop()
        exchange.source = address


def trusted_proxies(control: Controller) -> TrustedProxies | None:
    """What the ConfigMap says of a load balancer in front; None where nothing is believed."""
    forwarded = control.switch("use-forwarded-headers", False)
    address = forwarded or control.switch("enable-real-ip", False)
    proxied = control.switch("use-proxy-protocol", False)
    if not (address or proxied):
        return None
    cidrs = tuple(control.networks("proxy-real-ip-cidr")) or ("0.0.0.0/0",)
    header = (control.text("forwarded-for-header") or "X-Forwarded-For").lower()
    return TrustedProxies(cidrs, header, forwarded, address, proxied)
