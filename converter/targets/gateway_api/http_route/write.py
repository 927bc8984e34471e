"""Units of rules as routes: hosts and rules within the API's limits, policies beside them, every fact settled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from sys import intern
from typing import Any

from converter.model import FieldRef, ObjectRef, Outcome
from converter.model.progress import PROGRESS
from converter.model.request_kind import for_host
from converter.routing.table import Rule
from converter.targets.consumers import add_labels
from converter.targets.context import Context, source_line
from converter.targets.draft import Path
from converter.targets.envoy_gateway.policy_attachment.write import attach
from converter.targets.gateway_api.gateway.certificate_findings import uncertified
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.gateway_api.http_route.grouping import RouteUnit, unit_rules
from converter.targets.gateway_api.http_route.host_chunks import MOST_HOSTS, Found, HostChunks
from converter.targets.gateway_api.http_route.route_names import RouteSet, route_names
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.shared_redirects import SharedRedirects, joined
from converter.targets.gateway_api.http_route.write_body import (
    objects_of,
    parent_ref,
    route_annotations,
    rule_body,
    share_equal_filters,
)
from converter.targets.gateway_api.http_route.write_misdirected import Misdirected
from converter.targets.gateway_api.http_route.write_parts import parts_of, refuse
from converter.targets.gateway_api.http_route.write_rule import ACTION, drafted, of_action
from converter.targets.naming import digest, numbered
from converter.targets.virtual_hosts import PortHost, wider


class RouteWriter:
    """Writes the routes of one entry."""

    drafted = staticmethod(drafted)
    """What makes the draft of a rule; a target with other filters has its own."""
    refusal = staticmethod(refuse)
    """What a rule responds with that must not be served."""
    shares_redirects = True
    """Hosts of a namespace share a route for the way to https."""

    def __init__(
        self,
        listeners: Listeners,
        context: Context,
        fallback_namespace: str,
        hosts: frozenset[str] = frozenset(),
        misdirected: Misdirected | None = None,
    ) -> None:
        self.listeners, self.context = listeners, context
        self.fallback_namespace = fallback_namespace
        self.hosts = hosts
        """All hosts of the entry."""
        self.misdirected = misdirected or Misdirected(listeners, context, [])
        self._written: set[tuple[int, str]] = set()

    def write(self, units: Iterable[RouteUnit]) -> None:
        """All routes of all units."""
        redirects = SharedRedirects(self)
        units = [unit for unit in units if not (self.shares_redirects and redirects.take(unit, self._namespace(unit)))]
        redirects.write()
        sets = [
            RouteSet(unit, hosts, places)
            for unit in units
            for hosts, all_places in self._host_sets(unit)
            for places in self.misdirected.routes_of(all_places)
        ]
        last: RouteUnit | None = None
        for one, name in zip(sets, route_names(sets, self.listeners.gateway.name.lower()), strict=True):
            PROGRESS.done += one.unit is not last
            last = one.unit
            self._write_set(one, name)

    def _namespace(self, unit: RouteUnit) -> str:
        namespace = unit.object.namespace if unit.object is not None else self.fallback_namespace
        return unit.rules[0].namespace or namespace

    def _write_set(self, one: RouteSet, name: str) -> None:
        unit, places = one.unit, one.places
        namespace = self._namespace(unit)
        found = [(place, self.listeners.find(place.port, place.host)) for place in places]
        bare = [place for place, listener in found if listener is None]
        self._uncertified(unit, bare, len(bare) < len(found))
        if len(bare) == len(found):
            return
        drafts = self.drafts(unit, namespace, places[0])
        drafts = [*self.misdirected.drafts(drafts, places), *drafts]
        blocked = [draft for draft in drafts if draft.blocked]
        if places[0].port.protocol == "HTTP" and len(one.hosts) <= MOST_HOSTS:
            drafts = joined(drafts)
        parts = list(parts_of(drafts, bool(blocked) and self._shared(unit, places), self.refusal))
        if parts:
            self.note_written(places)
        for kind in ("HTTPRoute", "GRPCRoute"):
            mine = [part for part in parts if part[0].kind == kind]
            if mine:
                self._numbered(one, ObjectRef(kind, namespace, name), found, mine)

    def note_written(self, places: Iterable[PortHost]) -> None:
        """These hosts have a route."""
        self._written.update((place.port.number, place.host) for place in places)

    def _shared(self, unit: RouteUnit, places: list[PortHost]) -> bool:
        """True where other rules could take requests of a rule that is not written."""
        return any(
            len(place.rules) > len(unit.rules) or next(wider(place.host, self.hosts), None) is not None
            for place in places
        )

    def settle_gone(self, served: list[PortHost]) -> None:
        """Hosts of which no rule could be written, where a wildcard or the catch-all takes their requests."""
        for place in served:
            if (place.port.number, place.host) in self._written or self.listeners.find(place.port, place.host) is None:
                continue
            takers = (one for one in wider(place.host, self.hosts) if (place.port.number, one) in self._written)
            taker = next(takers, None)
            if taker is not None:
                self.context.notes.settle_rule(
                    place.rules,
                    Outcome.approximate(
                        "host.gone",
                        f"no rule of {place.host} can be written, so its requests go to the rules of "
                        f"{taker or 'other hosts'}",
                        "write a route for the host by hand",
                        when=for_host("domain" if place.host.startswith("*") else "exact", place.host),
                    ),
                )

    def _numbered(self, one: RouteSet, base: ObjectRef, found: list[Found], parts: list[list[RuleDraft]]) -> None:
        """One route, or numbered ones for each sixteen hosts and each part of the rules."""
        unit, hosts = one.unit, one.hosts
        count = len(parts) * max(1, -(-len(hosts) // MOST_HOSTS))
        names = iter(self._names(one, base, count))
        chunks = HostChunks(unit, found, parts) if len(hosts) > MOST_HOSTS else None
        for start in range(0, max(1, len(hosts)), MOST_HOSTS):
            some = hosts[start : start + MOST_HOSTS]
            sections = _sections(found) if chunks is None else _sections(chunks.found(some))
            for part in parts if chunks is None else chunks.parts(some):
                self._route(unit, base._replace(name=next(names)), some, sections, part)

    def _names(self, one: RouteSet, base: ObjectRef, count: int) -> list[str]:
        """Names for so many routes, in an order that is theirs by text too: Envoy Gateway tries routes of one age by
        name. Those that other objects have get the Gateway's name as a suffix."""
        names, gateway, source = self.context.output.names, self.listeners.gateway, one.unit.object
        identity = f"{gateway}|{source}|{base.name}|{one.hosts[:1]}|{one.places[0].port.number}"
        owner = source.name.lower() if source is not None else ""
        last = f"{base.name}-{digest(identity)}"
        for stem in (base.name, f"{base.name}-{gateway.name}" if base.name != gateway.name else last, last):
            series = numbered(stem, count)
            if all(names.free(base.kind, base.namespace, name, owner) for name in series):
                break
        return [names.claim(base.kind, base.namespace, name, identity) for name in series]

    def _host_sets(self, unit: RouteUnit) -> Iterator[tuple[list[str], list[PortHost]]]:
        """Hosts that answer on the same ports, together with their places; the catch-all stands alone."""
        if len(unit.where) == 1:
            [(host, places)] = unit.where.items()
            yield ([host] if host else []), places
            return
        groups: dict[tuple[object, ...], tuple[list[str], list[PortHost]]] = {}
        for host, places in unit.where.items():
            key = (host == "", *sorted({place.port.number for place in places}), self.misdirected.names(places))
            hosts, all_places = groups.setdefault(key, ([], []))
            if host:
                hosts.append(host)
            all_places.extend(places)
        yield from groups.values()

    def drafts(self, unit: RouteUnit, namespace: str, place: PortHost) -> list[RuleDraft]:
        """The rules of a unit as drafts of route rules."""
        if unit.redirects:
            draft = self.drafted(unit.rules[-1], namespace, place.port, place.host, self.context, everything=True)
            draft.equal_rules = unit.rules[:-1]
            for equal_rule in unit.equal_rules:
                draft.equal_rules.extend(equal_rule)
            return [draft]
        host = place.host if len(unit.where) == 1 else ""
        drafts = [
            self.drafted(rule, namespace, place.port, host, self.context, closed=unit.closed) for rule in unit.rules
        ]
        for equal_rule in unit.equal_rules:
            for draft, rule in zip(drafts, equal_rule, strict=True):
                draft.equal_rules.append(rule)
        return drafts

    def _uncertified(self, unit: RouteUnit, bare: list[PortHost], served: bool) -> None:
        """Say where TLS has no certificate and so no listener. `served`: the unit has others."""
        for place in bare:
            outcome = uncertified(self.listeners, place.port, place.host)
            settle = self.context.notes.settle_rule if served else self.context.notes.settle_lost
            settle(unit_rules(unit, place), outcome)

    def _route(
        self,
        unit: RouteUnit,
        route: ObjectRef,
        hosts: list[str],
        sections: list[WrittenListener],
        drafts: list[RuleDraft],
    ) -> None:
        namespace, name = route.namespace, route.name
        context = self.context
        rules = [rule_body(draft, name, context) for draft in drafts]
        if not context.pack.is_older:  # what an older version lacks is taken out of each rule
            share_equal_filters(rules)
        spec: dict[str, Any] = {"parentRefs": [parent_ref(listener, namespace) for listener in sections]}
        if hosts:
            spec["hostnames"] = hosts
        spec["rules"] = rules
        written = [one for draft in drafts for one in draft.joined or (draft,)]
        rules_of_route = [rule for draft in written for rule in (draft.rule, *draft.equal_rules)]
        for listener in sections:
            self.listeners.admit(listener, route, hosts, rules_of_route)
        line = source_line(unit.object, drafts[0].rule.origin)
        owners = objects_of(drafts)
        made = context.output.objects.add(
            route.kind, namespace, name, spec, owners, origin=line, annotations=route_annotations(drafts)
        )
        add_labels(made, owners, context)
        for index, draft in enumerate(drafts):
            sources = [one.rule for one in draft.joined or (draft,) for _ in one.matches]
            for match, rule in enumerate(sources):
                context.output.provenance[route.kind, namespace, name, index, match] = rule
        for draft in written:
            if draft.equal_rules:
                context.output.equal_rules[id(draft.rule)] = draft.equal_rules
        policies = attach(route, drafts, rules, context, sections)
        for index, draft in enumerate(drafts):
            for one in draft.joined or (draft,):
                self.settle(one, route, index, policies.get(index, {}))

    def settle(self, draft: RuleDraft, route: ObjectRef, index: int, policies: dict[str, ObjectRef]) -> None:
        """Settle the facts of a rule that was written, with its place."""
        context = self.context
        fields = (FieldRef(route.kind, route.namespace, route.name, _place_in(index)),)
        rules = [draft.rule, *draft.equal_rules] if draft.equal_rules else [draft.rule]
        for outcome in draft.outcomes:
            context.notes.settle_rule(rules, outcome, fields, protects=draft.unguarded)
        if not draft.outcomes:
            context.notes.settle_written(rules, route, index, fields)
        for settlement in draft.settled if any(rule.features is draft.features for rule in rules) else ():
            written = tuple([_field(path, route, index, policies) for path in settlement.fields]) or fields
            context.notes.settle(settlement.feature, settlement.outcome, written)
        for rule in rules:
            if rule.features is not draft.features:
                self._settle_equal_rule(draft, rule, fields)

    def _settle_equal_rule(self, draft: RuleDraft, equal_rule: Rule, fields: tuple[FieldRef, ...]) -> None:
        """The same features from other lines of the input."""
        outcomes = {settlement.feature.name: settlement.outcome for settlement in draft.settled}
        for feature in equal_rule.features:
            outcome = outcomes.get(feature.name)
            if outcome is None and self.context.row(feature.name).using == ACTION:
                outcome = of_action(feature, draft.outcomes, draft.rule.action)
            if outcome is not None:
                self.context.notes.settle(feature, outcome, fields)


def _sections(found: Iterable[Found]) -> list[WrittenListener]:
    """The listeners of some places of a unit, each once."""
    return list({id(listener): listener for _, listener in found if listener is not None}.values())


def _field(path: Path, route: ObjectRef, index: int, policies: dict[str, ObjectRef]) -> FieldRef:
    head = policies.get(path[0])
    if head is not None:
        parts = path[1:2] if path[1:2] == ("responseOverride",) else path[1:]  # a list, whose entries have no names
        return FieldRef(head.kind, head.namespace, head.name, intern(".".join(("spec", *parts))))
    return FieldRef(route.kind, route.namespace, route.name, _place_in(index, path))


@lru_cache(maxsize=4096)
def _place_in(index: int, path: Path = ()) -> str:
    """Where a field of a rule is in its route; every finding names such places, so they are shared."""
    if not path:
        return f"spec.rules[{index}]"
    if path[0] == "annotations":
        return f"metadata.annotations[{path[1]}]"
    return f"spec.rules[{index}]{'.filters' if path[0] == 'filters' else ''}.{'.'.join(path[1:])}"
