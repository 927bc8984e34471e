"""How often a client may ask: BackendTrafficPolicy.rateLimit.local, which counts each address for itself.

Envoy counts for each route apart, and it fills a bucket at once where nginx lets requests through evenly, with a burst
of its own. So nobody may ask one path more often than today over time; who asks several may, but for strict style.
"""

from __future__ import annotations

from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.actions import Forward
from converter.routing.table import Feature, Port, VirtualHost
from converter.targets.context import Context, outcome_from_row
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

EVERY_CLIENT = ("0.0.0.0/0", "::/0")
UNITS = (("rps", "Second", "a second"), ("rpm", "Minute", "a minute"))
BURST_PER_RATE = 5
"""How many times its rate a limit lets through at once."""
_LOGINS = frozenset({"basic-auth", "external-auth", "oidc", "jwt"})
FIRST = {"name": "envoy.filters.http.local_ratelimit", "before": "envoy.filters.http.ext_authz"}


@handler("rate-limit")
def rate_limit(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Two rules a limit, for IPv4 and IPv6; limits of connections and of speed stay words."""
    value = feature.value if isinstance(feature.value, dict) else {}
    limits = [(unit, text, value[name]) for name, unit, text in UNITS if _positive(value.get(name))]
    others = [name for name in ("connections", "rate") if _positive(value.get(name))]
    if not limits and not others:
        return Outcome.exact("rate-limit.none", "sets no limit, before and after")
    if others or not limits:
        what = {"connections": "how many requests a client has under way", "rate": "how fast an answer is sent"}
        return outcome_from_row(
            row, feature.name, f"Envoy does not limit {' or '.join(what[name] for name in others)} for each client"
        )
    context: Context = draft.context
    counts = _routes(feature, context)
    share = counts if context.options.strict else 1
    if any(number < share for _, _, number in limits):
        return outcome_from_row(
            row, feature.name, f"{counts} routes would count apart, each a part of the limit that is below 1"
        )
    if any(one.name in _LOGINS for one in draft.rule.features):
        if context.options.gateway:
            return outcome_from_row(
                row, feature.name, "refused logins must count, which asks for a filterOrder of the EnvoyProxy"
            )
        context.entry.settings.put(feature.name, ("EnvoyProxy", "filterOrder"), [FIRST])
    rules = [
        {
            "clientSelectors": [{"sourceCIDR": {"type": "Distinct", "value": cidr}}],
            "limit": {"requests": number // share, "unit": unit},
        }
        for unit, _, number in limits
        for cidr in EVERY_CLIENT
    ]
    draft.put(feature.name, ("BackendTrafficPolicy", "rateLimit"), {"local": {"rules": rules}})
    return _outcome(limits, counts, share, value)


def _positive(value: Any) -> bool:
    return isinstance(value, int) and value > 0


def _outcome(limits: list[tuple[str, str, int]], counts: int, share: int, value: dict[str, Any]) -> Outcome:
    told = " and ".join(f"{number // share} {text}" for _, text, number in limits)
    burst = value.get("burst", BURST_PER_RATE)
    bursts = " and ".join(str(number * burst) for _, _, number in limits) if isinstance(burst, int) else "some"
    text = (
        f"a client may ask {told}, by the count of each Envoy; the {bursts} more that may come at once today are no "
        "longer let through, and it answers 429"
    )
    if counts > 1:
        together = f"so that all of them together admit {counts} times as many"
        text += f"; {counts} routes count apart, {'which get an equal part each' if share > 1 else together}"
    exempt = value.get("exempt") or value.get("exempt-old")
    if exempt:
        text += "; clients that are exempt today are counted, too"
    return Outcome.approximate(
        "rate-limit.local",
        text,
        "raise the limit where pages load many files at once, and mind the number of replicas",
        affects={"status", "backends", "body", "response-headers"},
    )


def _routes(feature: Feature, context: Context) -> int:
    """How many rules ask for this very limit: paths, hosts and ports of an Ingress."""
    known = context.output.shared.get("rate-limits")
    if known is None or known[0] is not context.entry.table:
        counts: dict[Any, int] = {}
        for port in context.entry.table.ports:
            covered = _covered(port) if port.protocol == "HTTPS" else None
            for vhost in port.hosts:
                if covered is not None and not _has_certificate(covered, vhost):
                    continue  # no listener
                for rule in vhost.rules:
                    for one in rule.features if isinstance(rule.action, Forward) else ():
                        if one.name == "rate-limit" and one.origins:
                            paths = max(1, len(rule.match.paths))
                            counts[one.origins[0]] = counts.get(one.origins[0], 0) + paths * max(1, len(vhost.hosts))
        known = context.output.shared["rate-limits"] = (context.entry.table, counts)
    return int(known[1].get(feature.origins[0], 1)) if feature.origins else 1


def _covered(port: Port) -> frozenset[str]:
    """Names that the certificates of a port are for; the empty one stands for every name."""
    return frozenset(host.lower() for one in port.certificates if one.name for host in one.hosts or ("",))


def _has_certificate(covered: frozenset[str], vhost: VirtualHost) -> bool:
    """Whether a listener shows a certificate for some name of the host."""
    hosts = (test.value.lower() for test in vhost.hosts)
    return "" in covered or any(host in covered or f"*.{host.partition('.')[2]}" in covered for host in hosts)
