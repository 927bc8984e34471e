"""Directives that do what an annotation does: they become the same feature.

nginx: src/http/modules/ngx_http_limit_req_module.c (a location with a limit of its own inherits none; a request whose
key is empty is not counted), ngx_http_log_module.c.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from ipaddress import ip_network
from typing import Any, NamedTuple

from converter.model import Origin
from converter.model.data import dataclass
from converter.routing.table import Feature
from converter.sources.ingress_nginx.snippets.block import BlockSnippet
from converter.sources.ingress_nginx.snippets.error_answers import Locations, error_features
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.snippets.snippet import Snippet
from converter.sources.ingress_nginx.snippets.variables import Maps, reference

_ADDRESSES = frozenset({"binary_remote_addr", "remote_addr", "the_real_ip"})
_GZIP = frozenset(
    {"gzip", "gzip_types", "gzip_min_length", "gzip_comp_level", "gzip_proxied", "gzip_vary", "gzip_buffers"}
)
_RATE = re.compile(r"rate=([0-9]{1,9})r/([sm])")
_NUMBER = re.compile("[0-9]{1,9}")
_STATUS = re.compile("[45][0-9]{2}")


class Zone(NamedTuple):
    """A `limit_req_zone`."""

    key: str
    """The variable that is counted by."""
    rate: int
    unit: str
    """`s` or `m`."""
    origin: Origin


@dataclass(slots=True)
class Equivalents:
    """What the http-snippet defines for such directives.

    Attributes:
        status: Of a request that is over a limit (limit-req-status-code of the ConfigMap).
        used: Facts of definitions that a directive uses.
    """

    status: int
    maps: Maps
    zones: dict[str, Zone] = field(default_factory=dict)
    used: set[Origin] = field(default_factory=set)

    def define(self, snippet: Snippet) -> None:
        """Read the zones of the http-snippet."""
        for one in snippet.directives:
            name = next((arg[5:].partition(":")[0] for arg in one.args if arg.startswith("zone=")), "")
            rate = next((found for arg in one.args if (found := _RATE.fullmatch(arg))), None)
            if one.name == "limit_req_zone" and name and rate is not None and int(rate[1]) > 0:
                self.zones[name] = Zone(reference(one.args[0]), int(rate[1]), rate[2], snippet.fact(one))

    def applied(
        self, block: BlockSnippet, directives: Mapping[Origin, Directive], locations: Locations
    ) -> BlockSnippet:
        """A block whose directives are features of their own where they can be.

        `locations`: those that an `error_page` may lead to.
        """
        known = [(one, directives.get(one.origins[0])) for one in block.residual]
        limits = [directive for _, directive in known if directive is not None and directive.name == "limit_req"]
        made: list[Feature] = []
        left: list[Feature] = []
        for feature, directive in known:
            found = None
            if directive is not None and directive.name == "access_log" and directive.args == ("off",):
                found = Feature("access-log", {"enabled": False}, feature.origins)
            elif directive is not None and limits == [directive]:
                found = self._limit(directive, feature.origins, known)
            if found is None:
                left.append(feature)
            else:
                made.append(found)
        made += [*error_features(known, locations), *_compression(known)]
        taken = {origin for one in made for origin in one.origins}
        left = [one for one in left if taken.isdisjoint(one.origins)]
        return replace(block, settings=tuple(made), residual=tuple(left)) if made else block

    def _limit(
        self,
        directive: Directive,
        origins: tuple[Origin, ...],
        beside: Iterable[tuple[Feature, Directive | None]],
    ) -> Feature | None:
        """`limit_req`, with the `limit_req_status` of the same block."""
        options = dict(arg.partition("=")[::2] for arg in directive.args)
        zone = self.zones.get(options.get("zone", ""))
        burst = options.get("burst", "0")
        if zone is None or not _NUMBER.fullmatch(burst) or "dry_run" in options:
            return None
        counted = self._key(zone.key)
        if counted is None:
            return None
        status = self.status
        for feature, other in beside:
            if other is not None and other.name == "limit_req_status" and _STATUS.fullmatch(_argument(other)):
                status, origins = int(_argument(other)), (*origins, *feature.origins)
        value = {
            "zone": options["zone"],
            f"rp{zone.unit}": zone.rate,
            "burst-requests": int(burst),
            "status": status,
            **counted,
        }
        if int(burst) and "nodelay" not in options:
            value["delays"] = True
        self.used.add(zone.origin)
        return Feature("rate-limit", value, origins)

    def _key(self, name: str) -> dict[str, Any] | None:
        """By what requests are counted: by address, by a header, or by address but for some networks."""
        if name in _ADDRESSES:
            return {}
        if name.startswith("http_") and len(name) > 5:
            return {"header": name[5:].replace("_", "-")}
        return self._exempt(name)

    def _exempt(self, name: str) -> dict[str, Any] | None:
        """`map $geo $key { 0 ""; 1 $binary_remote_addr; }` over a `geo`: networks with an empty key are not counted."""
        keys, networks = self.maps.entries(name, "map"), self.maps.entries(self.maps.source(name), "geo")
        if keys is None or networks is None:
            return None
        counted = {network: keys.get(text, keys.get("default", "")) for network, text in networks.items()}
        if not counted.get("default") or any(key and reference(key) not in _ADDRESSES for key in counted.values()):
            return None
        exempt = [network for network, key in counted.items() if not key]
        inside = [network for network, key in counted.items() if key and network != "default"]
        if not _apart(exempt, inside):
            return None
        self.used |= {self.maps.blocks[one][1] for one in (name, self.maps.source(name))}
        return {"exempt": exempt} if exempt else {}


def _apart(exempt: list[str], counted: list[str]) -> bool:
    """Whether all are networks, and none that is counted lies within one that is not: the longest decides in nginx."""
    try:
        around = [ip_network(one, strict=False) for one in exempt]
        within = [ip_network(one, strict=False) for one in counted]
    except ValueError:
        return False
    return not any(
        other.network_address in one and other.prefixlen >= one.prefixlen for one in around for other in within
    )


def _compression(known: Iterable[tuple[Feature, Directive | None]]) -> list[Feature]:
    """`gzip on` with what tunes it (ngx_http_gzip_filter_module.c: 20 bytes are the least)."""
    found = {one.name: (feature, one) for feature, one in known if one is not None and one.name in _GZIP}
    if "gzip" not in found or found["gzip"][1].args != ("on",):
        return []
    least = _argument(found["gzip_min_length"][1]) if "gzip_min_length" in found else "20"
    if not _NUMBER.fullmatch(least):
        return []
    origins = tuple(origin for feature, _ in found.values() for origin in feature.origins)
    return [Feature("compression", {"types": ("gzip",), "least": {"gzip": int(least)}}, origins)]


def _argument(directive: Directive) -> str:
    """The first argument; "" where there is none, which nginx refuses."""
    return directive.args[0] if directive.args else ""
