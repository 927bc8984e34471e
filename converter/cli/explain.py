"""`ing2gw explain`."""

from __future__ import annotations

import re
import sys
from typing import Any

import click

from converter.cli.options import options
from converter.cli.streams import show_text


def _offered(_context: click.Context, _argument: click.Parameter, begin: str) -> list[str]:
    """Features, annotations and codes for completion."""
    from converter.packs.catalogue import known_annotations, known_features
    from converter.packs.codes import documented_codes

    keys = [key for one in known_annotations() for key in (one.key.partition("/")[2], one.key) if "{" not in key]
    names = (*keys, *(one.name for one in known_features()), *documented_codes())
    return sorted({name for name in names if name.startswith(begin)})


@click.command(
    "explain",
    epilog="""\b
Examples
  ing2gw explain limit-rps
  ing2gw explain cors
  ing2gw explain redirect.location
  ing2gw explain proxy-body-size
  ing2gw explain manual
  ing2gw explain out/routes/shop/web.yaml:42 manifests/""",
    context_settings={"ignore_unknown_options": True},  # WHAT may be a flag of a controller
)
@click.argument("what", metavar="KEY|CODE|FEATURE|FIDELITY|FILE:LINE", shell_complete=_offered)
@options("input", "target")
def command(what: str, **given: Any) -> None:
    """Explain an annotation, a ConfigMap key, a flag, a feature, a fidelity or the code of a finding.

    FILE:LINE names a line of a generated file: what of the input caused it. The Ingresses are read from PATH, or from
    `sources` in ing2gw.yaml.
    """
    file, _, line = what.rpartition(":")
    if file and re.fullmatch("[0-9]{1,9}", line):
        from converter.cli.causes import causes

        show_text("".join(f"{one}\n" for one in causes(file, int(line), given)), sys.stdout)
        return
    from converter.cli.choices import mapping_files
    from converter.reporting.explain import explain, near

    extra = mapping_files(given)
    found = list(explain(what, extra))
    if not found:
        names = " or ".join(near(what, extra))
        raise click.UsageError(f"{what!r} is not known{f'; did you mean {names}?' if names else ''}")
    show_text("\n".join(found), sys.stdout)
