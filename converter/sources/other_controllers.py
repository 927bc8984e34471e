"""Ingress controllers that we do not convert, recognised by class, controller name or annotations.

Sources: the documentation of each controller; class names are the defaults of their installation.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from converter.reading.inventory import Ingress


class OtherController(NamedTuple):
    """How Ingresses of a controller look."""

    name: str
    classes: tuple[str, ...] = ()
    controllers: tuple[str, ...] = ()
    """`spec.controller` of its IngressClass; a trailing `*` stands for anything."""
    prefixes: tuple[str, ...] = ()


F5 = ("nginx.org/", "nginx.com/", "custom.nginx.org/", "nsm.nginx.com/", "appprotect.f5.com/", "appprotectdos.f5.com/")

OTHERS = (
    OtherController(
        "Traefik",
        ("traefik", "traefik-lb", "traefik-internal", "traefik-external"),
        ("traefik.io/ingress-controller",),
        ("traefik.ingress.kubernetes.io/",),
    ),
    OtherController(
        "Kong", ("kong",), ("ingress-controllers.konghq.com/kong",), ("konghq.com/", "configuration.konghq.com")
    ),
    OtherController("NGINX Ingress Controller of F5 (nginx-inc)", (), ("nginx.org/ingress-controller",), F5),
    OtherController(
        "HAProxy Ingress",
        ("haproxy",),
        ("haproxy-ingress.github.io/controller*", "haproxy.org/ingress-controller*"),
        ("haproxy-ingress.github.io/", "haproxy.org/", "ingress.haproxy.org/"),
    ),
    OtherController(
        "OpenShift router",
        ("openshift-default",),
        ("openshift.io/ingress-to-route",),
        ("route.openshift.io/", "haproxy.router.openshift.io/"),
    ),
    OtherController("Contour", ("contour",), ("projectcontour.io/*",), ("projectcontour.io/", "contour.heptio.com/")),
    OtherController("Istio", ("istio",), ("istio.io/ingress-controller",), ("istio.io/",)),
    OtherController(
        "Google Cloud (GKE)",
        ("gce", "gce-internal", "gce-multi-cluster"),
        ("k8s.io/ingress-gce",),
        ("networking.gke.io/", "cloud.google.com/", "ingress.gcp.kubernetes.io/"),
    ),
    OtherController(
        "Azure Application Gateway",
        ("azure/application-gateway", "azure-application-gateway", "azure-alb-external"),
        ("azure/application-gateway", "alb.networking.azure.io/alb-controller"),
        ("appgw.ingress.kubernetes.io/", "appgw.ingress.azure.io/", "alb.networking.azure.io/"),
    ),
    OtherController("Higress", ("higress",), ("higress.io/higress-controller",), ("higress.io/",)),
    OtherController("APISIX", ("apisix",), ("apisix.apache.org/*",), ("k8s.apisix.apache.org/",)),
    OtherController("Skipper", ("skipper",), (), ("zalando.org/",)),
    OtherController(
        "Citrix (NetScaler)",
        ("citrix", "netscaler"),
        ("citrix.com/ingress-controller", "netscaler.com/*"),
        ("ingress.citrix.com/", "netscaler.com/", "ingress.netscaler.com/"),
    ),
    OtherController("F5 BIG-IP", ("f5",), ("f5.com/cntr-ingress-svcs",), ("virtual-server.f5.com/", "cis.f5.com/")),
    OtherController(
        "Emissary (Ambassador)",
        ("ambassador", "emissary"),
        ("getambassador.io/ingress-controller",),
        ("getambassador.io/",),
    ),
    OtherController("IBM Cloud ALB", ("public-iks-k8s-nginx", "private-iks-k8s-nginx"), (), ("ingress.bluemix.net/",)),
    OtherController("Alibaba Cloud ALB", (), ("ingress.k8s.alibabacloud/alb",), ("alb.ingress.alibabacloud.com/",)),
    OtherController("Alibaba Cloud MSE", ("mse",), ("mse.alibabacloud.com/ingress",), ("mse.ingress.kubernetes.io/",)),
    OtherController(
        "Tencent Cloud CLB", ("qcloud",), ("ingress.cloud.tencent.com/*",), ("ingress.cloud.tencent.com/",)
    ),
    OtherController("Huawei Cloud ELB", ("cce",), (), ("kubernetes.io/elb.",)),
    OtherController("Pomerium", ("pomerium",), ("pomerium.io/ingress-controller",), ("ingress.pomerium.io/",)),
    OtherController("Gloo", ("gloo",), ("solo.io/gloo-ingress",), ("gloo.solo.io/",)),
    OtherController("Tyk", ("tyk",), (), ("tyk.io/",)),
    OtherController("Voyager", ("voyager",), ("voyagermesh.com/ingress",), ("ingress.appscode.com/",)),
    OtherController("ngrok", ("ngrok",), ("k8s.ngrok.com/ingress-controller",), ("k8s.ngrok.com/",)),
    OtherController("Cilium", ("cilium",), ("cilium.io/ingress-controller",), ("ingress.cilium.io/", "io.cilium/")),
    OtherController(
        "Cloudflare Tunnel",
        ("cloudflare-tunnel",),
        ("strrl.dev/cloudflare-tunnel-ingress-controller",),
        ("cloudflare-tunnel-ingress-controller.strrl.dev/",),
    ),
    OtherController("Tailscale", ("tailscale",), ("tailscale.com/ts-ingress",), ("tailscale.com/",)),
    OtherController("Ticketmaster ALB controller", (), (), ("ingress.ticketmaster.com/",)),
    OtherController("Avi (VMware)", ("avi", "avi-lb"), ("ako.vmware.com/avi-lb",), ("ako.vmware.com/",)),
    OtherController("Caddy", ("caddy",), ("caddyserver.com/ingress-controller",), ("caddy.ingress.kubernetes.io/",)),
    OtherController("Envoy-based EnRoute", ("enroute",), ("enroute.saaras.io/*",), ("enroute.saaras.io/",)),
    OtherController("older controllers (ingress.kubernetes.io)", (), (), ("ingress.kubernetes.io/",)),
)

CONVERTED = {
    "ingress-nginx": ("nginx.ingress.kubernetes.io/",),
    "aws-alb": ("alb.ingress.kubernetes.io/",),
}
"""Prefixes of the controllers that we convert; Alauda's depend on the base domain."""


def by_class(name: str) -> str:
    """The controller whose class has this name by default."""
    return _BY_CLASS.get(name.lower(), "")


@lru_cache(maxsize=256)
def by_controller(value: str) -> str:
    """The controller whose IngressClass has this `spec.controller`."""
    for one in OTHERS:
        for pattern in one.controllers:
            if value == pattern or (pattern.endswith("*") and value.startswith(pattern[:-1])):
                return one.name
    return ""


def by_annotation(key: str) -> str:
    """The controller that reads an annotation of this prefix."""
    if not key.startswith(_PREFIXES):
        return ""
    return next(one.name for one in OTHERS if one.prefixes and key.startswith(one.prefixes))


def by_annotations(ingress: Ingress) -> str:
    """The controller that most of an Ingress' annotations are for."""
    counts: dict[str, int] = {}
    for key in ingress.annotations:
        name = by_annotation(key)
        if name:
            counts[name] = counts.get(name, 0) + 1
    return max(counts, key=lambda name: (counts[name], name)) if counts else ""


_BY_CLASS = {name: one.name for one in OTHERS for name in one.classes}
_PREFIXES = tuple(prefix for one in OTHERS for prefix in one.prefixes)
