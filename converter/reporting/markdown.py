"""For a comment on a pull request: counts, the worst first, details folded, never longer than a comment may be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from converter.reporting.decisions import DecisionEntry, rejects
from converter.reporting.describe import cut, describe_example, describe_fact, describe_fields, describe_place
from converter.reporting.grouping import Alike, alike, reasons
from converter.reporting.groups import Group, plural
from converter.reporting.headline import headline
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look, Report
from converter.reporting.terminal import clean

LIMIT = 60_000
"""A comment holds 65,536 characters; some room is left for what a bot puts around it."""
_ROWS = 25
_PLACES = 3
_KEYS = 6
_LONG = 400
_MARKS = {
    "exact": "🟢",
    "obsolete": "⚪",
    "approximate": "🟡",
    "manual": "🟣",
    "unsupported": "🔴",
    "unknown": "⚫",
}


def render(report: Report, look: Look = DEFAULT_LOOK) -> str:
    """The whole report, cut at whole groups where it would not fit."""
    out, size, left = [], 0, 0
    for block in _blocks(report, look):
        cost = len(block.encode("utf-16-le")) // 2
        if size + cost > LIMIT:
            left += 1
            continue
        out.append(block)
        size += cost
    if left:
        out.append(f"\n_{plural(left, 'group')} left out here for length; `--report json` has everything._\n")
    return "".join(out)


def limited(blocks: Iterable[Sequence[str]]) -> str:
    """Blocks of lines up to the first that would be longer than a comment may be, and a note where one is left out."""
    out, size = [], 0
    for block in blocks:
        text = "".join(f"{line}\n" for line in block)
        size += len(text)
        if size > LIMIT:
            out.append("\n_Left out here for length; `--report json` has everything._\n")
            break
        out.append(text)
    return "".join(out)


def _blocks(report: Report, look: Look) -> Iterator[str]:
    yield "".join(f"{line}\n" for line in _head(report, look))
    for group in report.groups(report.findings if look.verbose else report.lossy):
        yield "".join(f"{line}\n" for line in _group(group))
    left = [one for one in report.objects if one.status != "converted"]
    if left:
        yield "".join(f"{line}\n" for line in _objects(report))
    if report.accepted:
        yield "".join(f"{line}\n" for line in _accepted(report))


def _head(report: Report, look: Look) -> Iterator[str]:
    yield f"## {TOOL}: {plural(report.statuses()['converted'], 'object')} converted"
    yield ""
    yield f"| {' | '.join(f'{_MARKS[name]} {name}' for name in report.counts())} |"
    yield f"|{'---|' * len(report.counts())}"
    yield f"| {' | '.join(f'{count:,}' for count in report.counts().values())} |"
    yield ""
    others = [f"{count:,} {status}" for status, count in report.statuses().items() if count and status != "converted"]
    if others:
        yield f"{', '.join(others)}."
        yield ""
    classes = report.classes()
    decided, steps = report.decisions(classes), report.prerequisites(classes)
    yield f"**{escape(headline(report, classes, decided, steps, look))}**"
    yield ""
    if decided:
        yield "### Decisions"
        yield ""
        for number, one in enumerate(decided[:_ROWS], 1):
            yield from _decision(number, one)
        if decided[_ROWS:]:
            yield f"- … and {len(decided) - _ROWS:,} more"
        yield ""
    if classes.rejects:
        yield "### Rules that reject every request"
        yield ""
        for number, one in enumerate(rejects(classes), 1):
            yield from _decision(number, one)
        yield ""
    if steps:
        yield "### Prerequisites"
        yield ""
        for number, step in enumerate(steps, 1):
            yield f"{number}. {escape(step.title)}"
            yield from (f"   {code(command)}" for command in step.commands)
        yield ""


def _decision(number: int, one: DecisionEntry) -> Iterator[str]:
    name = f"{code(one.code)} ({one.fidelity}, {escape(one.subject)})" if one.code else f"{one.fidelity}: {one.subject}"
    yield f"{number}. {name}: {'; '.join(escape(cut(text, _LONG)) for text in one.messages)}"
    if one.request:
        yield f"   Request {code(one.request)}, before {code(one.before)}, after {code(one.after)}"
    if one.hint:
        yield f"   What to do: {escape(cut(one.hint, _LONG))}"


def _group(group: Group) -> Iterator[str]:
    shield = " 🛡" if group.protects else ""
    count = f"{plural(len(group.findings), 'finding')} in {plural(group.owners, 'object')}"
    yield f"<details><summary>{_MARKS[group.fidelity.value]} <code>{group.code}</code>{shield}: {count}</summary>"
    yield ""
    if group.hint:
        yield f"What to do: {escape(group.hint)}"
        yield ""
    shown = next((one for one in group.findings if one.example), None)
    if shown and shown.example:
        yield f"Example: {code(describe_example(shown.example, shown.affects))}"
        yield ""
    yield "| where | what | why | written to |"
    yield "|---|---|---|---|"
    several = alike(group.findings)
    yield from (_row(one) for one in several[:_ROWS])
    left = sum(len(one.findings) for one in several[_ROWS:])
    if left:
        yield ""
        yield f"… and {left:,} more."
    yield ""
    yield "</details>"
    yield ""


def _row(same: Alike) -> str:
    """Those that say the same are one row."""
    first, count = same.findings[0], len(same.findings)
    where = ", ".join(code(place) for place in _places(same))
    keys = ", ".join(code(key) for key in same.keys[:_KEYS]) if count > 1 else ""
    what = keys or code(describe_fact(first)) + (" …" if count > 1 else "")
    more = f" and {count - _PLACES:,} more" if count > _PLACES else ""
    cells = [where + more, what, escape(cut(same.message, _LONG)), code(describe_fields(first.fields))]
    return f"| {' | '.join(cells)} |"


def _places(same: Alike) -> list[str]:
    return list(dict.fromkeys(describe_place(one) for one in same.findings[:_PLACES]))


def _objects(report: Report) -> Iterator[str]:
    left = reasons(report.objects)
    count = sum(len(one.objects) for one in left)
    yield f"<details><summary>{plural(count, 'object')} not converted</summary>"
    yield ""
    for reason in left[:_ROWS]:
        first, more = reason.objects[0], len(reason.objects) - 1
        others = f" and {more:,} more" if more else ""
        place = f"{code(str(first.location))} {escape(str(first.ref))}{others}"
        yield f"- {place}, {reason.status}: {escape(cut(first.reason, _LONG))}"
    if left[_ROWS:]:
        yield f"- … and {sum(len(one.objects) for one in left[_ROWS:]):,} more"
    yield ""
    yield "</details>"
    yield ""


def _accepted(report: Report) -> Iterator[str]:
    yield f"<details><summary>{plural(len(report.accepted), 'finding')} accepted</summary>"
    yield ""
    for one in report.accepted[:_ROWS]:
        yield f"- {code(str(one.origin.location))} {code(one.code)}: {escape(one.accepted)}"
    if report.accepted[_ROWS:]:
        yield f"- … and {len(report.accepted) - _ROWS:,} more"
    yield ""
    yield "</details>"
    yield ""


def escape(text: str) -> str:
    """Plain words in Markdown: no markup, no HTML, no mentions."""
    out = clean(text)
    for char in "\\`*_[]<>|~#":
        out = out.replace(char, f"\\{char}" if char not in "<>" else {"<": "&lt;", ">": "&gt;"}[char])
    return out.replace("@", "@\u200b")


def code(text: str) -> str:
    """Verbatim in a table cell: the fence is longer than any run of backticks inside."""
    text = clean(text)
    if not text:
        return ""
    fence = "`"
    while fence in text:
        fence += "`"
    pad = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")
