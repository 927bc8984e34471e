"""What a server-snippet does before nginx looks for a location, and the locations that it adds.

nginx: src/http/ngx_http_core_module.c (ngx_http_core_find_location): an exact location, else the longest prefix;
one with `^~` ends the search, else the first expression that is found wins over the prefix.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import field, replace

from converter.model import Origin
from converter.model.data import dataclass
from converter.routing.actions import Action, Forward, Respond
from converter.routing.matchers import Condition, Match, ValueMatcher
from converter.routing.steps import AddressList
from converter.routing.table import Feature, Rule
from converter.sources.ingress_nginx.forwarding import EARLY
from converter.sources.ingress_nginx.location_blocks import Block
from converter.sources.ingress_nginx.servers import CATCH_ALL, Server
from converter.sources.ingress_nginx.snippets.block import BlockSnippet
from converter.sources.ingress_nginx.snippets.headers import repeats
from converter.sources.ingress_nginx.snippets.program import Branch, DirectiveStep, features_of
from converter.sources.ingress_nginx.snippets.protecting import residual
from converter.sources.ingress_nginx.snippets.proxy_pass import handed_on
from converter.sources.ingress_nginx.snippets.responses import answered, content_type_of, of_answer
from converter.sources.ingress_nginx.snippets.rules import SnippetRules

Entry = tuple[Block, Match | Rule] | Rule
EVERYTHING = Match((ValueMatcher("prefix", "/"),))
FOLLOWED_HERE = frozenset({"default_type"})
LOG = "access-log"
"""A feature that acts on responses of nginx itself, too."""
STATIC = frozenset({"default_type", "charset", "access_log", "log_not_found", "etag", "internal", "types"})
"""Directives that change nothing about what a location without a backend responds with."""


@dataclass(slots=True)
class Part:
    """The locations of a server, for some of its requests."""

    entries: list[Entry]
    conditions: tuple[Condition, ...] = ()
    features: tuple[Feature, ...] = ()
    closed: Feature | None = None
    """Why the whole host is closed."""

    def limited(self, rule: Rule) -> Rule:
        """A rule for the requests of this part."""
        if not self.conditions:
            return rule
        return replace(rule, match=rule.match._replace(conditions=(*rule.match.conditions, *self.conditions)))


@dataclass(slots=True)
class ServerSnippets:
    """The snippets of one server block."""

    rules: SnippetRules
    server: Server
    raw: BlockSnippet
    left: list[Feature] = field(default_factory=list)
    """Directives that no rule can say, for every location."""
    early: set[str] = field(default_factory=set)
    """Names of the rules that respond before a location is looked for."""

    def parts(self, entries: list[Entry], regex: bool) -> Iterator[Part | Rule]:
        """Rules that come before the locations, the locations, and what is left for others."""
        program = self.rules.program(self.server, None, server_level=True)
        program.elsewhere = tuple(
            _MATCHERS[kind](path) for kind, path in map(_location, self.raw.locations) if kind in _MATCHERS
        )
        found, left = self.rules.run(program, self.raw.steps)
        self.left += left
        ordered = self._ordered(list(entries), regex)
        placed = list(self.rules.placed(EVERYTHING, found))
        only = _only_block(entries) if program.alone else None
        unclear = [
            feature
            for branch, match in placed
            if match is None or (branch.answer is None and branch.paths and only is None)
            for feature in features_of(branch)
        ]
        self.left += self.rules.unclear(unclear)
        for branch, match in placed:
            if match is None or (branch.answer is None and branch.paths and only is None):
                continue
            if branch.answer is None and branch.paths and only is not None:
                yield Part([(only, match)], (), (*branch.features, *self.left))
            elif branch.answer is not None:
                rule = self._rule(match, branch.answer, self._early(branch), branch.origin)
                rule.name += " for the whole host"
                self.early.add(rule.name)
                yield rule
            else:
                yield Part(ordered, branch.conditions, (*branch.features, *self.left))

    def _early(self, branch: Branch) -> tuple[Feature, ...]:
        http = self.rules.http
        return (*http.headers, *self.raw.headers, *(self.raw.added or http.added), *branch.features)

    def _rule(self, match: Match, action: Action, features: tuple[Feature, ...], origin: Origin | None) -> Rule:
        """A rule of the server. `origin`: the directive that responds, where one does."""
        owner = self.server.snippet or self.server.oldest
        host = "*" if self.server.host == CATCH_ALL else self.server.host
        answers = not isinstance(action, Forward)
        made = tuple(one for one in features if one.name in EARLY or one.name == LOG or not answers)
        if origin is not None:
            made = (*made, of_answer(action, origin))
        text = match.paths[0].value if match.paths else "/"
        name = f"{host} {text} of a snippet"
        return Rule(match, action, made, (), name, owner.ingress.ref if owner else None, origin, "", text)

    def _ordered(self, entries: list[Entry], regex: bool) -> list[Entry]:
        """The locations of Ingresses and of snippets, as nginx tries them."""
        exact: list[Entry] = []
        first: list[Entry] = []
        taken = _taken(entries)
        for step in self.raw.locations:
            kind, path = _location(step)
            if kind == "@" and (step.origin in self.rules.outcomes or not self._is_named(f"@{path}")):
                continue
            if kind == "@" or not path:
                self.left.append(residual(step.directive, step.origin))
                continue
            if kind in ("", "=", "^~") and ("exact" if kind == "=" else "prefix", path) in taken:
                self.rules.refuse(step, f"nginx refuses its configuration: duplicate location {path}")
                continue
            made = self._location_rules(step, _MATCHERS[kind](path))
            if kind == "=":
                exact += made
            elif kind in ("~", "~*") or (kind == "^~" and regex):
                first += made
            else:
                _insert(entries, made, path, regex)
        head = sum(1 for one in entries if _is_exact(one))
        return [*exact, *entries[:head], *first, *entries[head:]]

    def _is_named(self, location: str) -> bool:
        """Whether some directive leads to a location with a name; no request reaches it by itself."""
        served = {id(one.served): one.served for one in self.server.locations if one.served is not None}
        snippets = [*self.rules.own.values(), *(one for each in served.values() for one in each.snippets.values())]
        return any(
            location in one.args and one.name != "location"
            for snippet in snippets
            for top in snippet.directives
            for one in top.walk()
        )

    def _location_rules(self, step: DirectiveStep, test: ValueMatcher) -> list[Entry]:
        """What one location of a snippet responds with."""
        rules, block = self.rules, step.directive.block or ()
        snippet = step.snippet
        steps = [DirectiveStep(one, snippet.fact(one) if snippet else step.origin, snippet) for one in block]
        inner = rules.of_location(steps, self.server)
        program = rules.program(self.server, Match((test,)))
        program.content_type = content_type_of(block)
        found, left = rules.run(program, inner.steps)
        features = (*rules.inherited(self.server, inner), *inner.headers, *inner.added, *inner.settings)
        placed = list(rules.placed(Match((test,)), found))
        unclear = [of_answer(Respond(403), branch.origin) for branch, match in placed if match is None]
        followed = FOLLOWED_HERE if _denies(inner) or self.raw.access else FOLLOWED_HERE | {"allow"}
        others = tuple(one for one in inner.residual if not {*one.value} <= followed)
        for one in inner.residual:
            rules.follow(one.origins if one not in others else ())
        lost = (*left, *rules.unclear(unclear), *others)
        out: list[Entry] = []
        for branch, match in placed:
            if match is None:
                continue
            if branch.answer is not None:
                rule = self._rule(match, branch.answer, (*features, *branch.features), branch.origin)
                rule.features = (*rule.features, *lost)
                out.append(answered(replace(rule, origin=step.origin), branch.origin))
                continue
            rule = self._content(match, step, inner, (*features, *branch.features), lost)
            rule.origin = step.origin
            out.append(rule)
        return out

    def _content(
        self,
        match: Match,
        step: DirectiveStep,
        inner: BlockSnippet,
        features: tuple[Feature, ...],
        lost: tuple[Feature, ...],
    ) -> Rule:
        """What responds where the rewrite module does not: a backend, a refusal, a missing file."""
        lists = inner.access or self.raw.access
        if any(_refuses_all(one.value) for one in lists):
            rule = self._rule(match, Respond(403), features, None)
            rule.features = (*rule.features, of_answer(Respond(403), lists[0].origins[0]), *lost)
            return rule
        passed = handed_on(step.directive, lost, match.paths[0])
        if passed.action is not None:
            lost = tuple(one for one in lost if one.origins not in passed.origins)
            repeated = {
                one.origins for one in lost if (found := self.rules.directives.get(one.origins[0])) and repeats(found)
            }
            self.rules.follow(fact for origins in repeated for fact in origins)
            lost = tuple(one for one in lost if one.origins not in repeated)
            return self._rule(match, passed.action, (*features, *passed.features, *lists, *lost), None)
        files = any(not {*one.value} <= STATIC for one in lost)
        rule = self._rule(match, Respond(503 if files else 404), features, None)
        rule.features = (*rule.features, *lists, *lost)
        return rule


def _denies(block: BlockSnippet) -> bool:
    """Whether some address may be refused; a list of `allow` alone lets everybody in (ngx_http_access_module)."""
    return bool(block.access) or any("deny" in one.value for one in block.residual)


def _only_block(entries: list[Entry]) -> Block | None:
    """The block that all paths of a host belong to, snippets aside."""
    blocks = [entry[0] for entry in entries if not isinstance(entry, Rule)]
    return blocks[0] if len(blocks) == 1 else None


def _refuses_all(value: object) -> bool:
    return isinstance(value, AddressList) and not value.allow and value.fallback == "deny"


def _location(step: DirectiveStep) -> tuple[str, str]:
    args = step.directive.args
    if len(args) == 2 and args[0] in ("=", "~", "~*", "^~"):
        return args[0], args[1]
    text = args[0] if len(args) == 1 else ""
    for mark in ("@", "=", "^~", "~*", "~"):
        if text.startswith(mark):
            return mark, text[len(mark) :]
    return "", text


_MATCHERS = {
    "=": lambda path: ValueMatcher("exact", path),
    "": lambda path: ValueMatcher("prefix", path),
    "^~": lambda path: ValueMatcher("prefix", path),
    "~": lambda path: ValueMatcher("search", path),
    "~*": lambda path: ValueMatcher("search", path, True),
}


def _taken(entries: list[Entry]) -> set[tuple[str, str]]:
    """Exact paths and prefixes that have a location already."""
    found = set()
    for entry in entries:
        match = None if isinstance(entry, Rule) or isinstance(entry[1], Rule) else entry[1]
        for test in match.paths if match is not None else ():
            found.add((test.op, test.value))
            if test.op == "segment":
                found |= {("exact", test.value), ("prefix", f"{test.value}/")}
    return found


def _match(entry: Entry) -> Match:
    found = entry if isinstance(entry, Rule) else entry[1]
    return found.match if isinstance(found, Rule) else found


def _is_exact(entry: Entry) -> bool:
    match = _match(entry)
    return bool(match.paths) and match.paths[0].op == "exact"


def _insert(entries: list[Entry], made: list[Entry], path: str, regex: bool) -> None:
    """Before the first shorter prefix; on a host of expressions, behind them all."""
    place = len(entries)
    for number, entry in enumerate(entries):
        match = _match(entry)
        test = match.paths[0] if match.paths else None
        if test is not None and test.op in ("prefix", "segment") and not regex and len(test.value) < len(path):
            place = number
            break
    entries[place:place] = made
