"""From a line of a generated file back to the facts of the input that caused it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converter.cli.choices import choose
from converter.writing.field_lines import resolved
from converter.writing.line_index import FieldLine, place_at

if TYPE_CHECKING:
    from converter.model import Finding, Resource
    from converter.pipeline.result import Result

_MOST = 8


def causes(file: str, line: int, given: Mapping[str, Any]) -> Iterator[str]:
    """What stands on this line, and every finding that wrote it, as lines of text."""
    from converter.pipeline.run import convert
    from converter.reporting.describe import describe_fact
    from converter.reporting.terminal import clean

    place = _place(file, line)
    yield f"{place.kind} {place.namespace}/{place.name} {place.field}".replace(" /", " ")
    choices = choose(given)
    result = convert(choices.paths, choices.options)
    made = next((one for one in result.resources if _same(one.ref, place)), None)
    found = wrote(result.findings, made.body, place) if made is not None else []
    for one in found:
        yield f"  {one.origin.location}: {clean(describe_fact(one))}"
        yield f"      {one.fidelity.value} {one.code}: {clean(one.message)}"
    if not found:
        yield from _object_causes(result, made, place)


def _object_causes(result: Result, made: Resource | None, place: FieldLine) -> Iterator[str]:
    """Of a line that no fact has of its own: what the object is there for."""
    from converter.reporting.describe import describe_fact
    from converter.reporting.terminal import clean

    if made is None:
        yield "  convert writes no such object from this input"
        return
    yield from (f"  made for {source}" for source in made.sources[:_MOST])
    yield "  no single fact of the input caused this line; the object holds"
    facts = [one for one in result.findings if any(_same(field, place) for field in one.fields)]
    for one in facts[:_MOST]:
        where = f"{one.origin.location}: " if one.origin.location.path else ""
        yield f"  {where}{clean(describe_fact(one))}: {one.fidelity.value} {one.code}"
    if facts[_MOST:]:
        yield f"  … and {len(facts) - _MOST:,} more"


def _place(file: str, line: int) -> FieldLine:
    from ruamel.yaml.error import YAMLError

    try:
        text = Path(file).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise click.UsageError(f"{file}: cannot be read: {getattr(error, 'strerror', None) or error}") from None
    lines = text.split("\n")
    while line < len(lines) and lines[line - 1].lstrip(" ").startswith("#"):
        line += 1  # a comment is about the field below
    try:
        place = place_at(text, line)
    except (YAMLError, RecursionError):
        raise click.UsageError(f"{file}: is no YAML that can be read") from None
    if place is None:
        raise click.UsageError(f"{file}:{line}: there is no Kubernetes object at this line")
    return place


def _same(ref: Any, place: FieldLine) -> bool:
    return (ref.kind, ref.namespace, ref.name) == (place.kind, place.namespace, place.name)


def wrote(findings: Iterable[Finding], body: Mapping[str, Any], place: FieldLine) -> list[Finding]:
    """The findings that wrote a line: those with fields below it, or else those with the nearest field around it.

    Args:
        findings: All of the run.
        body: The object that the line belongs to.
        place: The field on the line.
    """
    below: list[Finding] = []
    around: dict[int, list[Finding]] = {}
    for one in findings:
        fields = [resolved(body, field.field) for field in one.fields if _same(field, place)]
        if any(_within(place.field, field) for field in fields):
            below.append(one)
        elif outer := [len(field) for field in fields if _within(field, place.field)]:
            around.setdefault(max(outer), []).append(one)
    return below or (around[max(around)] if around else [])


def _within(outer: str, inner: str) -> bool:
    return bool(outer) and inner.startswith(outer) and inner[len(outer) : len(outer) + 1] in ("", ".", "[")
