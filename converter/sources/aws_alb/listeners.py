"""Ports that an Ingress asks for, with certificates and client certificates (lbc: model_build_listener.go:133-458)."""

from __future__ import annotations

import ipaddress
from dataclasses import field
from typing import Any

from converter.model.data import dataclass
from converter.model.options import Options
from converter.packs.codecs import CodecError
from converter.routing.host_names import covers_one_label
from converter.sources.aws_alb import go_json
from converter.sources.aws_alb.annotation_json import LISTEN_PORTS, MUTUAL_AUTHENTICATION
from converter.sources.aws_alb.errors import Refused
from converter.sources.aws_alb.membership import Member


@dataclass(slots=True)
class PortConfig:
    """What one Ingress, or a group, wants of one port."""

    protocol: str
    cidrs: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    """IPv4 and IPv6."""
    prefix_lists: frozenset[str] = frozenset()
    ssl_policy: str | None = None
    certificates: list[str] = field(default_factory=list)
    discovered: list[str] = field(default_factory=list)
    """Hosts whose certificates the controller looks for in ACM; they are not known here."""
    mutual: dict[str, Any] | None = None


def port_configs(member: Member, options: Options) -> dict[int, PortConfig]:
    """The ports of one Ingress."""
    arns = _certificates(member)
    policy, _ = member.setting("sslPolicy", "ssl-policy")
    lists = member.params.get("prefixListsIDs") or member.params.get("PrefixListsIDs")
    lists = lists or member.notes.items("security-group-prefix-lists") or []
    cidrs = _cidrs(member)
    mutual = mutual_authentication(member)
    ports = listen_ports(member, bool(arns))
    discovered: list[str] = []
    if not arns and "HTTPS" in ports.values():
        arns, discovered = discover(member, options)
    out = {}
    for port, protocol in ports.items():
        config = PortConfig(protocol, cidrs, frozenset(map(str, lists)))
        if protocol == "HTTPS":
            config.certificates, config.discovered, config.ssl_policy = arns, discovered, policy
            config.mutual = mutual.get(port)
        out[port] = config
    return out


def _certificates(member: Member) -> list[str]:
    given = member.params.get("certificateArn")
    return [str(arn) for arn in given] if given else member.notes.items("certificate-arn") or []


def hosts_of(member: Member) -> list[str]:
    """Hosts of rules and of spec.tls, sorted."""
    hosts = {rule.host for rule in member.ingress.rules if rule.host}
    return sorted(hosts.union(*(block.hosts for block in member.ingress.tls)))


def discover(member: Member, options: Options) -> tuple[list[str], list[str]]:
    """Certificates that ACM has for the hosts, and hosts without any known (lbc: pkg/certs/cert_discovery.go)."""
    hosts = hosts_of(member)
    known = options.acm_certificates
    if known is None:
        return [], hosts
    arns = set()
    for host in hosts:
        found = [one.arn for one in known if any(_matches(domain, host) for domain in one.domains)]
        if not found:
            raise Refused(f"no certificate found for host: {host}")
        arns.update(found)
    return sorted(arns), []


def _matches(domain: str, host: str) -> bool:
    return domain == host or covers_one_label(domain, host)


def listen_ports(member: Member, prefer_tls: bool) -> dict[int, str]:
    """listen-ports (lbc: model_build_listener.go:237-272): the last of two entries for a port wins."""
    text = member.notes.text("listen-ports")
    if text is None:
        return {443: "HTTPS"} if prefer_tls else {80: "HTTP"}
    origin = member.notes.origin("listen-ports")
    try:
        entries = go_json.read(LISTEN_PORTS, text)
    except CodecError as error:
        raise Refused(f"failed to parse listen-ports configuration: `{text}`: {error}", origin) from None
    if not entries:
        raise Refused(f"empty listen-ports configuration: `{text}`", origin)
    ports: dict[int, str] = {}
    for entry in entries:
        for protocol, port in entry.items():
            if not 1 <= port <= 65535:
                raise Refused(f"listen port must be within [1, 65535]: {port}", origin)
            if protocol not in ("HTTP", "HTTPS"):
                raise Refused(f"listen protocol must be within [HTTP, HTTPS]: {protocol}", origin)
            ports[port] = protocol
    return ports


def _cidrs(member: Member) -> tuple[frozenset[str], frozenset[str]]:
    given = member.params.get("inboundCIDRs")
    values = [str(one) for one in given] if given else member.notes.items("inbound-cidrs") or []
    for value in values:
        if not is_cidr(value):
            if given:
                words = f"invalid CIDR in IngressClassParams InboundCIDR {value}: invalid CIDR address: {value}"
                raise Refused(words, member.param_origin("inboundCIDRs"))
            words = f"invalid inbound-cidrs settings on Ingress: {member.key}: invalid CIDR address: {value}"
            raise Refused(words, member.notes.origin("inbound-cidrs"))
    return frozenset(one for one in values if ":" not in one), frozenset(one for one in values if ":" in one)


def is_cidr(text: str) -> bool:
    """net.ParseCIDR: an address, a slash and a number."""
    address, slash, bits = text.partition("/")
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return False
    return bool(slash) and bits.isascii() and bits.isdigit() and int(bits) <= (32 if version == 4 else 128)


def mutual_authentication(member: Member) -> dict[int, dict[str, Any]]:
    """mutual-authentication by port (lbc: model_build_listener.go:354-437)."""
    text = member.notes.text("mutual-authentication")
    if text is None:
        return {}
    origin = member.notes.origin("mutual-authentication")
    words = f"mutualAuthentication configuration from ingress annotation: `{text}`"
    try:
        entries = go_json.read(MUTUAL_AUTHENTICATION, text)
    except CodecError as error:
        raise Refused(f"failed to parse {words}: {error}", origin) from None
    if not entries:
        raise Refused(f"empty {words}", origin)
    out = {}
    for entry in entries:
        problem = _mutual_problem(entry)
        if problem:
            raise Refused(problem, origin)
        verify = entry["mode"] == "verify"
        expiry = entry["ignoreClientCertificateExpiry"]
        values = {
            "mode": entry["mode"],
            "trustStore": entry["trustStore"] or "",
            "ignoreClientCertificateExpiry": False if verify and expiry is None else expiry,
            "advertiseTrustStoreCaNames": entry["advertiseTrustStoreCaNames"],
        }
        out[entry["port"]] = {key: value for key, value in values.items() if value is not None}
    return out


def _mutual_problem(entry: dict[str, Any]) -> str:
    port, mode, store = entry["port"], entry["mode"], entry["trustStore"] or ""
    advertise = entry["advertiseTrustStoreCaNames"]
    if not 1 <= port <= 65535:
        return f"listen port must be within [1, 65535]: {port}"
    if mode == "":
        return f"mutualAuthentication mode cannot be empty for port {port}"
    if mode not in ("off", "passthrough", "verify"):
        return f"mutualAuthentication mode value must be among [off, passthrough, verify] for port {port} : {mode}"
    head = f"Mutual Authentication mode {mode} does not support"
    if mode == "verify":
        if store == "":
            return f"trustStore is required when mutualAuthentication mode is verify for port {port}"
        if advertise not in (None, "on", "off"):
            words = 'advertiseTrustStoreCaNames only supports the values "on" and "off" got value'
            return f"{words} {advertise} for port {port}"
        return ""
    if store:
        return f"{head} trustStore for port {port}"
    if entry["ignoreClientCertificateExpiry"] is not None:
        return f"{head} ignoring client certificate expiry for port {port}"
    return f"{head} advertiseTrustStoreCaNames for port {port}" if advertise is not None else ""
