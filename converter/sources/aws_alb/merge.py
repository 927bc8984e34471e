"""Ports of a group: what its members must agree on, and what adds up (lbc: model_builder.go:387-553)."""

from __future__ import annotations

from typing import Any

from converter.packs.codecs import CodecError
from converter.sources.aws_alb.annotation_values import parse_int
from converter.sources.aws_alb.errors import Refused
from converter.sources.aws_alb.listeners import PortConfig
from converter.sources.aws_alb.membership import Member


def merged(configs: list[tuple[Member, PortConfig]]) -> PortConfig:
    """What a group wants of a port (lbc: model_builder.go:387-511); one that says nothing takes what others say."""
    first, config = configs[0]
    out = PortConfig(config.protocol)
    for member, one in configs[1:]:
        if one.protocol != out.protocol:
            raise Refused(
                f"conflicting protocol, {first.key}: {out.protocol} | {member.key}: {one.protocol}",
                member.notes.origin("listen-ports") or first.notes.origin("listen-ports"),
            )
    out.cidrs = _agreed(configs, "cidrs", "inbound-cidrs", (frozenset(), frozenset()))
    out.prefix_lists = _agreed(configs, "prefix_lists", "security-group-prefix-lists", frozenset())
    out.ssl_policy = _agreed(configs, "ssl_policy", "ssl-policy", None)
    out.mutual = _agreed(configs, "mutual", "mutual-authentication", None)
    out.certificates = joined([one.certificates for _, one in configs])
    out.discovered = list(dict.fromkeys(host for _, one in configs for host in one.discovered))
    return out


_SETTING_NAMES = {
    "inbound-cidrs": "inbound-cidrs",
    "security-group-prefix-lists": "inbound-prefix-lists",
    "ssl-policy": "sslPolicy",
    "mutual-authentication": "mTLS Attributes",
}


def _agreed(configs: list[tuple[Member, PortConfig]], name: str, suffix: str, absent: Any) -> Any:
    chosen: tuple[Member, Any] | None = None
    for member, config in configs:
        value = getattr(config, name)
        if value == absent:
            continue
        if chosen is None:
            chosen = (member, value)
        elif chosen[1] != value:
            words = f"{chosen[0].key}: {_shown(chosen[1])} | {member.key}: {_shown(value)}"
            raise Refused(f"conflicting {_SETTING_NAMES[suffix]}, {words}", member.notes.origin(suffix))
    return chosen[1] if chosen else absent


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(_shown(one) for one in value)
    return f"[{' '.join(sorted(value))}]" if isinstance(value, frozenset) else str(value)


def joined(lists: list[list[str]]) -> list[str]:
    """Certificates of all members: the default first, and once more where it is named again; others once."""
    owner = next((index for index, one in enumerate(lists) if one), None)
    if owner is None:
        return []
    out, seen = [lists[owner][0]], set()
    for index, certificates in enumerate(lists):
        for place, arn in enumerate(certificates):
            if (index, place) == (owner, 0) or arn in seen:
                continue
            seen.add(arn)
            out.append(arn)
    return out


def redirect_port(members: list[Member], ports: dict[int, PortConfig]) -> int | None:
    """ssl-redirect of a group (lbc: model_builder.go:514-553): parameters that are no number switch it off for all."""
    wanted = set()
    for member in members:
        given = str(member.params.get("sslRedirectPort") or "")
        if given:
            try:
                wanted.add(parse_int(given))
            except CodecError:
                return None
            continue
        try:
            number = member.notes.number("ssl-redirect")
        except Refused as error:
            raise error.within(member.key) from None
        if number is not None:
            wanted.add(number)
    if not wanted:
        return None
    origin = next(iter(members[0].notes.origins("ssl-redirect")), None)
    if len(wanted) > 1:
        raise Refused(f"conflicting sslRedirect port: [{' '.join(map(str, sorted(wanted)))}]", origin)
    port = wanted.pop()
    if port not in ports:
        raise Refused(f"listener does not exist for SSLRedirect port: {port}", origin)
    if ports[port].protocol != "HTTPS":
        raise Refused(f"listener protocol non-SSL for SSLRedirect port: {port}", origin)
    return port


LISTENER_ATTRIBUTES = "listener-attributes"


def listener_attributes(members: list[Member], port: int, protocol: str) -> dict[str, str]:
    """Raw attributes of a listener; the parameters of the first member win (lbc: model_build_listener.go:460-539)."""
    chosen = {}
    for one in members[0].params.get("listeners") or []:
        if one.get("protocol") == protocol and one.get("port") == port:
            chosen = {str(pair.get("key")): str(pair.get("value")) for pair in one.get("listenerAttributes") or []}
            break
    out: dict[str, str] = {}
    suffix = f"{LISTENER_ATTRIBUTES}.{protocol}-{port}"
    for member in members:
        for key, value in (member.notes.pairs(suffix) or {}).items():
            if out.get(key, value) != value and key not in chosen:
                words = f"conflicting listener attributes {key}: {out[key]} | {value} for ingress {member.key}"
                raise Refused(words, member.notes.origin(suffix))
            out[key] = value
    return out | chosen
