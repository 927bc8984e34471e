"""Options that commands share, in groups."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from converter.acceptance.exit_status import FAIL_ON
from converter.cli.cluster import CLUSTER_OPTIONS
from converter.cli.rendering import RENDER_OPTION

F = TypeVar("F", bound=Callable[..., Any])

SOURCES = ("auto", "alauda-alb", "aws-alb", "ingress-nginx", "generic")
LISTENERS = ("shared", "host", "namespace")
LAYOUTS = ("roles", "mirror", "single")
FORMATS = ("text", "json", "markdown", "html", "sarif", "github", "junit")


def _option(*names: str, **extra: Any) -> Callable[[F], F]:
    """An option without a default, so that one that was not given can be told from one that was."""
    return click.option(*names, default=None, **extra)


def _flag(*names: str, **extra: Any) -> Callable[[F], F]:
    return click.option(*names, is_flag=True, default=None, **extra)


def _formats(_context: click.Context, _option: click.Parameter, begin: str) -> list[str]:
    return [name for name in FORMATS if name.startswith(begin)]


def _targets(_context: click.Context, _option: click.Parameter, begin: str) -> list[str]:
    from converter.targets.registry import target_names, versions

    names = target_names()
    return sorted(
        name for name in {*names, *(one for name in names for one in versions(name))} if name.startswith(begin)
    )


_PATHS = click.argument("paths", nargs=-1, metavar="[PATH]...")

_INPUT = (
    _option("--from", "from_", type=click.Choice(SOURCES), help="Controller of the Ingresses.  [default: auto]"),
    *CLUSTER_OPTIONS,
    RENDER_OPTION,
    _option(
        "-n",
        "--namespace",
        metavar="NAME",
        help="Namespace of objects that name none.  [default: default]  With --cluster: the one to read.",
    ),
    _flag("--complete", help="The input is a complete export: what it lacks does not exist."),
    _option(
        "--service-ports",
        metavar="FILE",
        help="YAML file of port numbers for Services not in the input: {NAMESPACE/SERVICE: {PORT-NAME: NUMBER}}.",
    ),
    _option(
        "--alb-domain",
        metavar="DOMAIN",
        help="Base domain of Alauda's labels and annotations.  [default: cpaas.io]",
    ),
    _option("--annotations-prefix", metavar="PREFIX", help="As given to ingress-nginx by --annotations-prefix."),
    _option(
        "--mappings",
        multiple=True,
        metavar="FILE",
        help="Additional rows in YAML (docs/packs.md); may be repeated.",
    ),
    click.option(
        "--config",
        "config_file",
        metavar="FILE",
        help='Instead of the ing2gw.yaml found from here upwards; none: "".',
    ),
)

_TARGET = (
    _option(
        "--to",
        metavar="TARGET",
        shell_complete=_targets,
        help="envoy-gateway, gateway-api (@VERSION may follow) or aws.  [default: envoy-gateway]",
    ),
    _option("--preset", metavar="NAME", help="Follow the conventions of a platform: acp (Alauda Container Platform)."),
    _flag("--strict", help="Keep text prefixes, rule order and fall-through, at the cost of longer routes."),
    _option(
        "--parity/--no-parity",
        help="Keep the controller's defaults with policies, or only report what changes.  [default: parity]",
    ),
    _option(
        "--gateway",
        metavar="NS/NAME",
        help="Attach to this Gateway instead of writing one. It is read where it is in the input.",
    ),
    _option("--gateway-class", metavar="NAME", help="Use this GatewayClass, which exists, instead of writing one."),
    _option(
        "--gateway-namespace",
        multiple=True,
        metavar="[KEY=]NAME",
        help="Where Gateways are put: all, or that of a project or entry; may be repeated.",
    ),
    _option(
        "--listeners",
        type=click.Choice(LISTENERS),
        help="HTTPS listeners: one for all hosts, one a host, or a ListenerSet a namespace.  "
        "[default: shared; host with --to gateway-api]",
    ),
    _option(
        "--allowed-namespaces",
        type=click.Choice(["named"]),
        help="Listeners admit routes only of the namespaces that have some here.  [default: as the controller]",
    ),
    _option(
        "--l4",
        type=click.Choice(["service", "route"]),
        help="What TCP and UDP frontends become.  [default: service]",
    ),
    _option("--crds", metavar="DIR", help="Check against these CRDs instead of the built-in ones."),
    _flag("--allow-unprotected", help="For trials: write routes even where a security setting is lost; exits 1."),
    _option("--provenance/--no-provenance", help="Annotate resources with their source.  [default: provenance]"),
    _option("--comments/--no-comments", help="Name the settings behind a field above it.  [default: comments]"),
)

_OUTPUT = (
    _option("-o", "--output", metavar="DIR", help="Folder of the generated files."),
    _option(
        "--layout",
        type=click.Choice(LAYOUTS),
        help="By role, beside the sources, or one file.  [default: roles]",
    ),
    _flag("--kustomize", help="Write a kustomization.yaml into every folder, too."),
    _option(
        "--only-namespace",
        multiple=True,
        metavar="NAME",
        help="Read everything, write the files of this namespace alone; may be repeated.",
    ),
    _option(
        "--only",
        multiple=True,
        metavar="NS/NAME",
        help="Read everything, write the files of this Ingress alone; may be repeated.",
    ),
    _option(
        "--staging-domain",
        metavar="DOMAIN",
        help="Write Gateways and routes for HOST-WITH-DASHES.DOMAIN too, below staging/, with the same protections.",
    ),
)

_PROJECT_HELP = (
    _option(
        "--whole",
        metavar="DIR",
        help="Read all of DIR (or the configured sources), whatever files are named: they are only what changed.",
    ),
)

_REPORT = (
    _option(
        "--report",
        multiple=True,
        metavar="FORMAT[:FILE]",
        shell_complete=_formats,
        help=f"{', '.join(FORMATS)}; may be repeated.  [default: text]",
    ),
    _option("--fail-on", type=click.Choice(FAIL_ON), help="Exit 1 for findings from here on.  [default: manual]"),
    _option("--baseline", metavar="FILE", help="JSON report of an earlier run; its findings are accepted."),
    click.option(
        "--show",
        multiple=True,
        type=click.Choice(["standard"]),
        help="standard: the differences that everybody meets who leaves the controller.",
    ),
    click.option("-v", "--verbose", is_flag=True, help="Show every finding, exact and accepted ones too."),
    click.option("-q", "--quiet", is_flag=True, help="Print only the reports of --report, and why the run failed."),
)

_GROUPS = {"input": _INPUT, "target": _TARGET, "output": _OUTPUT, "report": _REPORT, "whole": _PROJECT_HELP}


def options(*groups: str) -> Callable[[F], F]:
    """The PATH argument and these groups of options."""

    return options_of([_PATHS, *(option for group in groups for option in _GROUPS[group])])


def options_of(given: Sequence[Callable[[F], F]]) -> Callable[[F], F]:
    """These options, in the order in which the help lists them."""

    def add(function: F) -> F:
        for option in reversed(given):
            function = option(function)
        return function

    return add
