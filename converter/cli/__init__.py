"""The command line. Commands are loaded when they are used, so that starting costs little."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

import click

from converter import __version__

COMMANDS = {
    "convert": "Convert Ingresses to Gateway API resources.",
    "diff": "Show what convert would write, change and lose; write nothing.",
    "check": "Fail on new losses, broken input and outdated files; for CI and pre-commit.",
    "verify": "Prove that requests are answered alike, or list those that are not.",
    "trace": "Show who answers a request, before and after.",
    "explain": "Tell what an annotation, a feature or a finding means.",
    "matrix": "Print what becomes of every annotation.",
}
ISSUES = "please report it with the manifest that shows it (ING2GW_DEBUG=1 prints where it happened)"


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"converter.cli.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list without loading every command."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=_Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="ing2gw", message="%(prog)s %(version)s")
def cli() -> None:
    """Convert Kubernetes Ingress (ingress-nginx, Alauda ALB, AWS ALB) to Gateway API and Envoy Gateway.

    Every fact of the input ends in one finding, and what will be answered differently is said beforehand with an
    example request.

    PATH is a file, a folder, a pattern, or "-" for stdin. Options that stay the same are kept in ing2gw.yaml.

    \b
    Exit codes
      0  done, nothing at or above --fail-on
      1  findings at or above it, lost protection, nothing converted, or files that are not as they should be
      2  wrong usage, an unusable pack or configuration, or nothing could be read
    130  interrupted; no file is left half-written
    """


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run a command and exit; whatever happens, the user gets a message and not a traceback."""
    try:
        code = cli.main(None if argv is None else list(argv), prog_name="ing2gw", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except (click.Abort, KeyboardInterrupt):
        click.echo("ing2gw: interrupted", err=True)
        sys.exit(130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        _bug(error)
    sys.exit(code or 0)


def entry() -> NoReturn:
    """`main` for a shell: leaves without taking apart what it made, a fifth of the time of a large run."""
    gc.disable()  # a run makes millions of objects and hardly any cycles, and is soon over
    code: object = 1
    try:
        main()
    except SystemExit as left:
        code = left.code
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        code = 1
    os._exit(code if isinstance(code, int) else 0)


def _bug(error: Exception) -> NoReturn:
    if os.environ.get("ING2GW_DEBUG"):
        raise error
    from converter.mapping.packs import PackError
    from converter.writing.files import WriteError

    text = " ".join(str(error).split())
    if isinstance(error, PackError | WriteError):
        click.echo(f"ing2gw: {text}", err=True)
    else:
        click.echo(f"ing2gw: {type(error).__name__}: {text}: this is a bug in ing2gw; {ISSUES}", err=True)
    sys.exit(2)
