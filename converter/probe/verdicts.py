"""How the responses of both sides to one request are judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from enum import StrEnum
from itertools import pairwise

from converter.model import Finding
from converter.model.credentials import without_secrets
from converter.model.data import dataclass
from converter.probe.expectation import LIMITS, Expectation, Side
from converter.probe.observation import LIMIT, Observation, Response
from converter.routing.decision import Decision
from converter.routing.exchange import Request

NO_BACKEND = (502, 503, 504)
OF_LIMITS = (408, 413, 414, 429, 431, *NO_BACKEND)
"""Statuses by which proxies end requests at their limits."""
_NOT_EXPECTED = frozenset({"set-cookie", "server", "date"})
"""Headers whose computed values are not those of one response."""


class ProbeVerdict(StrEnum):
    """The worst first."""

    FAILING = "failing"
    UNANNOUNCED = "unannounced"
    ANNOUNCED = "announced"
    FLAKY = "flaky"
    SAME = "same"


@dataclass(slots=True)
class ProbeResult:
    """One request: what was expected, and the responses of both sides, round by round.

    Attributes:
        over: Host whose connection was reused; "" for a connection of its own.
        aspects: What differs between the sides in every round.
        codes: Findings that announce it.
        accepted: Whether somebody has accepted the findings that announce how it fails.
        limited: Whether it could not be repeated, for `--limit`.
        before_disagrees: How the old side differs from what was computed for it.
        after_disagrees: The same of the new side.
    """

    request: Request
    expected: Expectation
    rounds: list[tuple[Observation, Observation]]
    over: str = ""
    outcome: ProbeVerdict = ProbeVerdict.SAME
    aspects: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    accepted: bool = False
    limited: bool = False
    before_disagrees: list[str] = field(default_factory=list)
    after_disagrees: list[str] = field(default_factory=list)

    @property
    def before(self) -> Observation:
        """The last response of the old side."""
        return self.rounds[-1][0]

    @property
    def after(self) -> Observation:
        """The last response of the new side."""
        return self.rounds[-1][1]

    @property
    def fails_run(self) -> bool:
        """Whether the request makes the run fail."""
        return self.outcome is ProbeVerdict.UNANNOUNCED or (self.outcome is ProbeVerdict.FAILING and not self.accepted)


def judge(result: ProbeResult, headers: Sequence[str]) -> ProbeResult:
    """Fill in what the rounds show. `headers`: names of response headers that are compared."""
    names = sorted({*headers, *_written(result.expected)})
    rounds = [differences(before, after, names) for before, after in result.rounds]
    steady = [not any(differences(one, other, names) for one, other in _pairs(result, side)) for side in (0, 1)]
    lost = all(before.served and not after.served for before, after in result.rounds)
    failing = lost and not result.expected.permits_nothing
    lasting = set.intersection(*map(set, rounds)) if all(steady) or failing else set()
    if failing and not lasting:  # it fails in another way each time
        lasting = set(rounds[-1])
    result.aspects = sorted(lasting)
    result.codes = sorted({one.code for aspect in lasting for one in explained(result, aspect)})
    result.before_disagrees = disagreements(result.expected.before, result.before)
    result.after_disagrees = disagreements(result.expected.after, result.after)
    announced = all(explained(result, one) for one in lasting)
    if failing and lasting:
        result.outcome, result.accepted = ProbeVerdict.FAILING, announced and result.expected.accepts(lasting)
    elif lasting:
        result.outcome = ProbeVerdict.ANNOUNCED if announced else ProbeVerdict.UNANNOUNCED
    elif any(rounds) or not all(steady):
        result.outcome = ProbeVerdict.FLAKY
    return result


def _pairs(result: ProbeResult, side: int) -> list[tuple[Observation, Observation]]:
    seen = [one[side] for one in result.rounds]
    return list(pairwise(seen))


def _written(expected: Expectation) -> set[str]:
    """Response headers that a setting of one side writes."""
    found = {name for side in (expected.before, expected.after) for name in side.decision.response_headers}
    return {name.lower() for name in found} - _NOT_EXPECTED


def differences(before: Observation, after: Observation, headers: Sequence[str]) -> list[str]:
    """Aspects in which two observations differ: `status`, `location`, `response-headers: NAME` …"""
    one, other = before.response, after.response
    if bool(one.error) != bool(other.error) or bool(one.status) != bool(other.status):
        return ["connection"]
    out = [] if one.status == other.status else ["status"]
    if not out and one.location != other.location:
        out.append("location")
    if not out and chains_differ(before, after):
        out.append("redirects")
    if not out:
        out += [f"response-headers: {name}" for name in headers if one.headers.get(name) != other.headers.get(name)]
    return out


def chains_differ(before: Observation, after: Observation) -> bool:
    """Whether redirects lead elsewhere, as far as both were followed."""
    one, other = before.chain(), after.chain()
    cut = min(len(one), len(other)) if LIMIT in (before.stopped, after.stopped) else None
    return one[:cut] != other[:cut]


def disagreements(side: Side, observation: Observation) -> list[str]:
    """How a real response differs from the computed one, as far as a table can know it."""
    decision, response = side.decision, observation.response
    if not decision.status:
        return [] if response.error or not response.status else [f"a response ({response.status}), none was computed"]
    if response.error:
        return [f"no response ({response.error})"]
    if decision.backends:
        lost = response.status in NO_BACKEND and decision.status != response.status
        return [f"status {response.status} from a backend that is not available"] if lost else []
    out = [] if response.status == decision.status else [f"status {response.status}, computed {decision.status}"]
    if not out and decision.location is not None and response.location != decision.location:
        shown = without_secrets(response.location or "missing")
        out.append(f"location {shown}, computed {without_secrets(decision.location)}")
    return [*out, *(() if out else _headers(decision, response))]


def _headers(decision: Decision, response: Response) -> list[str]:
    wanted = {name.lower(): value for name, value in decision.response_headers.items()}
    return [
        f"header {name} {'is missing' if name not in response.headers else 'has another value'}"
        for name, value in sorted(wanted.items())
        if name not in _NOT_EXPECTED and value is not None and response.headers.get(name) != value
    ]


def needs_repetition(result: ProbeResult, headers: Sequence[str]) -> bool:
    """Whether the last responses differ in a way that was not computed, or are none although one was computed."""
    before, after = result.rounds[-1]
    expected = result.expected
    aspects = differences(before, after, sorted({*headers, *_written(expected)}))
    if disagreements(expected.before, before) or disagreements(expected.after, after):
        return bool(aspects) or any(one.response.error for one in (before, after))
    return not all(_computed(expected, one) for one in aspects)


def _computed(expected: Expectation, aspect: str) -> bool:
    """Whether the tables themselves differ in this aspect."""
    one, other = expected.before.decision, expected.after.decision
    name = aspect.partition(": ")[2]
    if name:
        return one.response_headers.get(name) != other.response_headers.get(name)
    if aspect == "redirects":
        return len(expected.before.hops) != len(expected.after.hops)
    return (one.status, one.location) != (other.status, other.location)


def explained(result: ProbeResult, aspect: str) -> list[Finding]:
    """Findings that announce that an aspect of the last responses differs."""
    announced = result.expected.announced
    statuses = (result.before.response.status, result.after.response.status)
    found = announced.get(aspect.partition(":")[0], [])
    return found or (
        announced.get(LIMITS, []) if aspect == "status" and any(one in OF_LIMITS for one in statuses) else []
    )
