"""Status for a terminal: a line an Ingress, and what is missing of those that are not ready."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from converter.reporting.groups import plural
from converter.reporting.report import DEFAULT_LOOK, Look
from converter.reporting.terminal import clean
from converter.status.check import BOTH, GATEWAY, OLD, Check, IngressStatus


def render(statuses: Sequence[IngressStatus], look: Look = DEFAULT_LOOK) -> str:
    """The whole text; a verbose one has all checks."""
    return "".join(f"{line}\n" for line in _lines(statuses, every=look.verbose))


def _lines(statuses: Sequence[IngressStatus], *, every: bool) -> Iterator[str]:
    """What is missing of a Gateway is explained where it is named first."""
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
    yield from (f"           {f'{name}:':<12} {clean(text)}" for name, text in explanation_parts(one))


def explanation_parts(one: Check) -> Iterator[tuple[str, str]]:
    """What a check means, what to do, and where it comes from; only what is known."""
    parts = (("means", one.means), ("do", one.do), ("source", ", ".join(one.sources)))
    yield from (part for part in parts if part[1])


def _head(one: IngressStatus) -> str:
    places = [str(one.location)] if one.location.path else []
    if one.source not in ("", one.location.path):
        places.append(f"converted from {one.source}")
    place = f" ({clean(', '.join(places))})" if places else ""
    addresses = f" {clean(', '.join(one.addresses))}" if one.addresses else ""
    return f"{'ready' if one.ready else 'NOT READY':<10} {clean(one.name)}{place}{addresses}"


def verdict(statuses: Iterable[IngressStatus]) -> str:
    """`ready` where all of them are."""
    return "ready" if all(one.ready for one in statuses) else "not ready"


def summary(statuses: Sequence[IngressStatus]) -> str:
    """How all of them are."""
    ready = sum(one.ready for one in statuses)
    gateway, both, old = (sum(one.served_by == name for one in statuses) for name in (GATEWAY, BOTH, OLD))
    return (
        f"{plural(len(statuses), 'Ingress')}: {ready:,} ready, {len(statuses) - ready:,} not ready; served by the "
        f"Gateway alone {gateway:,}, by both {both:,}, by the old controller alone {old:,}"
    )
