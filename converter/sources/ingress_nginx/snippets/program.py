"""The directives of nginx's rewrite module as rules: what happens to which requests.

They run in the order in which they stand (nginx: src/http/modules/ngx_http_rewrite_module.c), which is followed for
every outcome of every `if`. A list of branches is tried in order, so that the contrary of a test needs no condition:
it is what is left of the requests that the test takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field, replace
from types import MappingProxyType
from typing import NamedTuple

from converter.model import Origin
from converter.model.data import dataclass
from converter.routing.actions import Action
from converter.routing.matchers import Condition, ValueMatcher
from converter.routing.regex import compiled
from converter.routing.steps import PathRewrite
from converter.routing.table import Feature
from converter.sources.ingress_nginx.response_styles import groups
from converter.sources.ingress_nginx.snippets.conditions import Test, read_test
from converter.sources.ingress_nginx.snippets.headers import HEADERS, header_feature
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.snippets.responses import answer_of, of_answer, only_text, rewrite_redirect
from converter.sources.ingress_nginx.snippets.snippet import Snippet
from converter.sources.ingress_nginx.snippets.variables import Maps, filled, variables_of

REWRITING = frozenset({"if", "return", "rewrite", "set", "break"})
MAX_BRANCHES, MAX_DEPTH = 48, 12
MAX_KNOWN_TESTS, MAX_VALUE = 100, 8192
"""Tests in a row whose outcome is known, each a level of recursion; characters of a variable, which may name itself."""


class DirectiveStep(NamedTuple):
    """A directive with its fact."""

    directive: Directive
    origin: Origin
    snippet: Snippet | None = None
    """Where it stands: equal texts share their directives, so that these alone do not say whose they are."""


@dataclass(frozen=True, slots=True)
class Branch:
    """What happens to the requests that meet all its demands and are in no branch before it."""

    conditions: tuple[Condition, ...] = ()
    paths: tuple[ValueMatcher, ...] = ()
    """Each must hold."""
    answer: Action | None = None
    """None: the request goes on."""
    features: tuple[Feature, ...] = ()
    origin: Origin | None = None
    """The directive that responds."""
    stops: bool = False
    """`break` has ended the rewrite phase: rewrite-target does nothing."""

    def under(self, test: Test) -> Branch:
        """The same, for requests that meet a test (whatever it says of the contrary)."""
        conditions = self.conditions if test.condition is None else (test.condition, *self.conditions)
        paths = self.paths if test.path is None else (test.path, *self.paths)
        return replace(self, conditions=conditions, paths=paths)

    def because(self, origin: Origin) -> Branch:
        """The same, with the `if` that its conditions come from."""
        if origin == self.origin:
            return self
        return replace(self, features=(*self.features, Feature("conditions", None, (origin,))))


GOES_ON = (Branch(),)


def features_of(branch: Branch) -> tuple[Feature, ...]:
    """The features of a branch, with that of its response."""
    return (*branch.features, *((of_answer(branch.answer, branch.origin),) if branch.answer else ()))


class _State(NamedTuple):
    """What has happened to a request so far."""

    known: Mapping[str, str] = MappingProxyType({})
    """Values of variables."""
    features: tuple[Feature, ...] = ()
    depth: int = 0
    known_tests: int = 0

    def adding(self, *features: Feature) -> _State:
        return self._replace(features=(*self.features, *features))

    @property
    def rewritten(self) -> bool:
        return any(one.name == "rewrite" for one in self.features)


class _TooManyError(Exception):
    """The tests multiply to more branches than anybody would read as routes."""


@dataclass(slots=True)
class Program:
    """Follows the directives of one block.

    Attributes:
        host: The name of the server where it has one alone; "" else.
        path: What the rule asks of the path, where that is one matcher.
        alone: All paths of the host are those of this block, so that a rewritten path is looked up in vain.
        rewrites_later: The Ingress has a rewrite-target, which `break` keeps from acting.
        server_level: The directives run before nginx looks for a location.
        maps: Variables of the http-snippet.
    """

    host: str
    path: ValueMatcher | None = None
    alone: bool = False
    rewrites_later: bool = False
    server_level: bool = False
    maps: Maps = field(default_factory=Maps)
    content_type: str = "text/html"
    elsewhere: tuple[ValueMatcher, ...] = ()
    """Locations of snippets, which a rewritten path may lead to."""
    used: dict[Origin, None] = field(default_factory=dict)
    """Facts that branches follow from."""
    unread: dict[Origin, Directive] = field(default_factory=dict)
    """Directives that no rule can say."""
    idle: dict[Origin, Directive] = field(default_factory=dict)
    """Those that never act here."""

    def run(self, steps: Iterable[DirectiveStep]) -> tuple[Branch, ...]:
        """The branches; the last one takes every request that is left."""
        steps = tuple(steps)
        if not steps:
            return GOES_ON
        try:
            return tuple(self._run(steps, _State()))
        except _TooManyError:
            self.unread = {one.origin: one.directive for one in steps}
            return GOES_ON

    def _run(self, steps: tuple[DirectiveStep, ...], state: _State) -> list[Branch]:
        for number, step in enumerate(steps):
            directive, origin = step.directive, step.origin
            rest = steps[number + 1 :]
            if directive.name == "set" and len(directive.args) == 2:
                name, value = directive.args
                value = filled(value, state.known, self.host)
                if len(value) > MAX_VALUE:
                    raise _TooManyError
                state = state._replace(known={**state.known, name.removeprefix("$"): value})
                self.used[origin] = None
            elif directive.name == "break":
                self.used[origin] = None
                return [Branch(features=state.features, stops=True)]
            elif directive.name == "return":
                answer = answer_of(self._filled(directive, state), self.content_type, self.path)
                if answer is not None:
                    self.used[origin] = None
                    return [Branch((), (), answer, state.features, origin)]
                self.unread[origin] = directive
            elif directive.name in ("if", "rewrite"):
                found = (self._if if directive.name == "if" else self._rewrite)(step, rest, state)
                if isinstance(found, list):
                    return found
                state = state.adding(*found)
            else:
                feature = header_feature(directive, origin) if directive.name in HEADERS else None
                if feature is None:
                    self.unread[origin] = directive
                state = state.adding(*([feature] if feature is not None else []))
        return [Branch(features=state.features)]

    def _filled(self, directive: Directive, state: _State) -> Directive:
        """With the values of variables that were set, but for those that stand for parts of the request."""
        return replace(directive, args=tuple(filled(one, state.known, "") for one in directive.args))

    def _if(
        self, step: DirectiveStep, rest: tuple[DirectiveStep, ...], state: _State
    ) -> list[Branch] | tuple[Feature, ...]:
        directive, origin = step.directive, step.origin
        inner = directive.block or ()
        test = read_test(directive.args, state.known, self.host, self.maps)
        of_path = isinstance(test, Test) and test.path is not None
        if test is None or not all(_follows(one) for one in inner) or (of_path and state.rewritten):
            self.unread[origin] = directive
            return ()
        if test is False:
            self.idle[origin] = directive
            return ()
        block = (*(DirectiveStep(one, origin) for one in inner), *rest)
        self.used[origin] = None
        if test is True:
            if state.known_tests >= MAX_KNOWN_TESTS:
                raise _TooManyError
            return self._run(block, state._replace(known_tests=state.known_tests + 1))
        taken = self._run(block, state._replace(depth=state.depth + 1))
        return [one.because(origin) if asked else one for one, asked in self._fork(test, taken, rest, state)]

    def _fork(
        self, test: Test, taken: list[Branch], rest: tuple[DirectiveStep, ...], state: _State
    ) -> list[tuple[Branch, bool]]:
        """The branches of a test, and of what follows where it fails; with each whether it asks for anything."""
        others = self._run(rest, state._replace(depth=state.depth + 1))
        if len(taken) + len(others) > MAX_BRANCHES or state.depth > MAX_DEPTH:
            raise _TooManyError
        if taken == others:
            return [(one, False) for one in others]
        first, second = (others, taken) if test.negate else (taken, others)
        return [*((one.under(test), True) for one in first), *((one, False) for one in second)]

    def _rewrite(
        self, step: DirectiveStep, rest: tuple[DirectiveStep, ...], state: _State
    ) -> list[Branch] | tuple[Feature, ...]:
        directive, origin = self._filled(step.directive, state), step.origin
        if not 2 <= len(directive.args) <= 3 or compiled(directive.args[0]) is None or state.rewritten:
            self.unread[origin] = step.directive
            return ()
        pattern, target, *flags = directive.args
        where = Test(path=ValueMatcher("search", pattern))
        if {"redirect", "permanent"} & set(flags) or target.startswith(("http://", "https://", "$scheme")):
            answer = rewrite_redirect(directive)
            if answer is None:
                self.unread[origin] = step.directive
                return ()
            self.used[origin] = None
            answers = [Branch((), (), answer, state.features, origin)]
            asked = _as_text(pattern) or where
            found = [one for one, _ in self._fork(asked, answers, rest, state)]
            return [*self._beside(asked, rest, state), *found]
        stops = "break" in flags and bool(self.rewrites_later or rest)
        literal = not variables_of(target) and "?" not in target
        if not literal or not self._stays(pattern, target, flags) or (self.rewrites_later and not stops):
            self.unread[origin] = step.directive
            return ()
        self.used[origin] = None
        change = PathRewrite("full", groups(target, pattern), pattern, False, encode="nginx")
        feature = Feature("rewrite", change, (origin,))
        ends = "last" in flags and self.server_level and any(one.directive.name == "rewrite" for one in rest)
        if stops or ends:
            taken = [Branch(features=(*state.features, feature), stops=stops)]
            return [one for one, _ in self._fork(where, taken, rest, state)]
        return (feature,)

    def _beside(self, test: Test, rest: tuple[DirectiveStep, ...], state: _State) -> list[Branch]:
        """The path without the slash that a prefix ends in, which a prefix of a route would take as well."""
        if test.path is None or test.path.op != "prefix" or len(test.path.value) < 2:
            return []
        exact = Test(path=ValueMatcher("exact", test.path.value[:-1]))
        return [one.under(exact) for one in self._run(rest, state._replace(depth=state.depth + 1))]

    def _stays(self, pattern: str, target: str, flags: list[str]) -> bool:
        """Whether nginx looks for no other location with the new path, and rewrites it no second time.

        nginx: src/http/modules/ngx_http_rewrite_module.c: `break` in a location alone leaves uri_changed unset.
        """
        if "break" in flags and not self.server_level:
            return True
        found = compiled(pattern)
        text = groups(target, pattern)
        if self.elsewhere and ("\\" in text or any(test.holds(text) for test in self.elsewhere)):
            return False
        sample = text.replace("\\1", "x").replace("\\2", "x")
        return self.alone and found is not None and pattern.startswith("^") and found.search(sample) is None


def _as_text(pattern: str) -> Test | None:
    """`^/old/(.*)$` takes what starts with a text, and `^(/old)$` one path alone."""
    text = only_text(pattern)
    if text is not None:
        return Test(path=ValueMatcher("exact", text))
    found = re.fullmatch(r"\^([\w/\-]+/)\(\.\*\)\$?", pattern)
    return Test(path=ValueMatcher("prefix", found[1])) if found else None


def _follows(directive: Directive) -> bool:
    return directive.name in REWRITING or directive.name in HEADERS
