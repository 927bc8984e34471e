"""Everything that a command is given, by the command line and `ing2gw.yaml` together: the command line wins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import click

from converter.acceptance.decisions import Exposure, Waiver
from converter.acceptance.exit_status import FAIL_ON
from converter.cli.cluster import check_cluster_options, cluster_input
from converter.cli.configuration import Config, ConfigError, find, load
from converter.cli.conversion_options import conversion_options
from converter.cli.options import LAYOUTS
from converter.cli.rendering import rendered_input
from converter.cli.scope import scope_of
from converter.cli.values import OptionValues
from converter.model.options import Options
from converter.writing.layout import sources_folder
from converter.writing.scope import EVERYTHING, Scope


class Choices(NamedTuple):
    """Everything that a command is given, by the command line and the configuration together."""

    paths: tuple[str, ...]
    options: Options
    output: Path | None
    layout: str
    staging_domain: str
    """Domain of a second set of routes for tests; "": none is written."""
    reports: tuple[str, ...]
    fail_on: str
    baseline: Path | None
    waivers: tuple[Waiver, ...]
    exposures: tuple[Exposure, ...]
    verbose: bool
    quiet: bool
    standard: bool
    """Show the differences that everybody meets who moves from a controller."""
    kustomize: bool = False
    """Write a kustomization.yaml into every folder of the output."""
    scope: Scope = EVERYTHING
    """The part of the output that is written."""
    beside: Path | None = None
    """The folder of the sources, where a mirror is written beside them."""


def choose(given: Mapping[str, Any]) -> Choices:
    """What the command line and `ing2gw.yaml` say together.

    Raises:
        click.UsageError: Something that was given cannot be; the message names the option, or the file and place.
    """
    check_cluster_options(given)
    config = _config(given.get("config_file"))
    line = {key.rstrip("_").replace("_", "-"): value for key, value in given.items() if value not in (None, ())}
    values = OptionValues(config, line)
    paths = _paths(given, config)
    if config.found:
        from converter.cli.confinement import confine

        reads_sources = paths == config.sources and not given.get("cluster")
        confine(config, frozenset(values.from_config()), sources=reads_sources)
    chosen = _conversion(values, config)
    cluster = cluster_input(given)
    output = _folder(values)
    beside = None if output or cluster is not None else _sources(values, paths)
    return Choices(
        (*paths, *rendered_input(paths, given, chosen.namespace)) if cluster is None else (cluster,),
        chosen,
        output or beside,
        values.one_of("layout", LAYOUTS),
        _staging_domain(values, chosen),
        tuple(values.get("report") or ()),
        values.one_of("fail-on", FAIL_ON, "manual"),
        Path(values["baseline"]) if values.get("baseline") else None,
        config.waivers,
        config.exposures,
        bool(values.get("verbose")),
        bool(values.get("quiet")),
        "standard" in (values.get("show") or ()),
        bool(values.get("kustomize")),
        scope_of(values),
        beside,
    )


def _paths(given: Mapping[str, Any], config: Config) -> tuple[str, ...]:
    """The files and folders of the input; none where a cluster is read."""
    paths = tuple(given.get("paths") or ()) or config.sources
    if given.get("whole"):
        paths = config.sources or (given["whole"],)
    if not paths and not given.get("cluster"):
        raise click.UsageError("no input: name a file, a folder or -, or set `sources` in ing2gw.yaml")
    return paths


def _conversion(values: OptionValues, config: Config) -> Options:
    """The options of the conversion, with the files that they name read once."""
    chosen = replace(conversion_options(values), exposed=_exposed(config.exposures))
    _check_crds(values, chosen)
    _check_mappings(chosen)
    return chosen


def _staging_domain(values: OptionValues, options: Options) -> str:
    domain = values.name("staging-domain")
    if domain and options.gateway:
        raise values.refuse("staging-domain", "needs Gateways of its own, which --gateway does not write")
    if domain and options.target.partition("@")[0] == "aws":
        raise values.refuse("staging-domain", "is for the targets envoy-gateway and gateway-api")
    return domain


def _folder(values: OptionValues) -> Path | None:
    """The folder of the generated files; None: they go to stdout."""
    output = values.get("output")
    if output == "-":
        raise values.refuse("output", "must be a folder, not -; resources go to stdout without it")
    return Path(output) if output else None


def _sources(values: OptionValues, paths: tuple[str, ...]) -> Path | None:
    """The folder of the sources, beside which a mirror is written; None for other layouts and for stdin."""
    if values.one_of("layout", LAYOUTS) != "mirror" or "-" in paths:
        return None
    return sources_folder(paths)


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


def mapping_files(given: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of --mappings, or else of `ing2gw.yaml`, checked.

    Raises:
        click.UsageError: A file is wrong; the message names it with the line.
    """
    files = tuple(given.get("mappings") or _config(given.get("config_file")).values.get("mappings") or ())
    options = Options(mappings=files)  # which knows the files by their contents, as a process may see several
    _check_mappings(options)
    return options.mappings


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


def _check_crds(values: OptionValues, options: Options) -> None:
    """Read the definitions of --crds before any work is done; they are kept."""
    if options.crds:
        from converter.validation import profile_for
        from converter.validation.crd_files import CrdError

        try:
            profile_for(options)
        except CrdError as error:
            raise values.refuse("crds", f"cannot be used: {error}") from None
