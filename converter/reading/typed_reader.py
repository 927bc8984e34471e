"""Reading typed values out of a document, and collecting what is wrong with it."""

from __future__ import annotations

from typing import Any, NamedTuple

from converter.reading.positioned import AmbiguousBoolean, At, Map, Seq
from converter.reading.templates import placeholder, stand_in

REFUSED = "ingress.refused"
REFUSED_TODAY = "ingress.refused-today"
UNRENDERED = "template.unrendered"
DROPPED = "field.unknown"


class FieldProblem(NamedTuple):
    """Something wrong with an object. A `fatal` one costs the object: the API server would not have it."""

    code: str
    field: str
    message: str
    at: At
    value: str = ""
    hint: str = ""
    fatal: bool = True


class Reader:
    """Collects the problems of one object while its values are taken out.

    `path` is that of the mapping that a field is taken from, "" for the whole object: the field's own path is put
    together where there is something to say of it.
    """

    __slots__ = ("problems", "start")

    def __init__(self, start: At) -> None:
        self.start = start
        self.problems: list[FieldProblem] = []

    def refuse(self, field: str, message: str, at: At, value: Any = "", hint: str = "") -> None:
        """The API server would not take the object."""
        self.problems.append(FieldProblem(REFUSED, field, message, at, shown(value), hint))

    def refused_today(self, field: str, message: str, at: At, value: Any = "", hint: str = "") -> None:
        """A current API server would not take the object, but clusters hold such ones and controllers serve them."""
        self.problems.append(FieldProblem(REFUSED_TODAY, field, message, at, shown(value), hint, False))

    def dropped(self, owner: Map, known: frozenset[str], path: str) -> None:
        """Fields that the API does not have."""
        if owner.keys() <= known:
            return
        for key in owner:
            if key not in known:
                field = _below(path, key)
                words = f"{field} is not a field of an Ingress: it has no effect, and kubectl refuses it"
                self.problems.append(
                    FieldProblem(
                        DROPPED,
                        field,
                        words,
                        owner.at[key],
                        shown(owner[key]),
                        "correct its name or place, or remove it",
                        False,
                    )
                )

    def place(self, owner: Map, key: str) -> At:
        """Where a field stands, or else its owner."""
        return owner.at.get(key, owner.pos)

    def map(self, owner: Map, key: str, path: str) -> Map | None:
        """A field that is a mapping; None where it is missing or something else (which is reported)."""
        value = owner.get(key)
        if value is None or type(value) is Map:
            return value
        field = _below(path, key)
        self.refuse(field, f"{field} must be a mapping", owner.at[key], value)
        return None

    def seq(self, owner: Map, key: str, path: str) -> Seq | tuple[()]:
        """A field that is a list; empty where it is missing or something else (which is reported)."""
        value = owner.get(key)
        if value is None:
            return ()
        if type(value) is Seq:
            return value
        field = _below(path, key)
        self.refuse(field, f"{field} must be a list", owner.at[key], value)
        return ()

    def text(self, owner: Map, key: str, path: str) -> str:
        """A field that is text, "" where it is missing or something else (which is reported)."""
        value = owner.get(key)
        if type(value) is str:
            return value
        field = _below(path, key)
        if type(value) is AmbiguousBoolean:
            words = f"{field} is an unquoted {value}, which Kubernetes reads as a boolean and refuses"
            self.refused_today(field, words, owner.at[key], value, f'quote it: "{value}"')
            return str(value)
        if value is not None:
            self.refuse(field, f"{field} must be text", owner.at[key], value, _quote(value))
        return ""

    def unrendered(self, value: str, path: str, at: At) -> bool:
        """True (and reported) where a name, host or path is a placeholder that nobody filled in."""
        found = placeholder(value)
        shape = found.text if found else stand_in(value)
        if not shape:
            return False
        hint = found.hint if found else "put the real value in its place and convert what comes out"
        words = f"{path} holds a placeholder that nobody filled in: {shape}"
        self.problems.append(FieldProblem(UNRENDERED, path, words, at, value, hint))
        return True


def shown(value: Any) -> str:
    """A value as a report may show it: one line, not long."""
    if isinstance(value, str):
        return value[:200]
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list):
        return "[…]" if value else "[]"
    return "" if value is None else str(value)[:200]


def _below(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _quote(value: Any) -> str:
    return f'quote it: "{shown(value)}"' if isinstance(value, (bool, int, float)) else ""
