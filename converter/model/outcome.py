"""What became of facts: how well they survive, and in which aspects a response may differ because of them."""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from typing import Literal, NamedTuple, get_args

from converter.model.request_kind import EVERY_REQUEST, RequestKind


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
    """True where no request gets a different response because of this fact."""


for _place, _fidelity in enumerate(Fidelity):
    _fidelity.rank, _fidelity.lossless = _place, _place <= 1


class FieldRef(NamedTuple):
    """A field that was written into an output object, as a dotted path with list indexes."""

    kind: str
    namespace: str
    name: str
    field: str


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
"""A part of a response in which two decisions can differ. "connection": one of them is no response at all;
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
        affects: The aspects of a response that may differ because of it. A difference in any other aspect is not
            announced by this outcome. Without meaning where the fidelity is lossless.
        when: The requests that it affects (`request_kind.py`).
    """

    code: str
    fidelity: Fidelity
    message: str
    hint: str = ""
    fields: tuple[FieldRef, ...] = ()
    affects: Aspects = ASPECTS
    when: RequestKind = EVERY_REQUEST

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
        when: RequestKind = EVERY_REQUEST,
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
        when: RequestKind = EVERY_REQUEST,
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
        when: RequestKind = EVERY_REQUEST,
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
