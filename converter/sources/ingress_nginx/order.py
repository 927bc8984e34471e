"""The order in which nginx tries location blocks, and the redirects to a trailing slash that come of it.

nginx: src/http/ngx_http_core_module.c (ngx_http_core_find_location, ngx_http_core_find_static_location).
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.ledger import Ledger
from converter.model import Fidelity, Outcome
from converter.routing.actions import Redirect
from converter.routing.matching import Match, Test
from converter.routing.table import Rule
from converter.sources.ingress_nginx.servers import Server
from converter.sources.ingress_nginx.split import Block

SLASH_STATUS = 301


class Order:
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
                yield block, Match((Test("search", "^" + path, True),))
            return
        exact = [block for block in lines if block.exact]
        prefixes = [block for block in lines if not block.exact]
        for block in exact:
            yield block, Match((Test("exact", block.path),))
        taken = {block.path for block in exact} | {block.path[:-1] for block in prefixes if block.pair}
        if not closed:
            for block in lines:
                stem = block.path[:-1]
                if stem and block.path.endswith("/") and not block.pair and stem not in taken:
                    slash = self._slash(server, block, stem)
                    if slash is not None:
                        taken.add(stem)
                        yield block, slash
        prefixes.sort(key=lambda one: -len(one.path))
        seen: set[str] = set()
        for block in prefixes:
            if block.path in seen:
                self._clash(block)
                continue
            seen.add(block.path)
            segment = block.pair or (block.path != "/" and block.path[:-1] in taken and
                                     block.location.path == block.path[:-1])
            yield block, Match((Test("segment", block.path[:-1]) if segment else Test("prefix", block.path),))

    def _clash(self, block: Block) -> None:
        """`/p` and `/p/` make one location block twice; nginx refuses the configuration, for all Ingresses."""
        origin = block.location.origin
        if origin is not None:
            words = ("clashes with the same path with or without its trailing slash: nginx refuses such a "
                     "configuration and the controller keeps the state before it")
            self.ledger.settle(origin, Outcome(
                "path.slash-clash", Fidelity.MANUAL, words, "keep one of the two paths"), "path")

    def _slash(self, server: Server, block: Block, stem: str) -> Rule | None:
        """nginx: ngx_http_core_module.c auto_redirect: only where the location hands the request on."""
        served = block.location.served
        if served is not None and served.denied:
            return None
        relative = self.relative or (
            served is not None and not block.location.bare and served.flag("redirect", "relative"))
        action = Redirect(SLASH_STATUS, path=block.path, style="nginx-slash-relative" if relative else "nginx-slash")
        return Rule(
            Match((Test("exact", stem),)), action, (), (), f"{server.host}{stem} to trailing slash",
            served.ingress.ref if served else None, block.location.origin, extra={"derived": "trailing-slash"},
        )
