"""LoadBalancerConfiguration: the settings of an ALB as a whole and of its listeners, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from converter.model import FieldRef, Outcome
from converter.packs.load import TargetRow
from converter.routing.load_balancer import (
    LoadBalancer,
    is_alb,
    listener_settings,
    manages_backend_rules,
)
from converter.routing.table import Feature, Port, RoutingTable
from converter.targets.context import Context, outcome_from_row

KIND = "LoadBalancerConfiguration"
EVERYBODY = frozenset({"0.0.0.0/0", "::/0"})
_COPIED_SETTINGS = (
    ("name", "loadBalancerName"),
    ("scheme", "scheme"),
    ("ip_address_type", "ipAddressType"),
    ("security_groups", "securityGroups"),
    ("customer_owned_ipv4_pool", "customerOwnedIpv4Pool"),
    ("ipv4_ipam_pool", "ipv4IPAMPoolId"),
    ("tags", "tags"),
)
_COMPUTED = {"subnets": "loadBalancerSubnets", "capacity": "minimumLoadBalancerCapacity"}
_OF_FEATURE = {
    "certificates": "listenerConfigurations",
    "client-certificate": "listenerConfigurations",
    "tls-options": "listenerConfigurations",
    "waf": "wafV2",
}
"""Feature -> the field of the spec that holds it; the others are attributes."""
_COMPOSITE = frozenset({"attributes", "listener", "load-balancer", "group"})
"""Features whose parts are settings of their own."""
_FIELDS = {"client-certificate": "ports"}
"""The field of a feature whose row speaks for all of it."""
_UNCHANGED = "the load balancer keeps this setting"


def balancer_spec(table: RoutingTable) -> dict[str, Any]:
    """The spec for a table that is that of an ALB already."""
    given = table.details.get(LoadBalancer) or LoadBalancer()
    spec: dict[str, Any] = {name: value for key, name in _COPIED_SETTINGS if (value := getattr(given, key))}
    spec |= _subnets(given.subnets)
    if given.security_groups and manages_backend_rules(table):
        spec["manageBackendSecurityGroupRules"] = True
    if given.attributes:
        spec["loadBalancerAttributes"] = pairs(given.attributes)
    if given.capacity:
        spec["minimumLoadBalancerCapacity"] = {"capacityUnits": given.capacity}
    if given.web_acl:
        spec["wafV2"] = {"webACL": given.web_acl}
    if given.shield is not None:
        spec["shieldConfiguration"] = {"enabled": given.shield}
    if not given.security_groups:
        spec |= sources_of(table.ports)
    listeners = [one for one in map(_listener, table.ports) if len(one) > 1]
    if listeners:
        spec["listenerConfigurations"] = listeners
    return spec


def _subnets(given: Any) -> dict[str, Any]:
    """Subnets by id or name, or by tags (IngressClassParams)."""
    if isinstance(given, dict):
        if given.get("tags"):
            return {"loadBalancerSubnetsSelector": given["tags"]}
        given = given.get("ids")
    return {"loadBalancerSubnets": [{"identifier": name} for name in given]} if given else {}


def pairs(attributes: Mapping[str, str]) -> list[dict[str, str]]:
    """Attributes as the CRDs have them, sorted."""
    return [{"key": key, "value": value} for key, value in sorted(attributes.items())]


def _listener(port: Port) -> dict[str, Any]:
    given = listener_settings(port)
    out: dict[str, Any] = {"protocolPort": f"{port.protocol}:{port.number}"}
    if port.protocol == "HTTPS":
        first, *others = list(dict.fromkeys(given.certificates)) or [""]
        if first:
            out["defaultCertificate"] = first
        if others:
            out["certificates"] = others
        if given.ssl_policy:
            out["sslPolicy"] = given.ssl_policy
        if given.mutual:
            out["mutualAuthentication"] = {key: value for key, value in given.mutual.items() if value != ""}
    if given.attributes:
        out["listenerAttributes"] = pairs(given.attributes)
    return out


def sources_of(ports: list[Port]) -> dict[str, Any]:
    """One list for all listeners: of ports that differ the narrower ones, so that nothing is opened."""
    lists = [set(listener_settings(port).cidrs) for port in ports]
    prefixes = sorted({name for port in ports for name in listener_settings(port).prefix_lists})
    narrow = [one for one in lists if one and not one <= EVERYBODY]
    out: dict[str, Any] = {}
    if narrow:
        common = set.intersection(*narrow)
        out["sourceRanges"] = sorted(common or set.union(*narrow))
    elif prefixes:
        out["sourceRanges"] = []
    if prefixes:
        out["securityGroupPrefixes"] = prefixes
    return out


def settle_setting(feature: Feature, port: Port | None, context: Context, field: FieldRef) -> Outcome:
    """A setting of the entry or of a port; the outcome is settled and given back."""
    outcome = _outcome(feature, port, context, field)
    context.notes.settle(feature, outcome)
    return outcome


def _outcome(feature: Feature, port: Port | None, context: Context, field: FieldRef) -> Outcome:
    row = _row(feature, context)
    table = context.entry.table
    if not is_alb(table):
        return outcome_from_row(row, feature.name, feature.note)
    if feature.name == "ip-access" and port is not None:
        return _addresses(feature, table, field)
    if (
        feature.name == "waf"
        and "v2_arn" not in _keys(feature)
        and "shield" not in _keys(feature)
        and ("fail_open" not in _keys(feature))
    ):
        return outcome_from_row(row, feature.name)
    if feature.name == "certificates" and "arns" not in _keys(feature):
        return outcome_from_row(row, feature.name)
    if row.fidelity.lossless or feature.name not in ("load-balancer", "group", "client-certificate"):
        note = row.note if row.fidelity.lossless and row.note else _UNCHANGED
        shared = all(origin.kind == "default" for origin in feature.origins)  # the same fact for all load balancers
        fields = () if shared else tuple(field._replace(field=place) for place in _places(feature))
        return Outcome.exact(f"{feature.name}.load-balancer", note, fields=fields)
    return outcome_from_row(row, feature.name, feature.note)


def _places(feature: Feature) -> Iterator[str]:
    """The fields of the spec that hold a setting."""
    names = dict(_COPIED_SETTINGS) | _COMPUTED
    found = [names[key] for key in _keys(feature) if key in names] if feature.name == "load-balancer" else []
    if found:
        yield from dict.fromkeys(f"spec.{name}" for name in found)
    elif feature.name in _COMPOSITE:
        yield "spec"
    else:
        yield f"spec.{_OF_FEATURE.get(feature.name, 'loadBalancerAttributes')}"


def _keys(feature: Feature) -> Iterator[str]:
    return iter(feature.value) if isinstance(feature.value, dict) else iter(())


def _row(feature: Feature, context: Context) -> TargetRow:
    row = context.row(feature.name)
    if not row.fields:
        return row
    table = context.entry.table
    alb = is_alb(table)
    names = [name for name in _keys(feature) if name in row.fields]
    if not names and alb and _FIELDS.get(feature.name, "") in row.fields:
        names = [_FIELDS[feature.name]]
    return row.fields[names[0]] if names else row


def _addresses(feature: Feature, table: RoutingTable, field: FieldRef) -> Outcome:
    """inbound addresses of a port: the list of the Gateway holds for all of its ports."""
    lists = {(tuple(one.cidrs), tuple(one.prefix_lists)) for one in map(listener_settings, table.ports)}
    if len(lists) == 1:
        return Outcome.exact(
            "ip-access.load-balancer",
            "becomes the addresses that the security group of the load balancer lets in",
            fields=(field._replace(field="spec.sourceRanges"),),
        )
    narrow = [set(cidrs) for cidrs, _ in lists if cidrs and not set(cidrs) <= EVERYBODY]
    if narrow and set.intersection(*narrow):
        return Outcome.approximate(
            "ip-access.narrowed",
            "the ports allow different addresses; the Gateway has one list for all ports, the narrowest of them",
            fields=(field,),
            affects={"connection"},
        )
    return Outcome.manual(
        "ip-access.united",
        "the ports allow different addresses; the Gateway has one list for all ports, with the addresses that any "
        "port allows",
        "give each port a Gateway of its own, or use security groups",
        fields=(field,),
        affects={"connection"},
    )
