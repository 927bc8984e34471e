"""The parts of a text that may be values of a host's own: words, numbers, addresses; and what makes others of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

from converter.routing.exchange import Request

ATOM = re.compile(r"(?<![A-Za-z_-])(?>[0-9][0-9.:/]*[0-9]|[A-Za-z0-9_-]+)(?!': )")
"""An address, a number, or a word, but for names of fields (in Python's own notation), which are not tried letter by
letter."""
PARTS = re.compile(f"({ATOM.pattern})")
URL = re.compile(r"(?P<scheme>https?)://(?P<host>[a-z0-9-]+(?:\.[a-z0-9-]+)+)(?::(?P<port>[0-9]+))?(?=[/$]|\Z)")
"""A URL with a literal host: the name of a Backend is made of its host and port."""
VARIABLE = re.compile(r"\$(?:[a-z][a-z0-9_]*|\{[a-z][a-z0-9_]*\})")
"""A variable of nginx, which means the same on every host; what stands around it is text."""
TEMPLATE = re.compile(r"[$%]|\\(?![0-9])")
"""Text with other variables or escapes has a meaning beyond itself."""
MEANT = frozenset(
    {
        "http",
        "https",
        "ws",
        "wss",
        "www",
        "svc",
        "cluster",
        "local",
        "true",
        "false",
        "null",
        "none",
        "get",
        "post",
        "put",
        "patch",
        "delete",
        "head",
        "options",
        "trace",
        "connect",
        "always",
        "never",
    }
)
"""Words that mean something to a proxy."""
SHORT = 2
"""A shorter text may stand anywhere by chance."""


def renamed(text: str, own: Mapping[str, int], others: tuple[str, ...]) -> str:
    """A text of one host with the values of another one: `own` numbers the values that `others` has in that order."""

    def other(found: re.Match[str]) -> str:
        number = own.get(found.group())
        return found.group() if number is None else others[number]

    return ATOM.sub(other, text)


def with_values(request: Request, own: Mapping[str, int], others: tuple[str, ...]) -> Request:
    """A request that shows the values of one host with those of another: see `renamed`."""

    def of_other(text: str) -> str:
        return renamed(text, own, others)

    situation = request.situation
    if situation.knows_services:
        situation = situation.with_given({of_other(name): given for name, given in situation.given.items()})
    headers = tuple([(name, of_other(value)) for name, value in request.headers])
    return request._replace(headers=headers, source=of_other(request.source), situation=situation)
