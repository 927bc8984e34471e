"""A target of somebody else: one package and one pack, which no module of `converter` knows of."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from converter.model import ASPECTS, Fidelity, Outcome, Resource
from converter.packs.load import TargetRow
from converter.routing.actions import Backend, Forward
from converter.routing.gateway_handover import GatewayHandover
from converter.routing.matchers import Match, ValueMatcher
from converter.routing.table import Feature, Port, RoutingTable, Rule, VirtualHost
from converter.targets.contract import Emission, Provenance, TargetRun
from converter.targets.notes import Notes
from converter.validation.known_objects import Index

PACKS = Path(__file__).parent / "packs"
API_VERSION = "simple.example.com/v1"
PATHS = {"segment": "Prefix", "exact": "Exact"}


class SimpleTarget:
    """See `contract.Target`."""

    name = "simple"

    def write(self, run: TargetRun, tables: Sequence[RoutingTable], handovers: Sequence[GatewayHandover]) -> Emission:
        """One Proxy a table."""
        del handovers
        emission = Emission()
        for table in tables:
            _Writer(run, table, emission).write()
        return emission

    def read(
        self, documents: Iterable[Any], *, provenance: Provenance | None = None, namespace: str = "default"
    ) -> _Reading:
        """See `contract.Target`."""
        del namespace
        return _Reading([one for one in documents if isinstance(one, Resource)], provenance or {})

    def refusals(self, resource: Resource, index: Index) -> Iterator[tuple[str, str]]:
        """A Proxy takes a host once at most with the same path."""
        del index
        seen = set()
        for number, route in enumerate(resource.body["spec"]["routes"]):
            if (route["host"], route["path"]) in seen:
                yield f"spec.routes[{number}]", "this host and path stand in an earlier route"
            seen.add((route["host"], route["path"]))


class _Writer:
    def __init__(self, run: TargetRun, table: RoutingTable, emission: Emission) -> None:
        self.run, self.table, self.emission = run, table, emission
        self.notes = Notes(run.ledger)
        self.key = ("Proxy", run.pack.settings["namespace"], table.entry)
        self.routes: list[dict[str, Any]] = []

    def write(self) -> None:
        kind, namespace, name = self.key
        for port in self.table.ports:
            for feature in port.features:
                self._settle(feature)
            for certificate in port.certificates:
                self._settle(Feature("listener", None, certificate.origins))
            for vhost in port.hosts if port.protocol == "HTTP" else ():
                for rule in vhost.rules:
                    self._rule(vhost, rule)
        for feature in self.table.features:
            self._settle(feature)
        body = {
            "apiVersion": API_VERSION,
            "kind": kind,
            "metadata": {"name": name, "namespace": namespace},
            "spec": {"routes": self.routes},
        }
        self.emission.resources.append(Resource(API_VERSION, kind, namespace, name, body))
        self.emission.gateways[self.table.entry] = f"{namespace}/{name}"

    def _rule(self, vhost: VirtualHost, rule: Rule) -> None:
        for feature in rule.features:
            self._settle(feature)
        paths = [one for one in rule.match.paths if one.op in PATHS] or [ValueMatcher("segment", "/")]
        if not isinstance(rule.action, Forward) or len(rule.action.backends) != 1 or rule.match.conditions:
            self.notes.settle_rule(
                [rule], Outcome.unsupported("simple.rule", "A Proxy only forwards by host and path.")
            )
            return
        backend = rule.action.backends[0]
        for host in [one.value for one in vhost.hosts] or [""]:
            for path in paths:
                self.emission.provenance[(*self.key, len(self.routes), 0)] = rule
                self.routes.append(
                    {
                        "host": host,
                        "path": path.value,
                        "pathType": PATHS[path.op],
                        "service": f"{backend.namespace}/{backend.name}",
                        "port": backend.number,
                    }
                )
        self.notes.settle_rule([rule], Outcome.exact("simple.route", f"becomes a route of Proxy {self.table.entry}"))

    def _settle(self, feature: Feature) -> None:
        row = self.run.pack.rows.get(feature.name) or TargetRow(
            feature.name, Fidelity.UNSUPPORTED, hint="do it by hand"
        )
        affects = frozenset(row.args.get("announces", ASPECTS))
        self.notes.settle(
            feature,
            Outcome(
                f"{feature.name}.{row.fidelity.value}",
                row.fidelity,
                row.note or f"A Proxy has no {feature.name}.",
                row.hint,
                affects=affects,
            ),
        )


class _Reading:
    def __init__(self, resources: list[Resource], provenance: Provenance) -> None:
        self.resources, self.provenance = resources, provenance

    def written(self) -> None:
        """Every host is read."""

    def tables(self, without: frozenset[str] = frozenset()) -> list[RoutingTable]:
        """One table a Proxy."""
        del without
        return [self._table(one) for one in self.resources if one.kind == "Proxy"]

    def _table(self, proxy: Resource) -> RoutingTable:
        hosts: dict[str, VirtualHost] = {}
        for index, route in enumerate(proxy.body["spec"]["routes"]):
            key = ("Proxy", proxy.namespace, proxy.name, index, 0)
            tests = (ValueMatcher("exact", route["host"]),) if route["host"] else ()
            namespace, _, name = route["service"].partition("/")
            backend = Backend(namespace, name, route["port"], route["port"])
            path = ValueMatcher("segment" if route["pathType"] == "Prefix" else "exact", route["path"])
            rule = Rule(Match((path,)), Forward((backend,)), resource=key)
            hosts.setdefault(route["host"], VirtualHost(tests)).rules.append(rule)
        return RoutingTable(f"{proxy.namespace}/{proxy.name}", "simple", [Port(80, "HTTP", list(hosts.values()))])


TARGET = SimpleTarget()
