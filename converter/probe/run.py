"""A run: every request to both addresses at the same time, repeated where the responses differ."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from dataclasses import field

from converter.comparison.equivalence import Comparison
from converter.model.data import dataclass
from converter.probe.addresses import Addresses
from converter.probe.client import Client, server_name
from converter.probe.connections import Connection, connections, shared_pairs
from converter.probe.expectation import expectation
from converter.probe.observation import LIMIT, Hop, Observation, Response
from converter.probe.pace import Pace
from converter.probe.redirects import follow
from converter.probe.selection import Choice, Selection
from converter.probe.verdicts import ProbeResult, judge, needs_repetition
from converter.routing.exchange import Request

UNREACHABLE_AFTER = 5
"""Requests without any response after which an address that has never responded is given up."""


@dataclass(slots=True)
class ProbeRun:
    """What a run found.

    Attributes:
        results: One a request, those by shared connections last.
        connections: One a host and port of HTTPS.
        left_out: Reason -> number of requests that were not sent.
        unreachable: Of an address that never responded, its option and why.
        sent: Requests to each side in all.
    """

    results: list[ProbeResult] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unreachable: dict[str, str] = field(default_factory=dict)
    sent: tuple[int, int] = (0, 0)


class _Side:
    """One of the two addresses."""

    def __init__(self, name: str, addresses: Addresses, client: Client, pace: Pace) -> None:
        self.name, self._addresses, self._client, self.pace = name, addresses, client, pace
        self.responded, self.failures, self.error = False, 0, ""

    @property
    def is_dead(self) -> bool:
        """Whether there is no use in asking on."""
        return not self.responded and self.failures >= UNREACHABLE_AFTER

    async def send(self, request: Request, *, extra: bool, before: Request | None = None) -> Response | None:
        """The response; None where no more requests may be sent."""
        place = self._addresses.of(request)
        if place is None:
            return Response(error=f"no address for {request.scheme}")
        requests = 1 if before is None else 2  # that which opens the connection is one, too
        if not await self.pace.turn(requests, extra=extra):
            return None
        response = await self._client.send(place, request, before)
        self.responded = self.responded or bool(response.status)
        return response

    def missed(self, response: Response) -> None:
        """Take note of a request without any response, where one was computed."""
        if not response.status:
            self.failures, self.error = self.failures + 1, response.error

    async def observe(
        self, request: Request, listeners: frozenset[tuple[str, int]], *, extra: bool, before: Request | None = None
    ) -> Observation | None:
        """The response to a request and what follows its redirects; None where it may not be sent."""
        out = Observation()
        following: Request | str = request
        while isinstance(following, Request):
            response = await self.send(following, extra=extra or bool(out.hops), before=before)
            if response is None:
                out.stopped = LIMIT
                return out if out.hops else None
            out.hops.append(Hop(following, response))
            before = None
            following = follow([hop.request for hop in out.hops], response.status, response.location, listeners)
        out.stopped = following
        return out


class Runner:
    """Sends the requests of a selection."""

    def __init__(self, comparison: Comparison, choice: Choice, progress: Callable[[int], None]) -> None:
        self._comparison, self._choice, self._progress = comparison, choice, progress

    async def run(self, selection: Selection) -> ProbeRun:
        """All requests; the results are in the order of the requests."""
        settings, out = self._choice.settings, ProbeRun(left_out=Counter(selection.left_out))
        client = Client(settings)
        self._sides = tuple(
            _Side(name, addresses, client, Pace(settings.rate, selection.spare))
            for name, addresses in (("--before", self._choice.before), ("--after", self._choice.after))
        )
        self._listeners, self._free = selection.listeners, asyncio.Semaphore(settings.concurrency)
        found = await asyncio.gather(*map(self._one, selection.requests))
        out.results = [one for one in found if one is not None]
        if settings.versions[0] == "h2":
            pairs = list(shared_pairs(out.results))
            shared = await asyncio.gather(*(self._one(request, over) for over, request in pairs))
            out.results += [one for one in shared if one is not None]
        out.connections = list(connections(out.results, self._comparison))
        out.unreachable = {one.name: one.error for one in self._sides if one.failures and not one.responded}
        unsent = sum(one is None for one in found)
        if unsent:
            out.left_out["an address never responded"] += unsent
        out.sent = (self._sides[0].pace.sent, self._sides[1].pace.sent)
        return out

    async def _one(self, request: Request, over: Request | None = None) -> ProbeResult | None:
        async with self._free:
            if any(side.is_dead for side in self._sides):
                return None
            asked = request if over is None else request._replace(sni=server_name(over))
            result = ProbeResult(asked, expectation(self._comparison, asked, self._listeners), [])
            result.over = over.host if over else ""
            await self._ask(result, over)
            self._progress(1)
            return judge(result, self._choice.settings.headers) if result.rounds else None

    async def _ask(self, result: ProbeResult, over: Request | None) -> None:
        """Ask both sides, and once more where their responses differ."""
        computed = (result.expected.before, result.expected.after)
        for number in range(1 + self._choice.settings.retries):
            extra = bool(number or over)
            sides = (one.observe(result.request, self._listeners, extra=extra, before=over) for one in self._sides)
            before, after = await asyncio.gather(*sides)
            if before is None or after is None or (number and LIMIT in (before.stopped, after.stopped)):
                result.limited = True
                return
            result.rounds.append((before, after))
            for side, seen, wanted in zip(self._sides, (before, after), computed, strict=True):
                if wanted.decision.status:
                    side.missed(seen.response)
            if not needs_repetition(result, self._choice.settings.headers):
                return


def probe(
    comparison: Comparison, choice: Choice, selection: Selection, progress: Callable[[int], None] = lambda _: None
) -> ProbeRun:
    """Send the selected requests to both addresses and compare.

    Args:
        comparison: The two tables of the entry that is asked.
        choice: The addresses and how requests are sent.
        selection: The requests (`select`).
        progress: Called with 1 for each finished request.
    """
    return asyncio.run(Runner(comparison, choice, progress).run(selection))
