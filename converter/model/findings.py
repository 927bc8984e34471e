"""What becomes of the facts of the input."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, NamedTuple, get_args

from converter.model.references import FieldRef, Origin


class Fidelity(Enum):
    """How well a fact of the input survives; the worse of two wins when they meet."""

    EXACT = "exact"
    OBSOLETE = "obsolete"
    """An exact no-op: the setting has no meaning on the target, and the finding says why."""
    APPROXIMATE = "approximate"
    MANUAL = "manual"
    UNSUPPORTED = "unsupported"
    UNKNOWN = "unknown"

    rank: int
    """0 for exact up to 5 for unknown. Kept at the member: hashing members would cost more than all the rest of a
    comparison."""
    lossless: bool
    """True where no request is answered differently because of this fact."""


for _place, _fidelity in enumerate(Fidelity):
    _fidelity.rank, _fidelity.lossless = _place, _place <= 1


def worst(one: Fidelity, other: Fidelity) -> Fidelity:
    """The worse of two fidelities."""
    return one if one.rank >= other.rank else other


Answered = tuple[dict[str, Any], dict[str, Any], dict[str, Any]]


class Example:
    """A request that is answered differently afterwards; the three are JSON-ready dictionaries.

    `later` makes one that is worked out when somebody looks at it: few of those of a large run are ever shown.
    """

    __slots__ = ("_known",)

    def __init__(self, request: dict[str, Any], before: dict[str, Any], after: dict[str, Any]) -> None:
        self._known: Answered | Callable[[], Answered] = (request, before, after)

    @classmethod
    def later(cls, work: Callable[[], Answered]) -> Example:
        """One whose parts `work` returns."""
        out = cls.__new__(cls)
        out._known = work
        return out

    def _parts(self) -> Answered:
        if callable(self._known):
            self._known = self._known()
        return self._known

    @property
    def request(self) -> dict[str, Any]:
        """What is asked."""
        return self._parts()[0]

    @property
    def before(self) -> dict[str, Any]:
        """What the controller answers."""
        return self._parts()[1]

    @property
    def after(self) -> dict[str, Any]:
        """What the Gateway answers."""
        return self._parts()[2]

    def as_dict(self) -> dict[str, Any]:
        """By name, as reports have it."""
        request, before, after = self._parts()
        return {"request": request, "before": before, "after": after}

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Example) and self._parts() == other._parts()

    def __hash__(self) -> int:
        return hash(repr(self._parts()))

    def __repr__(self) -> str:
        request, before, after = self._parts()
        return f"Example(request={request!r}, before={before!r}, after={after!r})"

    def __reduce__(self) -> tuple[type[Example], Answered]:
        return Example, self._parts()


Aspect = Literal[
    "connection",
    "status",
    "location",
    "backends",
    "host",
    "path",
    "request-headers",
    "response-headers",
    "body",
    "normalisation",
]
"""A part of an answer in which two decisions can differ. "connection": one of them is no answer at all;
"normalisation": anything at all, on a path that proxies read differently (escaped or double slashes, dot segments)."""


Aspects = frozenset[Aspect]


ASPECTS: Aspects = frozenset(get_args(Aspect))
"""All of them."""


NO_ASPECTS: Aspects = frozenset()


class Outcome(NamedTuple):
    """What became of the facts that a mapping row or a handler was given.

    Made by the constructor of its fidelity (`Outcome.manual(code, message, hint)`); by the class itself only where the
    fidelity is worked out.

    Attributes:
        code: Stable, lower case, dotted by family (`rewrite.regex-groups`).
        fidelity: How well the facts survive.
        message: One fact a sentence, true for the object at hand.
        hint: What to do about it; "" where there is nothing to do.
        fields: The fields of output objects that carry the facts.
        affects: The aspects of an answer that may differ because of it. A difference in any other aspect is not
            announced by this outcome. Without meaning where the fidelity is lossless.
        when: The requests that it affects (`checking/kinds.py` WHEN); "" for every request.
    """

    code: str
    fidelity: Fidelity
    message: str
    hint: str = ""
    fields: tuple[FieldRef, ...] = ()
    affects: Aspects = ASPECTS
    when: str = ""

    @classmethod
    def exact(cls, code: str, message: str, hint: str = "", *, fields: tuple[FieldRef, ...] = ()) -> Outcome:
        """The facts hold as before."""
        return cls(code, Fidelity.EXACT, message, hint, fields, NO_ASPECTS)

    @classmethod
    def obsolete(cls, code: str, message: str, hint: str = "", *, fields: tuple[FieldRef, ...] = ()) -> Outcome:
        """The facts have no effect, before or after; the message says why."""
        return cls(code, Fidelity.OBSOLETE, message, hint, fields, NO_ASPECTS)

    @classmethod
    def approximate(
        cls,
        code: str,
        message: str,
        hint: str = "",
        *,
        fields: tuple[FieldRef, ...] = (),
        affects: Collection[Aspect] = ASPECTS,
        when: str = "",
    ) -> Outcome:
        """The facts hold with a difference, which the message names."""
        return cls(code, Fidelity.APPROXIMATE, message, hint, fields, frozenset(affects), when)

    @classmethod
    def manual(
        cls,
        code: str,
        message: str,
        hint: str = "",
        *,
        fields: tuple[FieldRef, ...] = (),
        affects: Collection[Aspect] = ASPECTS,
        when: str = "",
    ) -> Outcome:
        """Somebody has to carry the facts over; the hint says how."""
        return cls(code, Fidelity.MANUAL, message, hint, fields, frozenset(affects), when)

    @classmethod
    def unsupported(
        cls,
        code: str,
        message: str,
        hint: str = "",
        *,
        fields: tuple[FieldRef, ...] = (),
        affects: Collection[Aspect] = ASPECTS,
        when: str = "",
    ) -> Outcome:
        """The target cannot do it."""
        return cls(code, Fidelity.UNSUPPORTED, message, hint, fields, frozenset(affects), when)

    @classmethod
    def unknown(
        cls,
        code: str,
        message: str,
        hint: str = "",
        *,
        affects: Collection[Aspect] = ASPECTS,
    ) -> Outcome:
        """What the facts do is not known."""
        return cls(code, Fidelity.UNKNOWN, message, hint, (), frozenset(affects))


@dataclass(slots=True)
class Finding:
    """What became of one fact; the line of a report."""

    code: str
    fidelity: Fidelity
    message: str
    origin: Origin
    hint: str = ""
    feature: str = ""
    protects: bool = False
    fields: tuple[FieldRef, ...] = ()
    affects: Aspects = NO_ASPECTS
    narrow: tuple[tuple[Aspects, str], ...] = ()
    """The announcement in parts, each with the kind of requests that it holds for; (): it holds for every request."""
    example: Example | None = None
    accepted: str = ""
    """Why somebody accepted it (a waiver's reason, a baseline); it stays in every report and fails nothing."""
