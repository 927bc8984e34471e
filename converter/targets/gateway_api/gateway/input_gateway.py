"""The Gateway that routes attach to (`--gateway`), as far as the input shows it."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.reading.inventory import Document
from converter.reading.manifests import mapping, mappings
from converter.routing.host_names import wildcards_above
from converter.routing.table import Port
from converter.targets.context import Context
from converter.targets.envoy_gateway.envoy_proxy.read_filter_order import proxy_of
from converter.targets.gateway_api.gateway.read_listeners import Listener, listeners_of
from converter.targets.gateway_api.reference_grant.read import Grants
from converter.targets.resources import GATEWAY_GROUP, Body, Manifest, Store, text

_AROUND = ("GatewayClass", "EnvoyProxy", "ReferenceGrant", "Secret", "ListenerSet", "XListenerSet")
_POLICIES = ("SecurityPolicy", "BackendTrafficPolicy", "ClientTrafficPolicy", "EnvoyExtensionPolicy")
_PARENTS = frozenset({"Gateway", "ListenerSet", "XListenerSet"})


class InputGateway:
    """A Gateway of the input with its ListenerSets.

    Attributes:
        gateway: The Gateway.
        listeners: Its own and those of its ListenerSets.
        documents: All that decides how it serves routes, as it is read back beside the output.
        assumed: ReferenceGrants that the input lacks and that are taken to exist, by listener name.
        keeps_order: True where its EnvoyProxy keeps routes in the order in which they are written.
    """

    def __init__(self, gateway: Manifest, context: Context) -> None:
        inventory = context.inventory
        around = [one for kind in _AROUND for one in inventory.of(kind)]
        policies = [one for kind in _POLICIES for one in inventory.of(kind) if _targets_parents(one)]
        spaces = inventory.of("Namespace")
        self.gateway = gateway
        self.documents: list[Manifest] = [gateway, *_manifests([*around, *policies])]
        self.store = Store([*self.documents, *spaces])
        self.assumed: dict[str, str] = {}
        self._completeness = inventory.completeness
        self._assume_grants()
        self.listeners = listeners_of(gateway, self.store, Grants(self.store))
        self._by_name = self._named()
        proxy = proxy_of(gateway, self.store)
        self.keeps_order = proxy is not None and bool(proxy.spec.get("preserveRouteOrder"))

    def _assume_grants(self) -> None:
        """A ReferenceGrant that a partial input lacks is taken to exist: its Gateway is in use."""
        grants = Grants(self.store)
        every = listeners_of(self.gateway, self.store, grants)
        for listener in every:
            for namespace, name in certificate_refs(listener):
                referrer = (GATEWAY_GROUP, listener.owner.kind, listener.owner.namespace)
                if self._completeness.covers("ReferenceGrant", namespace):
                    continue
                if not grants.permit(referrer, ("Secret", namespace, name)):
                    self.assumed[listener.name] = f"{namespace}/{name}"
                    self.documents += _manifests([_grant(listener, namespace, name)])
        self.store = Store([*self.documents, *self.store.of("Namespace")])

    def fit(self, port: Port, host: str, protocol: str) -> Listener | None:
        """The listener that serves a host on a port: of those that cover it the one with the longest name.

        Args:
            port: The port of the table.
            host: A name, a wildcard, or "" for any host.
            protocol: HTTP, HTTPS, TLS (passed through), TCP or UDP.
        """
        names = (host, *wildcards_above(host), "") if host else ("",)
        found = (self._by_name.get((port.number, protocol, name)) for name in names)
        return next((one for one in found if one is not None), None)

    def _named(self) -> dict[tuple[int, str, str], Listener]:
        """Listeners that serve by port, protocol and name; of equal ones the first."""
        out: dict[tuple[int, str, str], Listener] = {}
        for one in self.listeners:
            if not one.conflicted and (one.protocol != "TLS" or one.passthrough):
                out.setdefault((one.port, one.protocol, one.hostname), one)
        return out


def certificate_refs(listener: Listener) -> list[tuple[str, str]]:
    """Namespace and name of the Secrets of a listener."""
    refs = mappings(mapping(listener.spec.get("tls")).get("certificateRefs"))
    own = listener.owner.namespace
    return [(text(one.get("namespace")) or own, text(one.get("name"))) for one in refs]


class FoundGateway(NamedTuple):
    """The Gateway that `--gateway` names, looked up once."""

    gateway: InputGateway | None


def input_gateway(context: Context) -> InputGateway | None:
    """The Gateway that `--gateway` names; None where it is not in the input."""
    return context.output.shared.of(FoundGateway, lambda: _found_gateway(context)).gateway


def _found_gateway(context: Context) -> FoundGateway:
    namespace, _, name = context.options.gateway.partition("/")
    document = context.inventory.get("Gateway", namespace, name)
    gateway = Store([document], namespace).get("Gateway", namespace, name) if document is not None else None
    return FoundGateway(None if gateway is None else InputGateway(gateway, context))


def _manifests(documents: list[Any]) -> list[Manifest]:
    return [one for known in Store(documents).by_kind.values() for one in known]


def _targets_parents(policy: Document) -> bool:
    """True for a policy of Gateways or their listeners; those of routes are for other routes than ours."""
    spec = mapping(policy.body.get("spec"))
    refs = [mapping(spec.get("targetRef")), *mappings(spec.get("targetRefs")), *mappings(spec.get("targetSelectors"))]
    return any(text(one.get("kind")) in _PARENTS for one in refs)


def _grant(listener: Listener, namespace: str, name: str) -> Body:
    owner = listener.owner
    return {
        "apiVersion": f"{GATEWAY_GROUP}/v1",
        "kind": "ReferenceGrant",
        "metadata": {"name": f"assumed-{owner.name}-{name}", "namespace": namespace},
        "spec": {
            "from": [{"group": GATEWAY_GROUP, "kind": owner.kind, "namespace": owner.namespace}],
            "to": [{"group": "", "kind": "Secret", "name": name}],
        },
    }
