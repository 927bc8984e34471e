"""Status as text for people and as plain data for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from converter.reporting.groups import plural
from converter.reporting.terminal import clean
from converter.status.check import BOTH, GATEWAY, OLD, Check, IngressStatus


def lines(statuses: Sequence[IngressStatus], *, every: bool) -> Iterator[str]:
    """One line an Ingress that is ready, and what is missing of the others; with `every`, all checks.

    What is missing of a Gateway is explained where it is named first.
    """
    explained: set[Check] = set()
    for one in statuses:
        yield _head(one)
        for check in one.ordered(every=every):
            yield f"  {check.state:<8} {check.aspect:<12} {clean(check.message)}"
            if check not in explained:
                explained.add(check)
                yield from _explanation(check)
    yield ""
    yield summary(statuses)


def _explanation(one: Check) -> Iterator[str]:
    for name, text in (("means:", one.means), ("do:", one.do), ("source:", ", ".join(one.sources))):
        if text:
            yield f"           {name:<12} {clean(text)}"


def _head(one: IngressStatus) -> str:
    places = [str(one.location)] if one.location.path else []
    if one.source not in ("", one.location.path):
        places.append(f"converted from {one.source}")
    place = f" ({clean(', '.join(places))})" if places else ""
    addresses = f" {clean(', '.join(one.addresses))}" if one.addresses else ""
    return f"{'ready' if one.ready else 'NOT READY':<10} {clean(one.name)}{place}{addresses}"


def summary(statuses: Sequence[IngressStatus]) -> str:
    """How all of them are."""
    ready = sum(one.ready for one in statuses)
    gateway, both, old = (sum(one.served_by == name for one in statuses) for name in (GATEWAY, BOTH, OLD))
    return (
        f"{plural(len(statuses), 'Ingress')}: {ready:,} ready, {len(statuses) - ready:,} not ready; served by the "
        f"Gateway alone {gateway:,}, by both {both:,}, by the old controller alone {old:,}"
    )


def as_data(statuses: Sequence[IngressStatus]) -> dict[str, Any]:
    """For `--format json`."""
    return {
        "version": 1,
        "ready": all(one.ready for one in statuses),
        "ingresses": [_data(one) for one in statuses],
    }


def _data(one: IngressStatus) -> dict[str, Any]:
    location = one.location
    return {
        "name": one.name,
        "location": {"path": location.path, "line": location.line, "column": location.column},
        "source": one.source,
        "hosts": list(one.hosts),
        "addresses": list(one.addresses),
        "servedBy": one.served_by,
        "ready": one.ready,
        "checks": [_check_data(check) for check in one.ordered(every=True)],
    }


def _check_data(one: Check) -> dict[str, Any]:
    return {
        "aspect": one.aspect,
        "state": one.state,
        "message": one.message,
        "object": one.object._asdict() if one.object else None,
        "means": one.means,
        "do": one.do,
        "sources": list(one.sources),
    }
