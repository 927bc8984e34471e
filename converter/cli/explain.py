"""`ing2gw explain`."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from typing import Any

import click

from converter.cli.options import options
from converter.cli.streams import show_text


def _offered(_context: click.Context, _argument: click.Parameter, begin: str) -> list[str]:
    """Features and annotations for completion."""
    from converter.packs.catalogue import known_annotations, known_features

    keys = [key for one in known_annotations() for key in (one.key.partition("/")[2], one.key) if "{" not in key]
    return sorted({word for word in (*keys, *(one.name for one in known_features())) if word.startswith(begin)})


@click.command(
    "explain",
    epilog="""\b
Examples
  ing2gw explain limit-rps
  ing2gw explain cors
  ing2gw explain redirect.location
  ing2gw explain out/routes/shop/web.yaml:42 manifests/""",
)
@click.argument("what", metavar="KEY|CODE|FEATURE|FILE:LINE", shell_complete=_offered)
@options("input", "target")
def command(what: str, **given: Any) -> None:
    """Tell what an annotation, a feature or a finding's code means, and what becomes of it.

    FILE:LINE names a line of a generated file: what of the input caused it. The Ingresses are read from PATH, or from
    `sources` in ing2gw.yaml.
    """
    file, _, line = what.rpartition(":")
    if file and line.isdigit():
        from converter.cli.causes import causes

        show_text("".join(f"{one}\n" for one in causes(file, int(line), given)), sys.stdout)
        return
    found = list(_explain(what))
    if not found:
        raise click.UsageError(f"nothing is known of {what!r}{_near(what)}")
    show_text("\n".join(found), sys.stdout)


def _explain(what: str) -> Iterator[str]:
    from converter.packs.catalogue import known_annotations, known_features
    from converter.packs.codes import meaning

    found = [one for one in known_annotations() if _named(what, one.keys)]
    for one in sorted(found, key=lambda one: one.field.fidelity is not None):  # where it has an effect comes first
        yield _annotation(one)
    yield from _own_settings(what)
    yield from _directives(what)
    if "." in what and "/" not in what and (words := meaning(what)):
        yield f"{what}: {words}\n"
    names = {what, what.partition(".")[0]}
    for feature in known_features():
        if feature.name in names:
            yield _feature(feature)


def _named(what: str, keys: tuple[str, ...]) -> bool:
    """By the whole key (of the usual domain, for any rule and path), or by what stands behind its slash."""
    whole = re.sub(r"^index\.\d+-\d+\.", "index.{rule}-{path}.", what)
    known = {key.replace("{domain}", "cpaas.io") for key in keys} | set(keys)
    return whole in known or (len(what) > 3 and what in {key.partition("/")[2] for key in known})


def _own_settings(what: str) -> Iterator[str]:
    """Keys of a controller's ConfigMap, and its flags."""
    from converter.packs.catalogue import fates_of
    from converter.packs.controllers import chart_values_of, controllers, settings_of

    for controller in controllers():
        keys, flags = settings_of(controller)
        for row, kind in (
            (keys.get(what), "ConfigMap key"),
            (flags.get(what.lstrip("-")), "flag"),
            (chart_values_of(controller).get(what), "chart value"),
        ):
            if row is None:
                continue
            lines = [f"{row.key}  ({kind} of {controller})", f"  means    {row.means}"]
            lines += [f"  default  {row.default}"] if row.default is not None else []
            lines += [f"  part of  {row.joins}"] if row.joins else []
            known = row.feature or row.config_map
            own = row.outcome()
            own_text = f"{own.fidelity.value}: {own.message}{f'. {own.hint}' if own.hint else ''}"
            yield "\n".join([*lines, *(_fates(fates_of(known)) if known else [f"  result   {own_text}"])]) + "\n"


def _directives(what: str) -> Iterator[str]:
    """Directives of nginx in snippets."""
    from converter.packs.directives import known_directives

    for one in known_directives():
        if one.name == what:
            lines = [f"{one.name}  (directive of nginx, in snippets of ingress-nginx)"]
            lines += [f"  becomes  {one.becomes}"] if one.becomes else []
            lines += (
                [f"  instead  {one.annotation}: the controller sets the directive itself"] if one.annotation else []
            )
            lines.append(
                "  "
                + (
                    "may refuse requests: its route is withheld where it is lost"
                    if one.may_refuse
                    else "refuses no request"
                )
            )
            lines.append("  otherwise" if one.becomes else "  result")
            yield "\n".join([*lines, *_fates(one.support)]) + "\n"


def _annotation(one: Any) -> str:
    row = one.field
    lines = [f"{one.key}  ({one.source}, feature {row.feature})"]
    lines += [f"  means    {row.means}"] if row.means else []
    lines += [f"  also     {key}" for key in one.keys[1:]]
    lines.append(f"  type     {row.type}" + (f", default {row.default}" if row.default is not None else ""))
    lines.append(f"  invalid  {_INVALID.get(row.invalid, row.invalid)}")
    if row.fidelity is not None:
        lines.append(f"  source   {row.fidelity.value}: {row.note}")
    see = _links(one.source, row.feature if row.fidelity is None else "")
    return "\n".join([*lines, *_fates(one.fates), *see]) + "\n"


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
    return "\n".join([*lines, *_fates(one.fates), *_links("", one.name)]) + "\n"


def _links(source: str, feature: str) -> list[str]:
    """Where the controller and the target describe it themselves."""
    from converter.packs.catalogue import links

    return [f"  see      {address}" for address in links(source, feature)]


def _fates(fates: Any) -> list[str]:
    lines = []
    for fate in fates:
        words = ". ".join(text.rstrip(".") for text in (fate.note, fate.hint) if text)
        lines.append(f"  {fate.target}: {fate.fidelity.value}{f': {words}' if words else ''}")
    return lines


def _near(what: str) -> str:
    import difflib

    from converter.packs.catalogue import known_annotations, known_features

    keys = [key for one in known_annotations() for key in (one.key, one.key.partition("/")[2])]
    near = difflib.get_close_matches(what, [*keys, *(one.name for one in known_features())], 3, 0.7)
    return f"; did you mean {' or '.join(dict.fromkeys(near))}?" if near else ""
