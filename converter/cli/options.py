"""Options that commands share, and how they meet `ing2gw.yaml`: the command line wins."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import click

from converter.acceptance.decisions import Exposure, Waiver
from converter.acceptance.exit_status import FAIL_ON
from converter.cli.cluster import CLUSTER_OPTIONS, check_cluster_options, cluster_input
from converter.cli.configuration import Config, ConfigError, find, load
from converter.cli.gateway_namespaces import gateway_namespaces
from converter.model.options import DEFAULT_TARGET, Options
from converter.packs.presets import names, with_preset
from converter.reading.names import is_label, is_subdomain

F = TypeVar("F", bound=Callable[..., Any])

SOURCES = ("auto", "alauda-alb", "aws-alb", "ingress-nginx", "generic")
LISTENERS = ("shared", "host", "namespace")
LAYOUTS = ("roles", "mirror", "single")
FORMATS = ("text", "json", "markdown", "html", "sarif", "github", "junit")


class Choices(NamedTuple):
    """Everything that a command was told, by the command line and the configuration together."""

    paths: tuple[str, ...]
    options: Options
    output: Path | None
    layout: str
    reports: tuple[str, ...]
    fail_on: str
    baseline: Path | None
    waivers: tuple[Waiver, ...]
    exposures: tuple[Exposure, ...]
    verbose: bool
    quiet: bool
    standard: bool
    """Show the differences that everybody meets who moves from a controller."""


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
)

_OUTPUT = (
    _option("-o", "--output", metavar="DIR", help="Folder of the generated files."),
    _option(
        "--layout",
        type=click.Choice(LAYOUTS),
        help="By role, beside the sources, or one file.  [default: roles]",
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

    def add(function: F) -> F:
        for group in reversed(groups):
            for option in reversed(_GROUPS[group]):
                function = option(function)
        return _PATHS(function)

    return add


def choose(given: Mapping[str, Any]) -> Choices:
    """What the command line and `ing2gw.yaml` say together.

    Raises:
        click.UsageError: Something that was given cannot be; the message names the option, or the file and place.
    """
    check_cluster_options(given)
    config = _config(given.get("config_file"))
    said = {key.rstrip("_").replace("_", "-"): value for key, value in given.items() if value not in (None, ())}
    values = Values(config, said)
    paths = tuple(given.get("paths") or ()) or config.sources
    if given.get("whole"):
        paths = config.sources or (given["whole"],)
    if not paths and not given.get("cluster"):
        raise click.UsageError("no input: name a file, a folder or -, or set `sources` in ing2gw.yaml")
    if config.found:
        from converter.cli.confinement import confine

        reads_sources = paths == config.sources and not given.get("cluster")
        confine(config, frozenset(values.from_config()), sources=reads_sources)
    output = values.get("output")
    chosen = replace(_options(values), exposed=_exposed(config.exposures))
    _check_crds(values, chosen)
    _check_mappings(chosen)
    cluster = cluster_input(given)
    return Choices(
        paths if cluster is None else (cluster,),
        chosen,
        Path(output) if output else None,
        values.one_of("layout", LAYOUTS),
        tuple(values.get("report") or ()),
        values.one_of("fail-on", FAIL_ON, "manual"),
        Path(values["baseline"]) if values.get("baseline") else None,
        config.waivers,
        config.exposures,
        bool(values.get("verbose")),
        bool(values.get("quiet")),
        "standard" in (values.get("show") or ()),
    )


class Values(dict[str, Any]):
    """Values by long option name; knows for messages where each comes from."""

    def __init__(self, config: Config, said: Mapping[str, Any]) -> None:
        super().__init__(dict(config.values) | dict(said))
        self._config, self._given = config, said

    def from_config(self) -> list[str]:
        """Names of the values that the configuration has set."""
        return [key for key in self if key not in self._given]

    def refuse(self, key: str, words: str) -> click.UsageError:
        """`--gateway must be …`, or the place in the configuration."""
        if key in self._given or key not in self:
            return click.UsageError(f"--{key} {words}")
        return click.UsageError(f"{self._config.place(key)}: {key} {words}")

    def one_of(self, key: str, allowed: tuple[str, ...], default: str = "") -> str:
        """One of a few words."""
        value: str = self.get(key, default or allowed[0])
        if value not in allowed:
            raise self.refuse(key, f"must be one of {', '.join(allowed)}, not {value!r}")
        return value

    def name(self, key: str, default: str = "", *, label: bool = False) -> str:
        """The name of an object (a DNS name), or of a namespace (one label of it)."""
        value: str = self.get(key, default)
        if value and not (is_label(value) if label else is_subdomain(value)):
            kind = "a namespace, of lower-case letters, digits and -"
            raise self.refuse(key, f"must be {kind if label else 'a DNS name, in lower case'}, not {value!r}")
        return value


def _exposed(exposures: tuple[Exposure, ...]) -> tuple[tuple[str, str, str], ...]:
    """Code, object and reason of those that have not ended."""
    if not exposures:
        return ()
    import datetime

    today = datetime.datetime.now(datetime.UTC).date()
    return tuple((one.code, one.object, f"until {one.until}: {one.reason}") for one in exposures if one.until >= today)


def _config(given: str | None) -> Config:
    if given == "":
        return Config()
    try:
        path = find(Path()) if given is None else Path(given)
        return load(path, found=given is None) if path else Config()
    except ConfigError as error:
        raise click.UsageError(str(error)) from None


def _options(values: Values) -> Options:
    ports = values.get("service-ports") or {}
    everywhere, single = gateway_namespaces(values.get("gateway-namespace", ()), values.refuse)
    return with_preset(
        Options(
            source=values.one_of("from", SOURCES),
            preset=_preset(values),
            target=_target(values),
            complete=bool(values.get("complete")),
            strict=bool(values.get("strict")),
            parity=values.get("parity", True),
            namespace=values.name("namespace", "default", label=True),
            gateway_namespace=everywhere,
            gateway_namespaces=single,
            gateway=_gateway(values),
            gateway_class=values.name("gateway-class"),
            service_ports=_service_ports(ports) if isinstance(ports, str) else ports,
            alb_domain=values.name("alb-domain", "cpaas.io"),
            annotations_prefix=values.name("annotations-prefix"),
            allow_unprotected=bool(values.get("allow-unprotected")),
            l4=values.one_of("l4", ("service", "route")),
            listeners=_listeners(values),
            allowed_namespaces=values.one_of("allowed-namespaces", ("", "named")),
            provenance=values.get("provenance", True),
            mappings=tuple(values.get("mappings") or ()),
            crds=values.get("crds", ""),
        )
    )


def _preset(values: Values) -> str:
    text: str = values.get("preset", "")
    if text and text not in names():
        raise values.refuse("preset", f"must be {' or '.join(names())}, not {text!r}")
    return text


def _listeners(values: Values) -> str:
    from converter.packs.load import target_pack, target_pack_name

    text, target = values.one_of("listeners", ("", *LISTENERS)), _target(values)
    settings = target_pack(target_pack_name(target)).settings if text == "namespace" else {}
    if "ListenerSet" in settings.get("absent_kinds", {}):
        raise values.refuse("listeners", f"namespace needs ListenerSet, which {target} does not have")
    if text and target.partition("@")[0] == "aws":
        raise values.refuse("listeners", "is for the targets envoy-gateway and gateway-api")
    return text


def _target(values: Values) -> str:
    from converter.targets.registry import UnknownTargetError, UnknownVersionError, check_target

    text: str = values.get("to", DEFAULT_TARGET)
    try:
        return check_target(text)
    except UnknownVersionError as error:
        raise values.refuse("to", f"knows these versions: {', '.join(error.known)}, not {text!r}") from None
    except UnknownTargetError as error:
        raise values.refuse("to", f"must be {' or '.join(error.known)}, not {text!r}") from None


def _gateway(values: Values) -> str:
    text: str = values.get("gateway", "")
    namespace, slash, name = text.partition("/")
    if text and not (slash and is_label(namespace) and is_subdomain(name)):
        raise values.refuse("gateway", f"must be NAMESPACE/NAME, not {text!r}")
    return text


def mapping_files(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of --mappings, or else of `ing2gw.yaml`, checked.

    Raises:
        click.UsageError: A file is wrong; the message names it with the line.
    """
    files = tuple(given.get("mappings") or _config(given.get("config_file")).values.get("mappings") or ())
    _check_mappings(Options(mappings=files))
    return files


def _check_mappings(options: Options) -> None:
    """Refuse files of rows that name what does not exist, before any work is done."""
    if options.mappings:
        from converter.packs.check import check_pack
        from converter.packs.features import PackError
        from converter.packs.user_rows import alias_rows
        from converter.targets.envoy_gateway.entry_settings import ENTRY_HANDLERS
        from converter.targets.handler_modules import load

        known = {"action", *load(), *ENTRY_HANDLERS}
        problems = [problem for file in options.mappings for problem in check_pack(Path(file), known)]
        if problems:
            raise click.UsageError("; ".join(problems))
        try:
            alias_rows(options.mappings)
        except PackError as error:
            raise click.UsageError(str(error)) from None


def _check_crds(values: Values, options: Options) -> None:
    """Read the definitions of --crds before any work is done; they are kept."""
    if options.crds:
        from converter.validation import profile_for
        from converter.validation.crd_files import CrdError

        try:
            profile_for(options)
        except CrdError as error:
            raise values.refuse("crds", f"cannot be used: {error}") from None


def _service_ports(path: str) -> dict[str, dict[str, int]]:
    """`namespace/service: {name: number}` from a file, with the checks of the configuration."""
    from converter.reading.service_ports import load_service_ports

    try:
        return load_service_ports(path)
    except ConfigError as error:
        raise click.UsageError(str(error)) from None
