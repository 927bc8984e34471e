"""The dataclass of this project does what the one of the standard library does."""

import dataclasses
from typing import Any

import pytest

from converter.model import data

STANDARD, OURS = dataclasses.dataclass, data.dataclass


def _pair(dataclass: Any, frozen: bool) -> tuple[Any, Any]:
    @dataclass(frozen=frozen, slots=True)
    class Parent:
        name: str
        size: int = 3
        note: str = dataclasses.field(default="", compare=False, repr=False)
        found: list[str] = dataclasses.field(default_factory=list, compare=not frozen)

    @dataclass(frozen=frozen, slots=True)
    class Child(Parent):
        more: tuple[int, ...] = ()

    return Parent, Child


@pytest.mark.parametrize("frozen", [True, False])
def test_objects_are_equal_hashed_and_shown_as_the_standard_ones(frozen):
    given = [("a",), ("a", 3), ("a", 4), ("b",), ("a", 3, "note"), ("a", 3, "note", ["x"])]
    results = []
    for dataclass in (STANDARD, OURS):
        made = [kind(*args) for kind in _pair(dataclass, frozen) for args in given]
        shown = [repr(one).rpartition(".")[2] for one in made]
        equal = [[one == other for other in made] for one in made]
        hashes = [[hash(one) == hash(other) for other in made] if frozen else one.__hash__ for one in made]
        changed = [dataclasses.replace(one, size=9) == one for one in made]
        results.append((shown, equal, hashes, changed))
    assert results[0] == results[1]


def test_methods_of_the_class_itself_stay():
    @data.dataclass(frozen=True, slots=True)
    class Own:
        name: str

        def __eq__(self, other: object) -> bool:
            return True

        def __hash__(self) -> int:
            return 7

        def __repr__(self) -> str:
            return "own"

    assert (Own("a") == Own("b"), hash(Own("a")), repr(Own("a"))) == (True, 7, "own")


def test_no_class_has_an_equality_of_identity_unless_it_asks_for_it():
    @data.dataclass(slots=True, eq=False)
    class Identity:
        name: str

    @data.dataclass(frozen=True, slots=True)
    class Empty:
        pass

    assert Identity("a") != Identity("a")
    assert Empty() == Empty()
    assert hash(Empty()) == hash(Empty())
