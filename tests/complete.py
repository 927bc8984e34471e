"""Checks that hold for every run over any input: shared by the corpus, fixture and random tests."""

from __future__ import annotations

import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from converter.model.ledger import UNACCOUNTED
from converter.model.options import Options
from converter.pipeline.result import Result
from converter.pipeline.run import convert
from converter.reading.facts import facts


def convert_text(text: str, **options: object) -> Result:
    """Convert one stream of YAML."""
    return convert(["-"], Options(**options), io.BytesIO(text.encode()))  # type: ignore[arg-type]


def documents(path: Path) -> list[dict[str, Any]]:
    """The objects of a file, those of lists too."""
    with path.open() as file:
        found = [one for one in yaml.load_all(file, yaml.CSafeLoader) if isinstance(one, dict) and one.get("kind")]
    return [item for one in found for item in (one["items"] if one["kind"].endswith("List") else [one])]


def convert_documents(some: Iterable[dict[str, Any]], **options: object) -> Result:
    """Convert these objects."""
    return convert_text(yaml.dump_all(some, Dumper=yaml.CSafeDumper), **options)


def convert_checked(text: str, **options: object) -> Result:
    """Convert one stream of YAML, and see that nothing was lost, invalid or unannounced."""
    result = convert_text(text, **options)
    broken = broken_promises(result)
    assert not broken, "\n".join(broken)
    return result


def broken_promises(result: Result) -> list[str]:
    """What a run did that no run may do; empty for a good one."""
    return [*_conservation(result), *_validity(result), *_surprises(result), *_statuses(result)]


def _conservation(result: Result) -> list[str]:
    out = [f"unaccounted: {one.origin}" for one in result.findings if one.code == UNACCOUNTED]
    origins = [one.origin for one in result.findings]
    if len(set(origins)) != len(origins):
        out.append("a fact has two findings")
    known = set(origins)
    parts = {(one.object, one.key) for one in origins if one.kind == "annotation"}
    converted = {one.ref for one in result.objects if one.status in ("converted", "withheld")}
    for ingress in result.inventory.ingresses:
        if ingress.ref in converted:
            out += [
                f"lost: {fact}" for fact in facts(ingress) if fact not in known and (fact.object, fact.key) not in parts
            ]
    return out


def _validity(result: Result) -> list[str]:
    return [
        f"invalid: {one.message}"
        for one in result.findings
        if one.code in ("internal.invalid-output", "output.over-limit")
    ]


def _surprises(result: Result) -> list[str]:
    return [
        f"unannounced {sorted(one.aspects)}: {one.request.to_json()}\n   before {one.before.to_answer()}\n"
        f"   after  {one.after.to_answer()}\n   known  {[finding.code for finding in one.announced_by]}"
        for one in result.surprises
    ]


def _statuses(result: Result) -> list[str]:
    named = {one.ref for one in result.objects}
    return [f"no status: {one.ref}" for one in result.inventory.ingresses if one.ref not in named]
