"""`ing2gw portability`."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from converter.cli.streams import write


@click.command(
    "portability",
    epilog="""\b
Examples
  ing2gw portability gateway/
  ing2gw portability gateway/ --on istio --on cilium
  ing2gw convert manifests/ --to gateway-api -q | ing2gw portability - --format markdown""",
)
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--on", "chosen", multiple=True, metavar="NAME", help="Only this implementation; may be repeated.")
@click.option("--format", "shape", type=click.Choice(["text", "markdown", "json"]), default="text", show_default=True)
def command(paths: tuple[str, ...], chosen: tuple[str, ...], shape: str) -> None:
    """Show which features of Gateway API manifests use, and which implementations claim them.

    PATH holds Gateway API resources. What implementations claim comes from their published conformance reports
    (docs/portability.md). "unproven": the report says nothing of the feature, or not all of its core tests passed.
    Exit 1 where an implementation that was named by --on lacks a feature.
    """
    from converter.packs.portability import implementations, uses
    from converter.reporting import portability

    known = {one.id: one for one in implementations()}
    if wrong := [name for name in chosen if name not in known]:
        raise click.UsageError(f"--on must be one of {', '.join(known)}, not {wrong[0]!r}")
    found = uses(_manifests(paths))
    if not found:
        raise click.UsageError(
            f"{', '.join(paths)}: no resources of Gateway API; of Ingresses, ask what convert writes: "
            "ing2gw convert PATH -q | ing2gw portability -"
        )
    some = [known[name] for name in chosen] or list(known.values())
    printer = {"text": portability.as_text, "markdown": portability.as_markdown, "json": portability.as_json}[shape]
    write(printer(found, some), sys.stdout)
    if chosen and any(one.claims(use) == "no" for one in some for use in found):
        raise click.exceptions.Exit(1)


def _manifests(paths: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects of all files."""
    from converter.acceptance.exit_status import nothing_read
    from converter.model.ledger import Ledger
    from converter.model.options import Options
    from converter.reading import read

    inventory, _ = read(paths, Options(), Ledger(), sys.stdin.buffer)
    if nothing_read(inventory.inputs):
        words = "; ".join(f"{one.path}: {one.message}" for one in inventory.inputs if one.message)
        raise click.ClickException(words or f"nothing could be read from {', '.join(paths)}")
    for documents in inventory.documents.values():
        yield from (one.body for one in documents)
