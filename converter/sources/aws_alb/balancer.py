"""Settings of the load balancer itself, on which a group must agree.

lbc: pkg/ingress/model_build_load_balancer.go and its siblings …_attributes.go, …_capacity_reservation.go, …_addons.go,
model_build_tags.go.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.model import Origin
from converter.model.options import Options
from converter.sources.aws_alb.annotation_values import parse_int
from converter.sources.aws_alb.annotations import Annotations
from converter.sources.aws_alb.errors import Refused
from converter.sources.aws_alb.membership import Member

Given = list[tuple[Any, Origin | None]]


def balancer(members: list[Member], options: Options) -> dict[str, Any]:
    """Scheme, address type, subnets, security groups and the rest, in the order in which the controller reads them."""
    out: dict[str, Any] = {
        "scheme": _one_of(
            _given(members, "scheme", "scheme"),
            "scheme",
            ("internal", "internet-facing"),
            options.aws_default_scheme,
        )
    }
    out["ip_address_type"] = _one_of(
        _given(members, "ipAddressType", "ip-address-type"),
        "IPAddressType",
        ("ipv4", "dualstack", "dualstack-without-public-ipv4"),
        "ipv4",
    )
    out["subnets"] = _subnets(members)
    out["security_groups"] = _security_groups(members)
    out["customerOwnedIPv4Pool"] = _coip_pool(members)
    out["attributes"] = _attributes(members)
    out["tags"] = tags(members)
    out["name"] = _name(members)
    out["capacity"] = _capacity(members)
    out["ipv4IPAMPool"] = _ipam_pool(members)
    return {key: value for key, value in out.items() if value not in (None, {}, [])}


def _given(members: list[Member], param: str, suffix: str) -> Given:
    found = [member.setting(param, suffix) for member in members]
    return [(value, origin) for value, origin in found if value is not None]


def _only(given: Given, word: str, shown: Callable[[list[Any]], str] | None = None) -> Any:
    """The one value that all who give one give; None where nobody does."""
    values = sorted({value for value, _ in given}, key=str)
    if len(values) > 1:
        text = shown(values) if shown else f"[{' '.join(map(str, values))}]"
        raise Refused(f"conflicting {word}: {text}", given[-1][1])
    return values[0] if values else None


def _set_text(values: list[Any]) -> str:
    return "map[" + " ".join(f"{value}:{{}}" for value in values) + "]"


def _one_of(given: Given, word: str, allowed: tuple[str, ...], default: str) -> str:
    value = _only(given, word, _set_text if word == "scheme" else None)
    if value is None:
        return default
    if value not in allowed:
        raise Refused(f"unknown {word}: {value}", given[0][1])
    return str(value)


def _subnets(members: list[Member]) -> Any:
    selectors = [member.params["subnets"] for member in members if member.params.get("subnets") is not None]
    lists = [
        (member.notes.items("subnets"), member.notes.origin("subnets"))
        for member in members
        if member.params.get("subnets") is None and "subnets" in member.notes
    ]
    if selectors:
        if lists:
            raise Refused("conflicting subnet specifications: IngressClassParams versus annotation", lists[0][1])
        if any(one != selectors[0] for one in selectors):
            raise Refused("conflicting IngressClassParams subnet specifications")
        return selectors[0]
    for names, origin in lists[1:]:
        if sorted(names or []) != sorted(lists[0][0] or []):
            words = f"[{' '.join(lists[0][0] or [])}] | [{' '.join(names or [])}]"
            raise Refused(f"conflicting subnets: {words}", origin)
    return lists[0][0] if lists else None


def agreed_list(members: list[Member], suffix: str, word: str) -> list[str] | None:
    """A list that must be the same, order included, for all who give it."""
    lists = [(member.notes.items(suffix), member.notes.origin(suffix)) for member in members if suffix in member.notes]
    for names, origin in lists[1:]:
        if names != lists[0][0]:
            words = f"[{' '.join(lists[0][0] or [])}] | [{' '.join(names or [])}]"
            raise Refused(f"conflicting {word}: {words}", origin)
    return lists[0][0] if lists else None


def _security_groups(members: list[Member]) -> list[str] | None:
    groups = agreed_list(members, "security-groups", "securityGroups")
    if groups:
        agreed_flag(members, "manage-backend-security-group-rules", "manage backend security group rules settings")
    return groups


def agreed_flag(members: list[Member], suffix: str, words: str) -> bool | None:
    """A boolean on which a group must agree."""
    values = [(member.notes.flag(suffix), member) for member in members if suffix in member.notes]
    if len({value for value, _ in values}) > 1:
        raise Refused(f"conflicting {words}", values[-1][1].notes.origin(suffix))
    return values[0][0] if values else None


def _coip_pool(members: list[Member]) -> Any:
    suffix = "customer-owned-ipv4-pool"
    given: Given = [(m.notes.text(suffix), m.notes.origin(suffix)) for m in members if suffix in m.notes]
    for (value, origin), member in zip(given, (m for m in members if suffix in m.notes), strict=True):
        if not value:
            raise Refused(f"cannot use empty value for {suffix} annotation, ingress: {member.key}", origin)
    return _only(given, "CustomerOwnedIPv4Pool")


def _attributes(members: list[Member]) -> dict[str, str]:
    """Key by key; a conflict is settled by the parameters of the first member only."""
    suffix = "load-balancer-attributes"
    given = members[0].params.get("loadBalancerAttributes") or []
    chosen = {str(one.get("key")): str(one.get("value")) for one in given}
    out: dict[str, str] = {}
    for member in members:
        for key, value in (member.notes.pairs(suffix) or {}).items():
            if out.get(key, value) != value and key not in chosen:
                words = f"conflicting load balancer attributes {key}: {out[key]} | {value}"
                raise Refused(words, member.notes.origin(suffix))
            out[key] = value
    return out | chosen


def tags(members: list[Member]) -> dict[str, str]:
    """Tags of what a group owns together; the parameters of each member win over its annotation."""
    out: dict[str, str] = {}
    for member in members:
        for key, value in member_tags(member, member.notes).items():
            if out.get(key, value) != value:
                raise Refused(f"conflicting tag {key}: {out[key]} | {value}", member.notes.origin("tags"))
            out[key] = value
    return out


def member_tags(member: Member, notes: Annotations) -> dict[str, str]:
    """Tags of one Ingress."""
    return (notes.pairs("tags") or {}) | param_tags(member)


def param_tags(member: Member) -> dict[str, str]:
    """Tags of the parameters, which come before all others."""
    return {str(one["key"]): str(one["value"]) for one in member.params.get("tags") or []}


def _name(members: list[Member]) -> Any:
    given = _given(members, "loadBalancerName", "load-balancer-name")
    name = _only(given, "load balancer name", _set_text)
    if name is not None and len(name) > 32:
        raise Refused("load balancer name cannot be longer than 32 characters", given[0][1])
    return name


def _capacity(members: list[Member]) -> int | None:
    suffix = "minimum-load-balancer-capacity"
    given = members[0].params.get("minimumLoadBalancerCapacity")
    if isinstance(given, dict):
        units_given = given.get("capacityUnits")
        return units_given if isinstance(units_given, int) else 0
    units: dict[str, str] = {}
    origin = None
    for member in members:
        for key, value in (member.notes.pairs(suffix) or {}).items():
            origin = member.notes.origin(suffix)
            if units.get(key, value) != value:
                raise Refused(f"conflicting capacity reservation {key}: {units[key]} | {value}", origin)
            units[key] = value
    number = None
    for key, value in units.items():
        if key != "CapacityUnits":
            raise Refused(f"invalid key to set the capacity: {key}, Expected key: CapacityUnits", origin)
        try:
            number = parse_int(value)
        except ValueError as error:
            raise Refused(f"invalid value to set the capacity: {value}: {error}", origin) from None
    return number


def _ipam_pool(members: list[Member]) -> Any:
    configuration = members[0].params.get("ipamConfiguration") or {}
    if configuration.get("ipv4IPAMPoolId") is not None:
        return configuration["ipv4IPAMPoolId"]
    suffix, chosen = "ipam-ipv4-pool-id", None
    for member in members:
        value = member.notes.text(suffix)
        if value:
            if chosen is not None and value != chosen:
                raise Refused(f"conflicting ipv4 ipam pools {chosen}: {value}", member.notes.origin(suffix))
            chosen = value
    return chosen


def addons(members: list[Member]) -> dict[str, Any]:
    """Firewalls and Shield in front (lbc: model_build_load_balancer_addons.go)."""
    out: dict[str, Any] = {}
    names = [(v, o) for v, o in _given(members, "wafv2AclName", "wafv2-acl-name") if v]
    if names:
        out["wafv2_name"] = _only(names, "WAFv2 WebACL names")
    else:
        arn = _only(_given(members, "wafv2AclArn", "wafv2-acl-arn"), "WAFv2 WebACL ARNs")
        if arn is not None:
            out["wafv2"] = "" if arn == "none" else arn
    classic: Given = []
    for member in members:
        suffix = "waf-acl-id" if "waf-acl-id" in member.notes else "web-acl-id"
        if member.notes.text(suffix):
            classic.append((member.notes.text(suffix), member.notes.origin(suffix)))
    identity = _only(classic, "WAFClassic WebACL IDs")
    if identity is not None:
        out["waf_classic"] = "" if identity == "none" else identity
    shield = agreed_flag(members, "shield-advanced-protection", "enable shield advanced protection")
    return out if shield is None else out | {"shield": shield}
