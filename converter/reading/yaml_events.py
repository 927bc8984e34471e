"""One YAML text to plain values with positions, by events: no recursion, no node tree, bounded aliases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import field
from typing import Any

from converter.model.data import dataclass
from converter.reading.positioned import (
    AMBIGUOUS_BOOLEANS,
    NAMES,
    AmbiguousBoolean,
    At,
    DocumentError,
    Map,
    Seq,
    key_text,
    tagged,
    unquoted_scalar,
)

MAX_DEPTH = 500
"""Deepest nesting of a document that is read; Kubernetes objects stay below 30."""
MAX_NODES = 2_000_000
"""Most values of a document with its aliases written out."""

Wanted = Callable[[str, str], bool]
"""(apiVersion, kind) -> whether the rest of the document is worth constructing."""


@dataclass(slots=True)
class Loaded:
    """One document. `value` is None for an empty one; a `foreign` one was left as soon as its kind was known."""

    value: Any
    line: int
    foreign: bool = False
    problems: list[DocumentError] = field(default_factory=list)
    """Duplicate keys: Kubernetes refuses the object because of them."""


_NO_KEY: Any = object()
_MERGE: Any = object()
_NAMING = frozenset({"kind", "apiVersion"})


def load(text: str, line: int, wanted: Wanted) -> Iterator[Loaded]:
    """The documents of a text whose first line has this number (from 1); DocumentError at the first broken one."""
    from ruamel.yaml.cyaml import CParser  # type: ignore[attr-defined]
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    done = 0
    try:
        for document in _documents(CParser(text), line, wanted):
            done += 1
            yield document
    except MarkedYAMLError as error:
        if "found unexpected ':'" not in str(error.problem):
            raise _broken(error, line) from None
        yield from _load_slowly(text, line, wanted, done)
    except YAMLError as error:
        words = " ".join(str(error).split("\n")[0].split())
        raise DocumentError(f"not readable as YAML: {words}", line + _line_of_control_character(text), 1) from None
    except UnicodeError:
        raise DocumentError("not valid text: a character that UTF-8 cannot hold", line, 1) from None


def _load_slowly(text: str, line: int, wanted: Wanted, skip: int) -> Iterator[Loaded]:
    """With ruamel's own parser: libyaml before 0.2.1 refuses `{url: http://x}`, which Kubernetes reads."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        for number, document in enumerate(_documents(_Events(YAML(typ="safe", pure=True).parse(text)), line, wanted)):
            if number >= skip:
                yield document
    except MarkedYAMLError as error:
        raise _broken(error, line) from None
    except (YAMLError, ValueError) as error:
        if isinstance(error, DocumentError):
            raise
        raise DocumentError(f"not readable as YAML: {error}".split("\n", 1)[0], line, 1) from None
    except RecursionError:
        raise DocumentError(f"nested deeper than {MAX_DEPTH} levels", line, 1) from None


class _Events:
    """Events of ruamel's own parser, in the way that libyaml's are asked for."""

    def __init__(self, events: Iterator[Any]) -> None:
        self.events = events

    def get_event(self) -> Any:
        """The next one."""
        return next(self.events)


def _documents(parser: Any, line: int, wanted: Wanted) -> Iterator[Loaded]:
    from ruamel.yaml.events import DocumentStartEvent, StreamEndEvent

    while True:
        event = parser.get_event()
        if type(event) is DocumentStartEvent:
            yield _DocumentBuilder(parser, line, wanted).document(event.start_mark.line + line)
        elif type(event) is StreamEndEvent:
            return


def _line_of_control_character(text: str) -> int:
    """Lines before the first control character, which libyaml reports without a line."""
    at = next((i for i, char in enumerate(text) if char < " " and char not in "\t\n\r"), 0)
    return text.count("\n", 0, at)


def _broken(error: Any, line: int) -> DocumentError:
    mark = error.problem_mark or error.context_mark
    words = " ".join(part for part in (error.context, error.problem) if part)
    hint = ""
    if "cannot start any token" in words:
        hint = "a tab used for indentation, or an unquoted value that starts with @, ` or %"
    if mark is None:
        return DocumentError(f"broken YAML: {words}", line, 1, hint)
    return DocumentError(f"broken YAML: {words}", mark.line + line, mark.column + 1, hint)


class _DocumentBuilder:
    """State of one document under construction."""

    def __init__(self, parser: Any, line: int, wanted: Wanted) -> None:
        self.parser, self.line, self.wanted = parser, line, wanted
        self.problems: list[DocumentError] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.open: dict[str, int] = {}
        self.count = 0

    def document(self, line: int) -> Loaded:  # noqa: PLR0912, PLR0915  (the inner loop of reading; split, it costs 40%)
        from ruamel.yaml.events import (
            AliasEvent,
            DocumentEndEvent,
            MappingStartEvent,
            ScalarEvent,
            SequenceStartEvent,
        )

        get, base = self.parser.get_event, self.line
        stack: list[tuple[Any, Any, At, list[Any], str | None, int]] = []
        current: Any = None  # container being filled
        key: Any = _NO_KEY  # pending key of a mapping
        key_at: At = (line, 1)
        merges: list[Any] = []  # values of `<<` of the current mapping
        anchor: str | None = None  # anchor of the current container
        before = 0  # nodes counted when it was opened
        root: Any = None
        count = 0
        while True:
            event = get()
            kind = type(event)
            if kind is ScalarEvent:
                mark = event.start_mark
                value: Any = event.value
                if event.tag is not None:
                    value = self._tagged(event)
                elif not event.style:
                    value = (
                        AmbiguousBoolean(value)
                        if value in AMBIGUOUS_BOOLEANS and key in NAMES
                        else unquoted_scalar(value)
                    )
                count += 1
                if event.anchor is not None:
                    self.anchors[event.anchor] = (value, 1)
                at = (mark.line + base, mark.column + 1)
                is_map = type(current) is Map
                if is_map and key is _NO_KEY:
                    if value == "<<" and not event.style:
                        key = _MERGE
                    elif type(value) is str:
                        key = value
                    else:
                        key = self._key(value, at)
                    key_at = at
                    continue
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                mark = event.start_mark
                at = (mark.line + base, mark.column + 1)
                if type(current) is Map and key is _NO_KEY:
                    raise DocumentError("a mapping key is itself a mapping or list", *at, _braces(event))
                count += 1
                if len(stack) >= MAX_DEPTH:
                    raise DocumentError(f"nested deeper than {MAX_DEPTH} levels", *at)
                stack.append((current, key, key_at, merges, anchor, before))
                current = Map(at) if kind is MappingStartEvent else Seq(at)
                key, merges, anchor, before = _NO_KEY, [], event.anchor, count - 1
                if anchor is not None:
                    self.open[anchor] = 1
                continue
            elif kind is AliasEvent:
                mark = event.start_mark
                at = (mark.line + base, mark.column + 1)
                value, size = self._alias(event.anchor, at)
                count += size
                if type(current) is Map and key is _NO_KEY:
                    key, key_at = self._key(value, at), at
                    continue
                if type(current) is not Map:
                    key_at = at
            elif kind is DocumentEndEvent:
                return Loaded(root, line, False, self.problems)
            else:  # the end of a mapping or list
                value = current
                if merges:
                    self._merge(value, merges)
                if anchor is not None:
                    self.open.pop(anchor, None)
                    self.anchors[anchor] = (value, count - before)
                current, key, key_at, merges, anchor, before = stack.pop()
                at = value.pos
            if count > MAX_NODES:
                raise DocumentError("aliases that expand too far, or a document that is too large", *at)
            if current is None:
                root = value
            elif type(current) is Map:
                if key is _MERGE:
                    merges.append((value, key_at))
                else:
                    if key in current:
                        self.problems.append(DocumentError(f"duplicate key {key!r}", *key_at))
                    current[key] = value
                    current.at[key] = key_at
                    if not stack[1:] and key in _NAMING and self._is_foreign(current):
                        self._leave()
                        return Loaded(current, line, True)
                key = _NO_KEY
            else:
                current.append(value)
                current.at.append(at)

    def _leave(self) -> None:
        """Go to the end of the document; libyaml takes quadratic time for brackets without measure, so we do not."""
        from ruamel.yaml.events import DocumentEndEvent, MappingStartEvent, NodeEvent, SequenceStartEvent

        get, depth = self.parser.get_event, 0
        while True:
            event = get()
            kind = type(event)
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                depth += 1
                if depth > MAX_DEPTH:
                    mark = event.start_mark
                    raise DocumentError(
                        f"nested deeper than {MAX_DEPTH} levels", mark.line + self.line, mark.column + 1
                    )
            elif kind is DocumentEndEvent:
                return
            elif not isinstance(event, NodeEvent):
                depth -= 1

    def _is_foreign(self, root: Map) -> bool:
        kind, version = root.get("kind"), root.get("apiVersion")
        return isinstance(kind, str) and isinstance(version, str) and not self.wanted(version, kind)

    def _tagged(self, event: Any) -> Any:
        try:
            return tagged(str(event.tag), event.value)
        except ValueError as error:
            mark = event.start_mark
            raise DocumentError(str(error), mark.line + self.line, mark.column + 1) from None

    def _key(self, value: Any, at: At) -> str:
        text = key_text(value)
        if text is None:
            raise DocumentError("a mapping key must be text", *at)
        return text

    def _alias(self, name: str, at: At) -> tuple[Any, int]:
        if name in self.open:
            raise DocumentError(f"alias *{name} is inside the value that it names", *at)
        if name not in self.anchors:
            raise DocumentError(f"alias *{name} names nothing", *at)
        return self.anchors[name]

    def _merge(self, into: Map, merges: list[tuple[Any, At]]) -> None:
        """`<<`: keys that are not there yet; of several mappings the first one wins."""
        for value, at in merges:
            for source in value if isinstance(value, Seq) else [value]:
                if not isinstance(source, Map):
                    raise DocumentError("the value of a merge key << must be a mapping or a list of mappings", *at)
                for key, item in source.items():
                    if key not in into:
                        into[key] = item
                        into.at[key] = source.at[key]


def _braces(event: Any) -> str:
    return "an unquoted {{ … }} reads as a mapping: render the template first" if event.flow_style else ""
