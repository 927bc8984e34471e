"""For the terminal: one line a finding, grouped by object while that is short and by code when it is not."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Sequence

from converter.model import Fidelity, Finding, ObjectStatus
from converter.reporting.report import PLAIN, Group, Look, Report, first_things, plural
from converter.reporting.words import clean, example_words, field_words, place_words

SHORT = 40
"""Up to this many findings are shown one by one."""
SAMPLES = 3
_VARIABLE = re.compile(r"\S*[/:\d\[(]\S*")
"""Names, places and numbers in a reason, which make the same reason look different."""
_COLOURS = {
    "exact": "32", "obsolete": "2", "approximate": "33", "manual": "35", "unsupported": "31", "unknown": "31;1",
    "failed": "31;1", "withheld": "31", "skipped": "33", "title": "1", "note": "2",
}


def render(report: Report, look: Look = PLAIN) -> str:
    """The whole report."""
    return "".join(f"{line}\n" for line in _Printer(report, look).lines())


class _Printer:
    def __init__(self, report: Report, look: Look) -> None:
        self.report, self.look = report, look

    def lines(self) -> Iterator[str]:
        report = self.report
        yield from self._inputs()
        yield from self._objects()
        shown = list(report.findings) if self.look.verbose else report.lossy
        if self.look.verbose or len(shown) <= SHORT:
            yield from self._one_by_one(shown)
        else:
            yield from self._by_code(shown)
        yield from self._first()
        yield from self._sums()

    def _inputs(self) -> Iterator[str]:
        for one in self.report.inputs:
            if one.status == "failed" or (self.look.verbose and one.status == "skipped"):
                yield f"{clean(one.path)}: {self._paint(one.status, one.status)} {clean(one.message)}".rstrip()

    def _objects(self) -> Iterator[str]:
        """What was not converted, each with its reason; many with the same kind of reason are counted."""
        left = [one for one in self.report.objects if one.status != "converted"]
        groups: dict[tuple[str, str], list[ObjectStatus]] = {}
        for one in left:
            groups.setdefault((one.status, _VARIABLE.sub("*", one.reason)), []).append(one)
        few = self.look.verbose or len(left) <= SHORT // 2
        for (status, _), some in sorted(groups.items(), key=lambda item: (item[0][0] == "skipped", -len(item[1]))):
            most = len(some) if few or len(some) <= SAMPLES else 1
            for one in some[:most]:
                words = clean(f"{one.ref}: {one.reason}")
                yield f"{clean(str(one.location))}: {self._paint(status, status)} {words}"
            if most < len(some):
                yield self._note(f"  … and {len(some) - most:,} more {status} for the same reason")

    def _one_by_one(self, shown: Sequence[Finding]) -> Iterator[str]:
        for ref, some in self.report.by_object(shown):
            yield ""
            yield self._paint("title", clean(str(ref)) if ref else "input") + self._note(f"  {_tally(some)}")
            for one in some:
                yield from self._finding(one)

    def _by_code(self, shown: Sequence[Finding]) -> Iterator[str]:
        for group in self.report.groups(shown):
            yield ""
            yield self._heading(group)
            if group.hint:
                yield from self._wrapped("  what to do: ", group.hint)
            samples = _samples(group, SAMPLES if group.fidelity.rank >= Fidelity.MANUAL.rank else 1)
            for one in samples:
                yield from self._finding(one, hint=False)
            if len(group.findings) > len(samples):
                yield self._note(f"  … and {len(group.findings) - len(samples):,} more (-v lists all)")

    def _heading(self, group: Group) -> str:
        protects = " · protects" if group.protects else ""
        count = f"{plural(len(group.findings), 'finding')} in {plural(group.owners, 'object')}"
        title = self._paint("title", group.code)
        return f"{self._paint(group.fidelity.value, group.fidelity.value)} {title}  {self._note(count + protects)}"

    def _finding(self, one: Finding, hint: bool = True) -> Iterator[str]:
        fidelity = self._paint(one.fidelity.value, one.fidelity.value)
        about = one.origin.key.rpartition("/")[2] if one.origin.kind == "annotation" else ""
        message = clean(one.message)
        if about and about not in message:
            message = f"{about}: {message}"
        place, fields = place_words(one), self._note(clean(field_words(one.fields)))
        yield f"{place}: {fidelity} {one.code} {message} {fields}".rstrip()
        if one.accepted:
            yield self._note(f"    accepted: {clean(one.accepted)}")
        if one.example is not None and not one.fidelity.lossless:
            yield from self._wrapped("    example: ", example_words(one.example, one.announces))
        if hint and one.hint and not one.fidelity.lossless:
            yield from self._wrapped("    what to do: ", one.hint)

    def _first(self) -> Iterator[str]:
        things = first_things(self.report)
        if len(things) > 1 or (things and len(self.report.lossy) > SAMPLES):
            yield ""
            yield self._paint("title", "Do first")
            for number, thing in enumerate(things, 1):
                yield from self._wrapped(f"  {number}. ", thing, dim=False)

    def _sums(self) -> Iterator[str]:
        report = self.report
        yield ""
        states = [f"{count:,} {status}" for status, count in report.statuses().items() if count]
        yield f"{plural(len(report.objects), 'object')}: {', '.join(states) or 'nothing to convert'}"
        counts = [f"{count:,} {self._paint(name, name)}" for name, count in report.counts().items() if count]
        accepted = f" ({plural(len(report.accepted), 'finding')} accepted)" if report.accepted else ""
        yield f"{plural(len(report.findings), 'finding')}: {', '.join(counts) or 'none'}{accepted}"
        made = f"{plural(len(report.resources), 'resource')}"
        yield f"{made} {report.written}".rstrip()

    def _paint(self, name: str, text: str) -> str:
        return f"\x1b[{_COLOURS[name]}m{text}\x1b[0m" if self.look.colour and text else text

    def _note(self, text: str) -> str:
        return self._paint("note", text)

    def _wrapped(self, lead: str, text: str, dim: bool = True) -> Iterator[str]:
        """A paragraph that hangs below its lead; not wrapped in pipes, where lines are for other programs."""
        if not self.look.width:
            lines = [f"{lead}{clean(text)}"]
        else:
            lines = textwrap.wrap(
                clean(text), max(self.look.width, 60), initial_indent=lead, subsequent_indent=" " * len(lead),
                break_long_words=False, break_on_hyphens=False,
            )
        for line in lines:
            yield self._note(line) if dim else line


def _samples(group: Group, most: int) -> list[Finding]:
    """A few findings that say different things, those with an example first."""
    ranked = sorted(group.findings, key=lambda one: (-one.fidelity.rank, one.example is None))
    seen: dict[str, Finding] = {}
    for one in ranked:
        seen.setdefault(one.message, one)
        if len(seen) == most:
            break
    return list(seen.values())


def _tally(findings: Sequence[Finding]) -> str:
    parts = []
    for fidelity in Fidelity:
        count = sum(one.fidelity is fidelity for one in findings)
        if count:
            parts.append(f"{count:,} {fidelity.value}")
    return ", ".join(parts)
