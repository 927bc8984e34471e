"""What every printer works from: one list of findings, the objects and files it is about, and how they add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from converter.model import Fidelity, Finding, InputStatus, Location, ObjectRef, ObjectStatus, Resource
from converter.model.version import __version__

TOOL = "ing2gw"
INTERNAL = "internal."
"""Findings of this family are bugs of the converter."""


class SourceFile(Protocol):
    """What a report is made from; the result of a run has it."""

    @property
    def inputs(self) -> list[InputStatus]: ...
    @property
    def objects(self) -> list[ObjectStatus]: ...
    @property
    def findings(self) -> list[Finding]: ...
    @property
    def resources(self) -> list[Resource]: ...


class Look(NamedTuple):
    """How a report is to look where the format leaves a choice."""

    colour: bool = False
    width: int = 0
    """Of the terminal; 0: do not wrap."""
    verbose: bool = False


DEFAULT_LOOK = Look()


class Group(NamedTuple):
    """Findings of one code, the worst fidelity among them, and what to do."""

    code: str
    fidelity: Fidelity
    findings: list[Finding]

    @property
    def hint(self) -> str:
        """The advice that most of them give."""
        hints = Counter([one.hint for one in self.findings if one.hint])
        return hints.most_common(1)[0][0] if hints else ""

    @property
    def protects(self) -> bool:
        return any(one.protects for one in self.findings)

    @property
    def owners(self) -> int:
        """How many objects it concerns."""
        return len({one.origin.object for one in self.findings})


_LOSSLESS = tuple(fidelity for fidelity in Fidelity if fidelity.lossless)


@dataclass(slots=True)
class Report:
    """The findings of one run."""

    inputs: Sequence[InputStatus]
    objects: Sequence[ObjectStatus]
    findings: Sequence[Finding]
    resources: Sequence[Resource]
    version: str = __version__
    written: str = ""
    """Where the resources went, in words; "" where nothing was written."""
    _order: dict[ObjectRef, int] = field(default_factory=dict)

    @property
    def lossy(self) -> list[Finding]:
        """What people must know of: not exact, and not accepted."""
        return [one for one in self.findings if one.fidelity not in _LOSSLESS and not one.accepted]

    @property
    def accepted(self) -> list[Finding]:
        """Lossy findings that somebody has accepted."""
        return [one for one in self.findings if one.accepted and one.fidelity not in _LOSSLESS]

    def counts(self) -> dict[str, int]:
        """Fidelity -> number of findings, all fidelities, best first."""
        found = Counter([one.fidelity.rank for one in self.findings])
        return {fidelity.value: found[fidelity.rank] for fidelity in Fidelity}

    def statuses(self) -> dict[str, int]:
        """Status -> number of objects."""
        found = Counter(one.status for one in self.objects)
        return {status: found[status] for status in ("converted", "withheld", "skipped", "failed")}

    def groups(self, findings: Iterable[Finding]) -> list[Group]:
        """By code: bugs first, then lost protection, then the worst, then the most frequent."""
        by_code: dict[str, list[Finding]] = {}
        for one in findings:
            by_code.setdefault(one.code, []).append(one)
        groups = [Group(code, _worst(some), some) for code, some in by_code.items()]
        return sorted(groups, key=urgency)

    def failed_inputs(self) -> list[InputStatus]:
        return [one for one in self.inputs if one.status == "failed"]

    def location(self, ref: ObjectRef) -> Location:
        """Where an object of the input stands."""
        return next((one.location for one in self.objects if one.ref == ref), Location(""))


def report_of(source: SourceFile, written: str = "") -> Report:
    """The report of a run."""
    return Report(source.inputs, source.objects, source.findings, source.resources, written=written)


def _worst(findings: Sequence[Finding]) -> Fidelity:
    return max(findings, key=_rank).fidelity


def _rank(finding: Finding) -> int:
    return finding.fidelity.rank


def urgency(group: Group) -> tuple[bool, bool, int, bool, int, str]:
    """What to look at first; what somebody has written counts before what a controller does by itself."""
    lost = group.protects and group.fidelity.rank >= Fidelity.MANUAL.rank
    default = all(one.origin.kind == "default" for one in group.findings)
    return (
        not group.code.startswith(INTERNAL),
        not lost,
        -group.fidelity.rank,
        default,
        -len(group.findings),
        group.code,
    )


def first_things(report: Report, groups: Sequence[Group] | None = None, most: int = 3) -> list[str]:
    """The few things to do first, as sentences: bugs, broken files, lost protection, what stopped most objects.

    `groups`: those of the lossy findings, where they are known.
    """
    if groups is None:
        groups = report.groups(report.lossy)
    bugs = [group for group in groups if group.code.startswith(INTERNAL)]
    lost = [group for group in groups if group.protects and group.fidelity.rank >= Fidelity.MANUAL.rank]
    others = [group for group in groups if group not in bugs and group not in lost and group.code not in _SEQUELS]
    out = [_bug(group) for group in bugs]
    failed = report.failed_inputs()
    if failed:
        files = plural(len(failed), "file")
        out.append(f"Repair {files} that cannot be read, {failed[0].path} first: {failed[0].message}")
    out += _lost(lost)
    out += _stopped(report)
    out += [_advice(group) for group in others[:most]]
    return out[:most]


_SEQUELS = frozenset({"route.withheld", "ingress.refused", "group.refused"})
"""Follow from something else that is named already: a lost protection, or an object that could not be converted."""


def _bug(group: Group) -> str:
    return f"Report a bug of ing2gw: {group.code} ({plural(group.owners, 'object')}): {group.findings[0].message}"


def _lost(groups: Sequence[Group]) -> list[str]:
    """All of them are one decision, beginning with the code that concerns most."""
    if not groups:
        return []
    ranked = sorted(groups, key=lambda group: -group.owners)
    owners = {one.origin.object for group in groups for one in group.findings}
    codes = ", ".join(f"{group.code} ({group.owners:,})" for group in ranked[:4])
    rest = f" and {plural(len(ranked) - 4, 'other code')}" if ranked[4:] else ""
    objects = plural(len(owners), "object")
    begin = ranked[0].hint or ranked[0].findings[0].message
    return [f"Decide about the protection that {objects} would lose: {codes}{rest}. To begin with: {begin}"]


def _stopped(report: Report) -> list[str]:
    from converter.reporting.grouping import reasons

    failed = [one for one in reasons(report.objects) if one.status == "failed"]
    if not failed:
        return []
    count, first = sum(len(one.objects) for one in failed), failed[0]
    words = f"Correct {plural(count, 'object')} that could not be converted"
    if len(failed) == 1:
        return [f"{words}: {first.objects[0].reason}"]
    return [f"{words}, {len(first.objects):,} of them for this reason: {first.objects[0].reason}"]


def _advice(group: Group) -> str:
    what = f"{group.code} ({group.fidelity.value}, {plural(group.owners, 'object')})"
    verb = "Read" if group.fidelity is Fidelity.APPROXIMATE else "Settle"
    return f"{verb} {what}: {group.hint or group.findings[0].message}"


def plural(count: int, noun: str) -> str:
    """`1 file`, `2,000 files`."""
    if count != 1:
        noun = f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count:,} {noun}"
