"""Options of `ing2gw probe`, checked before anything is read."""

from __future__ import annotations

import ipaddress
import ssl
from collections.abc import Mapping
from typing import Any

import click

from converter.cli.values import report_of
from converter.model.data import dataclass
from converter.probe.addresses import Addresses
from converter.probe.settings import COMPARED_HEADERS, ProbeSettings
from converter.routing.header_names import is_token

FORMATS = ("text", "json", "markdown", "html", "junit")
VERSIONS = {"auto": ("h2", "http/1.1"), "1.1": ("http/1.1",)}
_DEFAULT = ProbeSettings()

_ADDRESS = "[KEY=]HOST[:PORT]"
PROBE_OPTIONS = (
    click.option(
        "--before",
        multiple=True,
        required=True,
        metavar=_ADDRESS,
        help="Address of the old side. KEY: http, https or the port of a listener; may be repeated.",
    ),
    click.option("--after", multiple=True, required=True, metavar=_ADDRESS, help="Address of the new side."),
    click.option(
        "--requests",
        metavar="FILE",
        help="JSON lines: requests that are sent first, credentials included; - for stdin.",
    ),
    click.option(
        "--host", "hosts", multiple=True, metavar="NAME", help="Only this host, or *.example.com; may be repeated."
    ),
    click.option("--entry", default="", metavar="NAME", help="Class, load balancer or group behind the addresses."),
    click.option(
        "--allow-methods",
        multiple=True,
        metavar="NAMES",
        help="Methods beside GET, HEAD and OPTIONS, separated by commas.",
    ),
    click.option(
        "--rate",
        type=click.FloatRange(0.01, 1000),
        default=_DEFAULT.rate,
        show_default=True,
        help="Requests a second to each address.",
    ),
    click.option(
        "--concurrency",
        type=click.IntRange(1, 100),
        default=_DEFAULT.concurrency,
        show_default=True,
        help="Requests at the same time to each address.",
    ),
    click.option(
        "--limit",
        type=click.IntRange(2, 1_000_000),
        default=_DEFAULT.limit,
        show_default=True,
        help="Requests in all to each address, redirects and repetitions included.",
    ),
    click.option(
        "--timeout",
        type=click.FloatRange(0.01, 600),
        default=_DEFAULT.timeout,
        show_default=True,
        help="Seconds for one request.",
    ),
    click.option(
        "--retries",
        type=click.IntRange(0, 10),
        default=_DEFAULT.retries,
        show_default=True,
        help="How often a request is repeated whose responses differ.",
    ),
    click.option(
        "--http",
        "version",
        type=click.Choice(tuple(VERSIONS)),
        default="auto",
        show_default=True,
        help="auto: HTTP/2 where HTTPS offers it, as browsers do.",
    ),
    click.option(
        "--compare-header", "headers", multiple=True, metavar="NAME", help="Compare this response header, too."
    ),
    click.option("--source", default="", metavar="IP", help="Address of this client as both sides see it."),
    click.option("--insecure", is_flag=True, help="Compare certificates, but do not check whether clients trust them."),
    click.option(
        "--cacert", default="", metavar="FILE", help="PEM file of trusted certificates, instead of the system's."
    ),
    click.option("--dry-run", is_flag=True, help="List the requests; send none."),
    click.option(
        "--report", "reports", multiple=True, metavar="FORMAT[:FILE]", help=f"{', '.join(FORMATS)}; may be repeated."
    ),
    click.option("-v", "--verbose", is_flag=True, help="Show every request that differs."),
    click.option("-q", "--quiet", is_flag=True, help="Print only the reports of --report, and why the run failed."),
)


@dataclass(frozen=True, slots=True)
class ProbeArguments:
    """What the command line says."""

    before: Addresses
    after: Addresses
    requests: str
    hosts: tuple[str, ...]
    entry: str
    methods: tuple[str, ...]
    settings: ProbeSettings
    reports: tuple[tuple[str, str], ...]
    dry_run: bool
    verbose: bool
    quiet: bool

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> ProbeArguments:
        """The options of this command as one value.

        Raises:
            click.UsageError: One of them cannot be.
        """
        return cls(
            _addresses("--before", given["before"]),
            _addresses("--after", given["after"]),
            given["requests"] or "",
            given["hosts"],
            given["entry"],
            _methods(given["allow_methods"]),
            _settings(given),
            tuple(report_of(text, FORMATS) for text in given["reports"]),
            given["dry_run"],
            given["verbose"],
            given["quiet"],
        )


def _addresses(option: str, given: tuple[str, ...]) -> Addresses:
    try:
        return Addresses(given)
    except ValueError as error:
        raise click.UsageError(f"{option} {error}") from None


def _methods(given: tuple[str, ...]) -> tuple[str, ...]:
    names = [name.strip().upper() for text in given for name in text.split(",")]
    for name in names:
        if not is_token(name):
            raise click.UsageError(f"--allow-methods {name!r}: no method")
    return tuple(dict.fromkeys(names))


def _settings(given: Mapping[str, Any]) -> ProbeSettings:
    for name in given["headers"]:
        if not is_token(name):
            raise click.UsageError(f"--compare-header {name!r}: no name of a header")
    try:
        source = str(ipaddress.ip_address(given["source"])) if given["source"] else ""
    except ValueError:
        raise click.UsageError(f"--source {given['source']!r}: no IP address") from None
    return ProbeSettings(
        given["rate"],
        given["concurrency"],
        given["limit"],
        given["timeout"],
        given["retries"],
        VERSIONS[given["version"]],
        not given["insecure"],
        _trusted(given["cacert"]),
        tuple(sorted({*COMPARED_HEADERS, *(name.lower() for name in given["headers"])})),
        source,
    )


def _trusted(file: str) -> str:
    """The file of trusted certificates, which is readable."""
    if file:
        try:
            ssl.create_default_context(cafile=file)
        except (OSError, ssl.SSLError) as error:
            raise click.UsageError(f"--cacert {file}: {error.strerror or 'no certificates in PEM'}") from None
    return file
