"""Ingresses of one class to a routing table, by Kubernetes' own documentation.

https://kubernetes.io/docs/concepts/services-networking/ingress/: the longest matching path wins, an exact one before a
prefix of the same length; a wildcard covers one label; what no rule takes goes to the default backend. The
documentation leaves open who wins among equal paths: here the oldest Ingress does, as with most controllers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field

from converter.model import ObjectStatus, Origin, Outcome
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.packs.load import target_pack, target_pack_name
from converter.reading.facts import class_fact, default_backend_fact, rule_fact, tls_fact
from converter.reading.inventory import Ingress, Inventory, ServiceBackend
from converter.routing.actions import Forward
from converter.routing.host_names import covers_one_label
from converter.routing.matchers import ANY, Match, ValueMatcher
from converter.routing.request_rules import PathRules
from converter.routing.table import Certificate, Feature, Port, RoutingTable, Rule, VirtualHost
from converter.sources.backends import backend
from converter.sources.classes import CLASS_ANNOTATION, annotated_class
from converter.sources.common_annotations import common_features, common_row
from converter.sources.contract import Compiled


def compile_classes(ingresses: list[Ingress], inventory: Inventory, ledger: Ledger, options: Options) -> Compiled:
    """One table a class, in order of their names."""
    classes: dict[str, list[Ingress]] = {}
    for ingress in sorted(ingresses, key=lambda one: (one.created, one.index)):
        classes.setdefault(_class(ingress), []).append(ingress)
    compiled = Compiled()
    for entry in sorted(classes):
        table = _EntryBuilder(entry, inventory, ledger, options).table(classes[entry])
        compiled.tables.append(table)
        routed = {rule.object for _, _, rule in table.rules()}
        compiled.statuses += [_status(one, entry, one.ref in routed) for one in classes[entry]]
    return compiled


def _status(ingress: Ingress, entry: str, routed: bool) -> ObjectStatus:
    if routed:
        return ObjectStatus(ingress.ref, ingress.location(), "converted", "generic", entry)
    reason = "nothing of it routes a request"
    return ObjectStatus(ingress.ref, ingress.location(), "skipped", "generic", entry, reason)


def _class(ingress: Ingress) -> str:
    return ingress.class_name or (annotated_class(ingress) or "").strip() or "default"


@dataclass(slots=True)
class _EntryBuilder:
    entry: str
    inventory: Inventory
    ledger: Ledger
    options: Options
    hosts: dict[str, list[Rule]] = field(default_factory=dict)
    taken: dict[tuple[str, str, str], Rule] = field(default_factory=dict)
    certificates: list[Certificate] = field(default_factory=list)
    fallback: Rule | None = None
    features: list[Feature] = field(default_factory=list)

    def table(self, ingresses: list[Ingress]) -> RoutingTable:
        """Rules of all Ingresses, ordered as the documentation says, on a plain and a TLS port."""
        for ingress in ingresses:
            self._add(ingress)
        found = [self._vhost(host) for host in sorted(self.hosts, key=lambda host: (host == "", host))]
        if self.fallback is not None and "" not in self.hosts:
            found.append(VirtualHost((), [self.fallback]))
        vhosts = [vhost for vhost in found if vhost.rules]
        ports = [Port(80, "HTTP", vhosts)] if vhosts else []
        secure = [vhost for vhost in vhosts if self._is_secure(vhost)]
        if secure:
            ports.append(Port(443, "HTTPS", secure, self.certificates, "refuse"))
        else:
            for origin in (origin for one in self.certificates for origin in one.origins):
                self.ledger.settle(origin, _UNUSED, "tls")
        # the documentation does not say how odd paths are read: as the target reads them, then
        capabilities = target_pack(target_pack_name(self.options.target)).capabilities
        paths = PathRules("envoy" if capabilities.envoy_paths else "literal")
        return RoutingTable(self.entry, "generic", ports, tuple(self.features), paths)

    def _add(self, ingress: Ingress) -> None:
        self.features += self._class_features(ingress)
        features = common_features(ingress, self.ledger, "generic", (CLASS_ANNOTATION,))
        self._settle_rest(ingress)
        before = len(self.taken), self.fallback
        for index, block in enumerate(ingress.tls):
            origin = tls_fact(ingress, index)
            self.certificates.append(Certificate(tuple(block.hosts), ingress.namespace, block.secret, (origin,)))
        for number, rule in enumerate(ingress.rules):
            self.hosts.setdefault(rule.host, [])
            if not rule.paths:
                words = "the rule has no paths: its host is served by the default backend"
                self.ledger.settle(rule_fact(ingress, number), Outcome.exact("rule.no-paths", words), "host")
            for index in range(len(rule.paths or ())):
                self._add_path(ingress, number, index, features)
        if ingress.default_backend is not None:
            self._add_default(ingress, ingress.default_backend, features)
        if (len(self.taken), self.fallback) == before:
            self.features += features  # no rule carries them

    def _class_features(self, ingress: Ingress) -> Iterator[Feature]:
        origins = [ingress.annotation(CLASS_ANNOTATION)] if CLASS_ANNOTATION in ingress.annotations else []
        if ingress.class_name is not None:
            origins.append(class_fact(ingress))
        if origins:
            yield Feature("class", self.entry, tuple(origins))

    def _settle_rest(self, ingress: Ingress) -> None:
        """Annotations that nobody answered for: any of them may protect something."""
        for key in ingress.annotations:
            if key != CLASS_ANNOTATION and common_row(key) is None:
                self.ledger.settle(ingress.annotation(key), _UNKNOWN)

    def _add_path(self, ingress: Ingress, number: int, index: int, features: tuple[Feature, ...]) -> None:
        host, entry = ingress.rules[number].host, (ingress.rules[number].paths or [])[index]
        origin = ingress.path_fact(number, index)
        exact = entry.path_type == "Exact"
        path = entry.path or "/"
        key = (host, path if exact else path.rstrip("/"), "Exact" if exact else "Prefix")
        earlier = self.taken.get(key)
        if earlier is not None:
            words = f"the same host and path as in {earlier.object}, which is older and taken to win"
            self.ledger.settle(origin, Outcome.approximate("path.duplicate", words), "path")
            return
        action = self._forward(ingress, entry.backend, origin)
        if action is None:
            return
        rule = Rule(
            Match((ValueMatcher("exact" if exact else "segment", path),)),
            action,
            features,
            name=f"{ingress.namespace}/{ingress.name}{path}",
            object=ingress.ref,
            origin=origin,
            path_type=entry.path_type or "",
            text=entry.path,
        )
        self.taken[key] = rule
        self.hosts[host].append(rule)

    def _forward(self, ingress: Ingress, wanted: ServiceBackend | None, origin: Origin) -> Forward | None:
        if wanted is None or wanted.resource:
            what = wanted.resource if wanted else "nothing"
            words = f"its backend is {what}, not a Service; what that serves depends on the controller"
            outcome = Outcome.manual("backend.resource", words, "write a route to that resource by hand")
            self.ledger.settle(origin, outcome, "backend")
            return None
        # nor what a missing Service is answered with: it is taken to be there
        return Forward((backend(self.inventory, self.options, ingress.namespace, wanted, missing=0, empty=0),))

    def _add_default(self, ingress: Ingress, wanted: ServiceBackend, features: tuple[Feature, ...]) -> None:
        origin = default_backend_fact(ingress)
        if self.fallback is not None:
            words = f"{self.fallback.object} is older and has a default backend too; only one can be"
            outcome = Outcome.approximate("default-backend.duplicate", words)
            self.ledger.settle(origin, outcome, "default-backend")
            return
        action = self._forward(ingress, wanted, origin)
        if action is not None:
            name = f"{ingress.namespace}/{ingress.name} default backend"
            self.fallback = Rule(ANY, action, features, name=name, object=ingress.ref, origin=origin)

    def _vhost(self, host: str) -> VirtualHost:
        """The longest path first, of equal ones the exact first; what is left goes to the default backend."""
        rules = sorted(self.hosts[host], key=_precedence)
        if self.fallback is not None:
            rules.append(self.fallback)
        return VirtualHost((ValueMatcher("label" if host.startswith("*.") else "exact", host),) if host else (), rules)

    def _is_secure(self, vhost: VirtualHost) -> bool:
        """True where a certificate is for this host; one without hosts is for all."""
        names = {test.value for test in vhost.hosts}
        return any(
            not one.hosts or any(_covers(pattern, name) for pattern in one.hosts for name in names)
            for one in self.certificates
        )


def _precedence(rule: Rule) -> tuple[int, bool]:
    test = rule.match.paths[0]
    return -len(test.value.rstrip("/")), test.op != "exact"


def _covers(pattern: str, host: str) -> bool:
    return pattern == host or covers_one_label(pattern, host)


_UNUSED = Outcome.obsolete("tls.unused", "no rule serves these hosts, so it is not used")
_UNKNOWN = Outcome.unknown(
    "annotation.unknown",
    "--from generic counts the spec alone; what this annotation does, or protects, is not known",
    "name the controller with --from",
)
