"""`ing2gw status`."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from converter.cli.choices import Choices, choose
from converter.cli.options import options
from converter.cli.run import convert, finish, show_formats
from converter.cli.values import report_of
from converter.reporting.groups import plural
from converter.reporting.status import FORMATS, render_status

if TYPE_CHECKING:
    from converter.pipeline.result import Result
    from converter.status.check import IngressStatus


@click.command(
    "status",
    epilog="""\b
Examples
  ing2gw status --cluster -A
  ing2gw status --cluster -A -o gateway/ --only 'shop/*'
  ing2gw status cluster.yaml --report junit:status.xml""",
)
@options("input", "target")
@click.option("-o", "--output", metavar="DIR", help="The converted files, which the cluster is compared with.")
@click.option("--only", multiple=True, metavar="NS/NAME", help="Ingresses of this name or pattern; may be repeated.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--report", "reports", multiple=True, metavar="FORMAT[:FILE]", help=f"{', '.join(FORMATS)}.")
@click.option("-v", "--verbose", is_flag=True, help="Show every check, not only what is not ready.")
@click.option("-q", "--quiet", is_flag=True, help="Print only the reports of --report, and the verdict.")
def command(
    *, only: tuple[str, ...], shape: str, reports: tuple[str, ...], verbose: bool, quiet: bool, **given: Any
) -> None:
    """Show by Ingress whether the cluster serves what was converted from it; exit 1 while something is not ready.

    Reads the cluster (--cluster) or an export of it: conditions of Gateways, routes, policies and Certificates,
    endpoints, addresses and DNS records. With -o, the files that convert wrote are compared too, so that a change of
    the Ingress is distinguished from a change of the cluster.
    """
    for entry in reports:
        report_of(entry, FORMATS)
    wanted = (*reports, "json") if shape == "json" else reports
    choices = choose(given)._replace(reports=wanted, verbose=verbose, quiet=quiet)
    result = convert(choices).result
    statuses = [one for one in _statuses(result, choices) if _is_chosen(one, only)]
    show_formats(lambda name, look: render_status(name, statuses, look), choices, sys.stdout)
    finish([*_no_cluster(result), *_reasons(statuses)])


def _is_chosen(one: IngressStatus, only: tuple[str, ...]) -> bool:
    name = one.name.removeprefix("Ingress ").partition(",")[0]
    return not only or any(fnmatchcase(name, pattern) for pattern in only)


def _no_cluster(result: Result) -> list[str]:
    """Manifests that people wrote show what is to be, not what is there."""
    from converter.status.objects import ROUTES

    inventory, known = result.inventory, result.inventory.completeness
    if known.everything or known.namespaces or any(inventory.of(kind) for kind in ("Gateway", *ROUTES)):
        return []
    return [
        "the input has no Gateway and no route: read the cluster (--cluster -A), or what ing2gw export prints of it"
    ]


def _reasons(statuses: list[IngressStatus]) -> list[str]:
    """Why the cluster is not ready."""
    if not statuses:
        return ["no Ingress and no converted route to look at"]
    late = sum(not one.ready for one in statuses)
    return [f"{plural(late, 'Ingress')} not ready"] if late else []


def _statuses(result: Result, choices: Choices) -> list[IngressStatus]:
    from converter.status.drift import Drift
    from converter.status.evaluate import ConvertedCluster, Evaluation
    from converter.status.objects import StatusObjects
    from converter.validation import profile_for

    objects = StatusObjects(result.inventory)
    conversion = ConvertedCluster(result.inventory.ingresses, result.objects, result.resources, result.findings)
    live = [body for one in result.resources if (body := objects.get(one.ref)) is not None]
    made = [one.body for one in result.resources]
    drift = Drift(live, made, _files(choices), profile_for(choices.options))
    return list(Evaluation(objects, conversion, drift).statuses())


def _files(choices: Choices) -> list[Mapping[str, Any]] | None:
    """The converted files; None where no folder is given: what stands beside an export is not taken for one."""
    if choices.output is None or choices.beside is not None:
        return None
    if not Path(choices.output).is_dir():
        raise click.UsageError(f"-o {choices.output}: there is no such folder")
    from converter.model.ledger import Ledger
    from converter.reading import read

    inventory, _ = read((str(choices.output),), choices.options, Ledger())
    documents = [one.body for some in inventory.documents.values() for one in some]
    return [*documents, *(one.body for one in inventory.services.values())]
