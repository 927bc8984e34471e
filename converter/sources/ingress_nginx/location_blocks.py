"""From the locations of a server to the location blocks of nginx.

nginx: internal/ingress/controller/location.go, controller.go:997-1003 (order),
internal/ingress/controller/template/template.go:490-552 (regular expressions).
"""

from __future__ import annotations

from converter.model.data import dataclass
from converter.sources.ingress_nginx.servers import EXACT, PREFIX, NginxLocation, Server


@dataclass(slots=True, eq=False)
class Block:
    """One location block; `pair` is a prefix with its exact form, which nginx has as two."""

    path: str
    exact: bool
    location: NginxLocation
    pair: bool = False
    target: str = ""
    """Of a rewrite; "" where none happens."""


def target_of(location: NginxLocation) -> str:
    """The rewrite-target that applies to a location."""
    setting = location.served.settings.by_name.get("rewrite") if location.served is not None else None
    return "" if setting is None or location.ignores_rewrites else setting.values.get("target") or ""


def uses_regex(location: NginxLocation) -> bool:
    """use-regex of a location's Ingress."""
    served = location.served
    return (
        served is not None
        and "regex" in served.settings.by_name
        and not location.ignores_rewrites
        and served.flag("regex", "enabled")
    )


def blocks(server: Server) -> tuple[list[Block], bool]:
    """The blocks in nginx's order of trying them, and whether the host matches by regular expressions."""
    locations = server.locations
    if len(locations) > 1:
        locations = sorted(locations, key=_order, reverse=True)
    exact = {one.path for one in locations if one.type == EXACT}
    out: list[Block] = []
    regex = False
    for location in locations:
        path, target = location.path, target_of(location)
        rewrites, matches = target not in ("", path), uses_regex(location)
        regex = regex or matches
        if path == "/" or location.type != PREFIX or rewrites or matches:
            out.append(Block(path, location.type == EXACT, location, False, target if rewrites else ""))
            continue
        normal = path if path.endswith("/") else path + "/"
        late = target if target and target != normal else ""
        if late and path not in exact:
            out.append(Block(normal, False, location, target=late))
            out.append(Block(path, True, location))
        else:
            out.append(Block(normal, False, location, path not in exact and normal != path, late))
    return out, regex or any(block.target for block in out)


def _order(location: NginxLocation) -> tuple[int, bytes]:
    """Longer text first, then by bytes; equal paths stay in their order (a reversed stable sort keeps it)."""
    path = location.path.encode("utf-8", "surrogatepass")
    return len(path), path
