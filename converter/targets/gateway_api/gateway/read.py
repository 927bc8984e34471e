"""One table for each Gateway: its ports with the virtual hosts that Envoy is given.

Listeners without TLS share a port and its virtual hosts; behind TLS each listener is a part of its own that the server
name chooses, so that a Host of another listener is not found there (reference: target.md a7).
"""

from __future__ import annotations

from converter.reading.manifests import mapping, mappings
from converter.routing.matchers import ValueMatcher
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.table import Certificate, Feature, Port, RoutingTable, VirtualHost
from converter.targets.contract import Provenance
from converter.targets.envoy_gateway.client_traffic_policy.read import header_rules, listener_steps, path_rules, refused
from converter.targets.envoy_gateway.envoy_proxy.read_filter_order import proxy_of
from converter.targets.envoy_gateway.policy_attachment.read import EffectivePolicies
from converter.targets.gateway_api.gateway.output_signature import OutputSignature
from converter.targets.gateway_api.gateway.read_attachment import Attachment
from converter.targets.gateway_api.gateway.read_listeners import Listener, listeners_of, ours
from converter.targets.gateway_api.http_route.read import Ordered, Parents, RuleReader
from converter.targets.gateway_api.http_route.read_backends import Backends
from converter.targets.gateway_api.reference_grant.read import Grants
from converter.targets.gateway_api.stream_routes.read import Streams
from converter.targets.resources import Body, Manifest, Store, sequence, text
from converter.targets.semantics import Semantics

KINDS = ("SecurityPolicy", "BackendTrafficPolicy", "EnvoyExtensionPolicy", "ClientTrafficPolicy")
DEFAULT_PATH_RULES = PathRules("literal")
DEFAULT_HEADER_RULES = HeaderRules()


class TableReader:
    """Reads all tables of one set of resources."""

    def __init__(self, store: Store, semantics: Semantics, provenance: Provenance | None) -> None:
        self._store, self._semantics = store, semantics
        self._steps: dict[tuple[int, int, int, bool], tuple[Body, tuple[Feature, ...]]] = {}
        grants = Grants(store)
        kept = store if semantics.extensions else Store([])
        self._policies = {kind: EffectivePolicies(kind, kept, grants) for kind in KINDS}
        self._listeners = {
            (gateway.namespace, gateway.name): listeners_of(gateway, store, grants)
            for gateway in store.of("Gateway")
            if ours(gateway, store, semantics)
        }
        every = [one for listeners in self._listeners.values() for one in listeners]
        self._every, self._attachment = every, Attachment(every, store)
        self._backends = Backends(store, grants, semantics)
        self._streams = Streams(store, self._attachment, self._backends)
        self._rules = RuleReader(store, self._backends, self._policies, semantics, provenance)
        self._served: dict[int, dict[str, list[Ordered]]] = {}
        self._without: frozenset[str] = frozenset()

    def written(self) -> OutputSignature:
        """What tells which hosts need not be read because another one is read."""
        return OutputSignature(self._store, self._every, self._attachment, self._backends, self._policies)

    def _attach(self) -> dict[int, dict[str, list[Ordered]]]:
        """Rules by listener and host, in the order of routes: by kind, age and name."""
        listeners = [one for one in self._every if one.hostname not in self._without]
        served: dict[int, dict[str, list[Ordered]]] = {id(one): {} for one in listeners}
        parents = {id(one): self._parents(one) for one in listeners}
        for kind in ("HTTPRoute", "GRPCRoute"):
            for route in self._store.of(kind):
                if self._without and self._is_left_out(route):
                    continue
                known: dict[tuple[int, ...], list[Ordered]] = {}
                for listener, hosts in self._attachment.of(route):
                    if id(listener) not in parents:
                        continue
                    above = parents[id(listener)]
                    key = tuple(map(id, above))
                    if key not in known:
                        known[key] = self._rules.read(route, above)
                    for host in hosts:
                        if host not in self._without:
                            rules = self._rules.of_host(route, known[key], host)
                            served[id(listener)].setdefault(host, []).extend(rules)
        return served

    def _is_left_out(self, route: Manifest) -> bool:
        """All hosts of the route are left out."""
        names = sequence(route.spec.get("hostnames"))
        return bool(names) and all(str(name).lower() in self._without for name in names)

    def _parents(self, listener: Listener) -> Parents:
        proxy = proxy_of(listener.gateway, self._store) if self._semantics.extensions else None
        if proxy is not None and not proxy.spec.get("filterOrder"):
            proxy = None
        security, traffic, extension = (self._policies[kind].at_listener(listener) for kind in KINDS[:3])
        return Parents(security, traffic, extension, proxy)

    def tables(self, without: frozenset[str] = frozenset()) -> list[RoutingTable]:
        """The tables, by namespace and name of their Gateways; `without` hosts whose keys (`written`) others have."""
        self._without = without
        self._served = self._attach()
        return [self._table(gateway) for gateway in sorted(self._listeners)]

    def _table(self, key: tuple[str, str]) -> RoutingTable:
        gateway = self._store.get("Gateway", *key)
        if gateway is None:
            raise KeyError(key)
        envoy = self._semantics.envoy
        table = RoutingTable(
            f"{key[0]}/{key[1]}",
            self._semantics.name,
            [],
            (),
            PathRules("envoy") if envoy else DEFAULT_PATH_RULES,
            HeaderRules("reject", False, False, "last-colon") if envoy else DEFAULT_HEADER_RULES,
            key[0],
        )
        if gateway.location.path:
            table.origin = gateway.origin("spec.listeners", table.entry)
        proxy = proxy_of(gateway, self._store) if self._semantics.extensions else None
        keep_order = proxy is not None and bool(proxy.spec.get("preserveRouteOrder"))
        ports: dict[tuple[int, bool], list[Listener]] = {}
        for listener in self._listeners[key]:
            if listener.ready and listener.hostname not in self._without:
                ports.setdefault((listener.port, listener.protocol == "UDP"), []).append(listener)
        for (number, _), listeners in sorted(ports.items()):
            port = self._port(number, listeners, keep_order)
            if _loss(port) != "listener":
                table.ports.append(port)
        return table

    def _port(self, number: int, listeners: list[Listener], keep_order: bool) -> Port:
        first = listeners[0]
        if first.protocol in ("TCP", "UDP"):
            return Port(number, first.protocol, [VirtualHost((), self._streams.rules(first))])
        if first.protocol == "HTTP":
            return self._http_port(number, listeners, keep_order)
        port = Port(number, "HTTPS" if any(one.protocol == "HTTPS" for one in listeners) else "TLS")
        port.unknown_sni = "refuse"
        for listener in listeners:
            if listener.protocol == "HTTPS":
                port.chains.append(self._chain(listener, keep_order))
                port.certificates += _certificates(listener)
            else:
                port.chains += self._streams.chains(listener)
        port.hosts = [vhost for chain in port.chains for vhost in _named(chain)]
        return port

    def _http_port(self, number: int, listeners: list[Listener], keep_order: bool) -> Port:
        hosts: dict[str, VirtualHost] = {}
        repeated = False
        for listener in listeners:
            for host, vhost in self._hosts(listener, keep_order).items():
                repeated |= hosts.setdefault(host, vhost) is not vhost
        port = Port(number, "HTTP", list(hosts.values()))
        self._settle(port, self._client_settings(listeners), listeners[0], repeated and self._semantics.envoy)
        return port

    def _chain(self, listener: Listener, keep_order: bool) -> Port:
        hosts = list(self._hosts(listener, keep_order).values())
        part = Port(
            listener.port,
            "HTTPS",
            hosts,
            server_name=listener.hostname,
            certificates=_certificates(listener),
        )
        policy = self._policies["ClientTrafficPolicy"].at_listener(listener)
        self._settle(part, policy.spec if policy is not None else {}, listener)
        return part

    def _client_settings(self, listeners: list[Listener]) -> Body:
        """The ClientTrafficPolicy of a plain port. One that names a single listener of several is refused."""
        policies = self._policies["ClientTrafficPolicy"]
        found = policies.at_listener(listeners[0])
        if len(listeners) > 1 and found is not None and found is policies.section(listeners[0]):
            return {}
        return found.spec if found is not None else {}

    def _settle(self, port: Port, spec: Body, listener: Listener, repeated: bool = False) -> None:
        """Settings of the listener, and what is refused; `repeated`: a host has two virtual hosts."""
        if not self._semantics.extensions:
            return
        port.paths, port.headers = path_rules(spec), header_rules(spec)
        key = id(spec), id(listener.gateway), listener.port, port.protocol == "HTTPS"
        if key not in self._steps:  # one policy is for thousands of listeners; it is kept, and so its id its own
            self._steps[key] = spec, listener_steps(spec, listener.gateway, *key[2:])
        port.steps = self._steps[key][1]
        if spec:
            port.features = (Feature("listener", spec),)
        lost = {rule.refused for vhost in port.hosts for rule in vhost.rules} - {""}
        if "listener" in lost or refused(spec):
            port.refused = "listener"
        elif lost or repeated:
            port.refused, port.hosts = "routes", []

    def _hosts(self, listener: Listener, keep_order: bool) -> dict[str, VirtualHost]:
        out = {}
        for host, found in self._served[id(listener)].items():
            rules = found if keep_order else sorted(found, key=_order)
            out[host] = VirtualHost(_tests(host), [rule for _, rule in rules])
        if not self._semantics.envoy and (listener.hostname or "*") not in out:
            out[listener.hostname or "*"] = VirtualHost(_tests(listener.hostname or "*"))
        return out


def _loss(port: Port) -> str:
    """What Envoy refuses of a port although Envoy Gateway accepts it: nothing, its routes, or all of it.

    Two plain listeners whose routes name one host make a route configuration that names it twice; for the rest see
    reference target.md b2.
    """
    losses = {one.refused for one in (port, *port.chains)}
    return "listener" if "listener" in losses else "routes" if "routes" in losses else ""


def _order(entry: Ordered) -> tuple[int, ...]:
    return entry[0]


def _tests(host: str) -> tuple[ValueMatcher, ...]:
    if host == "*":
        return ()
    return (ValueMatcher("domain" if host.startswith("*") else "exact", host),)


def _named(chain: Port) -> list[VirtualHost]:
    """Virtual hosts of a part; one that takes every host is listed under the part's own name."""
    if not chain.server_name:
        return chain.hosts
    return [
        vhost if vhost.hosts else VirtualHost(_tests(chain.server_name), vhost.rules, vhost.features)
        for vhost in chain.hosts
    ]


def _certificates(listener: Listener) -> list[Certificate]:
    hosts = (listener.hostname,) if listener.hostname else ()
    refs = mappings(mapping(listener.spec.get("tls")).get("certificateRefs"))
    own = listener.owner.namespace
    return [Certificate(hosts, text(ref.get("namespace")) or own, text(ref.get("name"))) for ref in refs]
