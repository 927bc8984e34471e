"""The decisions that a report opens with, each for all objects that it concerns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from converter.model import Fidelity, Finding, InputStatus, ObjectRef, ObjectStatus
from converter.model.data import dataclass
from converter.reporting.classes import Classes
from converter.reporting.common_text import common, summary
from converter.reporting.describe import cut, describe_example, example_parts
from converter.reporting.grouping import Reason, alike, few, reasons, short_keys
from converter.reporting.groups import INTERNAL, Group, by_code, plural
from converter.reporting.terminal import clean

CANDIDATES = 24
"""Of so many examples of a code the most telling is shown; working out more would dominate a large run."""
PLACES = 3
KEYS = 6
LONG = 320


@dataclass(frozen=True, slots=True)
class DecisionEntry:
    """One decision, or one difference to review."""

    code: str
    """Of its findings; "" for files and objects that have none."""
    fidelity: str
    subject: str
    """The object, or how many there are."""
    messages: tuple[str, ...]
    at: str
    request: str = ""
    before: str = ""
    after: str = ""
    hint: str = ""
    accept: str = ""
    protects: bool = False


def decisions(
    objects: Sequence[ObjectStatus], unreadable: Sequence[InputStatus], classes: Classes
) -> list[DecisionEntry]:
    """What has to be decided: files that cannot be read, bugs, lost protection, the rest, what is not converted."""
    out = [_file_entry(unreadable, classes.decisions)] if unreadable else []
    out += [entry(group, deciding=True) for group in by_code(_without_files(classes.decisions, unreadable))]
    return out + list(_objects(objects, classes.decisions))


def _without_files(findings: Iterable[Finding], unreadable: Sequence[InputStatus]) -> Iterator[Finding]:
    """Those that do not only say of a file that it cannot be read."""
    paths = {one.path for one in unreadable}
    for one in findings:
        if one.origin.object is not None or one.origin.location.path not in paths:
            yield one


def differences(classes: Classes) -> list[DecisionEntry]:
    """The differences of particular objects, by code."""
    return [entry(group) for group in by_code(classes.differences)]


def rejects(classes: Classes) -> list[DecisionEntry]:
    """Rules that reject every request, before and after."""
    return [entry(group) for group in by_code(classes.rejects)]


def entry(group: Group, *, deciding: bool = False) -> DecisionEntry:
    """The findings of one code."""
    best = min(islice((one for one in group.findings if one.example), CANDIDATES), key=_telling, default=None)
    request, before, after = example_parts(best.example, best.affects) if best and best.example else ("", "", "")
    hints = [clean(one) for one in dict.fromkeys(one.hint for one in group.findings if one.hint)]
    messages = tuple(_messages(group.findings))
    hint = summary(hints)
    return DecisionEntry(
        group.code,
        group.fidelity.value,
        f"{_subject(group.findings)}{_traffic(group)}",
        messages,
        few([one.origin.location for one in group.findings], PLACES),
        cut(clean(request), LONG),
        cut(clean(before), LONG),
        cut(clean(after), LONG),
        "" if any(hint in one for one in messages) else hint,
        _acceptance(group) if deciding else "",
        group.protects,
    )


def _messages(findings: Sequence[Finding]) -> Iterator[str]:
    """What the findings have in common; more than one where they say different things."""
    several = alike(findings)
    for one in several[:PLACES]:
        text = common(list(dict.fromkeys(clean(each.message) for each in one.findings)))
        count = f"{len(one.findings):,} × " if len(findings) > len(one.findings) else ""
        about = [clean(key) for key in short_keys(one.findings) if key not in text]
        keys = f"{', '.join(about[:KEYS])}{' …' if about[KEYS:] else ''}: " if about else ""
        yield f"{count}{keys}{cut(text, LONG)}"
    if left := sum(len(one.findings) for one in several[PLACES:]):
        yield f"{left:,} × other messages (-v lists all)"


def _subject(findings: Sequence[Finding]) -> str:
    owners = list(dict.fromkeys(str(one.origin.object) for one in findings if one.origin.object))
    if not owners:
        return plural(len(findings), "finding")
    if len(owners) == 1:
        default = all(one.origin.kind == "default" for one in findings)
        return f"{'controller default, first at ' if default else ''}{clean(owners[0])}"
    return f"{plural(len(findings), 'finding')} in {plural(len(owners), 'object')}"


def _traffic(group: Group) -> str:
    """How many requests of the log it concerns, where one was given."""
    if group.requests is None:
        return ""
    return f", {plural(group.requests, 'request')} of the log" if group.requests else ", no request of the log"


def _acceptance(group: Group) -> str:
    """How somebody accepts it."""
    if group.code.startswith(INTERNAL):
        return ""
    if group.protects and group.fidelity.rank >= Fidelity.MANUAL.rank:
        return (
            f"a waiver of {group.code} keeps the routes closed; an entry of expose-unprotected in ing2gw.yaml serves "
            "them without the protection"
        )
    own = all(one.origin.kind in ("annotation", "field", "object") and one.origin.object for one in group.findings)
    if own and len(group.findings) < PLACES:
        return f'annotation ing2gw/accept: "{group.code}: REASON", or a waiver in ing2gw.yaml'
    return f"waivers: [{{code: {group.code}, reason: REASON}}] in ing2gw.yaml"


def _file_entry(failed: Sequence[InputStatus], findings: Iterable[Finding]) -> DecisionEntry:
    messages = [f"{clean(one.path)}: {clean(one.message)}" for one in failed[:PLACES]]
    if failed[PLACES:]:
        messages.append(f"and {plural(len(failed) - PLACES, 'more file')}")
    paths = {one.path for one in failed}
    own = {one.origin.location.path: clean(one.hint) for one in findings if one.hint}
    hints = [own.get(path, "Correct the files, or leave them out of the input.") for path in sorted(paths)]
    hint = summary(list(dict.fromkeys(hints)))
    return DecisionEntry("", "unreadable", plural(len(failed), "file"), tuple(messages), "", hint=hint)


def _objects(objects: Sequence[ObjectStatus], shown: Sequence[Finding]) -> Iterator[DecisionEntry]:
    """Objects that failed or are withheld for a reason that no finding shows."""
    known: set[ObjectRef | None] = {one.origin.object for one in shown}
    unreadable = {(one.origin.location, one.message) for one in shown if one.origin.kind == "file"}
    left = [
        one
        for one in objects
        if one.status in ("failed", "withheld")
        and one.ref not in known
        and (one.location, one.reason) not in unreadable
    ]
    yield from map(_by_reason, reasons(left))


def _by_reason(reason: Reason) -> DecisionEntry:
    refs, places = [str(one.ref) for one in reason.objects], [one.location for one in reason.objects]
    subject = clean(refs[0]) if len(refs) == 1 else plural(len(refs), "object")
    text = common(list(dict.fromkeys(clean(one.reason) for one in reason.objects)))
    return DecisionEntry("", reason.status, subject, (text,), few(places, PLACES))


def skipped(objects: Sequence[ObjectStatus], shown: Iterable[Finding]) -> list[DecisionEntry]:
    """Objects that were skipped for a reason that no finding shows."""
    known: set[ObjectRef | None] = {one.origin.object for one in shown}
    return [
        _by_reason(one) for one in reasons(one for one in objects if one.status == "skipped" and one.ref not in known)
    ]


def _telling(one: Finding) -> tuple[bool, int]:
    """The best example is a request that is served, and short."""
    if one.example is None:
        return True, 0
    return not one.example.before.get("backends"), len(describe_example(one.example, one.affects))
