"""What is written for one host, as a key: hosts with equal keys are read back alike but for their names.

Reading thousands of routes back would take longer than writing them, and nearly all are alike. A key holds all that the
reader looks at, as text where names need not be distinguished, so that a part that this module does not know of makes
two keys differ rather than agree.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any

from converter.comparison.path_names import PathNames, TangledError
from converter.reading.manifests import mapping, mappings
from converter.routing.host_names import wildcards_above
from converter.targets.envoy_gateway.policy_attachment.read import EffectivePolicies
from converter.targets.gateway_api.gateway.read_attachment import Attachment
from converter.targets.gateway_api.gateway.read_listeners import Listener
from converter.targets.gateway_api.http_route.read_backends import Backends
from converter.targets.resources import ENVOY_GROUP, Body, Manifest, Store, sequence, text

Reference = tuple[str, str, str]
"""Kind, namespace and name."""
COUNTED = "rateLimit"
"""Numbers of requests, which a single request does not show unless there are none."""
NAMED = ("targetRef", "targetRefs")
"""Where a policy says what it is for."""


class OutputSignature:
    """The keys of all hosts of one reading."""

    def __init__(
        self,
        store: Store,
        listeners: list[Listener],
        attachment: Attachment,
        backends: Backends,
        policies: Mapping[str, EffectivePolicies],
    ) -> None:
        self._store, self._attachment, self._backends = store, attachment, backends
        self._policies = [one for one in policies.values() if not one.empty]
        self._at_routes = [one for one in self._policies if one.has_routes]
        self._routes: dict[str, list[Manifest]] = {}
        self._own: dict[str, list[Listener]] = {}
        self._wide: set[str] = set()
        self._mixed: set[str] = set()
        """Hosts of connections that are passed through."""
        self._numbers: dict[Hashable, int] = {}
        self._texts: dict[int, int] = {}
        """Of policies, by their ids."""
        self._descriptions: dict[int, str] = {}
        self._unread: dict[int, list[Reference]] = {}
        """What policies refer to that is not here to be read, by their numbers: mere names."""
        self._mentioned: set[int] = set()
        """What policies say, by their numbers; and those of the host at work."""
        self._filters: dict[int, str] = {}
        """What lists of filters say, by their ids: rules of a route share them."""
        self._lists: dict[int, int] = {}
        """Of matches, by their ids: what is read stays as long as this does."""
        for listener in listeners:
            self._own.setdefault(listener.hostname, []).append(listener)
        for name in self._names():
            if name.startswith("*"):
                self._wide.add(name)

    def _names(self) -> Iterator[str]:
        yield from self._own
        for kind in ("HTTPRoute", "GRPCRoute", "TLSRoute"):
            for route in self._store.of(kind):
                names = [str(name).lower() for name in sequence(route.spec.get("hostnames"))]
                if kind == "TLSRoute":
                    self._mixed.update(names)
                for name in names:
                    self._routes.setdefault(name, []).append(route)
                yield from names

    def of(
        self, host: str, backends: dict[str, int], renamed: Callable[[str], str], path_names: PathNames | None = None
    ) -> Hashable | None:
        """The key of a host; None where it shares what is written for it with others.

        `backends` numbers the backends by their names in the other table, which `renamed` knows; `path_names` the paths
        and opaque values.
        """
        self._mentioned.clear()
        out = [self._of_host(host, backends, renamed, path_names)]
        if self._wide:  # where the host has no listener or rule, that of a wildcard may respond
            wide = [one for one in wildcards_above(host) if one in self._wide and one != host]
            out += [self._of_host(one, backends, renamed, path_names) for one in wide]
        if path_names is not None:
            path_names.other_texts.update(self._descriptions[one] for one in self._mentioned)
        return None if None in out else tuple(out)

    def _of_host(
        self, host: str, backends: dict[str, int], renamed: Callable[[str], str], path_names: PathNames | None
    ) -> Hashable | None:
        if host in self._mixed or host not in self._routes:
            return None
        out: list[Hashable] = []
        places: dict[int, int] = {}
        for number, listener in enumerate(self._own.get(host, ())):
            places[id(listener)] = number
            out.append(self._listener(listener, path_names))
        for route in self._routes[host]:
            out += (route.kind, self._attached(route, "", path_names) if self._at_routes else ())
            for listener, hosts in self._attachment.of(route):
                if host not in hosts:
                    return None
                out.append(places.get(id(listener), id(listener)))
            for rule in mappings(route.spec.get("rules")):
                self._rule(rule, route, out, path_names)
                for ref in mappings(rule.get("backendRefs")):
                    backend = self._backends.one(ref, route)
                    number = backends.setdefault(renamed(backend.resolved), len(backends))
                    filters = repr(ref.get("filters"))
                    out += (number, backend.weight, backend.protocol, backend.failure)
                    out.append(filters if path_names is None else path_names.values.parts(filters))
        return tuple(out)

    def _listener(self, listener: Listener, path_names: PathNames | None) -> Hashable:
        """A listener that is for the host alone."""
        return (
            id(listener.gateway),
            listener.port,
            listener.protocol,
            listener.ready,
            listener.conflicted,
            listener.passthrough,
            tuple([self._policy(one.at_listener(listener), path_names) for one in self._policies]),
            tuple([one.section(listener) is None for one in self._policies]),
        )

    def _attached(self, route: Manifest, rule: str, path_names: PathNames | None) -> Hashable:
        """The policies of a route, or of a rule by its name."""
        return tuple([self._policy(one.at_route(route, rule), path_names) for one in self._at_routes])

    def _policy(self, policy: Manifest | None, path_names: PathNames | None) -> Hashable:
        """Policies that say the same have one number, whatever they are for; names are those of a namespace."""
        if policy is None:
            return -1
        known = self._texts.get(id(policy))
        if known is None:
            said = {key: value for key, value in policy.spec.items() if key not in NAMED}
            words = repr(said)
            part = (policy.kind, policy.namespace if "'name': " in words else "", words)
            known = self._texts[id(policy)] = self._numbers.setdefault(part, len(self._numbers))
            self._descriptions[known] = words
        self._mentioned.add(known)
        if path_names is None:
            return known
        words = self._descriptions[known]
        values = path_names.values
        if known not in self._unread:
            self._unread[known] = [
                one for one in _references(policy.spec, policy.namespace) if not self._store.get(*one)
            ]
        for _, namespace, name in self._unread[known]:
            values.name(namespace)
            values.name(name)
        for number in _counts(policy.spec.get(COUNTED)):
            values.name(number)
        return policy.kind, values.name(policy.namespace) if "'name': " in words else "", values.parts(words)

    def _rule(self, rule: Body, route: Manifest, out: list[Hashable], path_names: PathNames | None) -> None:
        """Add what a rule says, but for its backends."""
        if path_names is not None:
            path_names.values.name(route.namespace)
        values = None if path_names is None else path_names.values
        for key, value in rule.items():
            out.append(key)
            if key == "matches":
                by_path = path_names is not None and path_names.paths
                out.append(_of_paths(value, path_names) if by_path and path_names else self._matches(value))
            elif key != "backendRefs":
                words = self._of_filters(value, route) if key == "filters" else repr(value)
                out.append(words if values is None else values.parts(words))
                if path_names is not None:
                    path_names.other_texts.add(words)
        if self._at_routes and "name" in rule:
            out.append(self._attached(route, text(rule["name"]), path_names))

    def _matches(self, value: Any) -> int:
        """A number for matches; rules that we have written share equal ones."""
        known = self._lists.get(id(value))
        if known is None:
            text = repr(value)
            known = self._lists[id(value)] = self._numbers.setdefault(text, len(self._numbers))
        return known

    def _of_filters(self, value: Any, route: Manifest) -> str:
        known = self._filters.get(id(value))
        if known is None:
            known = self._filters[id(value)] = repr([self._filter(one, route) for one in mappings(value)])
        return known

    def _filter(self, spec: Body, route: Manifest) -> Any:
        """A filter as it stands; one of another object by what that says, as its name is made of the route's."""
        ref = spec.get("extensionRef")
        if not isinstance(ref, dict) or ref.get("group") != ENVOY_GROUP:
            return (spec, route.namespace) if "requestMirror" in spec else spec
        target = self._store.get("HTTPRouteFilter", route.namespace, text(ref.get("name")))
        if target is None:
            return spec
        space = route.namespace if "valueRef" in repr(target.spec) else ""
        return {**spec, "extensionRef": (ref.get("kind"), target.spec, space)}


def _counts(spec: Any) -> Iterator[str]:
    """How many requests limits allow, as far as they allow any."""
    if isinstance(spec, list):
        for part in spec:
            if isinstance(part, (dict, list)):
                yield from _counts(part)
    elif isinstance(spec, dict):
        if isinstance(spec.get("requests"), int) and spec["requests"] > 0:
            yield str(spec["requests"])
        for part in spec.values():
            if isinstance(part, (dict, list)):
                yield from _counts(part)


def _references(spec: Any, namespace: str) -> Iterator[Reference]:
    """The objects that a policy names, but for what it is for."""
    if isinstance(spec, list):
        for part in spec:
            if isinstance(part, (dict, list)):
                yield from _references(part, namespace)
    elif isinstance(spec, dict):
        if isinstance(spec.get("kind"), str) and isinstance(spec.get("name"), str):
            yield spec["kind"], text(spec.get("namespace")) or namespace, spec["name"]
        for key, part in spec.items():
            if isinstance(part, (dict, list)) and key not in NAMED:
                yield from _references(part, namespace)


def _of_paths(matches: Any, path_names: PathNames) -> Hashable:
    """Matches with numbers in place of plain paths."""
    out: list[Hashable] = []
    for one in mappings(matches):
        path = mapping(one.get("path"))
        if path.get("type") == "RegularExpression" or not isinstance(path.get("value"), str):
            raise TangledError
        rest = {key: value for key, value in one.items() if key != "path"}
        other = path_names.values.parts(repr(rest)) if rest else ""
        out.append((path.get("type"), path_names.token(path["value"]), other))
    return tuple(out)
