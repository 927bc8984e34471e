"""How often a client may ask: BackendTrafficPolicy.rateLimit.local, which counts each address for itself.

Envoy counts for each route apart, and it fills a bucket at once where nginx fills it evenly and has a burst beside it.
Two limits are written for one: the burst in its own unit of time, the rate in the next longer one (measured on Envoy
Gateway 1.9: both are enforced). Over time nobody may ask one path more often than before; within one longer unit
somebody may, so that strict style writes the rate alone, without burst.

One rule has one sourceCIDR (a second one silently wins, measured). Addresses that are exempt are left out
by `invert` beside a distinct X-Real-IP, where every listener writes that header itself.
"""

from __future__ import annotations

from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import Any, NamedTuple

from converter.model import Origin, Outcome
from converter.model.request_kind import named
from converter.packs.load import TargetRow
from converter.routing.actions import Forward
from converter.routing.table import Feature, Port, RoutingTable, VirtualHost
from converter.targets.context import Context, by_hand
from converter.targets.envoy_gateway.client_traffic_policy.write_forwarded import early_headers_of_requests
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.handlers import handler

POLICY = "BackendTrafficPolicy"
EVERY_CLIENT = ("0.0.0.0/0", "::/0")
UNITS = (("rps", "Second", "Minute"), ("rpm", "Minute", "Hour"))
"""Field, unit of the rate, and the next longer unit, of which one has sixty of the other."""
_SHORT = {"Second": "s", "Minute": "min", "Hour": "h"}
"""The shortest first."""
BURST_PER_RATE = 5
"""How many times its rate a limit lets through at once."""
_LOGINS = frozenset({"basic-auth", "external-auth", "oidc", "jwt"})
FIRST = {"name": "envoy.filters.http.local_ratelimit", "before": "envoy.filters.http.ext_authz"}
CLIENT = "X-Real-IP"
MOST = 2**32 - 1
"""Tokens that a bucket of Envoy can hold."""
STATUS = 429
"""Of Envoy's own refusal."""


class Limit(NamedTuple):
    """So many requests in one unit of time."""

    requests: int
    unit: str

    def __str__(self) -> str:
        return f"{self.requests} req/{_SHORT[self.unit]}"


@handler("rate-limit")
def rate_limit(draft: RuleDraft, feature: Feature, row: TargetRow) -> Outcome:
    """Limits of requests; those of connections and of speed stay words."""
    value = feature.value if isinstance(feature.value, dict) else {}
    rates = [Limit(value[name], unit) for name, unit, _ in UNITS if _positive(value.get(name))]
    if _positive(value.get("connections")):
        text = "Envoy does not limit how many requests a client has under way"
        return by_hand(row, feature.name, text, "connections")
    if not rates:
        return Outcome.exact("rate-limit.none", "sets no limit, before and after")
    context: Context = draft.context
    counts = _routes(feature, context)
    share = counts if context.options.strict else 1
    if any(one.requests < share for one in rates):
        return by_hand(
            row, feature.name, f"{counts} routes would count apart, each a part of the limit that is below 1"
        )
    if any(one.name in _LOGINS for one in draft.rule.features):
        if context.options.gateway:
            return by_hand(
                row, feature.name, "failed logins must be counted, which needs a filterOrder in the EnvoyProxy"
            )
        context.entry.settings.put(feature.name, ("EnvoyProxy", "filterOrder"), [FIRST])
    limits = list(dict.fromkeys(one for rate in rates for one in _limits(rate, value, share, context.options.strict)))
    exempt, counted = _exempt(value, draft)
    rules = [
        {"clientSelectors": [selector], "limit": {"requests": one.requests, "unit": one.unit}}
        for one in limits
        for selector in _selectors(exempt, str(value.get("header", "")))
    ]
    draft.put(feature.name, (POLICY, "rateLimit"), {"local": {"rules": rules}})
    status = int(value.get("status") or STATUS)
    if status != STATUS:
        draft.put(feature.name, (POLICY, "responseOverride", "2-limited"), _override(status))
    return _limited(_text(rates, limits, value, status) + _more(counts, share, exempt, counted))


def _limited(text: str) -> Outcome:
    return Outcome.approximate(
        "rate-limit.local",
        text,
        "raise the limit where pages load many files at once, and mind the number of replicas",
        affects={"status", "backends", "body", "response-headers"},
        when=named("many"),
    )


def _positive(value: Any) -> bool:
    return isinstance(value, int) and value > 0


def _burst(rate: Limit, value: dict[str, Any]) -> int:
    if "burst-requests" in value:
        return int(value["burst-requests"])
    multiplier = value.get("burst", BURST_PER_RATE)
    return rate.requests * multiplier if isinstance(multiplier, int) and multiplier > 0 else 0


def _limits(rate: Limit, value: dict[str, Any], share: int, strict: bool) -> tuple[Limit, ...]:
    """The burst (and the request that it comes on top of) in the unit of the rate, the rate in the next longer unit."""
    burst = _burst(rate, value)
    longer = next(longer for _, unit, longer in UNITS if unit == rate.unit)
    if strict or not burst:
        return (Limit(min(rate.requests // share, MOST), rate.unit),)
    at_once, whole = min(burst + 1, rate.requests * 60, MOST), min(rate.requests * 60, MOST)
    return Limit(at_once, rate.unit), Limit(whole, longer)


def _exempt(value: dict[str, Any], draft: RuleDraft) -> tuple[str, list[str]]:
    """The range that is not counted, and those that are although they were not."""
    given = value.get("exempt") or value.get("exempt-old") or ()
    found = [ip_network(one, strict=False) for one in given]
    v4 = sorted(collapse_addresses(one for one in found if isinstance(one, IPv4Network)), key=_width)
    v6 = sorted(collapse_addresses(one for one in found if isinstance(one, IPv6Network)), key=_width)
    ranges = [*map(str, v4), *map(str, v6)]
    if not ranges or not _knows_client(draft.context):
        return "", ranges
    return ranges[0], ranges[1:]


def _width(network: IPv4Network | IPv6Network) -> int:
    """The widest range first."""
    return network.prefixlen


def _knows_client(context: Context) -> bool:
    """True where every listener writes the client's address into a header, over what clients send."""
    early = early_headers_of_requests(context)
    return not context.options.gateway and bool(early) and all(CLIENT in one.get("set", {}) for one in early)


def _selectors(exempt: str, header: str) -> list[dict[str, Any]]:
    if header:
        return [{"headers": [{"name": header, "type": "Distinct"}]}]
    if exempt:
        return [{"headers": [{"name": CLIENT, "type": "Distinct"}], "sourceCIDR": {"value": exempt, "invert": True}}]
    return [{"sourceCIDR": {"type": "Distinct", "value": cidr}} for cidr in EVERY_CLIENT]


def _override(status: int) -> dict[str, Any]:
    return {
        "match": {"statusCodes": [{"type": "Value", "value": STATUS}]},
        "source": "Local",
        "response": {"statusCode": status},
    }


def _text(rates: list[Limit], limits: list[Limit], value: dict[str, Any], status: int) -> str:
    """What is let through, and what was."""
    was = " and ".join(
        f"{one} plus a burst of {_burst(one, value)}" if _burst(one, value) else str(one) for one in rates
    )
    widest = max(limits, key=lambda one: tuple(_SHORT).index(one.unit))
    client = f"value of {value['header']}" if value.get("header") else "client IP"
    delayed = " The burst is passed on at once (before: delayed to the rate)." if value.get("delays") else ""
    return (
        f"{' and '.join(map(str, limits))} per {client} and per Envoy replica (was: {was}); excess gets {status}."
        f"{delayed} "
        "Envoy fills its counter at once at the end of each period instead of evenly: "
        f"up to {2 * widest.requests} requests can pass within one {widest.unit.lower()}."
    )


def _more(counts: int, share: int, exempt: str, counted: list[str]) -> str:
    text = ""
    if counts > 1:
        together = "each has an equal part" if share > 1 else f"all of them together admit {counts} times as many"
        text += f" {counts} routes count apart: {together}."
    if exempt:
        text += f" {exempt} is not counted."
    if counted:
        text += f" {', '.join(counted)} {'is' if len(counted) == 1 else 'are'} counted too, and was not before."
    return text


class RateLimitUse(dict[Origin | str, int]):
    """How many rules of a table ask for each limit, by what counts their requests."""


def _routes(feature: Feature, context: Context) -> int:
    """How many rules ask for this very limit: paths, hosts and ports of an Ingress."""
    known = context.entry.shared.of(RateLimitUse, lambda: _use(context.entry.table))
    return known.get(_counter(feature), 1) if feature.origins else 1


def _use(table: RoutingTable) -> RateLimitUse:
    out = RateLimitUse()
    for port in table.ports:
        covered = _covered(port) if port.protocol == "HTTPS" else None
        for vhost in port.hosts:
            if covered is not None and not _has_certificate(covered, vhost):
                continue  # no listener
            for rule in vhost.rules:
                for one in rule.features if isinstance(rule.action, Forward) else ():
                    if one.name == "rate-limit" and one.origins:
                        paths = max(1, len(rule.match.paths))
                        key = _counter(one)
                        out[key] = out.get(key, 0) + paths * max(1, len(vhost.hosts))
    return out


def _counter(feature: Feature) -> Origin | str:
    """What counts the requests: a zone, which several limits may name, or the limit's own fact."""
    zone = feature.value.get("zone") if isinstance(feature.value, dict) else None
    return zone or feature.origins[0]


def _covered(port: Port) -> frozenset[str]:
    """Names that the certificates of a port are for; the empty one stands for every name."""
    return frozenset(host.lower() for one in port.certificates if one.name for host in one.hosts or ("",))


def _has_certificate(covered: frozenset[str], vhost: VirtualHost) -> bool:
    """Whether a listener shows a certificate for some name of the host."""
    hosts = (test.value.lower() for test in vhost.hosts)
    return "" in covered or any(host in covered or f"*.{host.partition('.')[2]}" in covered for host in hosts)
