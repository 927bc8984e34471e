"""The commands; each is loaded when it is used, so that starting costs little."""

from __future__ import annotations

from difflib import get_close_matches
from importlib import import_module

import click

from converter.model.version import __version__

COMMANDS = {
    "convert": "Convert Ingresses to Gateway API resources.",
    "diff": "Show what convert would write, change and lose; write nothing.",
    "check": "Fail on new losses, broken input and outdated files; for CI and pre-commit.",
    "verify": "Evaluate the same requests against both sides and list different responses.",
    "trace": "Show the response to a request, before and after.",
    "plan": "Write a runbook of the migration: waves, commands, patches.",
    "replay": "Replay access logs against models of both sides, and sum up which responses differ.",
    "probe": "Send the same requests to the old and the new address and compare the responses.",
    "explain": "Explain an annotation, a setting, a feature or a finding.",
    "export": "Print what a conversion reads of the live cluster as one file.",
    "status": "Show by Ingress whether the cluster serves what was converted from it.",
    "matrix": "Print what every annotation becomes.",
    "portability": "Show which implementations claim the features that manifests use.",
}


class _Lazy(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            near = get_close_matches(cmd_name, COMMANDS, 1, 0.5)
            hint = f"did you mean {near[0]}?" if near else f"commands are {', '.join(COMMANDS)}"
            raise click.UsageError(f"no such command {cmd_name!r}; {hint}", ctx)
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

    Every setting of the input ends in one finding. A request whose response changes is shown in its finding.

    PATH is a file, a folder, a pattern, or "-" for stdin. Options that stay the same are kept in ing2gw.yaml.

    \b
    Exit codes
      0  done, nothing at or above --fail-on
      1  findings at or above it, lost security settings, nothing converted, or outdated files
      2  wrong usage, an unusable pack or configuration, or nothing could be read
    130  interrupted; no file is left half-written
    """
