"""The order of Envoy's filters, and how an EnvoyProxy changes it.

envoy-gateway: internal/xds/translator/httpfilters.go newOrderedHTTPFilter, sortHTTPFilters.
"""

from __future__ import annotations

from collections.abc import Iterable

from converter.reading.manifests import mapping, mappings
from converter.routing.table import Feature
from converter.targets.envoy_gateway.security_policy.read_authentication import ApiKey
from converter.targets.resources import Manifest, Store, text

PREFIX = "envoy.filters.http."
PHASES = (
    "custom_response",
    "cors",
    "ext_authz",
    "api_key_auth",
    "basic_auth",
    "oauth2",
    "jwt_authn",
    "buffer",
    "lua",
    "rbac",
    "local_ratelimit",
    "compressor",
    "router",
)
_OF_FEATURE = {
    "custom-errors": "custom_response",
    "timeouts": "custom_response",
    "cors": "cors",
    "external-auth": "ext_authz",
    "oidc": "oauth2",
    "jwt": "jwt_authn",
    "body-limit": "buffer",
    "snippet": "lua",
    "ip-access": "rbac",
    "rate-limit": "local_ratelimit",
    "compression": "compressor",
}


def phase(feature: Feature) -> str:
    """The filter that carries a feature out."""
    if feature.name == "basic-auth":
        return "api_key_auth" if isinstance(feature.value, ApiKey) else "basic_auth"
    return _OF_FEATURE.get(feature.name, "router")


def in_order(features: Iterable[Feature], proxy: Manifest | None) -> tuple[Feature, ...]:
    """Features in the order of their filters."""
    phases = _phases(proxy)
    return tuple(sorted(features, key=lambda one: phases.index(phase(one))))


def _phases(proxy: Manifest | None) -> list[str]:
    phases = list(PHASES)
    for move in mappings(proxy.spec.get("filterOrder")) if proxy is not None else ():
        name = text(move.get("name")).removeprefix(PREFIX)
        for key, offset in (("before", 0), ("after", 1)):
            other = text(move.get(key)).removeprefix(PREFIX)
            if name in phases and other in phases and name != other:
                phases.remove(name)
                phases.insert(phases.index(other) + offset, name)
    return phases


def proxy_of(gateway: Manifest, store: Store) -> Manifest | None:
    """The EnvoyProxy of a Gateway, else that of its class."""
    ref = mapping(mapping(gateway.spec.get("infrastructure")).get("parametersRef"))
    namespace = gateway.namespace
    if not ref:
        known = store.get("GatewayClass", "", text(gateway.spec.get("gatewayClassName")))
        ref = mapping(known.spec.get("parametersRef")) if known is not None else {}
        namespace = text(ref.get("namespace"))
    return store.get("EnvoyProxy", namespace, text(ref.get("name"))) if ref.get("kind") == "EnvoyProxy" else None
