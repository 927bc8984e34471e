"""Canaries: upstreams that take a share of another upstream's requests.

nginx: internal/ingress/controller/controller.go:1574-1713, rootfs/etc/nginx/lua/balancer.lua:194-277.
"""

from __future__ import annotations

from dataclasses import replace

from converter.model import ObjectRef, Origin, Outcome
from converter.model.ledger import Ledger
from converter.packs.settings import Setting
from converter.reading.facts import default_backend_fact
from converter.routing.actions import Backend, Forward
from converter.routing.matchers import Condition, ValueMatcher
from converter.routing.regex import compiled
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.servers import CATCH_ALL, EXACT, PREFIX, NginxLocation, Server
from converter.sources.ingress_nginx.upstreams import Upstream, Upstreams

UPSTREAM_SETTINGS = frozenset({"canary", "load-balancing", "session-affinity"})
"""What counts on a canary Ingress; its other annotations do nothing."""


class Canaries:
    """All canary Ingresses of a class, joined to their primaries."""

    def __init__(self, upstreams: Upstreams, ledger: Ledger) -> None:
        self.upstreams, self.ledger = upstreams, ledger
        self.facts: dict[int, list[Origin]] = {}
        """Path facts of the canaries of a location, by its id."""
        self.paths: dict[ObjectRef, list[Origin]] = {}
        """The same by the canary Ingress."""
        self._locations: dict[str, _Locations] = {}
        """By the host of the server."""
        self._gone: set[tuple[str, str, int | str | None]] = set()

    def join(self, served: Served, servers: dict[str, Server]) -> None:
        """Find the primaries of one canary Ingress (nginx: mergeAlternativeBackends)."""
        ingress, joined = served.ingress, self._default(served, servers)
        for number, rule in enumerate(ingress.rules):
            server = servers.get(rule.host or CATCH_ALL)
            for index, path in enumerate(rule.paths or ()):
                if path.backend is None or not path.backend.service:
                    continue  # settled with the paths of other Ingresses
                key = (ingress.namespace, path.backend.service, path.backend.port)
                kind = EXACT if path.path_type == EXACT else PREFIX
                origin = ingress.path_fact(number, index)
                primaries = (
                    []
                    if server is None or key in self._gone
                    else self._of(server).primaries(self.upstreams.by_key[key], path.path or "/", kind)
                )
                if primaries:
                    joined = self._attach(served, self.upstreams.by_key[key], primaries, origin) or joined
                    continue
                if server is not None:
                    self._gone.add(key)
                self._settle(
                    origin,
                    "canary.no-primary",
                    "gets no request: no other Ingress has the same host, path and type",
                )
        self._rest(served, joined)

    def _default(self, served: Served, servers: dict[str, Server]) -> bool:
        """The default backend of a canary stands beside every backend of the catch-all server."""
        backend = served.ingress.default_backend
        if backend is None:
            return False
        if not backend.service:
            self._settle(default_backend_fact(served.ingress), "path.resource", "the backend is not a Service")
            return False
        canary = self.upstreams.by_key[served.ingress.namespace, backend.service, backend.port]
        origin = default_backend_fact(served.ingress)
        primaries: list[NginxLocation] = []
        for location in servers[CATCH_ALL].locations:
            if location.upstream is canary:
                break
            if location.upstream is not None and not location.upstream.no_server:
                primaries.append(location)
        if primaries:
            return self._attach(served, canary, primaries, origin)
        self._settle(origin, "canary.no-primary", "gets no request: there is no other default backend")
        return False

    def _of(self, server: Server) -> _Locations:
        if server.host not in self._locations:
            self._locations[server.host] = _Locations(server)
        return self._locations[server.host]

    def _attach(self, served: Served, canary: Upstream, primaries: list[NginxLocation], origin: Origin) -> bool:
        if canary.shaping is None:
            self._settle(
                origin,
                "canary.shared-service",
                "gets no request: an older Ingress uses its Service, so weights and headers are not stored",
            )
            return False
        for location in primaries:
            primary = location.upstream
            if primary is None:
                continue
            if canary not in primary.alternatives:
                primary.alternatives += (canary,)
            if primary.alternatives[0] is canary:
                self.facts.setdefault(id(location), []).append(origin)
                self.paths.setdefault(served.ingress.ref, []).append(origin)
            else:
                self._settle(
                    origin,
                    "canary.second",
                    "gets no request: the path has an older canary, and the controller uses one",
                )
        return True

    def _rest(self, served: Served, joined: bool) -> None:
        for name, setting in served.settings.by_name.items():
            if name not in UPSTREAM_SETTINGS or not joined:
                words = "has no effect on a canary Ingress" if joined else "has no effect: the canary has no primary"
                for origin in setting.origins.values():
                    self._settle(origin, "canary.ignored", words, name)
            elif name != "canary":
                for origin in setting.origins.values():
                    words = "only affects how the canary's own endpoints are chosen"
                    self._settle(origin, "canary.balancing", words, name)

    def _settle(self, origin: Origin, code: str, words: str, feature: str = "canary") -> None:
        self.ledger.settle(origin, Outcome.obsolete(code, words), feature)


class _Locations:
    """The locations of one server by path, and which upstream is used first where; a canary each asks for them."""

    def __init__(self, server: Server) -> None:
        self._by_path: dict[str, list[tuple[int, NginxLocation]]] = {}
        self._first_use: dict[int, int] = {}
        for place, location in enumerate(server.locations):
            self._by_path.setdefault(location.path, []).append((place, location))
            self._first_use.setdefault(id(location.upstream), place)

    def primaries(self, canary: Upstream, path: str, kind: str) -> list[NginxLocation]:
        """Locations of this path and type, in front of any that already uses the canary's Service."""
        end = self._first_use.get(id(canary))
        return [
            location
            for place, location in self._by_path.get(path, ())
            if (end is None or place < end)
            and location.type == kind
            and location.upstream is not None
            and not location.upstream.no_server
        ]


def forwards(primary: Backend, canary: Backend, setting: Setting) -> list[tuple[tuple[Condition, ...], Forward]]:
    """Who gets a request, by header, then cookie, then weight (nginx: balancer.lua:223-277)."""
    out: list[tuple[tuple[Condition, ...], Forward]] = []
    to_canary, to_primary = Forward((canary,)), Forward((primary,))
    header = (setting.get("header") or "").lower().replace("_", "-")
    value, pattern = setting.get("header-value"), setting.get("header-pattern")
    if header and value:
        out.append((_one("header", header, ValueMatcher("exact", value)), to_canary))
    elif header and pattern and compiled(pattern) is None:
        out.append((_one("header", header, ValueMatcher("present")), to_primary))
    elif header and pattern:
        out.append((_one("header", header, ValueMatcher("search", pattern)), to_canary))
    elif header:
        out.append((_one("header", header, ValueMatcher("exact", "always")), to_canary))
        out.append((_one("header", header, ValueMatcher("exact", "never")), to_primary))
    cookie = setting.get("cookie")
    if cookie:
        out.append((_one("cookie", cookie, ValueMatcher("exact", "always")), to_canary))
        out.append((_one("cookie", cookie, ValueMatcher("exact", "never")), to_primary))
    total = max(100, setting.get("weight-total", 100))
    weight = min(max(0, setting.get("weight", 0)), total)
    if weight == 0:
        out.append(((), to_primary))
    elif weight == total:
        out.append(((), to_canary))
    else:
        out.append(((), Forward((replace(primary, weight=total - weight), replace(canary, weight=weight)))))
    return out


def _one(subject: str, key: str, test: ValueMatcher) -> tuple[Condition, ...]:
    if subject == "cookie":
        return (Condition(subject, key, (test,), "first", ignore_case=True),)
    return (Condition(subject, key, (test,), "single"),)
