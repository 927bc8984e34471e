"""Features that manifests use, by implementation: `ing2gw portability` and `docs/portability.md`."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Sequence

from converter.packs.portability import ConformanceFeature, Implementation, Use, features, implementations, reports
from converter.reporting.markdown import code
from converter.reporting.terminal import clean

_MARKS = {"yes": "yes", "no": "**no**", "unproven": "?"}
_WIDTH = 100
_UNBROKEN = "\N{NO-BREAK SPACE}"


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
        "uses": [
            {
                "name": use.name,
                "level": use.level,
                "channel": use.channel,
                "meaning": use.meaning,
                "instead": use.instead,
                "objects": [str(ref) for ref in use.objects],
            }
            for use in uses
        ],
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
