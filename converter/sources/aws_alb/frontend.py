"""The network load balancer that may be in front of the ALB (lbc: pkg/ingress/model_build_frontend_nlb.go)."""

from __future__ import annotations

from typing import Any

from converter.sources.aws_alb.annotation_values import parse_int, port_of
from converter.sources.aws_alb.balancer import agreed_flag, agreed_list
from converter.sources.aws_alb.errors import Refused
from converter.sources.aws_alb.listeners import PortConfig
from converter.sources.aws_alb.membership import Member

HEALTH = {
    "IntervalSeconds": "interval-seconds",
    "TimeoutSeconds": "timeout-seconds",
    "HealthyThresholdCount": "healthy-threshold-count",
    "UnhealthyThresholdCount": "unhealthy-threshold-count",
    "Protocol": "protocol",
    "Path": "path",
    "Matcher": "success-codes",
    "Port": "port",
}
_ROUTING_POLICIES = (
    "any_availability_zone",
    "partial_availability_zone_affinity",
    "availability_zone_affinity",
)


def frontend(
    members: list[Member],
    wanted: dict[str, dict[int, PortConfig]],
    default_scheme: str,
) -> dict[str, Any] | None:
    """The NLB of a group, None where there is none; `wanted` has the ports of each member."""
    if not agreed_flag(members, "enable-frontend-nlb", "enable frontend NLB values"):
        return None
    out: dict[str, Any] = {"scheme": _scheme(members, default_scheme)}
    out["security_groups"] = agreed_list(members, "frontend-nlb-security-groups", "securityGroups")
    out["subnets"] = _set(members, "frontend-nlb-subnets", "conflicting subnets")
    out["eip_allocations"] = _addresses(members, out["scheme"], out["subnets"])
    out["tags"] = _equal_maps(members, "frontend-nlb-tags", "tags", skip=True)
    out["attributes"] = _attributes(members)
    out["ports"] = _ports(members, wanted)
    return {key: value for key, value in out.items() if value}


def _scheme(members: list[Member], default: str) -> str:
    suffix = "frontend-nlb-scheme"
    given = [(member.notes.text(suffix), member) for member in members if suffix in member.notes]
    values = sorted({str(value) for value, _ in given})
    if len(values) > 1:
        raise Refused(f"conflicting scheme: [{' '.join(values)}]", given[-1][1].notes.origin(suffix))
    if values and values[0] not in ("internal", "internet-facing"):
        raise Refused(f"unknown scheme: {values[0]}", given[0][1].notes.origin(suffix))
    return values[0] if values else default


def _set(members: list[Member], suffix: str, words: str) -> list[str] | None:
    lists = [(member.notes.items(suffix) or [], member) for member in members if suffix in member.notes]
    for names, member in lists[1:]:
        if sorted(names) != sorted(lists[0][0]):
            raise Refused(f"{words}: [{' '.join(lists[0][0])}] | [{' '.join(names)}]", member.notes.origin(suffix))
    return lists[0][0] if lists else None


def _addresses(members: list[Member], scheme: str, subnets: list[str] | None) -> list[str] | None:
    suffix = "frontend-nlb-eip-allocations"
    given = next((member for member in members if suffix in member.notes), None)
    if given is None:
        return None
    origin = given.notes.origin(suffix)
    if scheme != "internet-facing":
        raise Refused("EIP allocations can only be set for internet facing load balancers", origin)
    chosen = _set(members, suffix, "all EIP allocations for the ingress group must be the same") or []
    if chosen and subnets is not None and len(chosen) != len(subnets):
        words = f"count of EIP allocations ({len(chosen)}) and subnets ({len(subnets)}) must match"
        raise Refused(words, origin)
    return chosen


def _equal_maps(members: list[Member], suffix: str, word: str, skip: bool) -> dict[str, str] | None:
    """Maps are compared whole; without `skip` an absent one differs from one that is there."""
    chosen: dict[str, str] | None = None
    for member in members:
        value = member.notes.pairs(suffix)
        if value is None and skip:
            continue
        if chosen is None:
            chosen = value
        elif chosen != value:
            raise Refused(f"conflicting frontend NLB {word}: {chosen} | {value}", member.notes.origin(suffix))
    return chosen


def _attributes(members: list[Member]) -> dict[str, str] | None:
    suffix = "frontend-nlb-attributes"
    attributes = _equal_maps(members, suffix, "attributes", skip=False)
    policy = (attributes or {}).get("dns_record.client_routing_policy")
    if policy is not None and policy not in _ROUTING_POLICIES:
        origin = next((member.notes.origin(suffix) for member in members if suffix in member.notes), None)
        raise Refused(f"invalid dns_record.client_routing_policy: {policy}", origin)
    return attributes


def _ports(members: list[Member], wanted: dict[str, dict[int, PortConfig]]) -> dict[int, dict[str, Any]]:
    out: dict[int, dict[str, Any]] = {}
    for member in members:
        for port, target, health, explicit in _of_member(member, wanted[member.key]):
            known = out.setdefault(port, {"port": target, "health": {}, "explicit": set()})
            for name, value in health.items():
                if name in explicit and name in known["explicit"] and known["health"][name] != value:
                    raise Refused(f"failed to merge NLB listenPort config for port: {port}: conflicting {name}")
                if name in explicit or name not in known["explicit"]:
                    known["health"][name] = value
            known["explicit"] |= explicit
            if known["port"] != target:
                words = f"conflicting Target Port, config 2: {target}, previous: {known['port']}"
                raise Refused(f"failed to merge NLB listenPort config for port: {port}: {words}")
    return {port: {"port": one["port"], "health": one["health"]} for port, one in out.items()}


def _of_member(member: Member, ports: dict[int, PortConfig]) -> list[tuple[int, int, dict[str, Any], set[str]]]:
    mapping = _mapping(member)
    pairs = [(nlb, alb) for nlb, alb in mapping.items() if alb in ports] if mapping else [(one, one) for one in ports]
    return [(nlb, alb, *_health(member)) for nlb, alb in pairs]


def _mapping(member: Member) -> dict[int, int]:
    suffix = "frontend-nlb-listener-port-mapping"
    out = {}
    for nlb, alb in (member.notes.pairs(suffix) or {}).items():
        for text, word in ((nlb, "NLB"), (alb, "ALB")):
            try:
                parse_int(text)
            except ValueError:
                raise Refused(f"invalid {word} listener port: {text}", member.notes.origin(suffix)) from None
        out[int(nlb)] = int(alb)
    return out


def _health(member: Member) -> tuple[dict[str, Any], set[str]]:
    notes, head = member.notes, "frontend-nlb-healthcheck-"
    port, protocol = notes.text(f"{head}port"), notes.text(f"{head}protocol")
    if port not in (None, "traffic-port") and not isinstance(port_of(port), int):
        raise Refused("failed to resolve healthCheckPort", notes.origin(f"{head}port"))
    if protocol not in (None, "HTTP", "HTTPS"):
        raise Refused("healthCheckProtocol must be within [HTTP, HTTPS]", notes.origin(f"{head}protocol"))
    numbers = {}
    for name, default in (
        ("IntervalSeconds", 15),
        ("TimeoutSeconds", 5),
        ("HealthyThresholdCount", 2),
        ("UnhealthyThresholdCount", 2),
    ):
        number = notes.number(head + HEALTH[name])
        numbers[name] = default if number is None else number
    values = {
        "Port": "traffic-port" if port is None else port_of(port),
        "Protocol": protocol or "HTTP",
        "Path": notes.text(f"{head}path") if f"{head}path" in notes else "/",
        "Matcher": notes.text(f"{head}success-codes") if f"{head}success-codes" in notes else "200",
        **numbers,
    }
    return values, {name for name, suffix in HEALTH.items() if head + suffix in notes}
