"""Variables of nginx in snippets: those that `set` gives a value, and those of `map` and `geo`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field

from converter.model import Origin
from converter.model.data import dataclass
from converter.routing.matchers import Condition, ValueMatcher
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.snippets.snippet import Snippet
from converter.sources.ingress_nginx.variables import VARIABLE

_SPECIAL = frozenset({"include", "hostnames", "volatile", "ranges", "proxy", "proxy_recursive", "delete"})
"""Lines of `map` and `geo` that are no entries."""
HOST_NAMES = frozenset({"host", "server_name", "http_host", "best_http_host"})


def filled(text: str, known: Mapping[str, str], host: str) -> str:
    """A text with the values of the variables that are known."""

    def value(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name in known:
            return known[name]
        return host if host and name in HOST_NAMES else found[0]

    return VARIABLE.sub(value, text)


def reference(text: str) -> str:
    """The variable that a text is; "" where it is anything else."""
    found = VARIABLE.fullmatch(text)
    return (found[1] or found[2]) if found else ""


def variables_of(text: str) -> set[str]:
    """Names of the variables in a text, without groups (`$1`)."""
    return {name for found in VARIABLE.finditer(text) if not (name := found[1] or found[2]).isdigit()}


@dataclass(slots=True)
class Maps:
    """Variables that `map` and `geo` of http{} define.

    nginx: src/http/modules/ngx_http_map_module.c (texts before expressions, letter case ignored),
    ngx_http_geo_module.c.
    """

    blocks: dict[str, tuple[Directive, Origin]] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)
    """Names of those that a test has followed."""

    @classmethod
    def of(cls, snippets: Iterable[Snippet]) -> Maps:
        """Those of the http-snippet."""
        found = cls()
        for snippet in snippets:
            for one in snippet.directives:
                if one.name in ("map", "geo") and one.block is not None and one.args:
                    found.blocks[one.args[-1].removeprefix("$")] = one, snippet.fact(one)
        return found

    def source(self, name: str) -> str:
        """The variable that a `map` looks at; "" where there is none."""
        return reference(self.blocks[name][0].args[0]) if name in self.blocks else ""

    def entries(self, name: str, kind: str) -> dict[str, str] | None:
        """The lines of a `map` or `geo` that are texts alone; None where it has others, or is none of that kind."""
        block = self.blocks[name][0] if name in self.blocks else None
        if block is None or block.name != kind or (kind == "geo" and len(block.args) != 1):
            return None
        entries = _entries(block)
        return None if entries is None or any(key.startswith("~") for key, _ in entries) else dict(entries)

    def test(self, name: str, operator: str, value: str) -> tuple[Condition, bool] | bool | None:
        """What a test of such a variable asks of the request, and whether that is negated; None where no one condition
        says it."""
        if name not in self.blocks or operator not in ("", "="):
            return None
        block, _ = self.blocks[name]
        entries = _entries(block)
        if entries is None:
            return None
        default = next((text for key, text in entries if key == "default"), "")
        texts = [(key, text) for key, text in entries if key != "default"]
        if any("$" in text for _, text in entries):
            return None

        def holds(text: str) -> bool:
            return text == value if operator == "=" else text not in ("", "0")

        taken = [key for key, text in texts if holds(text)]
        left = [key for key, text in texts if not holds(text)]
        if taken and left and not all(holds(default) == holds(text) for _, text in texts):
            taken, left = _without_default(taken, left, holds(default))
            if left and taken:
                return None
        self.used.add(name)
        if not holds(default) and not taken:
            return False
        if holds(default) and not left:
            return True
        condition = _of_map(block, left if holds(default) else taken)
        return None if condition is None else (condition, holds(default))


def _entries(block: Directive) -> list[tuple[str, str]] | None:
    """The lines of a `map` or `geo`; None where some are no entries."""
    entries = [(one.name, one.args[0] if one.args else "") for one in block.block or ()]
    return None if any(key in _SPECIAL for key, _ in entries) else entries


def _without_default(taken: list[str], left: list[str], by_default: bool) -> tuple[list[str], list[str]]:
    """Entries that say what the default says anyway; only texts never hide one another."""
    if any(key.startswith("~") or "/" in key for key in (*taken, *left)):
        return taken, left
    return ([], left) if by_default else (taken, [])


def _of_map(block: Directive, keys: list[str]) -> Condition | None:
    if block.name == "geo":
        if len(block.args) > 1 and block.args[0] not in ("$remote_addr", "$binary_remote_addr"):
            return None
        return Condition("source", "", tuple(ValueMatcher("cidr", key) for key in keys))
    name = reference(block.args[0])
    tests = tuple(_entry(key) for key in keys)
    if name == "remote_addr":
        ok = not any(key.startswith("~") for key in keys)
        return Condition("source", "", tuple(ValueMatcher("cidr", key) for key in keys)) if ok else None
    if name == "request_method" and all(one.op == "exact" for one in tests):
        return Condition("method", "", tuple(ValueMatcher("exact", key.upper()) for key in keys))
    if any(one.holds("") for one in tests):
        return None
    return of_part(name, tests)


def of_part(name: str, tests: tuple[ValueMatcher, ...]) -> Condition | None:
    """What tests of a variable that is a header, cookie or argument ask of the request; None for other variables."""
    if name.startswith("http_") and name != "http_host":
        return Condition("header", name[5:].replace("_", "-"), tests, "single")
    if name.startswith("cookie_"):
        return Condition("cookie", name[7:], tests, "any", False, True)
    if name.startswith("arg_"):
        return Condition("query", name[4:], tests, "first", False, True)
    return None


def _entry(key: str) -> ValueMatcher:
    if key.startswith("~"):
        return ValueMatcher("search", key.lstrip("~*"), key.startswith("~*"))
    return ValueMatcher("exact", key.removeprefix("\\"), True)
