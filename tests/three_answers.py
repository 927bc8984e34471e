"""One request, three answers: recorded from the old controller, computed for the new one, and really given by it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from converter.comparison.equivalence import Comparison
from converter.comparison.request_kinds import announced_of, read_differently
from converter.pipeline.result import Result
from converter.pipeline.trace import TraceError, comparison_for, trace
from converter.routing.decide import consult
from converter.routing.exchange import Request
from converter.routing.table import Rule
from tests import live
from tests.oracle import About, about

UNASKED = frozenset({"request-headers", "response-headers"})
"""Headers that proxies write unasked are announced for the entry as a whole, and not counted as another answer."""

ADDRESSES = frozenset({"x-real-ip", "x-forwarded-for"})
LONG = 1_000_000
"""Bytes of a request body."""


@dataclass(slots=True)
class Threefold:
    """Holds the requests of one scenario; `counts` adds up over all of them."""

    result: Result
    recorded: list[dict[str, Any]]
    counts: Counter[str] = field(default_factory=Counter)

    def check(self, running: Any, line: dict[str, Any]) -> list[str]:
        """What is wrong with this request, in words."""
        request = live.with_sent_host(Request.from_json(line))
        if not request.path.isascii() or request.scheme not in ("http", "https"):  # http.client sends no such requests
            return []
        try:
            comparison: Comparison = comparison_for(self.result, request)
        except TraceError:
            return []
        after, rule_after = consult(comparison.after, request)
        real = running.ask({**live.askable(line["request"]), "gateway": comparison.after.entry})
        if not real["status"] and _long(line["request"]):  # the proxy had answered before all was sent
            return []
        if self._names_missing_service(real):
            return []
        sent = after if request.host else consult(comparison.after, request._replace(host=live.NO_HOST))[0]
        self.counts["requests"] += 1
        words = live.disagreements(sent, real, sampled=not _hashed(rule_after))
        if words:
            return words
        self.counts["computed as real"] += 1
        return self._announced(comparison, request, line["answer"], real)

    def _names_missing_service(self, real: dict[str, Any]) -> bool:
        """ask.py makes each Service that a route names; without it a rule answers 500, as is computed."""
        named = [key.rpartition(":")[0].partition("/") for key in real.get("backends") or () if "/" in key]
        known = self.result.inventory.services
        return self.result.options.complete and any((space, name) not in known for space, _, name in named)

    def _topic(self, comparison: Comparison, answer: dict[str, Any], source: str) -> About:
        """Headers that the recording speaks of; that of ingress-nginx leaves out those that are not sent.

        Those that hold the client's address can be compared only where the request states one (`source`).
        """
        topic = about(self.recorded if comparison.before.controller == "ingress-nginx" else [{"answer": answer}])
        return topic if source else About(topic.request - ADDRESSES, topic.response)

    def _announced(
        self, comparison: Comparison, request: Request, recorded: dict[str, Any], real: dict[str, Any]
    ) -> list[str]:
        before, rule_before = consult(comparison.before, request)
        after, rule_after = consult(comparison.after, request)
        changed = set(_changed(recorded, real, self._topic(comparison, recorded, request.source)))
        if recorded.get("backends") == before.backends and "backends" in comparison.aspects(before, after):
            changed.add("backends")  # held against computed shares: both samples are coarse
        if not changed:
            return []
        self.counts["differing"] += 1
        aspects = {"normalisation"} if read_differently(request) else {one.partition(":")[0] for one in changed}
        situation = comparison.situation(request, rule_before)
        said = frozenset[str]().union(
            *(
                announced_of(finding, request, situation)
                for finding in comparison.announcing(request, rule_before, rule_after)
            )
        )
        codes = trace(self.result, request)["findings"]
        if aspects <= said and (codes or aspects <= UNASKED):
            self.counts["announced"] += 1
            return []
        answers = (
            f"(recorded {_short(recorded)}; computed before {_short(before.to_answer())}; "
            f"real {_short(real)}; trace finds {codes})"
        )
        return [
            f"nobody announced: {', '.join(sorted(aspects - said)) or 'trace is silent'} {sorted(changed)} {answers}"
        ]


def _long(request: dict[str, Any]) -> bool:
    """Whether a body is too long to be sent before the answer comes."""
    body = live.askable(request).get("body", 0)
    return isinstance(body, int) and body > LONG


def _short(answer: dict[str, Any]) -> str:
    seen = answer.get("upstream", {})
    parts = (answer["status"], answer.get("location"), answer.get("backends"), seen.get("host"), seen.get("path"))
    return " ".join(str(part) for part in parts if part)


def _hashed(rule: Rule | None) -> bool:
    """Whether a hash of the request chooses the backend, so that all of one client's requests meet the same."""
    values = [feature.value for feature in rule.features if feature.name == "load-balancing"] if rule else []
    return any(isinstance(value, dict) and value.get("type") == "ConsistentHash" for value in values)


def _changed(recorded: dict[str, Any], real: dict[str, Any], topic: About) -> Iterator[str]:
    """Aspects in which the real answer differs from the recorded one.

    Where a backend answered, status and Location are its own: those of the recordings were told what to say.
    """
    answered = bool(recorded.get("backends"))
    if bool(recorded["status"]) != bool(real["status"]):
        yield "connection"
        return
    if (200 if answered else recorded["status"]) != real["status"]:
        yield "status"
    if not answered and "location_prefix" not in recorded and recorded.get("location") != real.get("location"):
        yield "location"
    if answered != bool(real.get("backends")):
        yield "backends"
    seen, sees = recorded.get("upstream"), real.get("upstream")
    if seen and sees:
        yield from (part for part in ("host", "path") if seen.get(part, sees[part]) != sees[part])
        yield from _headers("request-headers", topic.request, seen.get("headers", {}), sees.get("headers", {}))
    told, given = recorded.get("response_headers", {}), real.get("response_headers", {})
    yield from _headers("response-headers", topic.response, told, given)


def _headers(aspect: str, names: frozenset[str], recorded: dict[str, str], real: dict[str, str]) -> Iterator[str]:
    """`aspect: name` for each header that differs."""
    for name in names - {"host"}:
        if _unlike(recorded.get(name), real.get(name)):
            yield f"{aspect}: {name}"


def _unlike(recorded: str | None, real: str | None) -> bool:
    """Values that the recording masks by * may be anything."""
    return recorded != real and not (recorded and real and "*" in recorded)
