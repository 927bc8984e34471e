"""The routing table: everything that one entry point does with a request, whoever wrote it."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

from converter.model import ObjectRef, Origin
from converter.model.data import dataclass
from converter.routing.actions import Action, Respond
from converter.routing.details import NO_DETAILS, Details
from converter.routing.host_names import wildcards_above
from converter.routing.host_patterns import HostPatterns
from converter.routing.matchers import ANY, Match, ValueMatcher
from converter.routing.path_index import MAX_RULES_WITHOUT_INDEX, PathIndex
from converter.routing.request_rules import DEFAULT_HEADER_RULES, DEFAULT_PATH_RULES, HeaderRules, PathRules

NOT_FOUND = Respond(404)
"""What every proxy here responds with where no rule matches a request."""
ResourceKey = tuple[str, str, str, int, int] | tuple[str, str, str, int, int, str]
"""Kind, namespace and name of a route, the index of a rule in it, and that of a match in the rule; the host, where a
route is that of several objects."""


@dataclass(frozen=True, slots=True)
class Feature:
    """A named setting with the facts that it comes from.

    `value` is a Step where the setting changes what is answered, otherwise plain data for the target's handlers.
    """

    name: str
    value: Any = None
    origins: tuple[Origin, ...] = ()
    note: str = ""
    """What the source does with it beyond its plain meaning; the report says it."""
    user_row: bool = False
    """It comes of a row of a mappings file of the user."""
    repeats_default: bool = False
    """The controller does the same without it."""


@dataclass(slots=True)
class Rule:
    """One line of a table, in the order in which the controller tries them. Treat as immutable."""

    match: Match = ANY
    action: Action = NOT_FOUND
    features: tuple[Feature, ...] = ()
    hosts: tuple[ValueMatcher, ...] = ()
    """Only in fall-through ports: the hosts that this rule asks for (empty: any)."""
    name: str = ""
    object: ObjectRef | None = None
    """The input object that it belongs to."""
    origin: Origin | None = None
    """The fact that it stands for (a path of an Ingress); None for what a controller adds of itself."""
    path_type: str = ""
    """Exact | Prefix | ImplementationSpecific as written, for reports and for reading as a person would write it."""
    text: str = ""
    """The path as written."""
    derived: str = ""
    """What a controller or a target adds of itself (trailing-slash, www-redirect, implicit-root …); "": nothing."""
    origins: tuple[Origin, ...] = ()
    """Further facts whose findings are about this rule."""
    namespace: str = ""
    """Where all of its backends are, if that is another namespace than that of `object`."""
    temporary: bool = False
    """A tool has made its object for minutes; no target writes it."""
    resource: ResourceKey | None = None
    """Of a rule that was read from resources: the match that it was read from."""
    refused: str = ""
    """Of a rule that was read from resources: what the proxy refuses because of it (routes | listener)."""
    details: Details = NO_DETAILS


@dataclass(slots=True)
class VirtualHost:
    """Rules that share host names. No hosts: the catch-all."""

    hosts: tuple[ValueMatcher, ...]
    rules: list[Rule] = field(default_factory=list)
    features: tuple[Feature, ...] = ()
    """Settings of the whole host (client certificates, HSTS): facts for the target; rules carry their own steps."""
    part_of: VirtualHost | None = None
    """The virtual host of several names that this one is for one name of, where names are compared one by one."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A TLS Secret and the names it is served for. Empty hosts: the default certificate of the port."""

    hosts: tuple[str, ...]
    namespace: str
    name: str
    """Empty where the input names no Secret (the controller's own default certificate)."""
    origins: tuple[Origin, ...] = ()
    kind: str = "Secret"
    """Secret | ARN (AWS certificate, name is the ARN)."""


@dataclass(slots=True)
class Port:
    """One port of the entry point. `protocol`: HTTP | HTTPS | TLS (passthrough) | TCP | UDP.

    Isolated ports choose ONE virtual host by name (exact, longest wildcard, regex in order, catch-all) and answer with
    its rules or `fallback`. Fall-through ports have one catch-all virtual host whose rules carry their own hosts.
    """

    number: int
    protocol: str = "HTTP"
    hosts: list[VirtualHost] = field(default_factory=list)
    certificates: list[Certificate] = field(default_factory=list)
    unknown_sni: str = "serve"
    """serve: any certificate will do (ingress-nginx) | refuse: the handshake fails without one for the name."""
    fallback: Respond = NOT_FOUND
    fall_through: bool = False
    features: tuple[Feature, ...] = ()
    name: str = ""
    """What the input calls it; "": nothing."""
    alternatives: tuple[str, ...] = ()
    """TCP and UDP: the rules of which the controller serves any one; empty where there is one or none."""
    sni_style: str = ""
    """How the controller chooses a certificate (`decide.SNI_STYLES`); "": by the names of the certificates."""
    refused: str = ""
    """Of a port that was read from resources: what the proxy refuses of it (routes | listener)."""
    details: Details = NO_DETAILS
    chains: list[Port] = field(default_factory=list)
    """Parts of a TLS port that the name in the handshake chooses between, each with virtual hosts of its own; none:
    the name chooses nothing. `hosts` of the whole port then lists the virtual hosts of all parts."""
    server_name: str = ""
    """Of a part: the name that it is for (`*.x` for names below); "": every other name, and none."""
    paths: PathRules | None = None
    """Where a port differs from its table."""
    headers: HeaderRules | None = None
    steps: tuple[Feature, ...] = ()
    """What happens to every request before a rule is chosen."""
    _index: dict[str, VirtualHost] | None = None
    _wild: HostPatterns[VirtualHost] | None = None
    _rest: VirtualHost | None = None
    _exact: tuple[dict[str, list[int]], list[int]] | None = None
    _chains: dict[str, Port] | None = None
    _certified: tuple[set[str], bool] | None = None
    _by_path: dict[int | str, tuple[int, PathIndex]] = field(default_factory=dict)
    """Of many rules: of an isolated virtual host by its id, else by host; 0: those that look at the host."""

    def select(self, host: str) -> VirtualHost | None:
        """The virtual host that matches alone for this host (lower case, no port)."""
        if self._index is None:
            self._index = {
                test.value.lower(): vhost
                for vhost in reversed(self.hosts)
                for test in vhost.hosts
                if test.op == "exact"
            }
            self._wild = HostPatterns(
                (test, vhost) for vhost in self.hosts for test in vhost.hosts if test.op != "exact"
            )
            self._rest = next((vhost for vhost in self.hosts if not vhost.hosts), None)
        found = self._index.get(host)
        return found or (self._wild and self._wild.select(host)) or self._rest

    def candidates(self, host: str, path: str | None = None) -> list[Rule]:
        """The rules that can take a request for this host (and path), in order; not all of them do."""
        vhost = self.select(host)
        if vhost is None:
            return []
        rules = vhost.rules
        if not self.fall_through:
            if len(rules) <= MAX_RULES_WITHOUT_INDEX:
                return rules
            return [rules[index] for index in self._narrowed(id(vhost), range(len(rules)), rules, path)]
        if self._exact is None:
            self._exact = _host_index(rules)
        by_host, others = self._exact
        open_to = [index for index in self._narrowed(0, others, rules, path) if _takes(rules[index], host)]
        own = self._narrowed(host, by_host.get(host, ()), rules, path)
        return [rules[index] for index in sorted({*own, *open_to})]

    def _narrowed(self, key: int | str, numbers: Sequence[int], rules: list[Rule], path: str | None) -> Sequence[int]:
        """Those of the rules that may take the path."""
        if path is None or len(numbers) <= MAX_RULES_WITHOUT_INDEX:
            return numbers
        size, index = self._by_path.get(key, (0, None))
        if index is None or size != len(rules):
            index = PathIndex((number, rules[number]) for number in numbers)
            self._by_path[key] = len(rules), index
        return index.of(path)

    def chain(self, name: str) -> Port | None:
        """The part of this port that takes connections for this name: its own, the longest wildcard, the open one."""
        if self._chains is None:
            self._chains = {part.server_name.lower(): part for part in reversed(self.chains)}
        names = (name, *wildcards_above(name), "")
        return next((self._chains[one] for one in names if one in self._chains), None)

    def is_certified(self, name: str) -> bool:
        """Whether a certificate is for this name, by itself, by a wildcard, or because it is for every name."""
        if self._certified is None:
            named = {host for one in self.certificates for host in one.hosts}
            self._certified = named, any(not one.hosts for one in self.certificates)
        names, every = self._certified
        return every or name in names or (name[:1] != "." and any(one in names for one in wildcards_above(name)))


def _takes(rule: Rule, host: str) -> bool:
    return not rule.hosts or any(test.holds(host) for test in rule.hosts)


def _host_index(rules: list[Rule]) -> tuple[dict[str, list[int]], list[int]]:
    """Rules by exact host, and those that need a look at the host itself."""
    by_host: dict[str, list[int]] = {}
    others = []
    for index, rule in enumerate(rules):
        if rule.hosts and all(test.op == "exact" for test in rule.hosts):
            for test in rule.hosts:
                by_host.setdefault(test.value.lower(), []).append(index)
        else:
            others.append(index)
    return by_host, others


@dataclass(slots=True)
class RoutingTable:
    """One entry point: an ingress-nginx class, an Alauda ALB, an AWS IngressGroup, a Gateway."""

    entry: str
    """What a user calls it: class, ALB name, group, or namespace/name of a Gateway."""
    controller: str
    ports: list[Port] = field(default_factory=list)
    features: tuple[Feature, ...] = ()
    """Settings of the whole entry, controller defaults among them (origin kind `default`)."""
    paths: PathRules = DEFAULT_PATH_RULES
    headers: HeaderRules = DEFAULT_HEADER_RULES
    namespace: str = ""
    """Where the entry itself lives, if anywhere (ALB2, Gateway)."""
    origin: Origin | None = None
    stand_in: bool = False
    """The input lacks the object of the entry, which is assumed because others name it."""
    projects: tuple[str, ...] = ()
    """The projects that it serves, on platforms that have projects."""
    neighbour_ports: Mapping[tuple[int, str], str] = field(default_factory=dict)
    """Number and TCP or UDP -> what else listens there on nodes that the entry may run on."""
    details: Details = NO_DETAILS
    _ports: tuple[int, dict[Hashable, Port]] = field(default=(0, {}), init=False, repr=False, compare=False)
    """Ports by number, and by number and protocol, as long as there are no more than these."""

    def port(self, number: int) -> Port | None:
        """The port by its number."""
        return self._first(number)

    def listening(self, number: int, *, udp: bool) -> Port | None:
        """The port that takes TCP, or UDP: both may share a number."""
        return self._first((number, udp))

    def _first(self, key: Hashable) -> Port | None:
        if self._ports[0] != len(self.ports):
            places: dict[Hashable, Port] = {}
            for port in self.ports:
                places.setdefault(port.number, port)
                places.setdefault((port.number, port.protocol == "UDP"), port)
            self._ports = len(self.ports), places
        return self._ports[1].get(key)

    def bearers(self) -> list[Feature | Certificate]:
        """Everything that carries facts beside the rules themselves, each once: many rules share a feature."""
        groups: list[Sequence[Feature | Certificate]] = [self.features]
        for port in self.ports:
            groups += (port.features, port.certificates)
            for vhost in port.hosts:
                groups += [vhost.features, *(rule.features for rule in vhost.rules if rule.features)]
        return list({id(one): one for group in groups for one in group}.values())

    def origins(self) -> Iterator[Origin]:
        """Facts that the table carries on: those of features, certificates and rules."""
        for one in self.bearers():
            yield from one.origins
        yield from (rule.origin for _, _, rule in self.rules() if rule.origin is not None)

    def rule_origin(self) -> Origin | None:
        """The fact of the first rule that stands for one."""
        return next((rule.origin for _, _, rule in self.rules() if rule.origin is not None), None)

    def add_default(self, feature: str, origin: Origin) -> None:
        """Carry a fact that no object of the input stands for, as one of this feature."""
        self.features = (*self.features, Feature(feature, None, (origin,)))

    def rules(self) -> list[tuple[Port, VirtualHost, Rule]]:
        """Every rule with its place, in order."""
        return [(port, vhost, rule) for port in self.ports for vhost in port.hosts for rule in vhost.rules]
