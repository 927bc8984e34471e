"""The commands; each is loaded when it is used, so that starting costs little."""

from __future__ import annotations

from importlib import import_module

import click

from converter.model.version import __version__

COMMANDS = {
    "convert": "Convert Ingresses to Gateway API resources.",
    "diff": "Show what convert would write, change and lose; write nothing.",
    "check": "Fail on new losses, broken input and outdated files; for CI and pre-commit.",
    "verify": "Prove that requests are answered alike, or list those that are not.",
    "trace": "Show who answers a request, before and after.",
    "explain": "Tell what an annotation, a feature or a finding means.",
    "matrix": "Print what becomes of every annotation.",
}


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
