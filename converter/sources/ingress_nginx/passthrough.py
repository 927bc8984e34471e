"""TLS connections that reach the backend unopened.

nginx: internal/ingress/controller/controller.go:660-685, pkg/tcpproxy/tcp.go: the name in the handshake chooses, before
any request is read.
"""

from __future__ import annotations

from converter.routing.actions import Passthrough
from converter.routing.matchers import ANY, ValueMatcher
from converter.routing.table import Feature, Port, Rule, VirtualHost
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.servers import CATCH_ALL, Server
from converter.sources.ingress_nginx.upstreams import Upstreams


def host_test(host: str) -> ValueMatcher:
    """A rule's host as nginx compares it: a wildcard is one label."""
    return ValueMatcher("label", host) if host.startswith("*") else ValueMatcher("exact", host)


def pass_through(servers: dict[str, Server], https: Port, upstreams: Upstreams, control: Controller) -> None:
    """Only with --enable-ssl-passthrough, the Service of `/`, and the host itself: no aliases, no wildcards."""
    parts = []
    for server in servers.values() if control.flag("enable-ssl-passthrough") else ():
        root = server.at("/", "Prefix") or server.at("/", "Exact")
        if not server.passthrough or root is None or root.upstream is None:
            continue
        if server.host == CATCH_ALL or server.host.startswith("*"):
            continue
        name = host_test(server.host)
        origins = tuple(origin for one in server.passthrough for origin in one.settings.get("tls-passthrough").facts())
        rule = Rule(
            ANY,
            Passthrough((upstreams.backend(root.upstream, "HTTP"),)),
            (Feature("tls-passthrough", True, origins),),
            (),
            f"{server.host} passed through",
            root.served.ingress.ref if root.served else None,
            root.origin,
            derived="passthrough",
        )
        https.hosts = [_without(host, name) for host in https.hosts if host.hosts != (name,)]
        parts.append(Port(https.number, "TLS", [VirtualHost((name,), [rule])], server_name=server.host))
    if parts:
        rest = Port(https.number, "HTTPS", https.hosts, https.certificates, https.unknown_sni, steps=https.steps)
        https.chains = [*parts, rest]
        https.hosts = [*(host for part in parts for host in part.hosts), *https.hosts]


def _without(host: VirtualHost, name: ValueMatcher) -> VirtualHost:
    if name not in host.hosts:
        return host
    return VirtualHost(tuple(one for one in host.hosts if one != name), host.rules, host.features)
