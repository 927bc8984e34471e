"""What snippets make of the rules of a server: which requests they answer, and what they add to the others."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import field, replace

from converter.model import Origin, Outcome
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.packs.directive_rows import directive_rows
from converter.routing.matchers import Match
from converter.routing.table import Feature, RoutingTable
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.forwarding import Frame
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.servers import CATCH_ALL, Server
from converter.sources.ingress_nginx.snippets.block import (
    NOTHING,
    BlockSnippet,
    block_of,
    block_of_steps,
    without_locations,
)
from converter.sources.ingress_nginx.snippets.equivalents import Equivalents
from converter.sources.ingress_nginx.snippets.error_answers import Locations
from converter.sources.ingress_nginx.snippets.headers import TOWARDS_BACKENDS, repeats
from converter.sources.ingress_nginx.snippets.narrowing import UnclearError, narrowed
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.snippets.program import GOES_ON, Branch, DirectiveStep, Program, features_of
from converter.sources.ingress_nginx.snippets.protecting import residual
from converter.sources.ingress_nginx.snippets.snippet import Snippet
from converter.sources.ingress_nginx.snippets.variables import Maps

FOLLOWED = Outcome.exact("snippet.followed", "is followed: the conditions of the routes come from it")
NEVER = Outcome.obsolete("snippet.no-effect", "has no effect on any path of the host")
UNREACHED = Outcome.obsolete(
    "path.unreached", "gets no request: the server-snippet of the host responds before nginx looks for a location"
)
SENT_TWICE = Outcome.approximate(
    "snippet.sent-twice",
    "The controller sends this header itself. Before: backends get it twice, with the same value. After: once",
    affects={"request-headers"},
)
CONTROLLER_KEYS = ("http-snippet", "server-snippet", "location-snippet")


_REPLACING = frozenset({"access_log", "error_page", "gzip", "limit_req"})
"""Directives of a location that end what its server says by the same one, whatever they say."""


@dataclass(slots=True)
class SnippetRules:
    """The snippets of one table.

    Attributes:
        control: Whose ConfigMap has snippets for all servers and locations.
        outcomes: Facts of directives that no rule carries, and what becomes of them.
    """

    control: Controller
    ledger: Ledger
    outcomes: dict[Origin, Outcome] = field(default_factory=dict)
    own: dict[str, Snippet] = field(default_factory=dict)
    """Of the ConfigMap, by key."""
    maps: Maps = field(default_factory=Maps)
    equivalents: Equivalents = field(init=False)
    http: BlockSnippet = NOTHING
    directives: dict[Origin, Directive] = field(default_factory=dict)
    """All that were read so far, by their facts."""
    _locations: dict[tuple[int, int], BlockSnippet] = field(default_factory=dict)
    _servers: dict[int, BlockSnippet] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for key in CONTROLLER_KEYS:
            for origin in self.control.own_fact(key) if self.control.text(key).strip() else ():
                self.own[key] = Snippet(self.control.text(key), origin)
                self.own[key].divide(self.ledger)
        if "http-snippet" in self.own:
            self.maps = Maps.of([self.own["http-snippet"]])
            self.http = block_of([self.own["http-snippet"]])
        self.equivalents = Equivalents(self.control.number("limit-req-status-code", 503), self.maps)
        if "http-snippet" in self.own:
            self.equivalents.define(self.own["http-snippet"])

    @property
    def common(self) -> bool:
        """Whether every location gets something."""
        return bool(self.own)

    def location(self, server: Server, served: Served | None) -> BlockSnippet:
        """What is in the locations of an Ingress on a server."""
        own = _of(served, "configuration")
        shared = self.own.get("location-snippet")
        if own is None and shared is None:
            return NOTHING
        key = id(served), id(server.snippet)
        if key not in self._locations:
            block = without_locations(self._block([own, shared], self._led_to(server)))
            self._locations[key] = self._without(block, directive_rows().set_in_locations, _duplicate)
        return self._locations[key]

    def _block(self, snippets: Iterable[Snippet | None], locations: Locations) -> BlockSnippet:
        found = [one for one in snippets if one is not None]
        for one in found:
            self.directives.update({fact: directive for directive, fact in one.pairs()})
        return self._applied(block_of(found), locations)

    def _applied(self, block: BlockSnippet, locations: Locations) -> BlockSnippet:
        """With the features that directives are; those of locations that no request reaches by itself are followed."""
        made = self.equivalents.applied(block, self.directives, locations)
        own = {origin for one in block.residual for origin in one.origins}
        self.follow(origin for one in made.settings for origin in one.origins if origin not in own)
        return made

    def of_location(self, steps: list[DirectiveStep], server: Server) -> BlockSnippet:
        """What is in a `location` of a snippet."""
        self.directives.update({step.origin: step.directive for step in steps})
        return self._applied(without_locations(block_of_steps(steps)), self._led_to(server))

    def _led_to(self, server: Server) -> Locations:
        """The locations of the server-snippets that an `error_page` may lead to."""
        return Locations(self._of_server(server))

    def _of_server(self, server: Server) -> list[Snippet | None]:
        return [_of(server.snippet, "server"), self.own.get("server-snippet")]

    def _without(self, block: BlockSnippet, names: Container[str], outcome: Callable[[str], Outcome]) -> BlockSnippet:
        """A block without directives that every location has of the controller."""
        kept: dict[bool, list[Feature]] = {True: [], False: []}
        for feature in (*block.residual, *block.headers):
            written = feature.origins[0].value.partition(" ")[0]
            name = next(iter(feature.value)) if isinstance(feature.value, dict) else written
            directive = self.directives.get(feature.origins[0])
            if name not in names and directive is not None and repeats(directive):
                self.outcomes.update(dict.fromkeys(feature.origins, SENT_TWICE))
            elif name in names:
                self.outcomes.update(dict.fromkeys(feature.origins, outcome(name)))
            else:
                kept[isinstance(feature.value, dict)].append(feature)
        return replace(block, residual=tuple(kept[True]), headers=tuple(kept[False]))

    def follow(self, origins: Iterable[Origin]) -> None:
        """Directives that what other directives become depends on."""
        self.outcomes.update(dict.fromkeys(origins, FOLLOWED))

    def settle_unreached(self, server: Server) -> None:
        """Paths of a server whose snippet responds to every request."""
        for location in server.locations:
            if location.origin is not None:
                self.ledger.settle(location.origin, UNREACHED, "path")

    def refuse(self, step: DirectiveStep, words: str) -> None:
        """A directive for which nginx refuses its whole configuration."""
        hint = "remove it: nginx keeps running with the configuration that it had before"
        self.outcomes[step.origin] = Outcome.manual("snippet.refused", words, hint)

    def server(self, server: Server) -> BlockSnippet:
        """What is in a server block."""
        own, shared = self._of_server(server)
        if own is None and shared is None:
            return NOTHING
        if id(server) not in self._servers:
            block = self._block([own, shared], self._led_to(server))
            self._servers[id(server)] = self._without(
                block, {*directive_rows().set_in_locations, *TOWARDS_BACKENDS}, _overridden
            )
        return self._servers[id(server)]

    def inherited(self, server: Server, own: BlockSnippet) -> tuple[Feature, ...]:
        """What a location has of its server and of http{}."""
        above = self.server(server)
        if not above and not self.http:
            return ()
        added = () if own.added else above.added or self.http.added
        access = () if own.access else above.access or self.http.access
        named, replaced = {one.name for one in own.settings}, self._names(own.residual) & _REPLACING
        settings = [one for one in above.settings if one.name not in named and replaced.isdisjoint(self._names((one,)))]
        return (*self.http.headers, *above.headers, *added, *access, *settings, *above.residual)

    def _names(self, features: Iterable[Feature]) -> set[str]:
        """The directives that features are made of."""
        return {self.directives[origin].name for one in features for origin in one.origins if origin in self.directives}

    def program(
        self, server: Server, match: Match | None, rewrites_later: bool = False, server_level: bool = False
    ) -> Program:
        """Follows directives of the rewrite module in this place."""
        names = server.host != CATCH_ALL and not server.aliases and not server.host.startswith("*")
        alone = len(server.locations) == 1 and server.locations[0].path == "/"
        path = match.paths[0] if match is not None and len(match.paths) == 1 else None
        return Program(server.host.lower() if names else "", path, alone, rewrites_later, server_level, self.maps)

    def run(self, program: Program, steps: Iterable[DirectiveStep]) -> tuple[tuple[Branch, ...], tuple[Feature, ...]]:
        """The branches of directives, and those that no rule can say."""
        steps = tuple(steps)
        if not steps:
            return GOES_ON, ()
        branches = program.run(steps)
        self.outcomes.update(dict.fromkeys(program.used, FOLLOWED))
        self.outcomes.update(dict.fromkeys(program.idle, NEVER))
        return branches, left_over(program)

    def branches(self, make: Frame, steps: Iterable[DirectiveStep]) -> list[tuple[Branch, Frame, tuple[Feature, ...]]]:
        """The branches of a location, each with its requests and what is added to them."""
        program = self.program(make.server, make.match, rewrites_later=bool(make.block.target))
        found, left = self.run(program, steps)
        out: list[tuple[Branch, Frame, tuple[Feature, ...]]] = []
        unclear: list[Feature] = []
        for branch, match in self.placed(make.match, found):
            if match is None:
                unclear += features_of(branch)
                continue
            out.append((branch, make.narrowed(match, not branch.stops), branch.features))
        lost = self.unclear(unclear)
        return [(branch, frame, (*features, *left, *lost)) for branch, frame, features in out]

    def unclear(self, features: Iterable[Feature]) -> tuple[Feature, ...]:
        """Features of requests that no match can name, as directives that no field says."""
        origins = dict.fromkeys(origin for one in features for origin in one.origins)
        known = self.directives
        return tuple(residual(known[origin], origin) for origin in origins if origin in known)

    def of_entry(self) -> list[Feature]:
        """Directives of http{} that no location has, and no `if` follows."""
        if "http-snippet" not in self.own:
            return []
        used = {self.maps.blocks[name][1] for name in self.maps.used} | self.equivalents.used
        self.outcomes.update(dict.fromkeys(used, FOLLOWED))
        return [one for one in self.http.residual if used.isdisjoint(one.origins)]

    def placed(self, match: Match, branches: Iterable[Branch]) -> Iterator[tuple[Branch, Match | None]]:
        """The branches with the requests that each takes; None where no match can say that."""
        for branch in branches:
            try:
                found = narrowed(match, branch.paths)
            except UnclearError:
                yield branch, None
                continue
            if found is not None:
                conditions = (*match.conditions, *branch.conditions)
                yield branch, found._replace(conditions=conditions)

    def settle(self, table: RoutingTable, served: Iterable[Served]) -> None:
        """Settle the directives that no rule carries."""
        handed = set(table.origins())
        for _, _, rule in table.rules() if self.directives else ():
            handed.update(rule.origins)
        for snippet in (*self.own.values(), *(one for each in served for one in each.snippets.values())):
            facts = list(snippet.facts())
            if snippet.origin not in self._divided(snippet, handed, facts):
                continue
            for fact in facts:
                if fact not in handed and self.ledger.is_open(fact):
                    self.ledger.settle(fact, self.outcomes.get(fact, NEVER), "snippet")

    def _divided(self, snippet: Snippet, handed: set[Origin], facts: list[Origin]) -> tuple[Origin, ...]:
        """The snippet, where its directives speak for themselves."""
        if snippet.origin.kind == "default":
            return (snippet.origin,)
        if any(fact in handed or fact in self.outcomes for fact in facts):
            snippet.divide(self.ledger)
            return (snippet.origin,)
        return ()


def _of(served: Served | None, part: str) -> Snippet | None:
    """The snippet of an Ingress for a part of nginx.conf."""
    return served.snippets.get(part) if served is not None else None


def left_over(program: Program) -> tuple[Feature, ...]:
    """Features of the directives that a program could not follow."""
    return tuple(residual(directive, origin) for origin, directive in program.unread.items())


def _duplicate(name: str) -> Outcome:
    """nginx.tmpl:1230-1420: the controller writes it into the location itself."""
    words = f"nginx refuses its configuration: {name} is duplicate, as the controller sets it in every location"
    key = directive_rows().set_in_locations.get(name) or "the annotation"
    return Outcome.manual("snippet.duplicate", words, f"use {key} instead, which is converted", affects=())


def _overridden(name: str) -> Outcome:
    return Outcome.obsolete("snippet.overridden", f"has no effect: every location sets {name} itself")
