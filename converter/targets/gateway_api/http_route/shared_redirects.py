"""Routes that send requests from HTTP to https: one for up to sixteen hosts of a namespace.

A route for each Ingress would be half of all routes. One without hosts would stop redirecting a host as soon as another
route of its port names it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple, Protocol

from converter.model import ObjectRef
from converter.routing.actions import Redirect
from converter.routing.table import Rule
from converter.targets.context import Context
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.gateway_api.http_route.grouping import RouteUnit, unit_rules
from converter.targets.gateway_api.http_route.host_chunks import MOST_HOSTS, HostChunks
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write_body import parent_ref, rule_body
from converter.targets.gateway_api.http_route.write_parts import MOST_IN_RULE, copied
from converter.targets.gateway_api.http_route.write_rule import EVERYTHING
from converter.targets.naming import digest
from converter.targets.virtual_hosts import PortHost

STATUS = 308
"""Of redirects whose routes need not name it."""
_FIELDS = frozenset({"scheme", "port", "statusCode"})


class Writer(Protocol):
    """What writes all other routes of the entry, and settles facts."""

    listeners: Listeners
    context: Context

    def drafts(self, unit: RouteUnit, namespace: str, place: PortHost) -> list[RuleDraft]:
        """The rules of a unit as drafts of route rules."""

    def settle(self, draft: RuleDraft, route: ObjectRef, index: int, policies: dict[str, ObjectRef]) -> None:
        """Settle the facts of a rule that was written, with its place."""

    def note_written(self, places: Iterable[PortHost]) -> None:
        """These hosts have a route."""


class Redirected(NamedTuple):
    """A host of a unit that only redirects."""

    unit: RouteUnit
    rules: list[Rule]
    """Of this host."""
    chunks: HostChunks


class _HostKind(NamedTuple):
    """What the hosts of one route have in common."""

    namespace: str
    sections: tuple[int, ...]
    """Ids of the listeners."""
    fields: tuple[tuple[str, Any], ...]
    """Of the filter."""


class SharedRedirects:
    """The redirects of one entry."""

    def __init__(self, writer: Writer) -> None:
        self._writer, self._listeners, self._context = writer, writer.listeners, writer.context
        self._hosts: dict[_HostKind, dict[str, Redirected]] = {}
        self._sections: dict[_HostKind, list[WrittenListener]] = {}

    def take(self, unit: RouteUnit, namespace: str) -> bool:
        """Whether hosts of a unit can share a route; they are then written with the others."""
        if not _may_share(unit):
            return False
        drafts = self._writer.drafts(unit, namespace, next(iter(unit.where.values()))[0])
        fields = redirect_fields(drafts[0])
        if not fields.keys() <= _FIELDS or any(redirect_fields(one) != fields for one in drafts):
            return False
        everything = next((one for one in drafts if one.matches == [{"path": EVERYTHING}]), None)
        if not fields or everything is None:
            return False
        chunks = HostChunks(unit, [], [[everything, *(one for one in drafts if one is not everything)]])
        for host, places in unit.where.items():
            found = [self._listeners.find(place.port, place.host) for place in places]
            sections = [one for one in found if one is not None]
            kind = _HostKind(namespace, tuple(map(id, sections)), tuple(sorted(fields.items())))
            self._sections[kind] = sections
            rules = [rule for place in places for rule in unit_rules(unit, place)]
            self._hosts.setdefault(kind, {})[host] = Redirected(unit, rules, chunks)
            self._writer.note_written(places)
        return True

    def write(self) -> None:
        """All of them."""
        for kind, members in self._hosts.items():
            base = self._name(kind)
            for suffix, hosts in buckets(members):
                name = f"{base}-{suffix}" if suffix else base
                self._route(kind, name, {host: members[host] for host in hosts})

    def _name(self, kind: _HostKind) -> str:
        """By what the hosts have in common alone, so that no Ingress renames the route of another."""
        gateway, fields, names = self._listeners.gateway, dict(kind.fields), self._context.output.names
        parts = [f"{gateway.name}-redirect"]
        if fields["statusCode"] != STATUS:
            parts.append(str(fields["statusCode"]))
        parts += [str(fields["port"])] if "port" in fields else []
        parts += [one.name for one in self._sections[kind] if one.name not in ("http", "")]
        name = "-".join(parts)
        identity = f"{gateway}|{kind.namespace}|{parts}"
        if not names.free("HTTPRoute", kind.namespace, name, ""):
            name = f"{name}-{digest(identity)}"
        return names.claim("HTTPRoute", kind.namespace, name, identity)

    def _route(self, kind: _HostKind, name: str, members: dict[str, Redirected]) -> None:
        context, sections = self._context, self._sections[kind]
        route = ObjectRef("HTTPRoute", kind.namespace, name)
        drafts = list(_drafts(members))
        spec: dict[str, Any] = {
            "parentRefs": [parent_ref(listener, kind.namespace) for listener in sections],
            "hostnames": list(members),
            "rules": [rule_body(drafts[0], name, context)],
        }
        rules = [rule for one in members.values() for rule in one.rules]
        owners = tuple(dict.fromkeys(rule.object for rule in rules if rule.object is not None))
        for listener in sections:
            self._listeners.admit(listener, route, members, rules)
        origin = f"hosts of namespace {kind.namespace}"
        context.output.objects.add(*route, spec, owners, origin=origin, common=True)
        context.output.provenance[(*route, 0, 0)] = drafts[0].rule
        for host, one in members.items():
            source = next((rule for rule in reversed(one.rules) if rule.origin is not None), one.rules[-1])
            context.output.provenance[(*route, 0, 0, host)] = source
            context.output.equal_rules[id(source)] = [rule for rule in one.rules if rule is not source]
        for draft in drafts:
            self._writer.settle(draft, route, 0, {})


def _may_share(unit: RouteUnit) -> bool:
    """True where nothing but redirects of named hosts by HTTP is to be expected of a unit."""
    if "" in unit.where or not all(isinstance(rule.action, Redirect) for rule in unit.rules):
        return False
    places = [place for some in unit.where.values() for place in some]
    return all(place.port.protocol == "HTTP" and len(place.rules) == len(unit.rules) for place in places)


def redirect_fields(draft: RuleDraft) -> dict[str, Any]:
    """The fields of the redirect that is all that a rule consists of; empty for other rules."""
    filters = _filters(draft)
    found: dict[str, Any] = filters.get("redirect", {}) if filters.keys() == {"redirect"} else {}
    return found


def _filters(draft: RuleDraft) -> dict[str, Any]:
    """The filters of a rule that redirects and has nothing else; empty for other rules."""
    if draft.blocked or draft.kind != "HTTPRoute" or not draft.matches or draft.field_set.heads != {"filters"}:
        return {}
    filters = draft.field_set.nested("filters")
    return filters if "redirect" in filters else {}


def joined(drafts: list[RuleDraft]) -> list[RuleDraft]:
    """Rules with the same redirect as one rule: which of its matches takes a request makes no difference."""
    out: list[list[RuleDraft]] = []
    for draft in drafts:
        filters, last = _filters(draft), out[-1] if out else []
        room = sum(len(one.matches) for one in last) + len(draft.matches) <= MOST_IN_RULE
        if last and room and filters and _filters(last[0]) == filters:
            last.append(draft)
        else:
            out.append([draft])
    return [_as_one(some) if len(some) > 1 else some[0] for some in out]


def _as_one(drafts: list[RuleDraft]) -> RuleDraft:
    one = copied(drafts[0], [match for draft in drafts for match in draft.matches])
    one.joined = drafts
    return one


def _drafts(members: dict[str, Redirected]) -> Iterator[RuleDraft]:
    """The drafts of each unit, for the rules of these hosts alone; the first is for all paths."""
    hosts: dict[int, list[str]] = {}
    for host, one in members.items():
        hosts.setdefault(id(one.unit), []).append(host)
    for one in {id(member.unit): member for member in members.values()}.values():
        [drafts] = one.chunks.parts(hosts[id(one.unit)])
        yield from drafts


def buckets(hosts: Collection[str]) -> Iterator[tuple[str, list[str]]]:
    """Hosts in lists of at most sixteen, each with a suffix for the name of its route; sorted.

    A list that is full is split by a bit of a digest of its hosts, and one half keeps the suffix: one more host renames
    no route, and moves hosts of one route at most.
    """
    digests = {one: _digest(one) for one in hosts}
    todo: list[tuple[str, Iterable[str]]] = [("", hosts)]
    while todo:
        bits, some = todo.pop(0)
        found = sorted(some)
        if len(found) > MOST_HOSTS:
            todo += [(bits + bit, [one for one in found if digests[one][len(bits)] == bit]) for bit in "01"]
        elif found:
            yield bits.rstrip("0"), found


def _digest(host: str) -> str:
    """All bits of it."""
    return f"{int.from_bytes(hashlib.sha256(host.encode()).digest()):0256b}"
