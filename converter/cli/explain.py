"""`ing2gw explain`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from converter.cli.choices import options
from converter.cli.running import write


@click.command("explain")
@click.argument("what", metavar="KEY|CODE|FEATURE|FILE:LINE")
@options("input", "target")
def command(what: str, **given: Any) -> None:
    """Tell what an annotation, a feature or a finding's code means, and what becomes of it.

    FILE:LINE names a line of a generated file: what of the input caused it. The Ingresses are read from PATH, or from
    `sources` in ing2gw.yaml.
    """
    file, _, line = what.rpartition(":")
    if file and line.isdigit():
        from converter.cli.tracing_back import causes

        write("".join(f"{one}\n" for one in causes(file, int(line), given)), sys.stdout)
        return
    found = list(_explain(what))
    if not found:
        raise click.UsageError(f"nothing is known of {what!r}{_near(what)}")
    write("\n".join(found), sys.stdout)


def _explain(what: str) -> Iterator[str]:
    from converter.mapping.codes import meaning
    from converter.mapping.knowledge import known_annotations, known_features

    for one in known_annotations():
        keys = {key.replace("{domain}", "cpaas.io") for key in one.keys} | set(one.keys)
        if what in keys or (len(what) > 3 and what in {key.partition("/")[2] for key in keys}):
            yield _annotation(one)
    if "." in what and "/" not in what and (words := meaning(what)):
        yield f"{what}: {words}\n"
    names = {what, what.partition(".")[0]}
    for feature in known_features():
        if feature.name in names:
            yield _feature(feature)


def _annotation(one: Any) -> str:
    row = one.field
    lines = [f"{one.key}  ({one.source}, feature {row.feature})", f"  means    {row.means or '(no words yet)'}"]
    lines += [f"  also     {key}" for key in one.keys[1:]]
    lines.append(f"  type     {row.type}" + (f", default {row.default}" if row.default is not None else ""))
    lines.append(f"  invalid  {_INVALID.get(row.invalid, row.invalid)}")
    if row.fidelity is not None:
        lines.append(f"  source   {row.fidelity.value}: {row.note}")
    return "\n".join([*lines, *_fates(one.fates)]) + "\n"


_INVALID = {
    "drop": "a bad value is ignored by the controller",
    "ingress": "a bad value keeps the whole Ingress from being served",
    "deny": "a bad value makes its paths answer an error",
    "group": "a bad value keeps the whole group from being served",
}


def _feature(one: Any) -> str:
    lines = [f"{one.name}{' (protects)' if one.protects else ''}: {one.meaning}"]
    for source, some in one.annotations.items():
        lines.append(f"  {source}")
        lines += [f"    {known.key}: {known.field.means}".rstrip(": ") for known in some]
    return "\n".join([*lines, *_fates(one.fates)]) + "\n"


def _fates(fates: Any) -> list[str]:
    lines = []
    for fate in fates:
        words = ". ".join(text.rstrip(".") for text in (fate.note, fate.hint) if text)
        lines.append(f"  {fate.target}: {fate.fidelity.value}{f': {words}' if words else ''}")
    return lines


def _near(what: str) -> str:
    import difflib

    from converter.mapping.knowledge import known_annotations, known_features

    keys = [key for one in known_annotations() for key in (one.key, one.key.partition("/")[2])]
    near = difflib.get_close_matches(what, [*keys, *(one.name for one in known_features())], 3, 0.7)
    return f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
