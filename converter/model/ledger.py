"""The ledger: every fact of the input is expected once and settled, so that nothing is lost silently."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, TypeVar

from converter.model import NO_ASPECTS, Aspects, Fidelity, FieldRef, Finding, Origin, Outcome
from converter.model.request_kind import EVERY_REQUEST, RequestKind

Shared = TypeVar("Shared", bound=Hashable)
UNACCOUNTED = "internal.unaccounted"
MANY_FIELDS = 64
FEW_KINDS = 8
"""Announcements of up to so many parts are shared by the findings that say the same."""


class Ledger:
    """Facts on one side, findings on the other.

    `expect` opens a fact, `settle` says what became of it. A fact may be settled several times (one annotation shapes
    many routes): the worst outcome speaks, fields add up. A fact that nobody settled becomes a finding of its own,
    which is a bug of the converter and is reported as one.
    """

    def __init__(self) -> None:
        self._facts: dict[Origin, Origin] = {}
        """The facts in order; equal ones are one, which is the first of them."""
        self._known: dict[int, Finding | None] = {}
        """By the id of the fact: a fact is asked for many times, and its hash takes in a dozen texts."""
        self._more: dict[int, tuple[Finding, dict[FieldRef, None]]] = {}
        self._parts: dict[int, set[tuple[Aspects, RequestKind]]] = {}
        """Of announcements in many parts, by the ids of findings: one setting may announce something for each host."""
        self._shared: dict[Hashable, Any] = {}
        """What thousands of findings say alike, by itself."""
        self._kept_alive: list[Origin] = []
        """Facts that are known by their ids and that no finding keeps alive."""
        self._divided: dict[Origin, tuple[Origin, ...]] = {}
        """Facts that are several things, and the facts that each of these is."""
        self._labels: dict[Origin, str] = {}
        """Of such parts: what their findings call them."""

    def expect(self, origins: Iterable[Origin]) -> None:
        """Open facts; opening one twice is harmless."""
        for origin in origins:
            if self._facts.setdefault(origin, origin) is origin:
                self._known.setdefault(id(origin), None)

    def divide(self, origin: Origin, parts: Mapping[Origin, str]) -> None:
        """Let the parts of a fact end in findings of their own, in its place.

        Args:
            origin: A fact of which nothing is known yet.
            parts: Its parts with what findings call them; none leaves the fact as it is.
        """
        if not parts:
            return
        self.expect([origin])
        self._labels.update(parts)
        if origin not in parts:  # (else it has one part, which is all of it)
            self._divided[origin] = tuple(parts)
            self.expect(parts)

    def has_parts(self, origin: Origin) -> bool:
        """True for a fact that others stand for: see `divide`."""
        return origin in self._divided

    def settle(
        self,
        origin: Origin,
        outcome: Outcome,
        feature: str = "",
        protects: bool = False,
        fields: tuple[FieldRef, ...] | None = None,
    ) -> None:
        """Say what became of a fact. `fields`: instead of those of the outcome, which others may share."""
        if self._divided and origin in self._divided:
            for part in self._divided[origin]:
                self.settle(part, outcome, feature, protects, fields)
            return
        known = self._known.get(id(origin)) or self.settled(origin)
        written = outcome.fields if fields is None else fields
        if known is None:
            lossless = outcome.fidelity.lossless
            known = Finding(
                outcome.code,
                outcome.fidelity,
                self._same(outcome.message),
                origin,
                outcome.hint,
                feature,
                protects,
                written,
                NO_ASPECTS if lossless else self._same(outcome.affects),
                self._same(((outcome.affects, outcome.when),)) if outcome.when and not lossless else (),
            )
            if id(origin) not in self._known:
                self._known[id(self._facts.setdefault(origin, origin))] = known
            self._known[id(origin)] = known
            return
        if written:
            self._add_fields(known, written)
        self._merge(known, outcome, protects)

    def _merge(self, known: Finding, outcome: Outcome, protects: bool) -> None:
        known.protects = known.protects or protects
        if not outcome.fidelity.lossless:
            self._announce(known, outcome)
        if outcome.fidelity.rank > known.fidelity.rank:
            known.code, known.fidelity = outcome.code, outcome.fidelity
            known.message, known.hint = outcome.message, outcome.hint
        elif (
            outcome.fidelity is known.fidelity and not known.fidelity.lossless and outcome.message not in known.message
        ):
            known.message = self._same(f"{known.message}; {outcome.message}")

    def _announce(self, known: Finding, outcome: Outcome) -> None:
        if known.narrow or outcome.when:
            earlier = known.narrow or (((known.affects, EVERY_REQUEST),) if known.affects else ())
            part = (outcome.affects, outcome.when)
            if len(earlier) < FEW_KINDS:
                known.narrow = self._same(earlier if part in earlier else (*earlier, part))
            else:
                parts = self._parts.get(id(known))
                if parts is None:
                    parts = self._parts[id(known)] = set(earlier)
                known.narrow = earlier if part in parts else (*earlier, part)
                parts.add(part)
        if not outcome.affects <= known.affects:
            known.affects = self._same(known.affects | outcome.affects)

    def _same(self, value: Shared) -> Shared:
        """The first value that is equal to this one."""
        first: Shared = self._shared.setdefault(value, value)
        return first

    def kept(self, origin: Origin, fields: tuple[FieldRef, ...]) -> bool:
        """Add fields to a fact of which something is known: an exact outcome says no more. False: nothing is known."""
        known = self._known.get(id(origin)) or self.settled(origin)
        if known is None:
            return False
        self._add_fields(known, fields)
        return True

    def _add_fields(self, known: Finding, fields: tuple[FieldRef, ...]) -> None:
        """Once each; of facts with many fields the next ones are put together when somebody reads the findings."""
        if len(known.fields) >= MANY_FIELDS:
            self._more.setdefault(id(known), (known, {}))[1].update(dict.fromkeys(fields))
        elif len(fields) > 1 or fields[0] not in known.fields:
            known.fields = tuple(dict.fromkeys(known.fields + fields))

    def settled(self, origin: Origin) -> Finding | None:
        """What is known of a fact so far; of one with parts, of the first that something is known of."""
        if self._divided and origin in self._divided:
            return next((found for one in self._divided[origin] if (found := self.settled(one)) is not None), None)
        known = self._known.get(id(origin))
        if known is not None or id(origin) in self._known:
            return known
        first = self._facts.get(origin)
        finding = self._known[id(first)] if first is not None else None
        if finding is not None:
            self._known[id(origin)] = finding
            self._kept_alive.append(origin)
        return finding

    def settle_unsettled(self, origin: Origin, outcome: Outcome, feature: str = "", protects: bool = False) -> None:
        """As `settle`, for a fact of which nothing is known yet."""
        if self.settled(origin) is None:
            self.settle(origin, outcome, feature, protects)

    def is_open(self, origin: Origin) -> bool:
        """True for a fact that was expected and not yet settled."""
        if self._divided and origin in self._divided:
            return any(map(self.is_open, self._divided[origin]))
        return self.settled(origin) is None and (id(origin) in self._known or origin in self._facts)

    def findings(self) -> list[Finding]:
        """All findings, in the order in which the facts were opened; open facts become UNACCOUNTED ones."""
        for finding, fields in self._more.values():
            finding.fields = tuple(dict.fromkeys((*finding.fields, *fields)))
        self._more.clear()
        return [self._finding(origin) for origin in self._in_order()]

    def _in_order(self) -> Iterator[Origin]:
        """The facts; parts of one are in its place."""
        if not self._divided:
            yield from self._facts
            return
        inner = {part for parts in self._divided.values() for part in parts}
        for origin in self._facts:
            if origin in self._divided:
                yield from (self._facts[part] for part in self._divided[origin])
            elif origin not in inner:
                yield origin

    def _finding(self, origin: Origin) -> Finding:
        finding = self._known[id(origin)] or _unaccounted(origin)
        label = self._labels.get(origin) if self._labels else None
        if label and not finding.message.startswith(f"`{label}`"):
            finding.message = f"`{label}`: {finding.message}"
        return finding


def _unaccounted(origin: Origin) -> Finding:
    words = f"nothing was decided about {origin.key or 'this object'}; this is a bug in ing2gw"
    return Finding(UNACCOUNTED, Fidelity.UNKNOWN, words, origin, "please report it with this manifest")
