"""A replay for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from converter.model import Example
from converter.model.traffic import Disagreement, ResponseOutcome, Traffic, TrafficGroup, Witness
from converter.reporting.describe import example_parts
from converter.reporting.groups import plural
from converter.reporting.layout import Lines
from converter.reporting.report import DEFAULT_LOOK, Look
from converter.reporting.terminal import clean

MOST = 12
LONGEST_SAMPLE = 160
TITLES: dict[ResponseOutcome, str] = {
    "same": "same response",
    "announced": "different, announced by findings",
    "unannounced": "different, NOT announced",
    "ambiguous": "ambiguous: the log does not show enough",
}


def render(traffic: Traffic, look: Look = DEFAULT_LOOK) -> str:
    """The whole report."""
    return "".join(f"{line}\n" for line in _TrafficPrinter(traffic, look).lines())


def share(part: int, every: int) -> str:
    """A percentage that is 100 % only where it is all, and 0 % only where it is none."""
    if not every or part in (0, every):
        return "100 %" if part else "0 %"
    return f"{min(max(100 * part / every, 0.01), 99.99):.2f} %"


class _TrafficPrinter(Lines):
    def __init__(self, traffic: Traffic, look: Look) -> None:
        super().__init__(look)
        self.traffic = traffic

    def lines(self) -> Iterator[str]:
        yield from self._head()
        yield from self._groups("Not announced: a bug of ing2gw, or of its model", "unannounced")
        yield from self._groups("Announced differences: what fails after, then most requests first", "announced")
        yield from self._groups("Ambiguous", "ambiguous")
        yield from self._needed_format()
        yield from self._unknown_backends()
        yield from self._disagreements()
        yield from self._problems()

    def _head(self) -> Iterator[str]:
        every = self.traffic.requests
        names = sorted({one.format for one in self.traffic.files if one.format})
        read = plural(sum(bool(one.format) for one in self.traffic.files), "file")
        title = f"{plural(every.requests, 'request')}, {every.distinct:,} distinct, from {read} ({', '.join(names)})"
        yield self.paint("title", clean(title))
        for outcome, tally in self.traffic.tallies.items():
            yield (
                f"  {tally.requests:>14,}  {share(tally.requests, every.requests):>8}  {TITLES[outcome]}"
                f" {self.note(f'({tally.distinct:,} distinct)')}"
            )
        if self.traffic.fails:
            yield f"  {self.traffic.fails:>14,}  {'':8}  of these: served before, rejected or not answered after"

    def _groups(self, title: str, outcome: ResponseOutcome) -> Iterator[str]:
        groups = self.traffic.of(outcome)
        if not groups:
            return
        yield ""
        yield self.paint("title", title)
        shown = groups if self.look.verbose else groups[:MOST]
        for group in shown:
            yield from self._group(group)
        if len(shown) < len(groups):
            left = sum(one.tally.requests for one in groups[len(shown) :])
            yield self.note(
                f"  and {plural(left, 'request')} in {len(groups) - len(shown):,} more groups (-v lists all)"
            )

    def _group(self, group: TrafficGroup) -> Iterator[str]:
        count = f"{plural(group.tally.requests, 'request')} ({group.tally.distinct:,} distinct)"
        fails = f", {group.fails:,} fail after" if group.fails else ""
        yield f"  {count} to {clean(group.host + group.pattern)}{fails}"
        yield from self.labelled("      ", "by", ", ".join(group.codes))
        yield from self._examples(group.examples)

    def _examples(self, examples: Sequence[Witness]) -> Iterator[str]:
        for one in examples if self.look.verbose else examples[:1]:
            parts = example_parts(Example(one.request, one.before, one.after))
            for label, text in zip(("request", "before", "after"), parts, strict=True):
                yield from self.labelled("      ", label, clean(text))

    def _needed_format(self) -> Iterator[str]:
        if self.traffic.needed_format:
            yield ""
            yield from self.wrapped(
                "",
                "This log format has no host or no scheme; --host and --scheme say what all of its requests have. "
                "With this key of the ConfigMap the next log has both:",
            )
            yield self.paint("command", f"  log-format-upstream: '{self.traffic.needed_format}'")

    def _unknown_backends(self) -> Iterator[str]:
        found = sorted(self.traffic.unknown_backends.items(), key=lambda item: -item[1].requests)
        if not found:
            return
        yield ""
        yield self.paint("title", "Backends of the log that no rule of the input has")
        for name, tally in found if self.look.verbose else found[:MOST]:
            yield f"  {clean(name)}: {plural(tally.requests, 'request')}"
        if not self.look.verbose and found[MOST:]:
            yield self.note(f"  and {len(found) - MOST:,} more (-v lists all)")

    def _disagreements(self) -> Iterator[str]:
        found = sorted(self.traffic.disagreements, key=lambda one: -one.tally.requests)
        side = "old" if self.traffic.log_side == "before" else "new"
        count = sum(one.tally.requests for one in found)
        every = self.traffic.comparable
        agreed = f"{share(every - count, every)} of {every:,} comparable requests"
        yield ""
        yield from self.wrapped("", f"The log agrees with the computed {side} side in {agreed}.")
        shown = found if self.look.verbose else found[:MOST]
        for one in shown:
            yield f"  {plural(one.tally.requests, 'request')} to {clean(one.host + one.pattern)}: {_both(one)}"
            yield from self._examples(one.examples[:1] if self.look.verbose else ())
        if len(shown) < len(found):
            yield self.note(f"  and {len(found) - len(shown):,} more (-v lists all)")

    def _problems(self) -> Iterator[str]:
        left = [one for one in self.traffic.files if one.problem]
        skipped = sum(self.traffic.no_request.values())
        if not (left or self.traffic.broken or skipped):
            return
        yield ""
        for file in left:
            yield f"{clean(file.name)}: {clean(file.problem)}"
        for one in self.traffic.broken:
            yield f"{clean(one.name)}: {plural(one.count, 'line')} in no known form"
            for number, text in one.samples:
                place = f"{clean(one.name)}:{number}" if number else clean(one.name)
                yield self.note(f"  {place}: {clean(text)[:LONGEST_SAMPLE]}")
        if skipped:
            statuses = ", ".join(f"{status}: {count:,}" for status, count in self.traffic.no_request.items())
            yield f"{plural(skipped, 'line')} of clients that sent no HTTP request ({clean(statuses)})"


def _both(one: Disagreement) -> str:
    return f"the log has {clean(one.logged)}, computed is {clean(one.computed)}"
