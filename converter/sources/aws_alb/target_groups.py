"""Target groups: how the load balancer reaches the pods of a Service (lbc: model_build_target_group.go)."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.model.options import Options
from converter.reading.inventory import Service, ServicePort
from converter.reading.manifests import mapping
from converter.sources.aws_alb.annotation_values import port_of
from converter.sources.aws_alb.annotations import Annotations
from converter.sources.aws_alb.balancer import param_tags
from converter.sources.aws_alb.class_params import strings
from converter.sources.aws_alb.errors import Refused
from converter.sources.aws_alb.membership import Member


def lookup(service: Service, port: int | str) -> ServicePort:
    """A port by number or by name, never the one for the other (lbc: pkg/k8s/service_utils.go)."""
    for one in service.ports:
        if (one.name == port) if isinstance(port, str) else (one.port == port):
            return one
    raise Refused(f"unable to find port {port} on service {service.namespace}/{service.name}")


class ServiceSide(NamedTuple):
    """A Service port that a rule forwards to; the Service is None where the input does not have it."""

    name: str
    port: int | str
    service: Service | None
    notes: Annotations | None


class Targets:
    """Target groups of one load balancer; what no Service changes is worked out once an Ingress."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self._common: dict[str, dict[str, Any]] = {}

    def group(self, member: Member, side: ServiceSide, *, dual_stack: bool) -> dict[str, Any]:
        """One target group in the form of plan.json."""
        name, port, service, _ = side
        notes = member.notes.over(side.notes)
        service_port = lookup(service, port) if service is not None else None
        common = self._common.get(member.key) if notes is member.notes else None
        if common is None:
            common = _settings(member, side, notes, self.options)
            if notes is member.notes and "healthcheck-port" not in notes:
                self._common[member.key] = common
        out = {"backend": f"{member.ingress.namespace}/{name}:{port}", "ip_address_type": "ipv4", **common}
        if _ipv6(service, dual_stack):
            out["ip_address_type"] = "ipv6"
        control = notes.number(f"target-control-port.{name}.{port}")
        if control is not None:
            out["target_control_port"] = control
        _check_ports(out, side, service_port, notes)
        return out


def _settings(member: Member, side: ServiceSide, notes: Annotations, options: Options) -> dict[str, Any]:
    """What annotations and parameters say."""
    kind = _target_type(member, notes, options)
    protocol = _choice(notes, "backend-protocol", "HTTP", ("HTTP", "HTTPS"), "backend protocol must be within")
    versions = ("HTTP1", "HTTP2", "GRPC")
    version = _choice(notes, "backend-protocol-version", "HTTP1", versions, "backend protocol version must be within")
    health = _health(notes, side.service, kind, protocol, version)
    attributes = notes.pairs("target-group-attributes") or {}
    own = (side.notes.pairs("tags") if side.notes is not None else None) or {}
    tags = (member.notes.pairs("tags") or {}) | own | param_tags(member)
    labels = notes.pairs("target-node-labels") if kind == "instance" else None
    more = {
        "attributes": attributes,
        "tags": tags,
        "node_selector": {"matchLabels": labels} if labels else None,
        "multi_cluster": _multi_cluster(member, side.notes),
    }
    return {"target_type": kind, "protocol": protocol, "protocol_version": version, "health_check": health} | {
        key: value for key, value in more.items() if value
    }


def _check_ports(out: dict[str, Any], side: ServiceSide, port: ServicePort | None, notes: Annotations) -> None:
    """What a target type cannot do."""
    service = side.service
    if out["target_type"] == "ip":
        if port is not None and port.target == 0:
            raise Refused("TargetGroup port is empty. Are you using the correct service type?")
        return
    if "target_control_port" in out:
        origin = notes.origin(f"target-control-port.{side.name}.{side.port}")
        raise Refused("target control port is not supported for instance target target group", origin)
    if service is not None and service.type not in ("NodePort", "LoadBalancer"):
        words = "When using Instance targets, your service be must of type 'NodePort' or 'LoadBalancer'"
        raise Refused(f"TargetGroup port is empty. {words}", notes.origin("target-type"))


def _target_type(member: Member, notes: Annotations, options: Options) -> str:
    kind = str(member.params.get("targetType") or "")
    origin = member.param_origin("targetType") if kind else notes.origin("target-type")
    if not kind:
        text = notes.text("target-type")
        kind = options.aws_default_target_type if text is None else text
    if kind not in ("instance", "ip"):
        raise Refused(f"unknown targetType: {kind}", origin)
    return kind


def _choice(notes: Annotations, suffix: str, default: str, allowed: tuple[str, ...], words: str) -> str:
    value = notes.text(suffix)
    value = default if value is None else value
    if value not in allowed:
        raise Refused(f"{words} [{', '.join(allowed)}]: {value}", notes.origin(suffix))
    return value


def _health(notes: Annotations, service: Service | None, kind: str, protocol: str, version: str) -> dict[str, Any]:
    """Health checks are always on (lbc: model_build_target_group.go:346-490, model_builder.go:188-202)."""
    grpc = version == "GRPC"
    port = _health_port(notes, service, kind)
    chosen = notes.text("healthcheck-protocol")
    chosen = protocol if chosen is None else chosen
    if chosen not in ("HTTP", "HTTPS"):
        raise Refused("healthCheckProtocol must be within [HTTP, HTTPS]", notes.origin("healthcheck-protocol"))
    path, codes = notes.text("healthcheck-path"), notes.text("success-codes")
    numbers = {}
    for key, suffix, default in (
        ("interval", "healthcheck-interval-seconds", 15),
        ("timeout", "healthcheck-timeout-seconds", 5),
        ("healthy", "healthy-threshold-count", 2),
        ("unhealthy", "unhealthy-threshold-count", 2),
    ):
        number = notes.number(suffix)
        numbers[key] = default if number is None else number
    return {
        "port": port,
        "protocol": chosen,
        "path": ("/AWS.ALB/healthcheck" if grpc else "/") if path is None else path,
        "codes": ("12" if grpc else "200") if codes is None else codes,
        **numbers,
    }


def _health_port(notes: Annotations, service: Service | None, kind: str) -> int | str:
    text = notes.text("healthcheck-port")
    if text is None or text == "traffic-port":
        return "traffic-port"
    port = port_of(text)
    if isinstance(port, int) or service is None:
        return port
    origin = notes.origin("healthcheck-port")
    try:
        found = lookup(service, port)
    except Refused as error:
        raise Refused(f"failed to resolve healthCheckPort: {error.message}", origin) from None
    if kind == "instance":
        return f"node port of {port}"
    target = found.target if found.target is not None else found.port
    if isinstance(target, int):
        return target
    words = "cannot use named healthCheckPort for IP TargetType when service's targetPort is a named port"
    raise Refused(words, origin)


def _ipv6(service: Service | None, dual_stack: bool) -> bool:
    families = mapping(service.body.get("spec")).get("ipFamilies") if service is not None else None
    if "IPv6" not in strings(families):
        return False
    if not dual_stack:
        raise Refused("unsupported IPv6 configuration, lb not dual-stack")
    return True


def _multi_cluster(member: Member, service: Annotations | None) -> bool:
    """True on either is enough, the Service cannot switch it off."""
    if member.notes.flag("multi-cluster-target-group"):
        return True
    return service is not None and bool(service.flag("multi-cluster-target-group"))
