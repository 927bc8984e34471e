"""Features that manifests use, by implementation: `ing2gw portability` and `docs/portability.md`."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from converter.packs.portability import (
    SPECIFIC,
    ConformanceFeature,
    Implementation,
    Use,
    features,
    implementations,
    reports,
)
from converter.reporting.groups import plural
from converter.reporting.terminal import clean

_MARKS = {"yes": "yes", "no": "**no**", "unproven": "?"}
_WIDTH = 100
_UNBROKEN = "\N{NO-BREAK SPACE}"


def in_short(uses: Sequence[Use], where: str) -> str:
    """`2 extended features, 3 Envoy Gateway kinds (-v; ing2gw portability gateway)`; names where no kind is used.

    Args:
        uses: What the resources use.
        where: The directory of the resources; "" where they are in none.
    """
    owners = Counter(use.owner for use in uses if use.owner)
    named = not owners
    counts = [
        _counted([use for use in uses if use.level == "extended"], "extended feature", named=named),
        _counted([use for use in uses if use.level == SPECIFIC and not use.owner], f"{SPECIFIC} feature", named=named),
        *(plural(count, f"{_owner(owner)} kind") for owner, count in owners.items()),
    ]
    parts = [part for part in counts if part]
    if not parts:
        return "core features of Gateway API only"
    return f"{', '.join(parts)} (-v; ing2gw portability {where or 'OUT'})"


def _counted(uses: Sequence[Use], noun: str, *, named: bool) -> str:
    if not uses:
        return ""
    return plural(len(uses), noun) + (f" ({', '.join(clean(use.name) for use in uses)})" if named else "")


def _owner(name: str) -> str:
    """How people call the implementation that has a kind."""
    return next((one.name for one in implementations() if one.id == name), "implementation-specific")


def who(use: Use) -> tuple[str, str]:
    """`only` with the implementation that has a kind, `missing` with those that lack a feature, or `unproven`."""
    if use.owner:
        return "only", _owner(use.owner)
    without = [one.name for one in implementations() if one.claims(use) == "no"]
    return ("missing", ", ".join(without)) if without else ("unproven", "no conformance test covers it")


def as_rows(uses: Iterable[Use]) -> list[dict[str, Any]]:
    """For the reports of a run: each feature with the implementations that lack it."""
    return [
        {
            **_described(use),
            "objects": len(use.objects),
            "missing": [one.id for one in implementations() if one.claims(use) == "no"],
            "unproven": [one.id for one in implementations() if one.claims(use) == "unproven"],
        }
        for use in uses
    ]


def _described(use: Use) -> dict[str, str]:
    return {
        "name": use.name,
        "level": use.level,
        "channel": use.channel,
        "meaning": use.meaning,
        "instead": use.instead,
    }


def as_text(uses: Sequence[Use], chosen: Sequence[Implementation]) -> str:
    """What is used, then a paragraph an implementation: what it lacks, and what its report says nothing of."""
    lines = [f"{len(uses)} features and kinds are used"]
    for use in uses:
        place = f"{use.objects[0]}" + (f" and {len(use.objects) - 1:,} more" if use.objects[1:] else "")
        lines.append(f"  {clean(use.name)} ({use.level}, {use.channel}): {use.meaning}; {clean(place)}")
    lines.append("")
    for one in chosen:
        lacks, unknown = ([use for use in uses if one.claims(use) == answer] for answer in ("no", "unproven"))
        state = "all features are claimed" if not lacks + unknown else f"{len(lacks)} missing, {len(unknown)} unproven"
        lines.append(f"{one.name} {one.version} (Gateway API {one.gateway_api}, {one.channel}, {one.date}): {state}")
        lines += _wrapped("missing", lacks) + _wrapped("unproven", unknown)
    lines += _changes(uses, chosen)
    return "\n".join([*lines, "", f"Source: conformance reports, {reports()}", ""])


def _wrapped(label: str, uses: Iterable[Use]) -> list[str]:
    text = _names(uses)
    return _lines(f"{label}: {text}") if text else []


def _changes(uses: Sequence[Use], chosen: Sequence[Implementation]) -> list[str]:
    """What to do about features that one of these lacks, each advice once."""
    advice: dict[str, list[Use]] = {}
    for use in uses:
        if use.instead and any(one.claims(use) != "yes" for one in chosen):
            advice.setdefault(use.instead, []).append(use)
    lines = [line for text, some in advice.items() for line in _lines(f"{_names(some)}: {text}")]
    return ["", "What to change where a feature is missing", *lines] if lines else []


def _names(uses: Iterable[Use]) -> str:
    """In one line; no name is broken."""
    return ", ".join(clean(use.name).replace(" ", _UNBROKEN) for use in uses)


def _lines(text: str) -> list[str]:
    found = textwrap.wrap(text, _WIDTH, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)
    return [line.replace(_UNBROKEN, " ") for line in found]


def as_json(uses: Sequence[Use], chosen: Sequence[Implementation]) -> str:
    """The same as data."""
    data = {
        "uses": [{**_described(use), "objects": [str(ref) for ref in use.objects]} for use in uses],
        "implementations": [
            {
                "id": one.id,
                "name": one.name,
                "version": one.version,
                "gateway_api": one.gateway_api,
                "channel": one.channel,
                "date": one.date,
                "report": one.report,
                "missing": [use.name for use in uses if one.claims(use) == "no"],
                "unproven": [use.name for use in uses if one.claims(use) == "unproven"],
            }
            for one in chosen
        ],
        "source": reports(),
    }
    return json.dumps(data, indent=1) + "\n"


def as_markdown(uses: Sequence[Use], chosen: Sequence[Implementation]) -> str:
    """A table: a row a feature, a column an implementation."""
    from converter.reporting.markdown import code

    head = ["feature", "channel", *(f"{one.name} {one.version}" for one in chosen)]
    rows = [[code(use.name), use.channel, *(_MARKS[one.claims(use)] for one in chosen)] for use in uses]
    return "".join(f"| {' | '.join(row)} |\n" for row in (head, ["---"] * len(head), *rows))


def every_feature() -> str:
    """The table of all features and all implementations, with the reports that it comes from."""
    table = as_markdown([_as_use(one) for one in features()], implementations())
    lines = [
        f"| {one.name} {one.version} | {one.gateway_api}, {one.channel} | {one.date} | `{one.report}` |"
        for one in implementations()
    ]
    head = "\n| implementation | Gateway API | report of | file |\n| --- | --- | --- | --- |\n"
    return table + head + "\n".join(lines) + "\n"


def _as_use(one: ConformanceFeature) -> Use:
    return Use(one.name, one.meaning, one.level, one.channel)
