"""Options of a live cluster, and reading it: chosen on the command line alone, never by a configuration."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

import click

from converter.cli.streams import warn
from converter.reading.in_memory import CLUSTER, Bytes, InMemory

CLUSTER_OPTIONS = (
    click.option(
        "--cluster", is_flag=True, default=None, help="Read the live cluster, through your kubectl, not PATH."
    ),
    click.option("--context", metavar="NAME", default=None, help="Context of --cluster.  [default: the current one]"),
    click.option("--kubeconfig", metavar="FILE", default=None, help="As for kubectl."),
    click.option(
        "-A", "--all-namespaces", is_flag=True, default=None, help="All namespaces of the cluster, not one (-n)."
    ),
    click.option(
        "--secret-keys",
        is_flag=True,
        default=None,
        help="List the Secrets of the cluster too: names of their keys, no values.",
    ),
)
_ONLY_WITH_CLUSTER = ("context", "kubeconfig", "all_namespaces", "secret_keys")


def check_cluster_options(given: Mapping[str, Any]) -> None:
    """Refuse options that contradict each other, before any work is done."""
    if given.get("cluster"):
        if given.get("paths"):
            raise click.UsageError(
                "--cluster is read in place of PATH: give one of them. What applying PATH would change is shown "
                "by `ing2gw export -A | ing2gw diff PATH --against -`"
            )
        return
    for name in _ONLY_WITH_CLUSTER:
        if given.get(name):
            raise click.UsageError(f"--{name.replace('_', '-')} needs --cluster")


def cluster_input(given: Mapping[str, Any]) -> InMemory | None:
    """The text of the cluster that the options name; None where they name none.

    Raises:
        click.UsageError: A namespace is none.
        click.ClickException: The cluster cannot be read.
    """
    return InMemory(CLUSTER, (Bytes(CLUSTER, exported(given).encode()),)) if given.get("cluster") else None


def exported(given: Mapping[str, Any]) -> str:
    """The cluster as the text of `ing2gw export`."""
    from converter.cluster.export import export_text
    from converter.cluster.kubectl import ClusterError, Kubectl
    from converter.cluster.read import read_cluster

    try:
        kubectl = Kubectl.found(given.get("context") or "", given.get("kubeconfig") or "", warn)
        contents = read_cluster(kubectl, _namespace(given), secret_keys=bool(given.get("secret_keys")))
    except ClusterError as error:
        raise click.ClickException(f"the cluster cannot be read: {error}") from None
    if given.get("namespace") is None and contents.namespace and sys.stderr.isatty():
        warn(f"read namespace {contents.namespace} of the context alone; -A reads all of them")
    return export_text(contents)


def _namespace(given: Mapping[str, Any]) -> str | None:
    """The one to read: "" for all, None for that of the context."""
    from converter.reading.names import is_label

    name: str | None = given.get("namespace")
    if given.get("all_namespaces"):
        if name:
            raise click.UsageError("give -n NAME or -A, not both")
        return ""
    if name is not None and not is_label(name):
        raise click.UsageError(f"--namespace must be a namespace, of lower-case letters, digits and -, not {name!r}")
    return name
