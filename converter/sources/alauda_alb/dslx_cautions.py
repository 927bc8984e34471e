"""Where a condition of a Rule means more, or something else, than its words.

alb: template/nginx/lua/match_engine/operation.lua; nginx variables `http_…` and `cookie_…`.
"""

from __future__ import annotations

from typing import NamedTuple

from converter.model.request_kind import EVERY_REQUEST, RequestKind, for_host, named
from converter.sources.alauda_alb.sourced_value import Term

HOSTS = "conditions.host-suffix"


class Caution(NamedTuple):
    """What of a condition no other proxy does.

    Attributes:
        code: Of the finding.
        message: One sentence or two.
        when: The kind of requests that it is about.
    """

    code: str
    message: str
    when: RequestKind = EVERY_REQUEST


def cautions(terms: tuple[Term, ...]) -> list[Caution]:
    """All of a Rule; those about hosts first, as they concern whoever calls."""
    found = [caution for term in terms if term.rows for caution in _of(term)]
    return sorted(found, key=lambda one: one.code != HOSTS)


def _of(term: Term) -> list[Caution]:
    if term.type == "COOKIE" and term.key:
        text = f"ALB matches the cookie name {term.key} in any letter case; the route matches it as written"
        return [Caution("conditions.cookie-name-case", text, named("cookie"))]
    if term.type == "HEADER":
        return _header(term.key)
    if term.type == "PARAM" and term.key:
        text = (
            f"ALB decodes the parameter {term.key} before it compares; where it is repeated or has no value, the rule "
            "does not match or fails with 500. The route compares the first value as sent"
        )
        return [Caution("conditions.parameter-values", text, named("odd-parameter"))]
    if term.type == "HOST":
        return [_suffix(row[1]) for row in term.rows if row[0] == "ENDS_WITH" and len(row) > 1 and row[1][:2] != "*."]
    return []


def _header(key: str) -> list[Caution]:
    if "-" in key:
        text = f"the header condition {key} never matches: ALB reads nginx variables, whose names have _ instead of -"
        return [Caution("conditions.header-never-matches", text)]
    if "_" in key:
        dashed = key.replace("_", "-")
        text = f"ALB matches the headers {key} and {dashed} alike; the route matches {dashed}"
        return [Caution("conditions.header-underscore", text, named("odd-header"))]
    return []


def _suffix(value: str) -> Caution:
    """operation.lua:197-211."""
    rest = value[1:].lstrip(".")
    text = (
        f"HOST ENDS_WITH {value} ignores the first character: ALB matches x{value[1:]} and names with one more label; "
        f"the route has the hostname *.{rest}"
    )
    return Caution(HOSTS, text, for_host("ends", value))
