"""Which virtual hosts respond alike but for the names of their host and backends.

A shape is a short tuple of numbers: every part of a rule that matters is numbered when it is first seen, so that equal
parts have equal numbers and are compared once.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from converter.comparison.equivalence import Comparison
from converter.comparison.hosts import PortVirtualHost
from converter.comparison.path_names import PathNames, TangledError
from converter.comparison.witnesses import sibling
from converter.routing.actions import Backend
from converter.routing.decide import handshake
from converter.routing.exchange import Request
from converter.routing.table import Feature, Port, RoutingTable, Rule

MAX_FOREIGN_RULES = 32
"""Rules for many hosts that may stand among those for one."""


class Shapes:
    """The shapes of one comparison."""

    def __init__(self, comparison: Comparison) -> None:
        self._comparison = comparison
        self._numbers: dict[Hashable, int] = {}
        self._matches: dict[int, int] = {}
        """By the ids of matches of the first table, which stays; rules of a kind share them."""
        self._texts: dict[int, str] = {}
        """Of steps and actions, in the same way."""
        self._ports: dict[tuple[int, bool], int] = {}
        """Of ports without parts, which are there for all hosts."""

    def of(
        self,
        host: str,
        places: list[PortVirtualHost],
        backends: dict[str, int] | None = None,
        path_names: PathNames | None = None,
    ) -> Hashable | None:
        """The shape of all that is said of a host; None where a part of it cannot be compared.

        `backends` takes the numbers of the backends, by their names in the first table; `path_names` those of paths.
        Raises TangledError where the texts of paths matter.
        """
        backends = {} if backends is None else backends
        out: list[Hashable] = []
        try:
            for port, vhost in places:
                rename = self._comparison.renamed if self._comparison.is_after(port) else None
                out += (port.number, port.protocol, len(vhost.rules))
                for rule in vhost.rules:
                    self._rule(rule, rename, backends, out, path_names)
            own = {id(vhost.part_of or vhost): index for index, (_, vhost) in enumerate(places)}
            for table in (self._comparison.before, self._comparison.sampled):
                out += self._around(table, host, own)
            for port, vhost in places:
                if port.fall_through:
                    order = _order(port, host, vhost.rules)
                    if path_names is not None and len(order) > len(vhost.rules):
                        raise TangledError
                    out += order
        except TypeError:
            return None
        return tuple(out)

    def _number(self, part: Hashable) -> int:
        return self._numbers.setdefault(part, len(self._numbers))

    def _rule(
        self,
        rule: Rule,
        rename: Callable[[str], str] | None,
        backends: dict[str, int],
        out: list[Hashable],
        path_names: PathNames | None,
    ) -> None:
        """Add what a rule says: a number for all but its backends, and these."""
        features = rule.features
        action: Any = rule.action
        steps: tuple[Any, ...]
        named: tuple[Backend, ...] | None = getattr(action, "backends", None)
        if path_names is None:
            match = self._match(rule, rename is None)
            steps = tuple([_as_hashable(one.value) for one in features if hasattr(one.value, "apply")])
        else:
            match = self._number(path_names.match(rule.match))
            if named is None:
                path_names.other_texts.add(self._text_of(action))
            settings, steps = self._features(features, path_names)
            out.append(settings)
            action = path_names.values.step(action)
        signature = self._comparison.signature(rule, path_names)
        out.append(self._number((match, steps, action if named is None else None, signature)))
        for backend in named or ():
            name = backend.resolved if rename is None else rename(backend.resolved)
            out += (backends.setdefault(name, len(backends)), backend.weight, backend.failure)

    def _features(self, features: Sequence[Feature], path_names: PathNames) -> tuple[int, tuple[Hashable, ...]]:
        """A number for the settings among features, and the steps, with numbers in place of opaque values."""
        key = tuple(map(id, features))
        known = path_names.features.get(key)
        if known is None:
            values = path_names.values
            steps = [one.value for one in features if hasattr(one.value, "apply")]
            path_names.other_texts.update(map(self._text_of, steps))
            settings = [(one.name, values.hashable(one.value)) for one in features if not hasattr(one.value, "apply")]
            known = path_names.features[key] = self._number(tuple(settings)), tuple(map(values.step, steps))
        return known

    def _match(self, rule: Rule, lasting: bool) -> int:
        """`lasting`: of the first table, so that its id stays its own."""
        known = self._matches.get(id(rule.match)) if lasting else self._number(rule.match)
        if known is None:
            known = self._matches[id(rule.match)] = self._number(rule.match)
        return known

    def _text_of(self, part: object) -> str:
        """What a step or an action of the first table says."""
        known = self._texts.get(id(part))
        if known is None:
            known = self._texts[id(part)] = repr(part)
        return known

    def _around(self, table: RoutingTable, host: str, own: dict[int, int]) -> list[Hashable]:
        """What responds for the host on each port: a virtual host of its own, or a wider one; and with what
        settings."""
        out: list[Hashable] = []
        for port in table.ports:
            part = (port.chain(host) or port) if port.chains else port
            found = part.select(host)
            wider = None if found is None or id(found) in own else id(found)
            out += (None if found is None else own.get(id(found), -1), wider, self._settings(part, host))
            if len(port.chains) > 1:
                out.append(self._by_sibling(port, part, host, own))
            if port.unknown_sni != "serve" and not port.chains:
                out.append(handshake(port, Request("GET", "https", host)))
        return out

    def _by_sibling(self, port: Port, part: Port, host: str, own: dict[int, int]) -> Hashable:
        """What responds on a connection for a name that a wildcard covers with the host."""
        other = port.chain(sibling(host))
        if other is None or other is part:
            return other is part
        found = other.select(host)
        return id(other), None if found is None else own.get(id(found), id(found))

    def _settings(self, part: Port, host: str) -> int:
        key = id(part), part.server_name == host
        known = self._ports.get(key)
        if known is None:
            steps = tuple([_of_host(one.value, host) for one in part.steps])
            known = self._number((part.protocol, part.paths, part.headers, steps, part.fallback, key[1]))
            if not part.server_name and not any(hasattr(one.value, "of_host") for one in part.steps):
                self._ports[key] = known
        return known


def _as_hashable(step: Any) -> Hashable:
    """A step that can be hashed; some are mappings of settings."""
    exact: Hashable = (type(step).__name__, repr(sorted(step.items()))) if isinstance(step, dict) else step
    return exact


def _of_host(step: Any, host: str) -> Hashable:
    """What a step of a port does for a host: all of it, where it does not say what concerns which host."""
    part: Hashable = step.of_host(host, sibling(host)) if hasattr(step, "of_host") else step
    return part


def _order(port: Port, host: str, own: list[Rule]) -> list[Hashable]:
    """How the rules for a host stand among those for many hosts; TypeError where these are too many to tell."""
    places = {id(rule): index for index, rule in enumerate(own)}
    candidates = port.candidates(host)
    if len(candidates) > len(own) + MAX_FOREIGN_RULES:
        raise TypeError
    return [places.get(id(rule), id(rule)) for rule in candidates]
