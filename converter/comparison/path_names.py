"""Plain paths, which differ from host to host and mean the same.

`/orders` and `/orders/v2` of one host are to each other what `/users` and `/users/me` of another are. Where nothing
else speaks of them, hosts are compared with numbers in place of such texts, and a request for one host is turned into
the request for the other.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from functools import lru_cache
from typing import NamedTuple

from converter.comparison.opaque import Opaque
from converter.routing.matchers import Match

MAX_PATH_NAMES = 12
"""Paths of one host that are compared with each other."""
_PATH_NAME = re.compile(r"(?:/[A-Za-z0-9_][A-Za-z0-9_.\-]{0,60}){1,8}/?\Z")
_GENERIC = re.compile(r"/(?:[xX]1?(?:[/%].*)?|[xX]1[xX]1|no-such-path-1)?\Z")
"""Questions that are asked of every host."""
_SIMPLE = frozenset({"exact", "segment", "prefix"})


class TangledError(Exception):
    """The texts of these paths matter, or what they are to each other is not known."""


@lru_cache(maxsize=65536)
def is_path_name(text: str) -> bool:
    """True for a path without any meaning of its own, that no question has made up either."""
    small = text.lower()
    return _PATH_NAME.match(text) is not None and "x1" not in small and not small.startswith(("/x", "/no-such"))


class PathNames:
    """The plain paths of one host, numbered as they are first seen, and its opaque values.

    Args:
        host: The name of the host.
        paths: Whether paths are numbered; else their texts are compared.
    """

    def __init__(self, host: str = "", *, paths: bool = True) -> None:
        self.values, self.paths = Opaque(host), paths
        self.numbers: dict[str, int] = {}
        self.features: dict[tuple[int, ...], tuple[int, tuple[Hashable, ...]]] = {}
        """What is known of features, by their ids: rules of one Ingress share them."""
        self.announced: dict[tuple[int, ...], Hashable] = {}
        """What the findings on features announce, in the same way."""
        self.other_texts: set[str] = set()
        """Everything else that is said of the host: as long as none of the paths is in it, they are mere names."""

    def token(self, text: str) -> Hashable:
        """A number for a plain path, any other as it is."""
        if not self.paths or text == "/" or not is_path_name(text):
            return text
        return self.numbers.setdefault(text, len(self.numbers))

    def match(self, match: Match) -> Hashable:
        """A match with numbers in place of plain paths."""
        conditions = self.values.conditions(match.conditions) if match.conditions else ()
        if not self.paths:
            return match.paths, conditions
        for test in match.paths:
            if test.op not in _SIMPLE or not (test.value == "/" or is_path_name(test.value)):
                raise TangledError  # nobody knows what it is to the plain ones
        return tuple([(one.op, self.token(one.value), one.ignore_case) for one in match.paths]), conditions

    def relations(self) -> Hashable:
        """What the paths are to each other; TangledError where more than that matters."""
        texts = list(self.numbers)
        bare = [text.rstrip("/") for text in texts]
        if len(texts) > MAX_PATH_NAMES or any(text in words for text in bare for words in self.other_texts):
            raise TangledError
        return (
            tuple([(text[-1] == "/", text == text.swapcase()) for text in texts]),
            tuple([_relation(one, other) for one in bare for other in bare if one is not other]),
        )


def _relation(one: str, other: str) -> int:
    """0: apart; 1: the same; 2: the first is above the other; 3: it begins like the other, and no more."""
    if one == other:
        return 1
    begins = other.startswith(one)
    if begins != other.lower().startswith(one.lower()):
        raise TangledError
    if not begins:
        return 0
    if other[len(one) :].lower().startswith(("x", "/x")):
        raise TangledError  # it might be a question about the first
    return 2 if other[len(one)] == "/" else 3


class Derived(NamedTuple):
    """A path that was made of a plain one, or asks the same of every host (`literal` -1)."""

    literal: int
    swapped: bool
    rest: str

    def of(self, path_names: tuple[str, ...]) -> str:
        """The same for another host."""
        if self.literal < 0:
            return self.rest
        text = path_names[self.literal].rstrip("/")
        return f"{text.swapcase() if self.swapped else text}{self.rest}"


def derived(path: str, path_names: tuple[str, ...]) -> Derived | None:
    """How a path was made of one of these; None where that is not known."""
    body = path.partition("?")[0]
    best: Derived | None = None
    longest = 0
    for number, literal in enumerate(path_names):
        text = literal.rstrip("/")
        for form in (text, text.swapcase()):
            if len(text) > longest and body.startswith(form):
                best, longest = Derived(number, form != text, path[len(text) :]), len(text)
    if best is None and _GENERIC.match(body):
        return Derived(-1, False, path)
    return best
