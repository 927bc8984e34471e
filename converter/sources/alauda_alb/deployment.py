"""How the operator runs an ALB: nodes, pods and Service, with what it chooses where a field is missing.

Source: alb: pkg/operator/config/external.go:12-73 (defaults), pkg/operator/config/internal.go:250-330 (Gateway mode),
pkg/operator/controllers/depl/resources/workload/deploy.go:167-245 (pods), resources/service/svcctl.go (Service).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from converter.model import ObjectRef, Origin
from converter.reading.manifests import mapping
from converter.routing.table import Feature
from converter.sources.alauda_alb.fields import field_rows, operator_settings
from converter.sources.alauda_alb.label_names import POD_ANNOTATIONS, TOLERATE_ALL, TOLERATIONS
from converter.sources.alauda_alb.resources import Alb, json_data, labels

CONFIG = "spec.config."
Setting = tuple[Any, tuple[Origin, ...]]


def deployment_features(alb: Alb) -> tuple[Feature, ...]:
    """One feature a setting, so that each can fare differently."""
    if alb.facts is None:
        return ()
    return tuple(Feature("load-balancer", {word: value}, origins) for word, value, origins in _settings(alb))


def standalone(alb: Alb) -> bool:
    """True for the ALB2 of one Gateway, which always has pods and a Service of its own."""
    gateway = mapping(alb.config.get("gateway"))
    return gateway.get("mode") == "standalone" and bool(gateway.get("name")) and gateway.get("enable") is not False


def neighbour_ports(alb: Alb, albs: Iterable[Alb]) -> dict[tuple[int, str], str]:
    """Number and TCP or UDP -> the other ALB that listens there on nodes which both may use."""
    out: dict[tuple[int, str], str] = {}
    if not _on_nodes(alb):
        return out
    here = mapping(alb.config.get("nodeSelector"))
    for other in albs:
        there = mapping(other.config.get("nodeSelector"))
        if other is alb or not _on_nodes(other) or any(here.get(key, value) != value for key, value in there.items()):
            continue
        for frontend in other.frontends:
            out[frontend.port, "UDP" if frontend.protocol == "udp" else "TCP"] = f"ALB {other.name}"
    return out


def _on_nodes(alb: Alb) -> bool:
    return alb.facts is not None and not standalone(alb) and setting(alb, "networkMode")[0] == "host"


def own_gateway(alb: Alb) -> ObjectRef | None:
    """The Gateway of a standalone ALB2; its name may be `<name>` or `<name>/<namespace>`."""
    if not standalone(alb):
        return None
    name, _, namespace = str(mapping(alb.config.get("gateway"))["name"]).partition("/")
    return ObjectRef("Gateway", namespace or alb.namespace, name)


def _settings(alb: Alb) -> Iterator[tuple[str, Any, tuple[Origin, ...]]]:
    """The order is that of writing: the Service before the network, its IP families before those of the proxy."""
    network, at = setting(alb, "networkMode")
    if standalone(alb):
        network = "container"
    host = network == "host"
    yield from _service(alb)
    yield "network", network, at
    if host:
        rolling = operator_settings()["rolling_update"]
        yield "rolling_update", rolling, (_default(alb, "strategy", "at most one pod is replaced at a time"),)
    yield "replicas", *setting(alb, "replicas")
    if alb.taken(f"{CONFIG}nodeSelector"):
        yield "node_selector", *setting(alb, "nodeSelector")
    yield from _tolerations(alb)
    key, at = setting(alb, "antiAffinityKey")
    yield "anti_affinity", {"key": str(key), "required": host}, at
    stated, at = setting(alb, "resources")
    yield "resources", merged(field_rows()["ALB2"][f"{CONFIG}resources"].default, stated), at
    ipv6, at = setting(alb, "enableIPV6")
    yield "ipv6", ipv6 is True or str(ipv6).lower() == "true", at
    yield from _pod_annotations(alb)
    port, at = setting(alb, "metricsPort")
    yield "health_port", {"port": port, "front": host or bool(alb.address)}, at


def _service(alb: Alb) -> Iterator[tuple[str, Any, tuple[Origin, ...]]]:
    vip = mapping(alb.config.get("vip"))
    enabled = standalone(alb) or vip.get("enableLbSvc") is True
    if enabled or "enableLbSvc" in vip:
        value = {"load_balancer": enabled, "network": str(setting(alb, "networkMode")[0])}
        yield "service", value, alb.taken(f"{CONFIG}vip.enableLbSvc") or (_default(alb, "service", "LoadBalancer"),)
    for key, word in (("lbSvcAnnotations", "service_annotations"), ("allocateLoadBalancerNodePorts", "node_ports")):
        if alb.taken(f"{CONFIG}vip.{key}"):
            yield word, vip.get(key), alb.taken(f"{CONFIG}vip.{key}")
    policy = vip.get("lbSvcIpFamilyPolicy") or (operator_settings()["service_ip_families"] if enabled else None)
    if policy:
        at = alb.taken(f"{CONFIG}vip.lbSvcIpFamilyPolicy") or (_default(alb, "ipFamilyPolicy", str(policy)),)
        yield "service_ip_families", policy, at


def _tolerations(alb: Alb) -> Iterator[tuple[str, Any, tuple[Origin, ...]]]:
    """Those of the operator, and those of the annotation that newer documents name."""
    notes = labels(alb.document, "annotations") if alb.document else {}
    everything = alb.taken(f"metadata.annotations.{TOLERATE_ALL}")
    if everything or TOLERATE_ALL in notes:
        yield "tolerations", operator_settings()["tolerate_all"], everything
        for origin in alb.taken(f"metadata.annotations.{TOLERATIONS}"):
            yield "further_tolerations", {"given": [], "others": operator_settings()["tolerate_all"]}, (origin,)
        return
    own = operator_settings()["tolerations"]
    further = alb.taken(f"metadata.annotations.{TOLERATIONS}")
    if further:
        yield "further_tolerations", {"given": json_data(notes.get(TOLERATIONS), list), "others": own}, further
    else:
        keys = ", ".join(str(one["key"]) for one in own)
        yield "tolerations", own, (_default(alb, "tolerations", keys),)


def _pod_annotations(alb: Alb) -> Iterator[tuple[str, Any, tuple[Origin, ...]]]:
    at = alb.taken(f"metadata.annotations.{POD_ANNOTATIONS}")
    if at and alb.document:
        yield "pod_annotations", json_data(labels(alb.document, "annotations").get(POD_ANNOTATIONS), dict), at


def setting(alb: Alb, key: str) -> Setting:
    """A field of `spec.config` with the facts that set it, or the operator's default for it."""
    origins = alb.taken(CONFIG + key)
    row = field_rows()["ALB2"][CONFIG + key]
    value = alb.config.get(key)
    value = row.default if value is None else value
    if origins:
        return value, origins
    return value, (_default(alb, key, value if isinstance(value, str) else json.dumps(value)),)


def merged(default: Any, value: Any) -> Any:
    """The operator decodes the object over its defaults, where 0 is as good as nothing.

    Source: alb: pkg/operator/config/external.go, NewExternalAlbConfigWithDefault;
    pkg/apis/alauda/v2beta1/alb2_types.go, ContainerResource.UnmarshalJSON.
    """
    if isinstance(default, dict) and isinstance(value, dict):
        return default | {key: merged(default.get(key), one) for key, one in value.items()}
    return default if value in (None, "", 0, "0") else value


def _default(alb: Alb, key: str, value: str) -> Origin:
    return Origin("default", key, value, alb.location, alb.ref)
