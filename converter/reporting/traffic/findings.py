"""A replay as findings: those that the traffic meets, with its counts, and what no finding announces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from converter.model import ASPECTS, NO_ASPECTS, Example, Fidelity, Finding, Location, Origin
from converter.model.fingerprint import fingerprint
from converter.model.traffic import Disagreement, Traffic, TrafficGroup, Witness
from converter.reporting.groups import plural


def findings_of(traffic: Traffic, findings: Sequence[Finding]) -> list[Finding]:
    """The worst first: unannounced differences, findings by their traffic, then what the log leaves open."""
    met = [(traffic.by_finding[key], one) for one in findings if (key := fingerprint(one)) in traffic.by_finding]
    met.sort(key=lambda pair: -pair[0].requests)
    examples = dict(_examples(traffic))
    return [
        *(_unannounced(one) for one in traffic.of("unannounced")),
        *(
            replace(
                one,
                message=f"{one.message} ({plural(tally.requests, 'request')} of the log, {tally.distinct:,} distinct)",
                example=examples.get(one.code, one.example),
            )
            for tally, one in met
        ),
        *(_disagrees(one) for one in traffic.disagreements),
    ]


def _examples(traffic: Traffic) -> Iterator[tuple[str, Example]]:
    """Code -> a real request; the largest group wins."""
    for group in reversed(traffic.of("announced")):
        for code in group.codes if group.examples else ():
            yield code, _example(group.examples[0])


def _example(one: Witness) -> Example:
    return Example(one.request, one.before, one.after)


def _unannounced(group: TrafficGroup) -> Finding:
    count = plural(group.tally.requests, "request")
    return Finding(
        "traffic.unannounced",
        Fidelity.UNKNOWN,
        f"{count} to {group.host}{group.pattern} get a different response, which no finding announces.",
        _origin(f"{group.host}{group.pattern}", group.examples),
        affects=ASPECTS,
        example=_example(group.examples[0]) if group.examples else None,
    )


def _disagrees(one: Disagreement) -> Finding:
    count = plural(one.tally.requests, "request")
    return Finding(
        "traffic.log-disagrees",
        Fidelity.APPROXIMATE,
        f"The log has {one.logged} for {count} to {one.host}{one.pattern}; computed is {one.computed}.",
        _origin(f"{one.host}{one.pattern}", one.examples),
        affects=NO_ASPECTS,
        example=_example(one.examples[0]) if one.examples else None,
    )


def _origin(about: str, examples: Sequence[Witness]) -> Origin:
    """The rule that matches, where one does."""
    place = next((one.before["origin"] for one in examples if one.before.get("origin")), None)
    location = Location(place["path"], place["line"]) if place else Location("")
    return Origin("default", about, "", location)
