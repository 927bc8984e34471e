"""Rules that say "no two items are alike", found in their trees: they compare all pairs, where one set of keys will do.

self.all(a, self.exists_one(b, a.name == b.name))
self.all(a, !has(a.port) || self.exists_one(b, has(b.port) && a.port == b.port && ...))
"""

from __future__ import annotations

from typing import NamedTuple

from converter.validation.cel.syntax import Tree


class Uniqueness(NamedTuple):
    """Items that have all of `where` differ in `keys`; each of `optional` counts by value or by its absence."""

    where: frozenset[str]
    keys: tuple[str, ...]
    optional: tuple[str, ...]


def uniqueness(tree: Tree) -> Uniqueness | None:
    """What an `all` macro says of pairs; None where it says something else."""
    _, _, of, one, body = tree
    where: set[str] = set()
    if body[:2] == ("op", "||") and body[2][0] == "not" and body[2][1][:2] == ("has", ("name", one)):
        where.add(body[2][1][2])
        body = body[3]
    if body[:3] != ("macro", "exists_one", of) or of[0] != "name" or body[3] == one:
        return None
    other = body[3]
    keys: list[str] = []
    optional: list[str] = []
    asked: set[str] = set()
    for part in _conjuncts(body[4]):
        if part[:2] == ("has", ("name", other)):
            asked.add(part[2])
        elif (name := _equal(part, one, other)) is not None:
            keys.append(name)
        elif (name := _equal_or_absent(part, one, other)) is not None:
            optional.append(name)
        else:
            return None
    return Uniqueness(frozenset(where), tuple(keys), tuple(optional)) if keys and asked == where else None


def _conjuncts(tree: Tree) -> list[Tree]:
    if tree[:2] == ("op", "&&"):
        return [*_conjuncts(tree[2]), *_conjuncts(tree[3])]
    return [tree]


def _equal(tree: Tree, one: str, other: str) -> str | None:
    """The field of `one.field == other.field`."""
    if tree[:2] != ("op", "==") or tree[2][:2] != ("select", ("name", one)):
        return None
    name: str = tree[2][2]
    return name if tree[3] == ("select", ("name", other), name) else None


def _equal_or_absent(tree: Tree, one: str, other: str) -> str | None:
    """The field of `has(one.f) && has(other.f) ? one.f == other.f : !has(one.f) && !has(other.f)`."""
    name = _equal(tree[2], one, other) if tree[0] == "if" else None
    if name is None:
        return None
    first, second = ("has", ("name", one), name), ("has", ("name", other), name)
    both, neither = ("op", "&&", first, second), ("op", "&&", ("not", first), ("not", second))
    return name if tree[1] == both and tree[3] == neither else None
