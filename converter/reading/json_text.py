"""JSON to plain values with positions; as strict as Kubernetes' own reader, iterative, several values in one text."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from json.decoder import JSONDecodeError, scanstring  # type: ignore[attr-defined]
from typing import Any

from converter.reading.positioned import At, DocumentError, Map, Seq
from converter.reading.yaml_events import MAX_DEPTH, Loaded, Wanted

_SPACE = re.compile(r"[ \t\n\r]*")
_ATOM = re.compile(r"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][-+]?[0-9]+)?|true|false|null")
_CONSTANTS = {"true": True, "false": False, "null": None}


def load(text: str, line: int, wanted: Wanted) -> Iterator[Loaded]:
    """The values of a text one after another; DocumentError at the first broken one."""
    scanner = _Scanner(text, line)
    at = scanner.skip(0)
    while at < len(text):
        start = scanner.place(at)
        scanner.problems = []
        value, at = scanner.value(at)
        foreign = isinstance(value, Map) and not wanted(str(value.get("apiVersion")), str(value.get("kind")))
        yield Loaded(value, start[0], foreign, scanner.problems)
        at = scanner.skip(at)


class _Scanner:
    def __init__(self, text: str, line: int) -> None:
        self.text, self.line = text, line
        self.starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self.problems: list[DocumentError] = []

    def place(self, at: int) -> At:
        """Line and column of an offset."""
        row = bisect_right(self.starts, at) - 1
        return row + self.line, at - self.starts[row] + 1

    def skip(self, at: int) -> int:
        """The next offset that is no space."""
        found = _SPACE.match(self.text, at)
        return found.end() if found else at

    def fail(self, message: str, at: int) -> DocumentError:
        return DocumentError(f"broken JSON: {message}", *self.place(at))

    def value(self, at: int) -> tuple[Any, int]:
        """The value that starts here, and the offset behind it."""
        stack: list[tuple[Any, str]] = []
        key = ""
        while True:
            char = self.text[at : at + 1]
            if char in ("{", "["):
                if len(stack) >= MAX_DEPTH:
                    raise DocumentError(f"nested deeper than {MAX_DEPTH} levels", *self.place(at))
                container: Any = Map(self.place(at)) if char == "{" else Seq(self.place(at))
                value, start = container, at
                at = self.skip(at + 1)
                if self.text[at : at + 1] != ("}" if char == "{" else "]"):
                    stack.append((container, key))
                    if char == "{":
                        key, at = self._key(container, at)
                    continue
                at += 1
            else:
                start = at
                value, at = self._scalar(at)
            while True:  # put the value in place, close what ends here
                if not stack:
                    return value, at
                container, outer = stack[-1]
                self._put(container, key, value, start)
                at = self.skip(at)
                char = self.text[at : at + 1]
                if char == ",":
                    at = self.skip(at + 1)
                    if isinstance(container, Map):
                        key, at = self._key(container, at)
                    break
                if char != ("}" if isinstance(container, Map) else "]"):
                    raise self.fail("expected ',' or the end of the object or list", at)
                stack.pop()
                value, key, at, start = container, outer, at + 1, -1

    def _put(self, container: Any, key: str, value: Any, start: int) -> None:
        if isinstance(container, Map):
            container[key] = value
        else:
            container.append(value)
            container.at.append(value.pos if start < 0 else self.place(start))

    def _key(self, container: Map, at: int) -> tuple[str, int]:
        if self.text[at : at + 1] != '"':
            raise self.fail("expected a key in double quotes", at)
        place = self.place(at)
        key, end = self._string(at)
        end = self.skip(end)
        if self.text[end : end + 1] != ":":
            raise self.fail("expected ':' after the key", end)
        if key in container:
            self.problems.append(DocumentError(f"duplicate key {key!r}", *place))
        container.at[key] = place
        return key, self.skip(end + 1)

    def _string(self, at: int) -> tuple[str, int]:
        try:
            value, end = scanstring(self.text, at + 1, True)
        except JSONDecodeError as error:
            raise self.fail(error.msg, error.pos) from None
        if not value.isascii():  # a lone surrogate becomes U+FFFD, as Go reads it
            value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return value, end

    def _scalar(self, at: int) -> tuple[Any, int]:
        if self.text[at : at + 1] == '"':
            return self._string(at)
        found = _ATOM.match(self.text, at)
        if found is None:
            raise self.fail("expected a value", at)
        word = found.group()
        if word in _CONSTANTS:
            return _CONSTANTS[word], found.end()
        if found.group(2) or found.group(3) or len(word) > 30:
            return float(word), found.end()
        return int(word), found.end()
