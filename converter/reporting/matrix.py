"""The support matrix: features or annotations against targets, from the packs."""

from __future__ import annotations

import json
from typing import Any

from converter.packs.catalogue import (
    KnownAnnotation,
    KnownFeature,
    TargetSupport,
    known_annotations,
    known_features,
    sources,
    targets,
)


def render(shape: str, source: str = "", every: bool = False, extra: tuple[str, ...] = ()) -> str:
    """As text, markdown or json; with `every` one row an annotation, else one a feature.

    Args:
        shape: text, markdown or json.
        source: Only the annotations of this controller; "" for all.
        every: One row an annotation.
        extra: Files of `--mappings`.
    """
    if every:
        rows = [one for one in known_annotations(extra) if source in ("", one.source)]
        heads = ["annotation", "feature", *targets()]
        return _table(shape, heads, [_annotation(one, shape) for one in rows], [_annotation_data(one) for one in rows])
    known = [one for one in known_features(extra) if not source or source in one.annotations]
    names = [source] if source else [name for name in sources() if any(name in one.annotations for one in known)]
    heads = ["feature", *names, *targets()]
    return _table(shape, heads, [_feature(one, names, shape) for one in known], [_feature_data(one) for one in known])


def _annotation(one: KnownAnnotation, shape: str) -> list[str]:
    return [_code(one.key, shape), one.field.feature, *(_support_cell(fate) for fate in one.fates)]


def _feature(one: KnownFeature, names: list[str], shape: str) -> list[str]:
    name = _code(one.name, shape) + (" (protects)" if one.protects else "")
    counts = [str(len(one.annotations[source])) if source in one.annotations else "" for source in names]
    return [name, *counts, *(_support_cell(fate) for fate in one.fates)]


def _code(text: str, shape: str) -> str:
    return f"`{text}`" if shape == "markdown" else text


def _support_cell(fate: TargetSupport) -> str:
    word: str = fate.fidelity.value
    return word


def _table(shape: str, heads: list[str], rows: list[list[str]], data: list[dict[str, Any]]) -> str:
    if shape == "json":
        return json.dumps(data, indent=1, ensure_ascii=False) + "\n"
    if shape == "markdown":
        lines = [f"| {' | '.join(heads)} |", f"|{'|'.join(' --- ' for _ in heads)}|"]
        lines += [f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in rows]
        return "\n".join(lines) + "\n"
    widths = [max(len(row[index]) for row in [heads, *rows]) for index in range(len(heads))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [heads, *rows]]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _fates(fates: tuple[TargetSupport, ...]) -> dict[str, dict[str, str]]:
    return {fate.target: {"fidelity": fate.fidelity.value, "note": fate.note, "hint": fate.hint} for fate in fates}


def _annotation_data(one: KnownAnnotation) -> dict[str, Any]:
    return {
        "source": one.source,
        "annotation": one.key,
        "aliases": list(one.keys[1:]),
        "feature": one.field.feature,
        "type": one.field.type,
        "means": one.field.means,
        "targets": _fates(one.fates),
    }


def _feature_data(one: KnownFeature) -> dict[str, Any]:
    return {
        "feature": one.name,
        "means": one.meaning,
        "protects": one.protects,
        "annotations": {source: [known.key for known in some] for source, some in one.annotations.items()},
        "targets": _fates(one.fates),
    }
