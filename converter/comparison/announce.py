"""Before the fact: put an example request into every finding that changes a response, and find what nobody announced.

Asking every question about every host would dominate a run over thousands of Ingresses that look alike. Whether two
virtual hosts respond alike does not depend on their names, so each *shape* is asked once and its telling requests are
repeated for the other hosts of that shape.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple

from converter.comparison.difference import Cause, Difference
from converter.comparison.entry_signature import AskedRequest, EntrySignatures, renewed
from converter.comparison.equivalence import Comparison
from converter.comparison.examples import Examples, as_example
from converter.comparison.host_signature import Shapes
from converter.comparison.hosts import PortVirtualHost, by_name, same_name
from converter.comparison.opaque_text import with_values
from converter.comparison.opened import opened, settle_opened
from converter.comparison.path_names import Derived, derived
from converter.comparison.repeated_difference import RepeatedDifference
from converter.comparison.witnesses import readdressed, sibling
from converter.model import Aspects, Location, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.progress import PROGRESS
from converter.routing.exchange import Request
from converter.routing.matchers import ValueMatcher
from converter.routing.table import VirtualHost

UNANNOUNCED = "routing.difference"
Spot = tuple[int, int]
"""Of a rule among the virtual hosts of one name: which of them, and which of its rules."""


def announce_all(comparisons: Iterable[Comparison], ledger: Ledger) -> list[Difference]:
    """`announce` for each; entry points that are alike share their questions."""
    likeness = EntrySignatures()
    surprises: list[Difference] = []
    for comparison in comparisons:
        kind = likeness.kind(comparison)
        told = likeness.differing_requests(kind) if kind is not None else None
        if told is not None:
            PROGRESS.done += sum(len(port.hosts) for port in (*comparison.before.ports, *comparison.sampled.ports))
            surprises += _renewed(comparison, told, ledger)
            continue
        telling: list[Difference] = []
        surprises += announce(comparison, ledger, telling)
        if kind is not None:
            likeness.keep(kind, telling)
    return surprises


def _renewed(comparison: Comparison, requests: Iterable[AskedRequest], ledger: Ledger) -> Iterator[Difference]:
    """What became of these requests where another entry point of the kind was distinguished by them."""
    examples = Examples(comparison)
    for difference in renewed(comparison, requests):
        if not difference.probe:
            examples.offer(difference)
        if not _settle_opened(comparison, difference, ledger) and not difference.announced:
            _settle(comparison, difference, ledger)
            yield difference


def announce(comparison: Comparison, ledger: Ledger, told: list[Difference] | None = None) -> list[Difference]:
    """Attach examples; settle what no finding announces as UNANNOUNCED on the rule concerned, and return it.

    `told` takes the differences that showed something.
    """
    seen: dict[Hashable, KnownSignature] = {}
    surprises: list[Difference] = []
    examples, shapes = Examples(comparison), Shapes(comparison)
    kinds = comparison.samples.kinds
    for host, vhosts in _groups(comparison):
        PROGRESS.done += len(vhosts)
        key = (kinds.get(host) or shapes.of(host, vhosts)) if host else None
        known = seen.get(key) if key is not None else None
        if known is None:
            asked = comparison.differences(_with_unread_hosts(comparison, host, vhosts))
        else:
            asked = _repeated(comparison, known, host, vhosts)
        telling = []
        for difference in asked:
            news = not difference.probe and examples.offer(difference)
            if not isinstance(difference, RepeatedDifference) and _settle_opened(comparison, difference, ledger):
                news = True
            elif not difference.announced:
                surprises.append(difference)
                _settle(comparison, difference, ledger)
                news = True
            if news and told is not None:
                told.append(difference)
            if news and known is None:
                telling.append(difference)
        if key is not None and known is None and all(_is_about(one.request, host) for one in telling):
            tellings = _tellings(comparison, telling, host, vhosts)
            if tellings is not None:
                values = comparison.samples.values.get(host, ())
                seen[key] = KnownSignature(host, tellings, {value: number for number, value in enumerate(values)})
    return surprises


def _with_unread_hosts(comparison: Comparison, host: str, vhosts: list[PortVirtualHost]) -> list[PortVirtualHost]:
    """The virtual hosts of a name, with those that have not been read back so far."""
    if host not in comparison.samples.left:
        return vhosts
    read = by_name(comparison.after).names.get(host, [])
    return [*(place for place in vhosts if not comparison.is_after(place[0])), *read]


class Telling(NamedTuple):
    """A difference of one host that the others of its shape have too, by the places of rules of the first table."""

    request: Request
    aspects: Aspects
    before: Spot | None
    """Of the rule that matches."""
    after: Spot | None
    """Of the rule that will match."""
    made_of: Spot | None
    """In its place, where it may not have been read: of the rule that it was made of."""
    path: Derived | None
    """How its path was made of one of the host's own; None where it is the same for all."""
    alike: bool
    """The responses come from rules of the shape, and were announced; nothing was opened."""
    probe: bool
    """See `Difference.probe`."""
    causes: frozenset[Cause] | None
    """See `Difference.causes`."""


class KnownSignature(NamedTuple):
    """What the first host of a shape has shown."""

    host: str
    tellings: list[Telling]
    values: dict[str, int]
    """Its opaque values, by which those of another host are found."""


def _is_about(request: Request, host: str) -> bool:
    """Whether a request can be asked of another host in the same way."""
    sni = request.sni
    follows = sni is None or sni == sibling(request.host) or same_name(sni, host, host) is None
    return follows and same_name(request.host, host, host) is not None


def _for_host(request: Request, known: KnownSignature, host: str, path: str, others: tuple[str, ...]) -> Request:
    """A request with the name, the path and the opaque values of another host."""
    name = same_name(request.host, known.host, host) or host
    return readdressed(with_values(request, known.values, others), name)._replace(path=path)


def _tellings(
    comparison: Comparison, differences: list[Difference], host: str, vhosts: list[PortVirtualHost]
) -> list[Telling] | None:
    """None where others cannot be asked the same."""
    places = {id(rule): (at, index) for at, (_, vhost) in enumerate(vhosts) for index, rule in enumerate(vhost.rules)}
    stands_for_others = host in comparison.samples.kinds
    path_names = comparison.samples.path_names.get(host, ())
    out = []
    for one in differences:
        rules = [one.rule_before, one.rule_after]
        made_of = comparison.source(one.rule_after) if stands_for_others else None
        before, after, source = (places.get(id(rule)) for rule in (*rules, made_of))
        known = all(rule is None or id(rule) in places for rule in (*rules, made_of))
        after = None if stands_for_others else after
        path = derived(one.request.path, path_names) if path_names else None
        if path_names and path is None:
            return None
        alike = known and one.announced and (isinstance(one, RepeatedDifference) or opened(one, comparison) is None)
        out.append(Telling(one.request, one.aspects, before, after, source, path, alike, one.probe, one.causes))
    return out


def _repeated(
    comparison: Comparison, known: KnownSignature, host: str, vhosts: list[PortVirtualHost]
) -> Iterator[Difference]:
    """The same for another host; where it is not certain that it is the same, the question is asked."""
    path_names = comparison.samples.path_names.get(host, ())
    others = comparison.samples.values.get(host, ())
    for told in known.tellings:
        path = told.request.path if told.path is None else told.path.of(path_names)
        request = _for_host(told.request, known, host, path, others)
        if told.alike:
            before, after, made_of = (
                None if at is None else vhosts[at[0]][1].rules[at[1]] for at in (told.before, told.after, told.made_of)
            )
            foreseen = RepeatedDifference(
                comparison,
                request,
                told.aspects,
                before,
                made_of or comparison.source(after),
                probe=told.probe,
                causes=told.causes,
            )
            if foreseen.announced:
                yield foreseen
                continue
        difference = comparison.ask(request, probe=told.probe)
        if difference is not None:
            yield difference


def _settle(comparison: Comparison, difference: Difference, ledger: Ledger) -> None:
    origin = _blame(comparison, difference)
    words = f"{describe(difference)} (found by comparing both routing tables)"
    outcome = Outcome.manual(UNANNOUNCED, words, "see the example request", affects=difference.aspects)
    ledger.settle(origin, outcome)
    comparison.announcements.forget()
    finding = ledger.settled(origin)
    if finding is not None and finding.example is None:
        finding.example = as_example(difference)


def _settle_opened(comparison: Comparison, difference: Difference, ledger: Ledger) -> bool:
    """Whether something is more open than before, which no protecting finding has said; now one does."""
    guard = opened(difference, comparison)
    if guard is None:
        return False
    finding = settle_opened(difference, guard, _blame(comparison, difference), ledger)
    if finding is None:
        return False
    comparison.announcements.forget()
    finding.example = as_example(difference)
    return True


def _blame(comparison: Comparison, difference: Difference) -> Origin:
    """The fact that a surprise is put down to: the path that matches, else the entry point itself."""
    for rule in (difference.rule_before, comparison.source(difference.rule_after)):
        if rule is not None and rule.origin is not None and rule.origin.object is not None:
            return rule.origin
    table = comparison.before
    location = table.origin.location if table.origin is not None else Location("")
    return Origin("default", "requests that no rule takes", table.entry, location)


def describe(difference: Difference) -> str:
    """One sentence: which rule responds with what, before and after."""
    request = difference.request
    url = f"{request.method} {request.scheme}://{request.host}{request.path}"
    return f"{url} gets {_brief(difference.after)} (was: {_brief(difference.before)})"


def _brief(decision: Any) -> str:
    if decision.backends:
        return " and ".join(decision.backends)
    if decision.location is not None:
        return f"{decision.status} to {decision.location}"
    return str(decision.status) if decision.status else "no connection"


def _groups(comparison: Comparison) -> Iterable[tuple[str, list[PortVirtualHost]]]:
    """Virtual hosts of both tables by their one exact name; those with other names or none come alone, with ""."""
    names, others, alike = by_name(comparison.before, comparison.sampled)
    exact = [(host if alike else "", places) for host, places in names.items() if not host.startswith("*")]
    wild = [(host if alike else "", places) for host, places in names.items() if host.startswith("*")]
    alone = [("", [place]) for place in others]
    # Examples are taken in this order. In one list of rules, those of wildcards are among the others.
    listed = any(port.fall_through for port in comparison.before.ports)
    yield from chain(exact, alone, wild) if listed else chain(exact, wild, alone)
    for port in comparison.before.ports:
        yield "", [(port, VirtualHost((ValueMatcher("exact", "unlisted.invalid"),), []))]
