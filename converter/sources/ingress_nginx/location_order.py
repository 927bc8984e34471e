"""The order in which nginx tries location blocks, and the redirects to a trailing slash that come of it.

nginx: src/http/ngx_http_core_module.c (ngx_http_core_find_location, ngx_http_core_find_static_location).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from converter.model import Outcome
from converter.model.ledger import Ledger
from converter.routing.actions import Redirect
from converter.routing.matchers import Match, ValueMatcher
from converter.routing.table import Rule
from converter.sources.ingress_nginx.location_blocks import Block
from converter.sources.ingress_nginx.servers import Server

SLASH_STATUS = 301


@lru_cache(maxsize=1024)
def _match(op: str, text: str, ignore_case: bool = False) -> Match:
    """One object for all rules with this path: most hosts have the same few."""
    return Match((ValueMatcher(op, text, ignore_case),))


class LocationOrder:
    """Puts the blocks of a server in order."""

    def __init__(self, ledger: Ledger, relative: bool) -> None:
        self.ledger, self.relative = ledger, relative

    def matches(
        self, server: Server, lines: list[Block], regex: bool, closed: bool
    ) -> Iterator[tuple[Block, Match | Rule]]:
        """The blocks as nginx tries them, and redirects to a trailing slash in their place."""
        if regex:
            for block in lines:
                path = block.location.path if block.pair else block.path
                yield block, _match("search", "^" + path, True)
            return
        taken, prefixes = set(), []
        for block in lines:
            if block.exact:
                taken.add(block.path)
                yield block, _match("exact", block.path)
            else:
                prefixes.append(block)
                if block.pair:
                    taken.add(block.path[:-1])
        if not closed:
            yield from self._slashes(server, lines, taken)
        prefixes.sort(key=lambda one: -len(one.path))
        seen: set[str] = set()
        for block in prefixes:
            if block.path in seen:
                self._clash(block)
                continue
            seen.add(block.path)
            segment = block.pair or (
                block.path != "/" and block.path[:-1] in taken and block.location.path == block.path[:-1]
            )
            yield block, _match("segment", block.path[:-1]) if segment else _match("prefix", block.path)

    def _slashes(self, server: Server, lines: list[Block], taken: set[str]) -> Iterator[tuple[Block, Rule]]:
        """The redirects; the paths that get one are `taken`, too."""
        for block in lines:
            if block.pair or not block.path.endswith("/"):
                continue
            stem = block.path[:-1]
            slash = self._slash(server, block, stem) if stem and stem not in taken else None
            if slash is not None:
                taken.add(stem)
                yield block, slash

    def _clash(self, block: Block) -> None:
        """`/p` and `/p/` make one location block twice; nginx refuses the configuration, for all Ingresses."""
        origin = block.location.origin
        if origin is not None:
            words = (
                "clashes with the same path with or without its trailing slash: nginx refuses such a "
                "configuration and the controller keeps the state before it"
            )
            self.ledger.settle(origin, Outcome.manual("path.slash-clash", words, "keep one of the two paths"), "path")

    def _slash(self, server: Server, block: Block, stem: str) -> Rule | None:
        """nginx: ngx_http_core_module.c auto_redirect: only where the location hands the request on."""
        served = block.location.served
        if served is not None and served.denied:
            return None
        relative = self.relative or (
            served is not None and not block.location.ignores_rewrites and served.flag("redirect", "relative")
        )
        action = Redirect(SLASH_STATUS, path=block.path, style="nginx-slash-relative" if relative else "nginx-slash")
        return Rule(
            _match("exact", stem),
            action,
            (),
            (),
            f"{server.host}{stem} to trailing slash",
            served.ingress.ref if served else None,
            block.location.origin,
            derived="trailing-slash",
        )
