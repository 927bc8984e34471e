"""Which requests are sent: those of the user, then examples of findings, then one a host, then the rest."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import field
from fnmatch import fnmatchcase

from converter.comparison.difference import Difference
from converter.comparison.equivalence import Comparison
from converter.model.data import dataclass
from converter.probe.addresses import Addresses
from converter.probe.expectation import computed_sides
from converter.probe.secret_values import has_credentials
from converter.probe.settings import SAFE_METHODS, ProbeSettings
from converter.routing.decide import RAW
from converter.routing.exchange import Request, host_only
from converter.routing.situation import NO_SITUATION
from converter.routing.table import RoutingTable

_HOST = re.compile(r"[\w.-]+(?::\d*)?")
"""A name or an IPv4 address, as clients write it; others are requests of scanners."""
_BODY = frozenset({"transfer-encoding", "expect"})
_SPARE_SHARE = 4
"""One request in so many is kept for repetitions, shared connections and redirects that no table computes."""


@dataclass(slots=True)
class Selection:
    """The requests of a run in their order.

    Attributes:
        left_out: Reason -> number of requests that are not sent.
        spare: Further requests that each address may get.
        listeners: Scheme and port of what may be asked by a redirect.
    """

    requests: list[Request] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    spare: int = 0
    listeners: frozenset[tuple[str, int]] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """What may be sent, and where."""

    before: Addresses
    after: Addresses
    methods: Collection[str] = SAFE_METHODS
    hosts: Collection[str] = ()
    """Names or patterns such as *.example.com; none: all hosts."""
    settings: ProbeSettings = field(default_factory=ProbeSettings)


def select(comparison: Comparison, given: Sequence[Request], choice: Choice) -> Selection:
    """The requests of a run.

    Args:
        comparison: The two tables; its witnesses are asked.
        given: Requests of the user, which may hold credentials.
        choice: What may be sent.
    """
    out = Selection()
    chosen: dict[str, Request] = {}
    for number, requests in enumerate((given, _witnesses(comparison))):
        for request, reason in _from_here(comparison, requests, choice.settings.source):
            key = _wire(request)
            if key in chosen and not reason:
                continue
            problem = reason or _problem(comparison, request, choice, given=number == 0)
            if problem:
                out.left_out[problem] += 1
            else:
                chosen[key] = request
    _fill(out, list(chosen.values()), comparison, choice.settings.limit)
    return out


def _fill(out: Selection, chosen: Sequence[Request], comparison: Comparison, limit: int) -> None:
    """As many of the requests, with what follows their redirects, as leave room for repetitions."""
    out.listeners = frozenset({("http", 80), ("https", 443)} | {(one.scheme, one.listener_port) for one in chosen})
    room = limit - limit // _SPARE_SHARE
    for request in chosen:
        room -= max(len(side.hops) for side in computed_sides(comparison, request, out.listeners))
        if room < 0 and out.requests:
            break
        out.requests.append(request)
    if len(chosen) > len(out.requests):
        out.left_out["beyond --limit"] = len(chosen) - len(out.requests)
    out.spare = limit - len(out.requests)


def _from_here(comparison: Comparison, requests: Iterable[Request], source: str) -> Iterator[tuple[Request, str]]:
    """The requests as this client sends them; those that depend on the client's address have a reason."""
    for request in requests:
        sent = request._replace(source=source)
        yield sent, "" if _same_for(comparison, request, sent) else "depends on the address of the client"


def _witnesses(comparison: Comparison) -> Iterator[Request]:
    """Witnesses in the order in which they show most."""
    differences = {_wire(one.request): one for one in comparison.differences()}
    requests = sorted(comparison.asked, key=lambda one: (not one.situation, one.sni is not None, _wire(one)))
    yield from _ranked(requests, differences)


def _ranked(requests: Sequence[Request], differences: dict[str, Difference]) -> Iterator[Request]:
    """One example of each finding, one request of each host and scheme, the other differences, the rest."""
    ranks: tuple[list[Request], ...] = ([], [], [], [])
    codes: set[str] = set()
    hosts: set[tuple[str, str]] = set()
    for request in requests:
        difference = differences.get(_wire(request))
        new = set(difference.codes) - codes if difference else set()
        place = (request.scheme, request.host)
        rank = 0 if new else 1 if place not in hosts else 2 if difference else 3
        codes |= new
        hosts.add(place)
        ranks[rank].append(request)
    for some in ranks:
        yield from some


def _same_for(comparison: Comparison, request: Request, sent: Request) -> bool:
    """Whether both sides answer a client at another address alike, whatever headers the backend gets."""
    if not request.source or request.source == sent.source:
        return True
    pairs = zip(comparison.answers(request), comparison.answers(sent), strict=True)
    return not any(comparison.aspects(one, other) - {"request-headers"} for one, other in pairs)


def _problem(comparison: Comparison, request: Request, choice: Choice, *, given: bool) -> str:
    """Why a request is not sent; "" where it is."""
    names = {name.lower(): value for name, value in request.headers}
    host = host_only(request.host).rstrip(".").lower()
    if choice.hosts and not any(fnmatchcase(host, one.lower()) for one in choice.hosts):
        return "for another host (--host)"
    if request.method not in choice.methods:
        return f"method {request.method} (--allow-methods)"
    if not given and has_credentials(request):
        return "has credentials or cookies (only those of --requests are sent)"
    if _BODY & names.keys() or names.get("content-length", "0") != "0":
        return "has a body"
    if not _HOST.fullmatch(request.host) or host_only(request.host) != request.host.partition(":")[0].lower().strip():
        return "has no host that can be sent"
    if not request.path.isascii() or not request.path.isprintable() or " " in request.path:
        return "has a path that HTTP cannot write"
    if any(_is_raw(table, request) for table in (comparison.before, comparison.after)):
        return "goes to a TCP or UDP port"
    missing = [
        name for name, one in (("--before", choice.before), ("--after", choice.after)) if one.of(request) is None
    ]
    return f"{request.scheme} has no address in {' and '.join(missing)}" if missing else ""


def _is_raw(table: RoutingTable, request: Request) -> bool:
    return any(port.number == request.listener_port and port.protocol in RAW for port in table.ports)


def _wire(request: Request) -> str:
    """The request as sent, as text."""
    return repr(request._replace(source="", situation=NO_SITUATION, entry=""))
