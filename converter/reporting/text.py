"""For the terminal: one line a finding, grouped by object while that is short and by code when it is not."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import islice

from converter.model import Fidelity, Finding
from converter.reporting.describe import cut, describe_example, describe_fields, describe_place
from converter.reporting.grouping import Alike, Reason, alike, few, parts, reasons, same, short_keys
from converter.reporting.report import DEFAULT_LOOK, Group, Look, Report, first_things, plural
from converter.reporting.terminal import clean

SHORT = 40
"""Up to this many findings are shown one by one."""
CANDIDATES = 24
"""Of so many examples of a code the most telling is shown; working out more would dominate a large run."""
SAMPLES = 3
REASONS = 8
KEYS = 6
LONG = 160
_COLOURS = {
    "exact": "32",
    "obsolete": "2",
    "approximate": "33",
    "manual": "35",
    "unsupported": "31",
    "unknown": "31;1",
    "failed": "31;1",
    "withheld": "31",
    "skipped": "33",
    "title": "1",
    "note": "2",
}


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """The whole report."""
    return "".join(f"{line}\n" for line in _Printer(report, look).lines())


def closing(report: Report, look: Look = DEFAULT_LOOK) -> Iterator[str]:
    """What to do first, and how it all adds up."""
    printer = _Printer(report, look)
    yield from printer.first()
    yield from printer.sums()


class _Printer:
    def __init__(self, report: Report, look: Look) -> None:
        self.report, self.look = report, look

    @cached_property
    def lossy(self) -> list[Finding]:
        return self.report.lossy

    @cached_property
    def groups(self) -> list[Group]:
        """The lossy findings by code."""
        return self.report.groups(self.lossy)

    def lines(self) -> Iterator[str]:
        report = self.report
        shown = list(report.findings) if self.look.verbose else self.lossy
        short = self.look.verbose or len(shown) <= SHORT
        yield from self._inputs()
        yield from self._objects()
        yield from self._one_by_one(shown) if short else self._by_code()
        yield from self.first()
        yield from self.sums()

    def _inputs(self) -> Iterator[str]:
        """Files that could not be read; many are counted."""
        failed = self.report.failed_inputs()
        most = len(failed) if self.look.verbose or len(failed) <= SHORT // 2 else SAMPLES
        shown = [*failed[:most], *(one for one in self.report.inputs if self.look.verbose and one.status == "skipped")]
        for one in shown:
            yield f"{clean(one.path)}: {self._paint(one.status, one.status)} {clean(one.message)}".rstrip()
        if most < len(failed):
            yield self._note(f"  and {len(failed) - most:,} more files that could not be read (-v lists all)")

    def _objects(self) -> Iterator[str]:
        """What was not converted, each with its reason; many are counted, by reason."""
        left = reasons(self.report.objects)
        count = sum(len(one.objects) for one in left)
        if self.look.verbose or count <= SHORT // 2:
            for reason in left:
                for one in reason.objects:
                    words = clean(f"{one.ref}: {one.reason}")
                    yield f"{clean(str(one.location))}: {self._paint(reason.status, reason.status)} {words}"
            return
        for status in ("withheld", "failed", "skipped"):
            mine = [one for one in left if one.status == status]
            if mine:
                yield ""
                note = self._note(plural(sum(len(one.objects) for one in mine), "object"))
                yield f"{self._paint(status, status)}  {note}"
                yield from self._reasons(mine)

    def _reasons(self, mine: Sequence[Reason]) -> Iterator[str]:
        for reason in mine[:REASONS]:
            first = reason.objects[0]
            yield f"  {len(reason.objects):>4,} × {cut(clean(first.reason), LONG)}"
            yield self._note(f"         {few([one.location for one in reason.objects], SAMPLES)}")
        if mine[REASONS:]:
            rest = sum(len(one.objects) for one in mine[REASONS:])
            yield self._note(f"  {rest:>4,} × other reasons (-v lists all)")

    def _one_by_one(self, shown: Sequence[Finding]) -> Iterator[str]:
        for title, some, _ in parts(self.report.objects, shown):
            yield ""
            yield self._paint("title", clean(title)) + self._note(f"  {_tally(some)}")
            for first, *also in [[one] for one in some] if self.look.verbose else same(some):
                yield from self._finding(first, also)

    def _by_code(self) -> Iterator[str]:
        for group in self.groups:
            yield ""
            yield self._heading(group)
            most = SAMPLES if group.fidelity.rank >= Fidelity.MANUAL.rank else 1
            several = alike(group.findings)
            for one in several[:most]:
                yield from self._alike(one)
            left = sum(len(one.findings) for one in several[most:])
            if left:
                yield self._note(f"  {left:>4,} × in other words (-v lists all)")
            best = min(islice((one for one in group.findings if one.example), CANDIDATES), key=_telling, default=None)
            if best and best.example:
                yield from self._wrapped("    example: ", describe_example(best.example, best.affects))
            if group.hint and group.hint not in several[0].message:
                yield from self._wrapped("    what to do: ", group.hint)

    def _alike(self, one: Alike) -> Iterator[str]:
        about = [clean(key) for key in one.keys if key not in one.message]
        keys = f"{', '.join(about[:KEYS])}{' …' if about[KEYS:] else ''}: " if about else ""
        yield f"  {len(one.findings):>4,} × {keys}{cut(one.message, 2 * LONG)}"
        yield self._note(f"         {one.places(SAMPLES)}")

    def _heading(self, group: Group) -> str:
        protects = " · protects" if group.protects else ""
        count = f"{plural(len(group.findings), 'finding')} in {plural(group.owners, 'object')}"
        title = self._paint("title", group.code)
        return f"{self._paint(group.fidelity.value, group.fidelity.value)} {title}  {self._note(count + protects)}"

    def _finding(self, one: Finding, also: Sequence[Finding] = ()) -> Iterator[str]:
        fidelity = self._paint(one.fidelity.value, one.fidelity.value)
        about = ", ".join(short_keys([one, *also]))
        message = clean(one.message)
        if about and about not in message:
            message = f"{about}: {message}"
        place, fields = describe_place(one), self._note(clean(describe_fields(one.fields)))
        yield f"{place}: {fidelity} {one.code} {message} {fields}".rstrip()
        if also:
            yield self._note(f"    also at: {Alike('', list(also)).places(SAMPLES)}")
        if one.accepted:
            yield self._note(f"    accepted: {clean(one.accepted)}")
        if one.example is not None and not one.fidelity.lossless:
            yield from self._wrapped("    example: ", describe_example(one.example, one.affects))
        if one.hint and not one.fidelity.lossless:
            yield from self._wrapped("    what to do: ", one.hint)

    def first(self) -> Iterator[str]:
        """The few things to do first."""
        things = first_things(self.report, self.groups)
        if len(things) > 1 or (things and len(self.lossy) > SAMPLES):
            yield ""
            yield self._paint("title", "Do first")
            for number, thing in enumerate(things, 1):
                yield from self._wrapped(f"  {number}. ", thing, dim=False)

    def sums(self) -> Iterator[str]:
        """Counts of objects, findings and resources."""
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
                clean(text),
                max(self.look.width, 60),
                initial_indent=lead,
                subsequent_indent=" " * len(lead),
                break_long_words=False,
                break_on_hyphens=False,
            )
        for line in lines:
            yield self._note(line) if dim else line


def _telling(one: Finding) -> tuple[bool, int]:
    """The best example is a request that is served today, and short."""
    if one.example is None:
        return True, 0
    return not one.example.before.get("backends"), len(describe_example(one.example, one.affects))


def _tally(findings: Sequence[Finding]) -> str:
    parts = []
    for fidelity in Fidelity:
        count = sum(one.fidelity is fidelity for one in findings)
        if count:
            parts.append(f"{count:,} {fidelity.value}")
    return ", ".join(parts)
