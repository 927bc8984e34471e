"""For the terminal: opens with the decisions, then what is needed first, then differences; the standard ones folded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

from converter.model import Fidelity, Finding
from converter.packs.differences import standard_differences
from converter.reporting.classes import Classes
from converter.reporting.decisions import DecisionEntry, differences, rejects, skipped
from converter.reporting.describe import describe_fields, describe_place, example_parts
from converter.reporting.grouping import Alike, parts, same, short_keys
from converter.reporting.groups import plural
from converter.reporting.headline import headline
from converter.reporting.layout import Lines
from converter.reporting.portability import in_short, who
from converter.reporting.prerequisites import Prerequisite
from converter.reporting.report import DEFAULT_LOOK, Look, Report
from converter.reporting.terminal import clean

FULL = 6
"""Up to this many entries of a section are shown with their requests."""
MOST = 24


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """The whole report."""
    return "".join(f"{line}\n" for line in _ReportPrinter(report, look).lines())


def closing(report: Report, look: Look = DEFAULT_LOOK) -> Iterator[str]:
    """What there is to decide and to prepare, and how it all adds up."""
    printer = _ReportPrinter(report, look)
    yield ""
    yield printer.headline()
    yield from printer.prerequisites()
    yield ""
    if not (look.verbose or look.standard):
        yield from printer.folded()
        yield from printer.portability()
    yield from printer.sums()


class _ReportPrinter(Lines):
    def __init__(self, report: Report, look: Look) -> None:
        super().__init__(look)
        self.report = report

    @cached_property
    def classes(self) -> Classes:
        return self.report.classes()

    @cached_property
    def decided(self) -> list[DecisionEntry]:
        return self.report.decisions(self.classes)

    @cached_property
    def steps(self) -> list[Prerequisite]:
        return self.report.prerequisites(self.classes)

    def lines(self) -> Iterator[str]:
        yield self.headline()
        yield from self._entries("Decisions", self.decided, numbered=True)
        yield from self.prerequisites()
        if self.look.verbose:
            left = list(self._not_converted())
            yield from ["", *left] if left else []
            yield from self._one_by_one()
        else:
            yield from self._entries("Differences to review", differences(self.classes))
            yield from self._entries("Rules that reject every request", rejects(self.classes))
            yield from self._entries("Skipped", skipped(self.report.objects, self.classes.decisions))
        if self.look.verbose or self.decided or self.classes.differences or self.classes.rejects:
            yield ""
        yield from self.folded()
        yield from self.portability()
        yield from self.sums()

    def headline(self) -> str:
        """`3 decisions, 2 prerequisites, 9 standard differences (folded), 34 of 40 ready`."""
        return self.paint("title", headline(self.report, self.classes, self.decided, self.steps, self.look))

    def _entries(self, title: str, entries: Sequence[DecisionEntry], *, numbered: bool = False) -> Iterator[str]:
        if not entries:
            return
        yield ""
        yield self.paint("title", title)
        full = len(entries) <= FULL
        shown = entries if self.look.verbose else entries[:MOST]
        for number, one in enumerate(shown, 1):
            lead = f"{number:>3}. " if numbered else "  "
            yield from self._entry(one, lead, full=full)
        if len(shown) < len(entries):
            yield self.note(f"  and {len(entries) - len(shown):,} more (-v lists all)")
        if numbered and not full:
            yield from self.wrapped("  ", "To accept one: ing2gw explain CODE", dim=True)

    def _entry(self, one: DecisionEntry, lead: str, *, full: bool) -> Iterator[str]:
        protects = ", protects" if one.protects else ""
        name = f"{self.paint(one.fidelity, one.fidelity)} {self.paint('title', one.code)}".rstrip()
        yield f"{lead}{name} {self.note(f'({one.subject}{protects})')}"
        indent = " " * max(len(lead), 4)
        for message in one.messages:
            yield from self.wrapped(indent, message)
        yield from self.labelled(indent, "at", one.at, dim=True)
        if full and one.request:
            yield from self.labelled(indent, "request", one.request)
            yield from self.labelled(indent, "before", one.before)
            yield from self.labelled(indent, "after", one.after)
        yield from self.labelled(indent, "do", one.hint)
        if full:
            yield from self.labelled(indent, "accept", one.accept, dim=True)

    def prerequisites(self) -> Iterator[str]:
        """What has to be there before the output works, with commands."""
        if not self.steps:
            return
        yield ""
        several = len(self.steps) > 1
        if several:
            yield self.paint("title", "Prerequisites")
        for number, one in enumerate(self.steps, 1):
            yield from self.wrapped(f"{number:>3}. " if several else "Prerequisite: ", one.title)
            yield from (f"       {self.paint('command', command)}" for command in one.commands)

    def folded(self) -> Iterator[str]:
        """What the input lacks, and what changes for everybody."""
        inputs = self.classes.inputs
        if inputs and not self.look.verbose:
            codes = ", ".join(dict.fromkeys(one.code for one in inputs))
            yield from self.wrapped("", f"Incomplete input: {plural(len(inputs), 'finding')} ({codes}); -v shows them")
        by_controller: dict[str, list[str]] = {}
        for controller, name in self.classes.standard:
            by_controller.setdefault(controller, []).append(name)
        for controller, names in by_controller.items():
            page = f"docs/differences/{controller}.md"
            count = plural(len(names), "standard difference")
            show = "" if self.look.standard or self.look.verbose else "--show standard; "
            yield from self.wrapped("", f"{count} for everybody who leaves {controller} ({show}{page})")
            if self.look.standard or self.look.verbose:
                yield from self._standard(controller, names)

    def portability(self) -> Iterator[str]:
        """What not every implementation of Gateway API has: counted, or each feature with those that lack it."""
        uses = self.report.uses_beyond_core()
        if not self.look.verbose and self.report.resources:
            yield from self.wrapped("", f"Portability: {in_short(uses, self.report.directory)}")
        elif uses:
            yield self.paint("title", "Portability") + self.note("  by published conformance reports")
            for use in uses:
                about = self.note(f"({use.level}, {use.channel}, {plural(len(use.objects), 'object')})")
                yield f"  {clean(use.name)} {about}"
                yield from self.labelled("    ", *who(use))

    def _standard(self, controller: str, names: Sequence[str]) -> Iterator[str]:
        for one in standard_differences(controller):
            if one.name in names:
                count = len(self.classes.standard[controller, one.name])
                yield f"  {self.paint('title', one.title)} {self.note(f'({count:,})')}"
                yield from self.labelled("    ", "before", one.before)
                yield from self.labelled("    ", "after", one.after_on(self.report.target))
                yield from self.labelled("    ", "check", one.check)

    def _not_converted(self) -> Iterator[str]:
        """Files and objects that were not converted, each with its reason."""
        for one in self.report.inputs:
            if one.status == "skipped":
                yield f"{clean(one.path)}: {self.paint('skipped', 'skipped')} {clean(one.message)}".rstrip()
        for status in self.report.objects:
            if status.status != "converted":
                name = self.paint(status.status, status.status)
                yield f"{clean(str(status.location))}: {name} {clean(f'{status.ref}: {status.reason}')}"

    def _one_by_one(self) -> Iterator[str]:
        """Every finding below its object."""
        for title, some, _ in parts(self.report.objects, self.report.findings):
            yield ""
            yield self.paint("title", clean(title)) + self.note(f"  {_tally(some)}")
            for first, *also in same(some):
                yield from self._finding(first, also)

    def _finding(self, one: Finding, also: Sequence[Finding]) -> Iterator[str]:
        fidelity = self.paint(one.fidelity.value, one.fidelity.value)
        about = ", ".join(short_keys([one, *also]))
        message = clean(one.message)
        if about and about not in message:
            message = f"{about}: {message}"
        place, fields = describe_place(one), self.note(clean(describe_fields(one.fields)))
        yield f"{place}: {fidelity} {one.code} {message} {fields}".rstrip()
        if also:
            yield self.note(f"    also at: {Alike('', list(also)).places(len(also))}")
        yield from self.labelled("    ", "accepted", clean(one.accepted), dim=True)
        if one.fidelity.lossless:
            return
        if one.example is not None:
            names = ("request", "before", "after")
            for name, text in zip(names, example_parts(one.example, one.affects), strict=True):
                yield from self.labelled("    ", name, clean(text), dim=True)
        yield from self.labelled("    ", "do", clean(one.hint), dim=True)

    def sums(self) -> Iterator[str]:
        """Counts of objects, findings and resources."""
        report = self.report
        states = [f"{count:,} {status}" for status, count in report.statuses().items() if count]
        counts = [f"{count:,} {self.paint(name, name)}" for name, count in report.counts().items() if count]
        accepted = f", {len(report.accepted):,} accepted" if report.accepted else ""
        yield (
            f"{plural(len(report.objects), 'object')} ({', '.join(states) or 'nothing to convert'}), "
            f"{plural(len(report.findings), 'finding')} ({', '.join(counts) or 'none'}{accepted}), "
            f"{plural(len(report.resources), 'resource')} {report.written}"
        ).rstrip()


def _tally(findings: Sequence[Finding]) -> str:
    parts = []
    for fidelity in Fidelity:
        count = sum(one.fidelity is fidelity for one in findings)
        if count:
            parts.append(f"{count:,} {fidelity.value}")
    return ", ".join(parts)
