"""Values of a header that are refused, as an expression (CEL) of a SecurityPolicy's rule, and back.

`principal.headers` compares whole values with regard to letter case; an expression can do what nginx does. Measured on
Envoy Gateway 1.9: a request without the header is not refused.
"""

from __future__ import annotations

import re
from typing import Any

from converter.routing.matchers import ValueMatcher
from converter.routing.regex import quoted, re2_problem

_READ = re.compile(r"'(?P<name>[^'\\\\]+)' in request\.headers && \((?P<any>.*)\)\Z", re.DOTALL)
_ONE = re.compile(r"request\.headers\['[^']+'\]\.matches\('(?P<pattern>(?:\\\\.|[^'\\\\])*)'\)", re.DOTALL)

_ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|(.))", re.DOTALL)
_BREAKS = frozenset(map(chr, (*range(32), 127, 0x85, 0x2028, 0x2029)))
"""Characters that end a line somewhere."""


def expression(header: str, tests: tuple[ValueMatcher, ...]) -> str | None:
    """The expression for requests with one of the values; None where Envoy's expressions cannot say one of them."""
    parts = []
    for test in tests:
        pattern = f"^{quoted(test.value)}$" if test.op == "exact" else test.value
        if re2_problem(pattern):
            return None
        text = ("(?i)" if test.ignore_case else "") + pattern
        parts.append(f"request.headers['{header}'].matches('{escaped(text)}')")
    return f"'{header}' in request.headers && ({' || '.join(parts)})"


def denial(name: str, text: str) -> dict[str, Any]:
    """A rule that refuses what an expression takes."""
    return {"name": name, "action": "Deny", "cel": text}


def read_expression(text: str) -> tuple[str, tuple[ValueMatcher, ...]] | None:
    """Header and values of an expression of this form; None for any other."""
    found = _READ.match(text)
    if found is None:
        return None
    parts = list(_ONE.finditer(found["any"]))
    if " || ".join(part.group() for part in parts) != found["any"]:
        return None
    return found["name"], tuple(_matcher(_ESCAPE.sub(_unescaped, part["pattern"])) for part in parts)


def _matcher(pattern: str) -> ValueMatcher:
    return ValueMatcher("search", pattern.removeprefix("(?i)"), pattern.startswith("(?i)"))


def escaped(text: str) -> str:
    """A text between single quotes of an expression, which takes no line break there."""
    quoted_text = text.replace("\\", "\\\\").replace("'", "\\'")
    return "".join(f"\\u{ord(char):04x}" if char in _BREAKS else char for char in quoted_text)


def _unescaped(found: re.Match[str]) -> str:
    return chr(int(found[1], 16)) if found[1] else found[2]
