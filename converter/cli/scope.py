"""`--only-namespace` and `--only`: the part of the output that a run writes, and names that the input does not have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from converter.cli.options import LAYOUTS
from converter.cli.suggestion import did_you_mean
from converter.cli.values import OptionValues
from converter.writing.record import load_record
from converter.writing.scope import Scope

if TYPE_CHECKING:
    from converter.pipeline.result import Result


def scope_of(values: OptionValues) -> Scope:
    """The part of the output that is asked for.

    Raises:
        click.UsageError: A name is none, or the layout has no files for parts.
    """
    objects, namespaces = values.get("only") or (), values.get("only-namespace") or ()
    for one in objects:
        if one.count("/") != 1 or not all(one.split("/")):
            raise click.UsageError(f"--only must be NAMESPACE/NAME, not {one!r}")
    if (objects or namespaces) and values.one_of("layout", LAYOUTS) == "single":
        raise click.UsageError("--only and --only-namespace need a file for each object, so --layout cannot be single")
    return Scope(frozenset(namespaces), frozenset(objects))


def check_namespaces(scope: Scope, result: Result, output: Path | None) -> None:
    """Refuse namespaces that neither the input nor earlier output has; a team may have nothing left to convert.

    Raises:
        click.UsageError: The name of a namespace is unknown.
    """
    if not scope.namespaces:
        return
    known = {one.ref.namespace for one in result.objects} | {one.namespace for one in result.resources}
    known |= {one.name for one in result.inventory.of("Namespace")}
    earlier = load_record(output).hashes if output is not None else {}
    for name in sorted(scope.namespaces - known):
        if not any(map(Scope(frozenset({name})).owns, earlier)):
            raise click.UsageError(
                f"--only-namespace {name}: the input has no such namespace{did_you_mean(name, known)}"
            )


def absent_objects(scope: Scope, result: Result) -> Iterator[str]:
    """Why a run is no success that was asked for objects which the input does not have."""
    refs = [one.ref for one in result.objects]
    for name in scope.absent(refs):
        near = did_you_mean(name, (f"{one.namespace}/{one.name}" for one in refs))
        yield f"--only {name}: the input has no such object{near}"
