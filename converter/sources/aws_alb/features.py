"""Annotations as features of a port or of the load balancer; each fact is in one that the target answers for."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from converter.model import Origin
from converter.packs.codecs import CODECS, CodecError
from converter.packs.load import SourceField, SourcePack, source_pack
from converter.routing.aws_alb import CLIENT_CERTIFICATE, TLS_VERSION, USER, RequestHeaders
from converter.routing.header_names import is_token
from converter.routing.steps import AddressList
from converter.routing.table import Feature
from converter.sources.aws_alb import defaults
from converter.sources.aws_alb.attributes import of_balancer, of_listener, tls_options
from converter.sources.aws_alb.listeners import hosts_of
from converter.sources.aws_alb.membership import Member
from converter.sources.aws_alb.merge import LISTENER_ATTRIBUTES
from converter.sources.aws_alb.plan import BalancerPlan, PlanListener
from converter.sources.classes import CLASS_ANNOTATION


def aws_pack() -> SourcePack:
    """The annotations of this controller."""
    return source_pack("aws-alb")


@lru_cache
def _rows() -> dict[str, SourceField]:
    """By suffix; of suffixes that end in names or ports, the part before them, with its final dot."""
    fields = [row for block in aws_pack().features.values() for row in block.fields.values()]
    return {row.annotation.partition("{")[0]: row for row in fields}


@lru_cache
def _open_suffixes() -> tuple[str, ...]:
    return tuple(suffix for suffix in _rows() if suffix.endswith("."))


def row_of(suffix: str) -> SourceField | None:
    """The row of the pack for a suffix; names and ports in it are open."""
    head = next((one for one in _open_suffixes() if suffix.startswith(one)), suffix)
    return _rows().get(head)


ALONE = "the group has one member in the input; others that the cluster may have belong to the same load balancer"


def single(member: Member, suffix: str, note: str = "") -> Feature | None:
    """One annotation as a feature of its own: `{field: value}`."""
    origin, row = member.notes.origin(suffix), row_of(suffix)
    if origin is None or row is None:
        return None
    try:
        value = CODECS[row.type](origin.value)
    except CodecError:
        value = origin.value
    return Feature(row.feature, {row.name: value}, (origin,), note)


@lru_cache
def _param_rows() -> tuple[SourceField, ...]:
    """Settings of the load balancer or of its targets that IngressClassParams may hold."""
    return tuple(row for row in _rows().values() if row.param and row.scope)


def balancer_features(plan: BalancerPlan) -> Iterator[Feature]:
    """Settings of the whole load balancer, and what AWS does by default."""
    yield _class(plan)
    seen = set()
    for member in plan.members:
        for suffix in member.notes.values:
            row = row_of(suffix)
            scope = row.scope if row is not None else ""
            ours = scope == "balancer" or (plan.frontend and scope == "frontend")
            if ours and effective(plan, member, suffix):
                note = ALONE if suffix == "group.name" and len(plan.members) == 1 else ""
                yield from filter(None, (single(member, suffix, note),))
        if "manage-backend-security-group-rules" in member.notes and plan.balancer.get("security_groups"):
            yield from filter(None, (single(member, "manage-backend-security-group-rules"),))
        if "acm-pca-arn" in member.notes and member.notes.text("create-acm-cert") == "true":
            yield from filter(None, (single(member, "acm-pca-arn"),))
        document = member.params_document
        if document is not None and document.name not in seen:
            seen.add(document.name)
            for row in _param_rows():
                value = member.params.get(row.param)
                if value and not (row.off and value in row.off):
                    yield Feature(row.feature, {row.name: value}, (member.param_origin(row.param),))
    yield from _attributes(plan)


EVERYBODY = frozenset({"0.0.0.0/0", "::/0"})


def replaced(row: SourceField, member: Member) -> bool:
    """True where IngressClassParams say it in place of the annotation."""
    return bool(row.param and not row.beside_param and member.params.get(row.param))


def effective(plan: BalancerPlan, member: Member, suffix: str) -> bool:
    """Where a setting counts: not beside parameters that say the same, nor a firewall's ARN beside a name."""
    row = row_of(suffix)
    if row is None or replaced(row, member):
        return False
    if suffix == "wafv2-acl-arn" and "wafv2_name" in plan.addons:
        return False
    if member.notes.values[suffix] in row.off:
        return False
    if suffix == "web-acl-id" and "waf-acl-id" in member.notes:
        return False
    return suffix != "group.order" or plan.explicit


def _class(plan: BalancerPlan) -> Feature:
    origins = []
    for member in plan.members:
        if CLASS_ANNOTATION in member.ingress.annotations:
            origins.append(member.class_annotation())
        elif member.ingress.class_name is not None:
            origins.append(member.named_fact("class"))
    return Feature("class", plan.entry, tuple(origins), next((one.notice for one in plan.members if one.notice), ""))


def attribute_origin(origin: Origin, key: str, text: str) -> Origin:
    """One attribute of an annotation that holds many: a fact of its own."""
    return origin._replace(key=f"{origin.key}[{key}]", value=text)


def _attributes(plan: BalancerPlan) -> Iterator[Feature]:
    """load-balancer-attributes by key, each with the members that say it; defaults for what nobody says."""
    attributes: dict[str, str] = plan.balancer.get("attributes") or {}
    suffix = "load-balancer-attributes"
    owners: dict[str, list[Origin]] = {}
    for member in plan.members:
        origin = member.notes.origin(suffix)
        pairs = member.notes.pairs(suffix) or {}
        if origin is not None and pairs:
            yield Feature("attributes", None, (origin,))
        elif origin is not None:
            yield Feature("load-balancer", {"attributes": {}}, (origin,))
        for key, text in pairs.items():
            owners.setdefault(key, []).extend([attribute_origin(origin, key, text)] if origin else [])
    for part in of_balancer(attributes):
        origins = tuple(dict.fromkeys(origin for key in part.keys for origin in owners.get(key, ())))
        if not origins and plan.members[0].params_document is not None:
            origins = (plan.members[0].param_origin("loadBalancerAttributes"),)
        yield Feature(part.feature, part.value, origins, part.note)
    yield from (feature for key, feature in defaults.OF_BALANCER.items() if key not in attributes)
    yield from defaults.ALWAYS
    yield Feature("forwarded-headers", request_headers(plan), (defaults.OWN_HEADERS,))


def request_headers(plan: BalancerPlan) -> RequestHeaders:
    """Headers that the load balancer writes, with those that it has for users and certificates where it looks at them,
    under the names that attributes of listeners give them."""
    attributes = plan.balancer.get("attributes") or {}
    drops: set[str] = set()
    if attributes.get("routing.http.xff_header_processing.mode") == "remove":
        drops.add("x-forwarded-for")
    if attributes.get("routing.http.x_amzn_tls_version_and_cipher_suite.enabled") == "true":
        drops.update(TLS_VERSION)
    for listener in plan.listeners:
        if listener.config.mutual is not None and listener.config.mutual["mode"] != "off":
            drops.update(CLIENT_CERTIFICATE)
        if any(one["type"].startswith("authenticate-") for rule in listener.all_rules for one in rule.actions):
            drops.update(USER)
    named = {key: text for listener in plan.listeners for key, text in listener.attributes.items() if text}
    for name in sorted(drops):
        other = named.get(f"routing.http.request.{name.replace('-', '_')}.header_name", "")
        if is_token(other):
            drops.add(other.lower())
    return RequestHeaders(tuple(sorted(drops)))


def port_features(listener: PlanListener, plan: BalancerPlan) -> Iterator[Feature]:
    """Settings of one listener."""
    config, members = listener.config, listener.members
    for member in members:
        yield from filter(None, (single(member, "listen-ports"),))
    yield from _addresses(listener, plan)
    suffix = f"{LISTENER_ATTRIBUTES}.{config.protocol}-{listener.port}"
    rest = of_listener(listener.attributes)
    for member in members:
        origin, pairs = member.notes.origin(suffix), member.notes.pairs(suffix) or {}
        own = {key: value for key, value in pairs.items() if key in rest}
        if origin is not None and (own or not pairs or listener.redirected):
            yield Feature("listener", {"attributes": own}, (origin,))
    if config.protocol == "HTTPS":
        yield from _tls(listener)


def _addresses(listener: PlanListener, plan: BalancerPlan) -> Iterator[Feature]:
    """inbound-cidrs and prefix lists, which a security group of one's own makes void."""
    if plan.balancer.get("security_groups"):
        return
    config, members = listener.config, listener.members
    cidrs = config.cidrs[0] | config.cidrs[1]
    if cidrs and not cidrs <= EVERYBODY:
        origins = _param_origins(members, "inboundCIDRs", "inbound-cidrs")
        allow = tuple(sorted(cidrs))
        note = "packets from elsewhere are dropped by the security group"
        yield Feature("ip-access", AddressList(allow=allow, fallback="deny", status=0), origins, note)
    if config.prefix_lists:
        origins = _param_origins(members, "prefixListsIDs", "security-group-prefix-lists")
        yield Feature("ip-access", {"prefix_lists": sorted(config.prefix_lists)}, origins)


def _param_origins(members: list[Member], param: str, suffix: str) -> tuple[Origin, ...]:
    out = []
    for member in members:
        if member.params.get(param):
            out.append(member.param_origin(param))
        elif suffix in member.notes:
            out += member.notes.origins(suffix)
    return tuple(dict.fromkeys(out))


def _tls(listener: PlanListener) -> Iterator[Feature]:
    config, members = listener.config, listener.members
    policy = _param_origins(members, "sslPolicy", "ssl-policy")
    yield Feature("tls-options", tls_options(config.ssl_policy), policy) if config.ssl_policy else defaults.TLS
    if config.mutual is not None and config.mutual["mode"] != "off":
        origins = tuple(origin for member in members for origin in member.notes.origins("mutual-authentication"))
        yield Feature("client-certificate", config.mutual, origins)
    certificates = _param_origins(members, "certificateArn", "certificate-arn")
    if certificates:
        yield Feature("certificates", {"arns": config.certificates}, certificates)


def certificate_hosts(listener: PlanListener) -> tuple[str, ...]:
    """All hosts that a listener has certificates for, as far as the Ingresses name them."""
    return tuple(dict.fromkeys(host for member in listener.members for host in hosts_of(member)))
