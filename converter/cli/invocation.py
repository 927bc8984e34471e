"""The input and options of this command as another command takes them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import click
from click.core import ParameterSource

_SILENT = {"quiet", "verbose", "output"}
"""Options that say how a command prints."""
_CLUSTER = {"cluster", "context", "kubeconfig", "all_namespaces", "secret_keys"}


class Repeated(NamedTuple):
    """What another command is given, as a shell takes it."""

    inputs: str
    """Paths and options."""
    options: str
    """The options that are not about the input."""


def repeated(context: click.Context, paths: Sequence[object]) -> Repeated:
    """Paths and options that were given on the command line and that convert and verify take as well.

    Args:
        context: Of the running command.
        paths: Its input; what was read of a live cluster is asked for by options.
    """
    from converter.cli.convert import command as convert
    from converter.cli.verify import command as verify

    shared = {str(one.name) for one in convert.params} & {str(one.name) for one in verify.params}
    named = [path for path in paths if isinstance(path, str)]
    return Repeated(
        shlex.join([*named, *_given(context, shared - _SILENT)]),
        shlex.join(_given(context, shared - _SILENT - _CLUSTER - {"namespace", "complete"})),
    )


def _given(context: click.Context, names: set[str]) -> Iterator[str]:
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if isinstance(parameter, click.Option) and given and name in names:
            yield from _option(parameter, context.params.get(name))


def _option(parameter: click.Option, value: Any) -> Iterator[str]:
    flag = max(parameter.opts, key=len)
    if parameter.is_flag:
        yield flag if value else max(parameter.secondary_opts, key=len, default=flag)
        return
    for one in value if isinstance(value, tuple) else (value,):
        yield flag
        yield str(one)
