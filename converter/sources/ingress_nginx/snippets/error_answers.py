"""`error_page` that leads to a URL, or to a location that only returns something.

nginx: src/http/ngx_http_core_module.c ngx_http_core_error_page, src/http/ngx_http_special_response.c
ngx_http_send_error_page: without `=` the status stays; a URL is a redirect, with 302 unless `=` names another.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from converter.model import Origin
from converter.routing.actions import Redirect, Respond
from converter.routing.error_pages import ErrorAnswer
from converter.routing.table import Feature
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.snippets.responses import REDIRECTS, answer_of, content_type_of
from converter.sources.ingress_nginx.snippets.snippet import Snippet
from converter.sources.ingress_nginx.variables import parts_of

_BESIDE_RETURN = frozenset({"return", "default_type", "internal"})
_CODE = re.compile("[3-5][0-9]{2}")
_MARK = re.compile(r"=[0-9]{0,3}")
_URLS = ("http://", "https://", "$scheme://")
_KEPT, _OWN = -1, 0
"""Statuses of `error_page`: that of the error, and that of the location."""


class Locations:
    """The locations of a server-snippet that an `error_page` may lead to."""

    def __init__(self, snippets: Iterable[Snippet | None]) -> None:
        self._known: dict[str, tuple[Directive, Snippet]] = {}
        for snippet in filter(None, snippets):
            for one in snippet.directives:
                if one.name == "location" and one.args and one.args[:-1] in ((), ("=",)):
                    self._known[one.args[-1]] = one, snippet

    def answer(self, target: str) -> tuple[Redirect | Respond, str, tuple[Origin, ...]] | None:
        """What such a location returns, the URL of a redirect, and the facts that say so; None where it does more."""
        if target not in self._known:
            return None
        location, snippet = self._known[target]
        block = location.block or ()
        returns = [one for one in block if one.name == "return"]
        if len(returns) != 1 or any(one.name not in _BESIDE_RETURN for one in block):
            return None
        found = answer_of(returns[0], content_type_of(block))
        facts = (snippet.fact(location), *(snippet.fact(one) for one in block)) if target.startswith("@") else ()
        return (found, returns[0].args[-1], facts) if isinstance(found, Redirect | Respond) else None


def error_answer(
    directive: Directive, locations: Locations, intercept: bool
) -> tuple[ErrorAnswer, tuple[Origin, ...]] | None:
    """What replaces the responses with some statuses, and the facts of the location; None where no field says it."""
    *words, target = directive.args or ("",)
    codes = tuple(int(word) for word in words if _CODE.fullmatch(word))
    marks = [word for word in words if _MARK.fullmatch(word)]
    if not codes or len(codes) + len(marks) != len(words):
        return None
    status = int(marks[0][1:] or _OWN) if marks else _KEPT
    if target.startswith(_URLS):
        return _redirect(codes, status if status in REDIRECTS else 302, target, intercept), ()
    found = locations.answer(target)
    if found is None:
        return None
    action, url, facts = found
    if isinstance(action, Redirect):
        if status == _KEPT or not url.startswith(_URLS):
            return None
        return _redirect(codes, status or action.status, url, intercept), facts
    own = {_OWN: action.status, _KEPT: None}.get(status, status)
    return ErrorAnswer(codes, own, (), action.body, action.content_type, intercept), facts


def _redirect(codes: tuple[int, ...], status: int, url: str, intercept: bool) -> ErrorAnswer:
    return ErrorAnswer(codes, status, parts_of(url), intercept=intercept)


def error_features(known: Iterable[tuple[Feature, Directive | None]], locations: Locations) -> list[Feature]:
    """The features of all `error_page` of a block, where each can be said; with it `proxy_intercept_errors`."""
    named = [(one, found) for one, found in known if found is not None]
    switches = [(one, found) for one, found in named if found.name == "proxy_intercept_errors"]
    intercept = any(found.args == ("on",) for _, found in switches)
    beside = tuple(origin for one, _ in switches for origin in one.origins)
    features: list[Feature] = []
    for feature, directive in named:
        if directive.name != "error_page":
            continue
        made = error_answer(directive, locations, intercept)
        if made is None:
            return []
        features.append(Feature("custom-errors", made[0], (*feature.origins, *beside, *made[1])))
    return features


def without_pages(inherited: tuple[Feature, ...], own: Iterable[Feature]) -> tuple[Feature, ...]:
    """What a location inherits: no `error_page` where it has some, and a login page is one."""
    if all(one.name not in ("custom-errors", "login-redirect") for one in own):
        return inherited
    return tuple(one for one in inherited if one.name != "custom-errors")
