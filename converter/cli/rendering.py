"""`--render`: chosen on the command line alone, never by a configuration."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from converter.reading.in_memory import InMemory

RENDER_OPTION = click.option(
    "--render",
    type=click.Choice(["never", "local"]),
    default=None,
    help="local: render charts and kustomizations of PATH by the installed helm and kustomize, without network.  "
    "[default: never]",
)


def rendered_input(paths: tuple[str, ...], given: Mapping[str, Any], namespace: str) -> tuple[InMemory, ...]:
    """What is rendered of the paths, to be read with them; nothing without `--render local`."""
    if given.get("render") != "local" or given.get("cluster"):
        return ()
    from converter.rendering.render import rendered

    return (rendered(paths, namespace),)
