"""Servers and locations across all Ingresses of a class, in the controller's own order.

nginx: internal/ingress/controller/controller.go:701-1019 (getBackendServers), 1271-1504 (createServers),
internal/ingress/controller/location.go (updateServerLocations), store/store.go:1102-1115 (order by age).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import field

from converter.model import Origin, Outcome
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.reading.facts import default_backend_fact, rule_fact
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.upstreams import Upstream, Upstreams

CATCH_ALL = "_"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
EXACT, PREFIX = "Exact", "Prefix"


@dataclass(slots=True, eq=False)
class NginxLocation:
    """A path of a server before it is split."""

    path: str
    type: str
    upstream: Upstream | None
    """None: the controller's own default backend."""
    served: Served | None
    origin: Origin | None
    written: str = ""
    """pathType as written."""
    text: str = ""
    implicit: bool = False
    """The `/` that every server gets."""
    ignores_rewrites: bool = False
    """Redirect and rewrite annotations do not apply (an Ingress with a default backend and no rules)."""


@dataclass(slots=True, eq=False)
class Server:
    """What one host responds with."""

    host: str
    locations: list[NginxLocation] = field(default_factory=list)
    oldest: Served | None = None
    aliases: tuple[str, ...] = ()
    alias_owner: Served | None = None
    certificate: Served | None = None
    """The Ingress whose spec.tls gives the host a certificate entry; None: it has none."""
    passthrough: tuple[Served, ...] = ()
    www: Served | None = None
    tls_error: str = ""
    snippet: Served | None = None
    """The Ingress whose server-snippet is in the server block: the oldest that has one."""
    client_certificate: Served | None = None
    tls_options: dict[str, Served] = field(default_factory=dict)
    """The Ingress that each TLS setting of the host comes from: the oldest that has it."""
    _taken: dict[tuple[str, str], NginxLocation] = field(default_factory=dict)

    def add(self, location: NginxLocation) -> None:
        """Append a location."""
        self.locations.append(location)
        self._taken[location.path, location.type] = location

    def at(self, path: str, kind: str) -> NginxLocation | None:
        """The location that owns this path and type."""
        return self._taken.get((path, kind))


def by_age(served: Sequence[Served]) -> list[Served]:
    """Oldest first; of the same age, `namespace/name` descending. Ingresses without a timestamp are equally old."""
    named = sorted(served, key=lambda one: f"{one.ingress.namespace}/{one.ingress.name}", reverse=True)
    return sorted(named, key=lambda one: one.ingress.created)


def build(all_served: list[Served], upstreams: Upstreams, ledger: Ledger) -> dict[str, Server]:
    """All servers; `_` is the catch-all."""
    for served in all_served:
        _upstreams(served, upstreams)
    servers = {CATCH_ALL: Server(CATCH_ALL)}
    servers[CATCH_ALL].add(NginxLocation("/", PREFIX, None, None, None, implicit=True))
    normal = [served for served in all_served if not served.canary]
    for served in normal:
        _hosts(served, servers, upstreams, ledger)
    for served in normal:
        _names(served, servers)
    _settle_aliases(servers, ledger)
    for served in all_served:
        _paths(served, servers, upstreams, ledger)
    return servers


def distinct(servers: dict[str, Server], ledger: Ledger) -> list[Server]:
    """The servers in the order of nginx.conf; nginx ignores a name that is an earlier one in other letter case.

    nginx: src/http/ngx_http_core_module.c:4403 (ngx_strlow), src/http/ngx_http.c:1520 (conflicting server name).
    """
    out: dict[str, Server] = {}
    for server in sorted(servers.values(), key=lambda one: one.host):
        first = out.setdefault(server.host.lower(), server)
        for location in server.locations if first is not server else ():
            if location.origin is not None and not location.implicit:
                words = f"is never reached: nginx compares names without letter case, and {first.host} comes first"
                ledger.settle(location.origin, Outcome.obsolete("host.duplicate", words), "host")
    return list(out.values())


def _upstreams(served: Served, upstreams: Upstreams) -> None:
    backend = served.ingress.default_backend
    if backend is not None and backend.service:
        upstreams.add(served, backend, replacing=True)
    for rule in served.ingress.rules:
        for path in rule.paths or ():
            if path.backend is not None and path.backend.service:
                upstreams.add(served, path.backend)


def _hosts(served: Served, servers: dict[str, Server], upstreams: Upstreams, ledger: Ledger) -> None:
    """The servers of an Ingress with their implicit `/` (nginx: controller.go:1318-1395)."""
    backend = served.ingress.default_backend
    if backend is not None and not backend.service:
        words = "the backend is not a Service; the controller does not read it"
        ledger.settle(default_backend_fact(served.ingress), Outcome.obsolete("path.resource", words), "path")
    upstream = upstreams.add(served, backend) if backend is not None and backend.service else None
    origin = default_backend_fact(served.ingress) if upstream is not None else None
    if upstream is not None and not served.ingress.rules:
        root = servers[CATCH_ALL].locations[0]
        if root.implicit:
            root.upstream, root.served, root.origin, root.implicit = upstream, served, origin, False
            root.ignores_rewrites, root.written, root.text = True, "", "/"
        elif origin is not None:
            words = f"an older Ingress is the default backend: {root.served.ingress.ref if root.served else '?'}"
            ledger.settle(origin, Outcome.obsolete("default-backend.lost", words), "default-backend")
        return
    used = False
    for rule in served.ingress.rules:
        host = rule.host or CATCH_ALL
        if host in servers:
            continue
        server = servers[host] = Server(host, oldest=served)
        server.add(NginxLocation("/", PREFIX, upstream, served, origin, implicit=True))
        used = True
    if origin is not None and not used:
        words = "has no effect: older Ingresses made all hosts of this one, so their default backend is used"
        ledger.settle(origin, Outcome.obsolete("default-backend.lost", words), "default-backend")


def _names(served: Served, servers: dict[str, Server]) -> None:
    """Aliases, passthrough and certificates of the hosts (nginx: controller.go:1397-1504)."""
    aliases = served.settings.value("server-alias", "names") or []
    for rule in served.ingress.rules:
        server = servers[rule.host or CATCH_ALL]
        if aliases and not server.aliases:
            server.aliases, server.alias_owner = tuple(aliases), served
        if server.snippet is None and served.settings.value("snippet", "server"):
            server.snippet = served
        if served.flag("tls-passthrough", "enabled"):
            server.passthrough += (served,)
        if server.host != CATCH_ALL and server.certificate is None and served.ingress.tls:
            server.certificate = served


def _settle_aliases(servers: dict[str, Server], ledger: Ledger) -> None:
    """A name of another server, or the server's own, is no alias (nginx: controller.go:1506-1529)."""
    for server in servers.values():
        if server.aliases:
            server.aliases = tuple(
                name for name in server.aliases if name != server.host and name not in servers and not _refused(name)
            )


def _refused(name: str) -> bool:
    """A name that no Host can have, or with a star elsewhere than as its first or last label (nginx refuses that)."""
    return not name.startswith("~") and not _NAME.fullmatch(name.removeprefix("*.").removesuffix(".*"))


def _paths(served: Served, servers: dict[str, Server], upstreams: Upstreams, ledger: Ledger) -> None:
    ingress = served.ingress
    for number, rule in enumerate(ingress.rules):
        server = servers.get(rule.host or CATCH_ALL) or servers[CATCH_ALL]
        if not rule.paths:
            words = "the rule has no paths: its host is served by the default backend"
            ledger.settle(rule_fact(ingress, number), Outcome.exact("host.empty", words), "host")
        if rule.paths is None and rule.host:
            continue
        _tls_settings(served, server)
        for index, path in enumerate(rule.paths or ()):
            origin = ingress.path_fact(number, index)
            if path.backend is None or not path.backend.service:
                words = "the backend is not a Service; the controller ignores the path"
                ledger.settle(origin, Outcome.obsolete("path.resource", words), "path")
                continue
            upstream = upstreams.add(served, path.backend)
            if served.canary:
                continue
            if upstream.no_server:
                _shadowed(origin, upstream, ledger)
                continue
            _location(
                served,
                server,
                upstream,
                NginxLocation(
                    path.path or "/",
                    EXACT if path.path_type == EXACT else PREFIX,
                    upstream,
                    served,
                    origin,
                    path.path_type or "",
                    path.path,
                ),
                ledger,
            )


def _tls_settings(served: Served, server: Server) -> None:
    """nginx: controller.go:744-757, 770-780: the first Ingress with a readable CA, ciphers, or an error."""
    for name in ("ciphers", "prefer-server"):
        if served.settings.value("tls-options", name) not in (None, ""):
            server.tls_options.setdefault(name, served)
    if served.tls_error and not server.tls_error:
        server.tls_error = served.tls_error
    secret = served.settings.value("client-certificate", "secret")
    if server.client_certificate is None and secret and not served.tls_error:
        server.client_certificate = served


def _shadowed(origin: Origin, upstream: Upstream, ledger: Ledger) -> None:
    """The trap of a Service that an older canary uses (nginx: controller.go:805-809)."""
    words = (
        f"not served: the older canary {upstream.owner.ingress.ref} uses the same Service, "
        "so the controller gives it no path of its own"
    )
    hint = "the path would be served if it were converted; add it by hand if that is meant"
    ledger.settle(origin, Outcome.obsolete("path.canary-service", words, hint), "path")


def _lost(words: str, known: NginxLocation, served: Served) -> Outcome:
    """Without creationTimestamps the age, and with it the winner, is a guess by name."""
    other = known.served
    if other is None or other is served or (other.ingress.created and served.ingress.created):
        return Outcome.obsolete("path.duplicate", words)
    words = (
        f"{other.ingress.ref} has the same host, path and type; the older one wins, and as no creationTimestamp "
        "says which that is, the order of equally old ones is taken"
    )
    hint = "keep one of the two, or add the creationTimestamps of the cluster"
    return Outcome.approximate("path.duplicate-age", words, hint, affects=())


def _location(served: Served, server: Server, upstream: Upstream, new: NginxLocation, ledger: Ledger) -> None:
    known = server.at(new.path, new.type)
    if known is not None and not known.implicit:
        owner = known.served.ingress.ref if known.served else "another object"
        words = f"has no effect: {owner} is older and has the same host, path and type"
        if known.served is served:
            words = "has no effect: the same host, path and type are set earlier in this Ingress"
        if new.origin is not None:
            ledger.settle(new.origin, _lost(words, known, served), "path")
        return
    if known is None:
        server.add(new)
    else:
        position = server.locations.index(known)
        server.locations[position] = new
        server._taken[new.path, new.type] = new
    if served.flag("www-redirect", "enabled") and "www-redirect" not in served.ignored and server.www is None:
        server.www = served
