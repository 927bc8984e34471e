"""Listeners of a Gateway of the input, whatever their names: routes attach to those that fit."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from typing import Any

from converter.model import Location, ObjectRef
from converter.model.data import dataclass
from converter.reading.manifests import mapping, mappings
from converter.routing.table import Port, Rule
from converter.targets.context import Context, Grant
from converter.targets.gateway_api.gateway.input_gateway import InputGateway, certificate_refs, input_gateway
from converter.targets.gateway_api.gateway.read_listeners import KINDS, Listener
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.resources import Body, Manifest, selects, sequence, text


@dataclass(slots=True)
class Obstacle:
    """Why routes are not served, with the rules that are concerned.

    Attributes:
        rules: The rules of the routes.
        namespaces: Those of the routes.
        hosts: The hosts of the routes; "" is any.
        kinds: The kinds of the routes.
    """

    rules: dict[int, Rule] = field(default_factory=dict)
    namespaces: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)


class AttachedListeners(Listeners):
    """The listeners of a Gateway of the input.

    Attributes:
        source: The Gateway.
        missing: Port and protocol -> what no listener serves.
        not_allowed: Listener and namespace -> routes that `allowedRoutes` refuses.
        unready: Listener -> routes of a listener that is not programmed.
        assumed: Listener and namespace -> routes of a Namespace whose labels the input does not show.
    """

    def __init__(self, gateway: ObjectRef, context: Context, source: InputGateway) -> None:
        super().__init__(gateway, context)
        self.source = source
        self.mode = "host" if any(one.protocol == "HTTPS" and one.hostname for one in source.listeners) else "shared"
        self.missing: dict[tuple[int, str], Obstacle] = {}
        self.not_allowed: dict[tuple[str, str], Obstacle] = {}
        self.unready: dict[str, Obstacle] = {}
        self.assumed: dict[tuple[str, str], Obstacle] = {}
        self._found: dict[tuple[int, str, str], WrittenListener] = {}
        self._of: dict[int, Listener] = {}

    def find(self, port: Port, host: str) -> WrittenListener | None:
        """The listener for a host; None where TLS would have neither a listener nor a certificate for one."""
        found = self._attached(port, host, port.protocol)
        if port.protocol == "HTTPS" and not found.name and self._plan(port).of(host) is None:
            return None
        return found

    def default(self, port: Port) -> None:
        """The Gateway has the listeners that it has."""

    def passing(self, port: Port, host: str) -> WrittenListener:
        """The listener that passes connections for a host through."""
        return self._attached(port, host, "TLS")

    def stream(self, port: Port) -> WrittenListener:
        """The listener of a TCP or UDP port."""
        return self._attached(port, "", port.protocol)

    def place(self) -> None:
        """Nothing is placed."""

    def bodies(self) -> dict[ObjectRef, list[dict[str, Any]]]:
        """Nothing is written."""
        return {}

    def listener(self, written: WrittenListener) -> Listener | None:
        """The listener of the input; None for one that is missing."""
        return self._of.get(id(written))

    def _attached(self, port: Port, host: str, protocol: str) -> WrittenListener:
        found = self.source.fit(port, host, protocol)
        hostname, name = (found.hostname, found.name) if found is not None else (host, "")
        owner = found.owner.ref if found is not None else self.gateway
        key = (port.number, hostname if found is not None else f"?{host}", protocol)
        known = self._found.get(key)
        if known is None:
            known = WrittenListener(name, port.number, protocol, hostname, holder=owner)
            if found is not None:
                self._of[id(known)] = found
                by_key = hostname if protocol in KINDS and protocol not in ("TCP", "UDP") else f"/{protocol}"
                self.by_key[port.number, by_key] = known
            self._found[key] = known
        return known

    def admit(self, written: WrittenListener, route: ObjectRef, hosts: Iterable[str], rules: Iterable[Rule]) -> None:
        """Note what keeps a route from being served by a listener."""
        rules, hosts = list(rules), list(hosts) or [""]
        found = self._of.get(id(written))
        if found is None:
            if written.protocol == "HTTPS":
                self._grant_certificate(written)
            _note(self.missing, (written.port, written.protocol), route, [written.hostname], rules)
            return
        if not found.ready:
            _note(self.unready, found.name, route, hosts, rules)
        key = (found.name, route.namespace)
        if not self._allows(found, route):
            _note(self.not_allowed, key, route, hosts, rules)
        elif key in self.assumed:
            _note(self.assumed, key, route, hosts, rules)

    def used(self, port: Port, host: str) -> WrittenListener | None:
        """The listener that serves a host by TLS and has routes; None for one that is missing or serves nothing."""
        found = self.source.fit(port, host, "HTTPS")
        return self._found.get((port.number, found.hostname, "HTTPS")) if found is not None else None

    def secrets_for(self, number: int, hosts: Iterable[str]) -> list[str]:
        """`namespace/name` of the Secrets that a new listener for these hosts needs."""
        found: dict[str, None] = {}
        for host in sorted(hosts):
            for port, plan in self._plans_of(number):
                certificate = plan.of(host)
                if certificate is not None and port.protocol == "HTTPS":
                    secret = self.secret(certificate)
                    found[f"{secret.namespace}/{secret.name}"] = None
        return list(found)

    def _grant_certificate(self, written: WrittenListener) -> None:
        """A listener that somebody has to add needs the Secret of the application."""
        for port, plan in self._plans_of(written.port):
            certificate = plan.of(written.hostname)
            if certificate is not None and port.protocol == "HTTPS":
                self._grant(self.secret(certificate))

    def _plans_of(self, number: int) -> list[tuple[Port, Any]]:
        ports = self.context.entry.table.ports
        return [(port, self._plan(port)) for port in ports if port.number == number]

    def grant_used(self, written: WrittenListener) -> None:
        """A listener that refers to a Secret of another namespace needs a ReferenceGrant there."""
        found = self._of.get(id(written))
        for namespace, name in certificate_refs(found) if found is not None else ():
            self._grant(ObjectRef("Secret", namespace, name))

    def _grant(self, secret: ObjectRef) -> None:
        if secret.namespace != self.gateway.namespace:
            grant = Grant("Gateway", self.gateway.namespace, "Secret", secret.namespace, secret.name)
            self.context.output.grants[grant] = None

    def _allows(self, listener: Listener, route: ObjectRef) -> bool:
        manifest = Manifest(route.kind, route.namespace, route.name, {}, Location(""), {})
        if listener.allows(manifest, self.source.store):
            return True
        rule = mapping(mapping(listener.spec.get("allowedRoutes")).get("namespaces"))
        unknown = self.source.store.get("Namespace", "", route.namespace) is None
        if rule.get("from") != "Selector" or not unknown or self.context.inventory.completeness.covers("Namespace", ""):
            return False
        labels = _labels(mapping(rule.get("selector")), route.namespace)
        kinds = [text(one.get("kind")) for one in mappings(mapping(listener.spec.get("allowedRoutes")).get("kinds"))]
        if not selects(rule.get("selector"), labels) or (kinds and route.kind not in kinds):
            return False
        self.context.output.assumed_labels.setdefault(route.namespace, {}).update(labels)
        self.assumed.setdefault((listener.name, route.namespace), Obstacle())
        return True


def _note(known: dict[Any, Obstacle], key: Any, route: ObjectRef, hosts: Iterable[str], rules: list[Rule]) -> None:
    one = known.setdefault(key, Obstacle())
    one.rules.update({id(rule): rule for rule in rules})
    one.namespaces.add(route.namespace)
    one.hosts.update(hosts)
    one.kinds.add(route.kind)


def _labels(selector: Body, namespace: str) -> dict[str, str]:
    """Labels that a selector takes, with the one that every Namespace has."""
    labels = {str(key): text(value) for key, value in mapping(selector.get("matchLabels")).items()}
    for one in mappings(selector.get("matchExpressions")):
        values = sequence(one.get("values"))
        if one.get("operator") == "In" and values:
            labels.setdefault(text(one.get("key")), text(values[0]))
        elif one.get("operator") == "Exists":
            labels.setdefault(text(one.get("key")), "")
    labels["kubernetes.io/metadata.name"] = namespace
    return labels


def listeners_for(
    gateway: ObjectRef,
    context: Context,
    new: type[Listeners] = Listeners,
    attached: type[AttachedListeners] = AttachedListeners,
) -> Listeners:
    """The listeners of an entry: those of the Gateway that is in the input, else new ones."""
    source = input_gateway(context) if context.options.gateway else None
    return new(gateway, context) if source is None else attached(gateway, context, source)
