"""`ing2gw matrix`."""

from __future__ import annotations

import sys

import click

from converter.cli.streams import write


@click.command(
    "matrix",
    epilog="""\b
Examples
  ing2gw matrix
  ing2gw matrix --annotations --from ingress-nginx --format markdown""",
)
@click.option("--format", "shape", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
@click.option("--from", "source", metavar="SOURCE", help="Only the annotations of this controller.")
@click.option("--mappings", multiple=True, metavar="FILE", help="Additional rows for the packs; may be repeated.")
@click.option("--annotations", "every", is_flag=True, help="One row an annotation instead of one a feature.")
def command(shape: str, source: str | None, every: bool, mappings: tuple[str, ...]) -> None:
    """Print what becomes of every feature, or of every annotation, on each target.

    What is printed comes from the same rows that convert works with. A conversion may do better or worse than the row
    in a particular case; its findings say so.
    """
    from converter.cli.choices import mapping_files
    from converter.packs.catalogue import sources
    from converter.reporting.matrix import render

    if source and source not in sources():
        raise click.UsageError(f"--from must be one of {', '.join(sources())}, not {source!r}")
    write(render(shape, source or "", every, mapping_files({"mappings": mappings, "config_file": ""})), sys.stdout)
