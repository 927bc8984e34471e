"""ing2gw: Kubernetes Ingress to Gateway API and Envoy Gateway, with every difference announced beforehand.

Public are `convert`, `verify`, `trace` and `__version__`; everything else may change with any release.

    result = converter.convert(["manifests/"], target="envoy-gateway", strict=True)
    for finding in result.findings:
        print(finding.origin.location, finding.code, finding.message)
    assert not list(converter.verify(result))
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from converter.version import __version__

if TYPE_CHECKING:
    from converter.comparison.difference import Difference
    from converter.pipeline.result import Result

__all__ = ["__version__", "convert", "trace", "verify"]


def convert(paths: Sequence[str], **options: Any) -> Result:
    """Convert the Ingresses of files and directories. Writes nothing.

    Args:
        paths: Files, directories or globs; `-` is standard input.
        **options: Fields of `converter.model.options.Options`: `source`, `target` (`envoy-gateway`, `gateway-api`,
            `aws`, or a version as `envoy-gateway@1.7`), `strict`, `namespace` and so on.

    Returns:
        Resources, findings, and what became of each object. What cannot be read or converted is in `inputs`,
        `objects` and `findings`.

    Raises:
        TypeError: An option does not exist.
        UnknownTargetError: There is no such target, or no such version of it.
        PackError: A mappings file cannot be used.
    """
    from converter.model.options import Options
    from converter.pipeline.run import convert as run

    return run(paths, Options(**options))


def verify(result: Result) -> Iterator[Difference]:
    """Requests that are answered differently once the resources of a run are applied.

    Args:
        result: What `convert` returned.

    Yields:
        Differences with both answers; `announced_by` holds the findings that announce them.
    """
    from converter.pipeline.verify import verify as differences

    return differences(result)


def trace(result: Result, request: Mapping[str, Any]) -> dict[str, Any]:
    """Who answers one request, before and after.

    Args:
        result: What `convert` returned.
        request: `host` and `path`, and as needed `method`, `scheme`, `headers`, `source`, `port`, `sni` and `entry`.

    Returns:
        `request`, `before` and `after` (status, backends with their shares, headers …), `same`, and the codes of
        `findings`.

    Raises:
        TraceError: The request names an entry point that does not exist, or there is none to ask.
    """
    from converter.pipeline.trace import trace as asked
    from converter.routing.exchange import Request

    return asked(result, Request.from_json(dict(request)))
