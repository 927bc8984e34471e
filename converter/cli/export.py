"""`ing2gw export`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from converter.cli.cluster import CLUSTER_OPTIONS, exported
from converter.cli.options import options_of
from converter.cli.streams import write


@click.command(
    "export",
    epilog="""\b
Examples
  ing2gw export -A > cluster.yaml
  ing2gw export --context prod -n shop --secret-keys -o shop.yaml
  ing2gw convert cluster.yaml""",
)
@options_of(CLUSTER_OPTIONS)
@click.option("-n", "--namespace", metavar="NAME", help="One namespace.  [default: that of the context]")
@click.option("-o", "--output", metavar="FILE", help="Write to this file instead of stdout.")
def command(output: str | None, **given: Any) -> None:
    """Print what --cluster reads as one file, for a review elsewhere.

    The file holds Ingresses, Services, controllers and the other kinds that a conversion reads, without values of
    Secrets. It says which kinds it holds whole, so that `ing2gw convert cluster.yaml` knows what does not exist.
    """
    text = exported(given)
    if output is None or output == "-":
        write(text, sys.stdout)
    else:
        from converter.writing.files import save

        save(Path(output), text)
