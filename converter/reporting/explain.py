"""What an annotation, a key, a feature, a code or a fidelity means, and what becomes of it, as text."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from typing import Any

from converter.packs.catalogue import (
    KnownAnnotation,
    KnownFeature,
    KnownObjectField,
    TargetSupport,
    fates_of,
    known_annotations,
    known_features,
    known_object_fields,
    links,
    sentences,
)
from converter.packs.codes import documented_codes, fidelity_meanings, renamed_codes
from converter.packs.controllers import SettingRow, chart_values_of, controllers, settings_of
from converter.packs.directives import known_directives
from converter.packs.key_patterns import rank
from converter.reporting.explain_code import code

_INVALID = {
    "drop": "a bad value is ignored by the controller",
    "ingress": "with a bad value the whole Ingress is not served",
    "deny": "with a bad value its paths return an error",
    "group": "with a bad value the whole group is not served",
}


def explain(what: str, extra: tuple[str, ...] = ()) -> Iterator[str]:
    """Everything that is known by this name, a paragraph each. `extra`: files of `--mappings`."""
    annotations = list(known_annotations(extra))
    ranked = [(rank(what, one.keys), one) for one in annotations]
    best = max((place for place, _ in ranked), default=0)
    found = [one for place, one in ranked if place and (place > 1 or best == 1)]
    for one in sorted(found, key=lambda one: one.field.fidelity is not None):  # where it has an effect comes first
        yield _annotation(one)
    yield from _own_settings(what)
    yield from _directives(what)
    yield from (_object_field(one) for one in known_object_fields() if rank(what, one.names) > (best > 1))
    if text := fidelity_meanings().get(what):
        yield f"{what}  (fidelity)\n  means    {text}\n"
    features = {one.name: one for one in known_features(extra)}
    if "." in what and "/" not in what:
        yield from code(what, features)
    for name in dict.fromkeys((what, what.partition(".")[0])):
        if name in features and (name == what or not found):
            yield _feature(features[name])


def near(what: str, extra: tuple[str, ...] = ()) -> list[str]:
    """Up to three names that look like this one."""
    keys = [key for one in known_annotations(extra) for key in (one.key, one.key.partition("/")[2])]
    for controller in controllers():
        config, flags = settings_of(controller)
        keys += [*config, *flags]
    names = [*keys, *(one.name for one in known_features(extra)), *documented_codes(), *renamed_codes()]
    return list(dict.fromkeys(difflib.get_close_matches(what, names, 3, 0.7)))


def _annotation(one: KnownAnnotation) -> str:
    row = one.field
    lines = [f"{one.key}  ({one.source}, feature {row.feature})"]
    lines += [f"  means    {row.means}"] if row.means else []
    lines += [f"  also     {key}" for key in one.keys[1:]]
    lines.append(f"  type     {row.type}" + (f", default {row.default}" if row.default is not None else ""))
    lines.append(f"  invalid  {_INVALID.get(row.invalid, row.invalid)}")
    if row.fidelity is not None:
        lines.append(f"  source   {row.fidelity.value}: {row.note}")
    see = [f"  see      {address}" for address in links(one.source, row.feature if row.fidelity is None else "")]
    return "\n".join([*lines, *_support(one.fates), *see]) + "\n"


def _own_settings(what: str) -> Iterator[str]:
    """Keys of a controller's ConfigMap, and its flags."""
    for controller in controllers():
        keys, flags = settings_of(controller)
        for row, kind in (
            (keys.get(what), "ConfigMap key"),
            (flags.get(what.lstrip("-")), "flag"),
            (chart_values_of(controller).get(what), "chart value"),
        ):
            if row is not None:
                yield _setting(row, f"{kind} of {controller}")


def _directives(what: str) -> Iterator[str]:
    """Directives of nginx in snippets."""
    for one in known_directives():
        if one.name == what:
            lines = [f"{one.name}  (directive of nginx, in snippets of ingress-nginx)"]
            lines += [f"  becomes  {one.becomes}"] if one.becomes else []
            lines += (
                [f"  instead  {one.annotation}: the controller sets the directive itself"] if one.annotation else []
            )
            refuses = (
                "may reject requests: its route is withheld where it is lost"
                if one.may_refuse
                else "rejects no request"
            )
            lines += [f"  {refuses}", "  otherwise" if one.becomes else "  result"]
            yield "\n".join([*lines, *_support(one.support)]) + "\n"


def _setting(row: SettingRow, kind: str) -> str:
    lines = [f"{row.key}  ({kind})", f"  means    {row.means}"]
    lines += [f"  default  {row.default}"] if row.default is not None else []
    lines += [f"  part of  {row.joins}"] if row.joins else []
    known = row.feature or row.config_map
    own = row.outcome()
    own_text = f"  result   {own.fidelity.value}: {own.message}{f'. {own.hint}' if own.hint else ''}"
    return "\n".join([*lines, *(_support(fates_of(known)) if known else [own_text])]) + "\n"


def _object_field(one: KnownObjectField) -> str:
    lines = [f"{one.path}  (field of {one.kind}, {one.source}{f', feature {one.feature}' if one.feature else ''})"]
    lines.append(f"  means    {one.means}")
    if one.fidelity is not None:
        text = sentences(one.note, one.hint)
        lines.append(f"  result   {one.fidelity.value}: {text}")
    elif one.feature:
        lines += _support(fates_of(one.feature))
    return "\n".join(lines) + "\n"


def _feature(one: KnownFeature) -> str:
    lines = [f"{one.name}{' (protects)' if one.protects else ''}: {one.meaning}"]
    for source, some in one.annotations.items():
        lines.append(f"  {source}")
        lines += [f"    {known.key}: {known.field.means}".rstrip(": ") for known in some]
    see = [f"  see      {address}" for address in links("", one.name)]
    return "\n".join([*lines, *_support(one.fates), *see]) + "\n"


def _support(fates: Sequence[TargetSupport] | Any) -> list[str]:
    lines = []
    for fate in fates:
        text = sentences(fate.note, fate.hint)
        lines.append(f"  {fate.target}: {fate.fidelity.value}{f': {text}' if text else ''}")
    return lines
