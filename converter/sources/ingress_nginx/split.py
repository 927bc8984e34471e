"""From the locations of a server to the location blocks of nginx.

nginx: internal/ingress/controller/location.go, controller.go:997-1003 (order),
internal/ingress/controller/template/template.go:490-552 (regular expressions).
"""

from __future__ import annotations

from dataclasses import dataclass

from converter.sources.ingress_nginx.servers import EXACT, PREFIX, Location, Server


@dataclass(slots=True, eq=False)
class Block:
    """One location block; `pair` is a prefix with its exact form, which nginx has as two."""

    path: str
    exact: bool
    location: Location
    pair: bool = False
    target: str = ""
    """Of a rewrite; "" where none happens."""


def target_of(location: Location) -> str:
    """The rewrite-target that counts for a location."""
    if location.served is None or location.bare or "rewrite" not in location.served.settings.by_name:
        return ""
    return location.served.settings.value("rewrite", "target") or ""


def uses_regex(location: Location) -> bool:
    """use-regex of a location's Ingress."""
    served = location.served
    return served is not None and "regex" in served.settings.by_name and not location.bare and served.flag(
        "regex", "enabled")


def blocks(server: Server) -> tuple[list[Block], bool]:
    """The blocks in nginx's order of trying them, and whether the host matches by regular expressions."""
    locations = server.locations
    if len(locations) > 1:
        locations = sorted(locations, key=_order, reverse=True)
    exact = {one.path for one in locations if one.type == EXACT}
    out: list[Block] = []
    for location in locations:
        path, target = location.path, target_of(location)
        rewrites = target not in ("", path)
        if path == "/" or location.type != PREFIX or rewrites or uses_regex(location):
            out.append(Block(path, location.type == EXACT, location, target=target if target != path else ""))
            continue
        normal = path if path.endswith("/") else path + "/"
        late = target if target and target != normal else ""
        if late and path not in exact:
            out.append(Block(normal, False, location, target=late))
            out.append(Block(path, True, location))
        else:
            out.append(Block(normal, False, location, pair=path not in exact and normal != path, target=late))
    regex = any(block.target or uses_regex(block.location) for block in out)
    return out, regex


def _order(location: Location) -> tuple[int, bytes]:
    """Longer text first, then by bytes; equal paths stay in their order (a reversed stable sort keeps it)."""
    path = location.path.encode("utf-8", "surrogatepass")
    return len(path), path
