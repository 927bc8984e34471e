"""Which objects of the input anybody cares for; all others pass by unread."""

from __future__ import annotations

MAKERS = {
    "ExternalSecret": "external-secrets.io",
    "ClusterExternalSecret": "external-secrets.io",
    "SealedSecret": "bitnami.com",
    "Certificate": "cert-manager.io",
    "VaultStaticSecret": "secrets.hashicorp.com",
    "VaultDynamicSecret": "secrets.hashicorp.com",
    "VaultPKISecret": "secrets.hashicorp.com",
    "OnePasswordItem": "onepassword.com",
    "InfisicalSecret": "secrets.infisical.com",
    "SecretProviderClass": "secrets-store.csi.x-k8s.io",
}
"""Kinds of objects that make Secrets -> their API groups (`reading/makers.py`)."""

GROUPS: dict[str, frozenset[str]] = {
    "Service": frozenset({""}),
    "ConfigMap": frozenset({""}),
    "Secret": frozenset({""}),
    "Namespace": frozenset({""}),
    "Endpoints": frozenset({""}),
    "Pod": frozenset({""}),
    "EndpointSlice": frozenset({"discovery.k8s.io"}),
    "Deployment": frozenset({"apps", "extensions"}),
    "DaemonSet": frozenset({"apps", "extensions"}),
    "StatefulSet": frozenset({"apps", "extensions"}),
    "IngressClass": frozenset({"networking.k8s.io"}),
    "IngressClassParams": frozenset({"elbv2.k8s.aws", "eks.amazonaws.com"}),
    "TargetGroupBinding": frozenset({"elbv2.k8s.aws", "eks.amazonaws.com"}),
    "DNSEndpoint": frozenset({"externaldns.k8s.io"}),
    "HorizontalPodAutoscaler": frozenset({"autoscaling"}),
    "PodDisruptionBudget": frozenset({"policy"}),
    "Certificate": frozenset({"cert-manager.io"}),
    "Issuer": frozenset({"cert-manager.io"}),
    "ClusterIssuer": frozenset({"cert-manager.io"}),
    "Rollout": frozenset({"argoproj.io"}),
    "Canary": frozenset({"flagger.app"}),
    "ALB2": frozenset({"crd.alauda.io"}),
    "Frontend": frozenset({"crd.alauda.io"}),
    "Rule": frozenset({"crd.alauda.io"}),
    "TimeoutPolicy": frozenset({"gateway.crd.alauda.io"}),
    "Cluster": frozenset({"platform.tkestack.io", "clusterregistry.k8s.io"}),
    "EnvoyGatewayCtl": frozenset({"envoy-gateway.alauda.io"}),
    "IPAddressPool": frozenset({"metallb.io"}),
    "AddressPool": frozenset({"metallb.io"}),
    "CiliumLoadBalancerIPPool": frozenset({"cilium.io"}),
    "ClusterExport": frozenset({"ing2gw"}),
    **{kind: frozenset({where}) for kind, where in MAKERS.items()},
}
"""Kind -> API groups that it is ours in."""

ROUTING_KINDS: dict[str, dict[str, str]] = {
    "IngressRoute": {"traefik.io": "Traefik", "traefik.containo.us": "Traefik"},
    "IngressRouteTCP": {"traefik.io": "Traefik", "traefik.containo.us": "Traefik"},
    "IngressRouteUDP": {"traefik.io": "Traefik", "traefik.containo.us": "Traefik"},
    "HTTPProxy": {"projectcontour.io": "Contour"},
    "VirtualService": {"networking.istio.io": "Istio", "gateway.solo.io": "Gloo Edge"},
    "TCPIngress": {"configuration.konghq.com": "Kong"},
    "UDPIngress": {"configuration.konghq.com": "Kong"},
    "KongIngress": {"configuration.konghq.com": "Kong"},
    "KongPlugin": {"configuration.konghq.com": "Kong"},
    "KongClusterPlugin": {"configuration.konghq.com": "Kong"},
    "Mapping": {"getambassador.io": "Emissary (Ambassador)"},
    "ApisixRoute": {"apisix.apache.org": "APISIX"},
    "VirtualServer": {"k8s.nginx.org": "NGINX Ingress Controller of F5", "cis.f5.com": "F5 BIG-IP"},
    "VirtualServerRoute": {"k8s.nginx.org": "NGINX Ingress Controller of F5"},
    "TransportServer": {"k8s.nginx.org": "NGINX Ingress Controller of F5", "cis.f5.com": "F5 BIG-IP"},
    "Route": {"route.openshift.io": "OpenShift router"},
    "RouteGroup": {"zalando.org": "Skipper"},
    "CiliumEnvoyConfig": {"cilium.io": "Cilium"},
    "Middleware": {"traefik.io": "Traefik", "traefik.containo.us": "Traefik"},
    "BackendConfig": {"cloud.google.com": "Google Cloud (GKE)"},
    "FrontendConfig": {"networking.gke.io": "Google Cloud (GKE)"},
}
"""Kinds that route requests or protect routes -> API groups -> the controller that reads them."""

CHART_KINDS: dict[str, str] = {
    "HelmRelease": "helm.toolkit.fluxcd.io",
    "HelmChart": "helm.cattle.io",
    "HelmChartConfig": "helm.cattle.io",
    "Application": "argoproj.io",
    "ApplicationSet": "argoproj.io",
}
"""Kinds that hold values of Helm charts -> API groups."""

TARGET_GROUPS = frozenset(
    {
        "gateway.networking.k8s.io",
        "gateway.networking.x-k8s.io",
        "gateway.envoyproxy.io",
        "gateway.k8s.aws",
    }
)
"""Groups of which every kind is kept: what we write, and what `verify --against` reads."""

TARGET_KINDS = frozenset(
    {
        "Gateway",
        "GatewayClass",
        "HTTPRoute",
        "GRPCRoute",
        "TLSRoute",
        "TCPRoute",
        "UDPRoute",
        "ReferenceGrant",
        "BackendTLSPolicy",
        "ListenerSet",
        "XListenerSet",
        "Backend",
        "EnvoyProxy",
        "HTTPRouteFilter",
        "SecurityPolicy",
        "BackendTrafficPolicy",
        "ClientTrafficPolicy",
        "EnvoyPatchPolicy",
        "EnvoyExtensionPolicy",
        "BackendLBPolicy",
        "XBackendTrafficPolicy",
        "XMesh",
        "LoadBalancerConfiguration",
        "TargetGroupConfiguration",
        "ListenerRuleConfiguration",
    }
)

INGRESS_VERSIONS = {
    "networking.k8s.io/v1": False,
    "networking.k8s.io/v1beta1": True,
    "extensions/v1beta1": True,
}
"""apiVersions of the Ingress that we convert -> whether it has to be upgraded."""

CLUSTER_SCOPED = frozenset(
    {
        "Namespace",
        "IngressClass",
        "IngressClassParams",
        "GatewayClass",
        "ClusterExternalSecret",
        "ClusterIssuer",
        "CiliumLoadBalancerIPPool",
    }
)

_NOT_OF_A_CLUSTER = frozenset({"Pod", "Secret", "ClusterExport"})
"""Pods are known by the workloads that make them; listing Secrets means receiving their values; the last is our own."""


def cluster_kinds() -> dict[str, frozenset[str]]:
    """Kinds that are read of a live cluster -> their API groups.

    Kinds that hold values of charts are left out: what the charts made is in the cluster.
    """
    found = {kind: set(groups) for kind, groups in GROUPS.items() if kind not in _NOT_OF_A_CLUSTER}
    found["Ingress"] = {group(version) for version in INGRESS_VERSIONS}
    for kind in TARGET_KINDS:
        found.setdefault(kind, set()).update(TARGET_GROUPS)
    for kind, controllers in ROUTING_KINDS.items():
        found.setdefault(kind, set()).update(controllers)
    return {kind: frozenset(groups) for kind, groups in found.items()}


_PRODUCTS = ("oauth2-proxy", "authelia", "authentik", "vouch", "tinyauth", "pomerium", "error", "defaultbackend")
_ONLY_WITH = {
    "Deployment": ("ingress", "alb", *_PRODUCTS),
    "DaemonSet": ("ingress", "alb", *_PRODUCTS),
    "Pod": ("ingress", "alb", *_PRODUCTS),
    "StatefulSet": _PRODUCTS,
}
"""Workloads matter only where they may run a controller (its flags are in them), a service that decides about requests
or one that serves error pages (`mappings/auth-services.yaml`, `mappings/error-services.yaml`)."""


def group(api_version: str) -> str:
    """The API group of an apiVersion."""
    head, slash, _ = api_version.rpartition("/")
    return head if slash else ""


KUSTOMIZATION = "Kustomization"
_UNRENDERED = frozenset({*ROUTING_KINDS, *CHART_KINDS, KUSTOMIZATION})


def is_unrendered(version: str, kind: str) -> bool:
    """True for an object that is looked at for settings that it holds."""
    where = group(version)
    return where in ROUTING_KINDS.get(kind, ()) or CHART_KINDS.get(kind) == where


def wanted(api_version: str, kind: str) -> bool:
    """Whether an object is to be read beyond its kind."""
    if kind == "Ingress" or kind.endswith("List"):
        return True
    groups = GROUPS.get(kind)
    where = group(api_version)
    if (groups is not None and where in groups) or where in TARGET_GROUPS:
        return True
    return is_unrendered(api_version, kind) or kind == KUSTOMIZATION


def passes_by(kind: str, text: str) -> bool:
    """True where the kind alone shows that a document does not matter."""
    if kind == "Ingress" or kind.endswith("List"):
        return False
    if kind in _ONLY_WITH:
        return not any(word in text for word in _ONLY_WITH[kind])
    return kind not in GROUPS and kind not in TARGET_KINDS and kind not in _UNRENDERED
