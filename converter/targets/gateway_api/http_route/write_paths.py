"""Path tests of a table as path matches of a route."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

from converter.model import NO_ASPECTS, Outcome
from converter.model.request_kind import beyond, without_slash
from converter.routing.matchers import ValueMatcher, glob_pattern
from converter.routing.regex import compiled, literal_start, quoted, re2_problem
from converter.targets.gateway_api.http_route.path_escapes import ESCAPABLE, SAFE, escapable, open_to_escapes
from converter.targets.gateway_api.http_route.path_patterns import anchored, full_match, on_the_wire

LONGEST = 1024
_REFUSED = re.compile(r"//|/\./|/\.\./|%2[fF]|#|/\.\.$|/\.$")
_UNSAFE_TEXT = re.compile(r"[][]|%(?![0-9a-fA-F]{2})")
_ALLOWED = re.compile(r"^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|%[0-9a-fA-F]{2})+$")


class PathMatch(NamedTuple):
    """What a test becomes: `match` is None where nothing can be written, `outcome` is None where nothing is lost."""

    match: dict[str, Any] | None
    outcome: Outcome | None = None


ANY_PATH = PathMatch({"type": "PathPrefix", "value": "/"})


@lru_cache(maxsize=65536)
def path_match(
    test: ValueMatcher, decoded: bool, strict: bool, shadowed: bool = False, guarded: bool = False
) -> PathMatch:
    """The path match for a test.

    `decoded`: the table compares paths after percent-decoding (nginx), Envoy before it. `shadowed`: an earlier rule
    takes the bare path of a prefix with a trailing slash. `guarded`: other rules must not take paths of this one, so
    that nothing is left out: what no match can say becomes a wider one, whose outcome is unsupported. Callers copy the
    match.
    """
    if not guarded:
        return _path_match(test, decoded, strict, shadowed)
    if decoded and test.op in ("exact", "prefix", "segment") and ESCAPABLE.search(test.value):
        flag = "(?i)" if test.ignore_case else ""
        found = _regex(flag + _as_pattern(test.op, test.value, escapable))
    elif decoded and test.op in ("search", "regex"):
        found = _path_match(test._replace(value=open_to_escapes(test.value)), decoded, True, shadowed)
    else:
        found = _path_match(test, decoded, True, shadowed)
    if found.match is None and found.outcome is not None and not found.outcome.fidelity.lossless:
        return PathMatch(_widest(test), found.outcome)
    return found


def _widest(test: ValueMatcher) -> dict[str, Any]:
    """A match for all paths that a test could take."""
    stem = literal_start(test.value) if test.op in ("regex", "search") else ""
    pattern = f"(?i){quoted(stem)}.*" if stem.startswith("/") else ".*"
    return (
        {"type": "RegularExpression", "value": pattern[:LONGEST]}
        if len(pattern) <= LONGEST
        else {"type": "PathPrefix", "value": "/"}
    )


def _path_match(test: ValueMatcher, decoded: bool, strict: bool, shadowed: bool) -> PathMatch:
    op, value = test.op, test.value
    if op == "never":
        return PathMatch(None, _dead("this path never matches anything"))
    if not decoded and op in ("exact", "segment", "prefix", "glob") and (" " in value or not value.isascii()):
        return PathMatch(None, _dead(f"no request path on the wire is like {value!r}, which is not encoded"))
    if test.ignore_case and op in ("exact", "prefix", "segment"):
        return _regex("(?i)" + _as_pattern(op, encoded(value, decoded)))
    if op == "exact":
        return _literal_match("Exact", value, decoded)
    if op == "segment":
        return ANY_PATH if value in ("", "/") else _literal_match("PathPrefix", value, decoded)
    if op == "prefix":
        return _prefix(value, decoded, strict, shadowed)
    if op == "glob":
        return _glob(value, decoded)
    if op == "search":
        return _searched(test, decoded)
    if op == "regex":
        return _regex(("(?i)" if test.ignore_case else "") + on_the_wire(value, decoded))
    if op == "present":
        return ANY_PATH
    return _others(op, value)


def _others(op: str, value: str) -> PathMatch:
    if op == "suffix":
        return _regex(f".*{quoted(value)}")
    if op == "ends" and len(value) < 2:
        return PathMatch(None, _dead(f"no path ends with {value!r} in the way that is compared here"))
    if op == "ends":
        return _regex(f"[^.]*.{quoted(value[1:])}")
    return PathMatch(
        None,
        Outcome.unsupported(
            "path.no-match",
            f"no path match can express {op} {value!r}; the rule is left out",
            "split the rule by paths that a prefix or a regular expression can name",
        ),
    )


def _dead(message: str) -> Outcome:
    return Outcome.obsolete("path.dead", f"{message}, before and after; nothing is written for it")


def _as_pattern(op: str, value: str, written: Callable[[str], str] = quoted) -> str:
    if op == "exact":
        return written(value)
    if op == "prefix":
        return written(value) + ".*"
    return written(value.rstrip("/")) + "(?:/.*)?"


def encoded(value: str, decoded: bool) -> str:
    """A path as it comes over the wire; of one that is compared encoded, escapes are kept."""
    return quote(value, safe=SAFE if decoded else SAFE + "%")


def _literal_match(kind: str, value: str, decoded: bool) -> PathMatch:
    text = value or "/"
    if not decoded and "#" in text:
        return PathMatch(None, _dead(f"no request path on the wire is like {value!r}"))
    if not decoded and _UNSAFE_TEXT.search(text):
        # no match may contain it, but requests do, and Envoy leaves it as it is
        return _regex(_as_pattern("exact" if kind == "Exact" else "segment", quote(text, safe=f"{SAFE}%[]")))
    if not _ALLOWED.match(text) or (decoded and "%" in text):
        text = encoded(text, decoded)
    if _REFUSED.search(text):
        if decoded:
            return PathMatch(None, _dead(f"no normalised path ever contains what {value!r} asks for"))
        return _regex(_as_pattern("exact" if kind == "Exact" else "segment", text))
    if not text.startswith("/"):
        return PathMatch(None, _dead(f"{value!r} does not start with a slash, so no request path equals it"))
    if len(text) > LONGEST:
        return _too_long(text)
    return PathMatch({"type": kind, "value": text})


def _too_long(text: str) -> PathMatch:
    return PathMatch(
        None,
        Outcome.unsupported(
            "path.too-long",
            f"the path match would have {len(text)} characters, {LONGEST} are allowed",
            "shorten the path or split the expression",
        ),
    )


def _prefix(value: str, decoded: bool, strict: bool, shadowed: bool) -> PathMatch:
    if value in ("", "/"):
        return ANY_PATH
    if not decoded and _REFUSED.search(value):
        return _regex(_as_pattern("prefix", encoded(value, decoded)))
    if value.endswith("/") and (shadowed or not strict):
        found = _literal_match("PathPrefix", value, decoded)
        if shadowed or found.match is None or found.outcome is not None:
            return found
        bare = value.rstrip("/")
        return PathMatch(
            found.match,
            Outcome.approximate(
                "path.prefix-slash",
                f"PathPrefix {value} also matches {bare} (was: not matched)",
                "use --strict for a regular expression that keeps them apart",
                when=without_slash(value),
            ),
        )
    if strict:
        return _regex(_as_pattern("prefix", encoded(value, decoded)))
    found = _literal_match("PathPrefix", value, decoded)
    if found.match is None or found.outcome is not None:
        return found
    return PathMatch(
        found.match,
        Outcome.approximate(
            "path.string-prefix",
            f"PathPrefix {value} matches whole segments only (was: text, which also matches {value}x)",
            "use --strict to keep the text prefix as a regular expression",
            when=beyond(value),
        ),
    )


def _glob(value: str, decoded: bool) -> PathMatch:
    if "*" not in value and "?" not in value:
        return _literal_match("Exact", value, decoded)
    if value in ("*", "/*"):
        return ANY_PATH
    return _regex(glob_pattern(value))


def _searched(test: ValueMatcher, decoded: bool) -> PathMatch:
    if compiled(test.value, test.ignore_case) is None:
        return PathMatch(
            None,
            Outcome.unsupported(
                "path.regex-unsupported",
                f"{test.value!r} cannot be read as an expression",
                "correct the expression",
            ),
        )
    return _regex(full_match(on_the_wire(test.value, decoded), test.ignore_case))


def portable(path: PathMatch) -> PathMatch:
    """A path match for any implementation of Gateway API."""
    if path.match is None or path.match["type"] != "RegularExpression":
        return path
    match = path.match | {"value": anchored(path.match["value"])}
    return PathMatch(match, path.outcome or dialect("path", "path"))


def dialect(family: str, what: str) -> Outcome:
    """What an expression means where the implementation is not known."""
    return Outcome.approximate(
        f"{family}.regex-dialect",
        f"the {what} becomes a match of type RegularExpression: whether an implementation of Gateway API has this "
        "type, its dialect, and whether (?i) is known are implementation-specific",
        "check the documentation of the implementation, or use --to envoy-gateway",
        affects=NO_ASPECTS,
    )


def _regex(pattern: str) -> PathMatch:
    problem = re2_problem(pattern)
    if problem:
        return PathMatch(
            None,
            Outcome.unsupported(
                "path.regex-unsupported",
                f"Envoy's expressions (RE2) cannot do {problem}",
                "write the path without it, or split it into several paths",
            ),
        )
    if len(pattern) > LONGEST:
        return _too_long(pattern)
    return PathMatch({"type": "RegularExpression", "value": pattern})
