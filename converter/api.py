"""The library: what `converter` offers by its own name."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from converter.model.options import Options
from converter.pipeline.check_options import OptionsError, check_choice, check_options
from converter.pipeline.result import Result
from converter.routing.exchange import Request
from converter.routing.request_text import parse_request

__all__ = [
    "AnswerDifference",
    "Conversion",
    "Options",
    "OptionsError",
    "RequestError",
    "Verdict",
    "convert",
    "trace",
    "verify",
]


class RequestError(ValueError):
    """A request cannot be asked: it is malformed, or names an entry point that there is not."""


class Verdict(NamedTuple):
    """Whether a conversion succeeded.

    Attributes:
        passed: True where there are no reasons.
        reasons: Why it failed, a sentence each.
    """

    passed: bool
    reasons: tuple[str, ...]


class AnswerDifference(NamedTuple):
    """A request that gets a different response from the resources.

    Attributes:
        entry: The entry point: the class, load balancer or group of the controller.
        request: `{"method", "scheme", "host", "path", …}`.
        before: The controller's response: `{"status", "backends", "location", …}`; status 0 is no HTTP response.
        after: The response from the resources, likewise.
        findings: Codes of the findings that announce the difference; empty where none does.
    """

    entry: str
    request: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    findings: tuple[str, ...]


class Conversion:
    """What became of some manifests; made by `convert`."""

    def __init__(self, result: Result) -> None:
        self._result = result

    @property
    def options(self) -> Options:
        """The options, with what their preset says."""
        return self._result.options

    @cached_property
    def resources(self) -> list[dict[str, Any]]:
        """The manifests of all output objects, in the order in which they are written."""
        return [_copy(one.body) for one in self._result.resources]

    def yaml(self) -> str:
        """All output objects as one stream of YAML documents, as `ing2gw convert` prints them."""
        from converter.pipeline.comments import add_comments
        from converter.writing.serialize import document

        if self.options.comments:
            add_comments(self._result.findings, self._result.objects, self._result.resources)
        return document(self._result.resources)

    @cached_property
    def report(self) -> dict[str, Any]:
        """The report as plain data, as `--report json` has it (`mappings/report.schema.json`)."""
        from converter.reporting.json import as_data
        from converter.reporting.report import report_of

        return as_data(report_of(self._result))

    @property
    def findings(self) -> list[dict[str, Any]]:
        """What became of each fact of the input: the `findings` of the report, in input order."""
        found: list[dict[str, Any]] = self.report["findings"]
        return found

    def verdict(self, fail_on: str = "manual") -> Verdict:
        """Whether the conversion succeeded.

        Args:
            fail_on: The best fidelity that fails it: approximate, manual, unsupported, unknown or never. A protecting
                setting that is lost fails it in any case.

        Raises:
            OptionsError: `fail_on` is none of these.
        """
        from converter.acceptance.exit_status import FAIL_ON, objections

        check_choice("fail_on", fail_on, FAIL_ON)
        result = self._result
        reasons = objections(result.inputs, result.objects, result.findings, fail_on, result.options.allow_unprotected)
        return Verdict(not reasons, tuple(reasons))


def convert(
    paths: Sequence[str | Path] | str | Path = (), options: Options | None = None, *, text: str | None = None
) -> Conversion:
    """Convert the Ingresses of files and folders, or of YAML text. Writes nothing and runs no program.

    Args:
        paths: Files and folders; folders are read with all that is below them.
        options: Choices for the run; None: the defaults of the command line.
        text: YAML documents, read in place of a file `-`, or beside the paths.

    Returns:
        The conversion. What could not be read or converted is no error: it is in `Conversion.report` and fails the
        verdict.

    Raises:
        OptionsError: An option cannot be used.
        ValueError: Neither paths nor text were given.
    """
    from converter.pipeline import run
    from converter.writing.layout import assign
    from converter.writing.resource_order import ordered

    options = check_options(options or Options())
    named = [str(one) for one in ([paths] if isinstance(paths, str | Path) else paths)]
    if text is not None and "-" not in named:
        named.append("-")
    if not named:
        raise ValueError("nothing to convert: give paths or text")
    stdin = io.BytesIO((text or "").encode()) if "-" in named else None
    result = run.convert(named, options, stdin)
    result.resources = ordered(result.resources)
    assign(result.resources, result.objects, "roles")
    return Conversion(result)


def verify(conversion: Conversion, against: Sequence[str | Path] | str | Path = ()) -> list[AnswerDifference]:
    """Ask both sides every request that their matchers suggest, and list those that get different responses.

    Args:
        conversion: Its input is one side; the other one is its output.
        against: Files and folders with resources that are the other side instead.

    Raises:
        ValueError: No Gateway could be read from `against`.
    """
    from converter.pipeline.input_gateways import input_gateway_tables
    from converter.pipeline.verify import verify as differences
    from converter.pipeline.verify import verify_against

    result = conversion._result
    paths = [str(one) for one in ([against] if isinstance(against, str | Path) else against)]
    if not paths:
        found = differences(result)
    else:
        tables, _ = input_gateway_tables(paths, result.options, None, result.namespaces)
        if not tables:
            raise ValueError(f"no Gateway could be read from {', '.join(paths)}")
        found = verify_against(result, tables)
    return [
        AnswerDifference(
            one.entry,
            one.request.to_json(),
            one.before.to_answer(),
            one.after.to_answer(),
            tuple(sorted({finding.code for finding in one.announced_by})),
        )
        for one in found
    ]


def trace(conversion: Conversion, request: str | Mapping[str, Any]) -> dict[str, Any]:
    """Which rule matches a request, before and after.

    Args:
        conversion: Its input and its output are asked.
        request: `GET https://shop.example.com/api`, or `{"method", "scheme", "host", "path", "headers", "source",
            "entry"}`, of which all but the host may be missing.

    Returns:
        `{"request", "before", "after", "same", "findings"}`; the responses as in `AnswerDifference`.

    Raises:
        RequestError: The request is malformed, or names an entry point that there is not.
    """
    from converter.pipeline.trace import TraceError
    from converter.pipeline.trace import trace as ask

    try:
        asked = parse_request(request) if isinstance(request, str) else Request.from_json(request)
        return ask(conversion._result, asked)
    except (TraceError, ValueError, TypeError, AttributeError) as error:
        raise RequestError(f"{request!r}: {error}") from None


def _copy(node: Any) -> Any:
    """A manifest of the caller's own: rules of ours share lists, which YAML printers show as anchors."""
    if isinstance(node, dict):
        return {key: _copy(value) for key, value in node.items()}
    return [_copy(one) for one in node] if isinstance(node, (list, tuple)) else node
