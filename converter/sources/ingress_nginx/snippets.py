"""Raw configuration of nginx: whether it could refuse a request. Nobody converts it; what protects must not be lost."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from converter.packs.features import load_yaml, mappings_dir
from converter.packs.settings import Setting
from converter.routing.table import Feature

PROTECTING, INERT = "snippet", "header-snippet"
"""The features of raw configuration that may refuse requests, and of such that cannot."""
_PIECE = re.compile(r"""#[^\n]*|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};]|[^\s{};"']+""", re.DOTALL)


@lru_cache(maxsize=1)
def _known() -> tuple[frozenset[str], dict[str, list[str]], frozenset[str]]:
    data: dict[str, Any] = load_yaml(mappings_dir() / "nginx-directives.yaml")
    inert = frozenset(name for names in data["inert"].values() for name in names)
    return inert, data["inert_with"], frozenset(data["blocks"])


@lru_cache(maxsize=4096)
def is_inert(text: str) -> bool:
    """True where a piece of nginx.conf holds only directives that refuse no request (nginx-directives.yaml)."""
    inert, with_arguments, blocks = _known()
    for name, arguments, block in _directives(text):
        if name not in inert and arguments != with_arguments.get(name):
            return False
        if block and name not in blocks:
            return False
    return True


def _directives(text: str) -> Iterator[tuple[str, list[str], bool]]:
    """Name, arguments and whether a block follows; the content of a block is passed by."""
    words: list[str] = []
    depth = 0
    for piece in _PIECE.findall(text):
        if piece.startswith("#"):
            continue
        if depth:
            depth += (piece == "{") - (piece == "}")
        elif piece in (";", "{"):
            if words or piece == "{":
                yield (words or [piece])[0], words[1:], piece == "{"
            words, depth = [], int(piece == "{")
        elif piece == "}":
            yield "}", [], False
        else:
            words.append(piece.strip("\"'"))
    if words:
        yield words[0], words[1:], False


def features_of(setting: Setting, *fields: str) -> Iterator[Feature]:
    """The features of some fields of an Ingress' raw configuration, those that may protect apart from the others."""
    for name in (PROTECTING, INERT):
        found = [one for one in fields if one in setting.values and is_inert(setting.values[one]) == (name == INERT)]
        if found:
            yield Feature(name, {one: setting.values[one] for one in found}, setting.facts(*found))


def named(texts: Iterable[str]) -> str:
    """The feature of some raw configuration as a whole."""
    return INERT if all(map(is_inert, texts)) else PROTECTING
