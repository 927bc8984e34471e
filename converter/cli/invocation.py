"""The input and options of this command as another command takes them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import click
from click.core import ParameterSource


def repeated(context: click.Context, paths: Sequence[object]) -> str:
    """Paths and options that were given on the command line and that convert and verify take as well.

    Args:
        context: Of the running command.
        paths: Its input; what was read of a live cluster is asked for by options.
    """
    from converter.cli.convert import command as convert
    from converter.cli.verify import command as verify

    shared = {one.name for one in convert.params} & {one.name for one in verify.params}
    parts = [path for path in paths if isinstance(path, str)]
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if isinstance(parameter, click.Option) and given and name in shared:
            parts += _option(parameter, context.params.get(name))
    return shlex.join(parts)


def _option(parameter: click.Option, value: Any) -> Iterator[str]:
    flag = max(parameter.opts, key=len)
    if parameter.is_flag:
        yield flag if value else max(parameter.secondary_opts, key=len, default=flag)
        return
    for one in value if isinstance(value, tuple) else (value,):
        yield flag
        yield str(one)
