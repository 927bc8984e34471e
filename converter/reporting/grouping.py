"""Which findings belong together: those of one object, the defaults of one entry, and those that say the same."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from converter.model import Finding, Location, ObjectRef, ObjectStatus
from converter.reporting.terminal import clean

_VARIABLE = re.compile(r"""'[^']*'|"[^"]*"|(?<=\bclass )\S+|\S*[/:\d\[($<{]\S*|\S+\.\w\S*""")
"""Names, places and numbers, which make the same words look different."""


def skeleton(text: str) -> str:
    """The words without what differs from place to place."""
    return _VARIABLE.sub("*", text)


class Alike(NamedTuple):
    """Findings that say the same of several places."""

    message: str
    findings: list[Finding]

    @property
    def keys(self) -> list[str]:
        """The settings that they are about, by their short names."""
        return short_keys(self.findings)

    def places(self, most: int) -> str:
        """The first few places, and how many more there are."""
        return few([one.origin.location for one in self.findings], most)


def few(places: Iterable[Location], most: int) -> str:
    """The first few places, of different files where there are some, and how many more there are."""
    known = list(dict.fromkeys(places))
    firsts = {place.path: place for place in reversed(known)}.values()
    shown = list(islice(reversed(firsts), most))
    if len(shown) < most:
        shown += islice((place for place in known if place not in firsts), most - len(shown))
    more = len(known) - len(shown)
    words = ", ".join(clean(str(place)) or "(default)" for place in shown)
    return f"{words} and {more:,} more" if more else words


def same(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Those of one object that say the same, as the settings of one feature do."""
    out: dict[tuple[str, str, str, str], list[Finding]] = {}
    for one in findings:
        out.setdefault((one.code, one.message, one.hint, one.accepted), []).append(one)
    return list(out.values())


def alike(findings: Iterable[Finding]) -> list[Alike]:
    """Findings by what they say; what is said most often comes first."""
    groups: dict[str, list[Finding]] = {}
    by_message: dict[str, list[Finding]] = {}
    for one in findings:
        some = by_message.get(one.message)
        if some is None:
            some = by_message[one.message] = groups.setdefault(skeleton(one.message), [])
        some.append(one)
    found = [Alike(clean(some[0].message), some) for some in groups.values()]
    return sorted(found, key=lambda one: -len(one.findings))


def short_keys(findings: Iterable[Finding]) -> list[str]:
    """Names of annotations without their prefix, each once."""
    keys = dict.fromkeys([one.origin.key for one in findings if one.origin.kind == "annotation"])
    return list(dict.fromkeys([key.rpartition("/")[2] for key in keys]))


class ReportPart(NamedTuple):
    """Findings under one title."""

    title: str
    findings: list[Finding]
    defaults: bool = False
    """Of a controller that does this unasked."""


def parts(objects: Sequence[ObjectStatus], findings: Iterable[Finding]) -> list[ReportPart]:
    """Those about files and settings first, then per object in input order, then the defaults of each entry."""
    findings = list(findings)
    defaults = [one for one in findings if one.origin.kind == "default"]
    owned, rest = by_status(objects, [one for one in findings if one.origin.kind != "default"])
    by_ref: dict[ObjectRef | None, list[Finding]] = {}
    for one in rest:
        by_ref.setdefault(one.origin.object, []).append(one)
    out = [ReportPart("input", by_ref.pop(None, []))]
    out += [ReportPart(str(status.ref), mine) for status, mine in zip(objects, owned, strict=True)]
    out += [ReportPart(str(ref), mine) for ref, mine in by_ref.items()]
    return [one for one in [*out, *_defaults(objects, defaults)] if one.findings]


def _defaults(objects: Sequence[ObjectStatus], findings: Iterable[Finding]) -> list[ReportPart]:
    """What a controller does unasked, per entry point: one Gateway, one list."""
    entries = {one.ref: f"defaults of {one.controller} {one.entry}".rstrip() for one in objects if one.controller}
    out: dict[str, list[Finding]] = {}
    for one in findings:
        title = entries.get(one.origin.object, "") if one.origin.object else ""
        out.setdefault(title or "defaults of the controller", []).append(one)
    return [ReportPart(title, some, True) for title, some in out.items()]


def by_status(
    objects: Sequence[ObjectStatus], findings: Iterable[Finding]
) -> tuple[list[list[Finding]], list[Finding]]:
    """Findings of each object of the input, in the order of `objects`, and those of none of them.

    A name may be in the input several times; then the file and the line decide.
    """
    places: dict[ObjectRef, list[int]] = {}
    for number, status in enumerate(objects):
        places.setdefault(status.ref, []).append(number)
    owned: list[list[Finding]] = [[] for _ in objects]
    rest = []
    for one in findings:
        numbers = places.get(one.origin.object) if one.origin.object else None
        if numbers is None:
            rest.append(one)
        else:
            owned[numbers[0] if len(numbers) == 1 else _nearest(objects, numbers, one)].append(one)
    return owned, rest


def _nearest(objects: Sequence[ObjectStatus], numbers: Sequence[int], one: Finding) -> int:
    """The object of this name that begins last before the finding, in the same file."""
    place = one.origin.location
    here = [number for number in numbers if objects[number].location.path == place.path]
    exact = [number for number in here if objects[number].location.line == place.line]
    before = [number for number in here if objects[number].location.line <= place.line]
    if exact or here:
        return exact[0] if exact else max(before or here, key=lambda number: objects[number].location.line)
    return next((number for number in numbers if objects[number].status == "converted"), numbers[0])


class Reason(NamedTuple):
    """Objects that were not converted for the same kind of reason."""

    status: str
    objects: list[ObjectStatus]


def reasons(objects: Iterable[ObjectStatus]) -> list[Reason]:
    """What was not converted: failures first, the most frequent reasons first."""
    groups: dict[tuple[str, str], list[ObjectStatus]] = {}
    for one in objects:
        if one.status != "converted":
            groups.setdefault((one.status, skeleton(one.reason)), []).append(one)
    found = [Reason(status, some) for (status, _), some in groups.items()]
    rank = Counter({"skipped": 2, "failed": 1})
    return sorted(found, key=lambda one: (rank[one.status], -len(one.objects)))
