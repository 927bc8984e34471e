"""What became of the requests of access logs: the result of a replay, for printers and for those who rank findings."""

from __future__ import annotations

from dataclasses import field
from typing import Any, Literal

from converter.model.data import dataclass

ResponseOutcome = Literal["same", "announced", "unannounced", "ambiguous"]
OUTCOMES: tuple[ResponseOutcome, ...] = ("same", "announced", "unannounced", "ambiguous")
"""Equal responses; different ones, as findings announce; different ones, and none does; the log does not say enough."""


@dataclass(slots=True)
class Tally:
    """How many requests, and how many distinct ones. One that the log has several responses to may be in several."""

    requests: int = 0
    distinct: int = 0

    def add(self, requests: int, distinct: int) -> None:
        """Count more of them."""
        self.requests += requests
        self.distinct += distinct


@dataclass(frozen=True, slots=True)
class Witness:
    """A request of the log with both responses; dictionaries as `trace --format json` has them."""

    request: dict[str, Any]
    before: dict[str, Any]
    after: dict[str, Any]
    count: int
    outcome: ResponseOutcome = "same"
    findings: tuple[str, ...] = ()
    statuses: dict[str, int] = field(default_factory=dict)
    """Status of the log -> count."""
    upstreams: dict[str, int] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """A line of a file of requests (docs/requests.md)."""
        return {
            "request": self.request,
            "count": self.count,
            "outcome": self.outcome,
            "findings": list(self.findings),
            "before": self.before,
            "after": self.after,
            "logged": {"status": self.statuses, "upstream": self.upstreams},
        }


@dataclass(slots=True)
class TrafficGroup:
    """Requests of one host and path pattern that get different responses for the same reason.

    Attributes:
        codes: Of the findings that announce it; () where none does, or where the log does not say enough.
        pattern: Path of the rule, or beginning of the paths where no rule takes them.
        fails: Requests that are served before, and refused or without a response after.
    """

    outcome: ResponseOutcome
    codes: tuple[str, ...]
    host: str
    pattern: str
    tally: Tally = field(default_factory=Tally)
    fails: int = 0
    examples: list[Witness] = field(default_factory=list)


@dataclass(slots=True)
class Disagreement:
    """Requests whose log says something else than what is computed for the side that wrote it.

    Attributes:
        what: status | upstream.
        logged: As the log has it.
        computed: As the tables have it.
    """

    what: str
    host: str
    pattern: str
    logged: str
    computed: str
    tally: Tally = field(default_factory=Tally)
    examples: list[Witness] = field(default_factory=list)


@dataclass(slots=True)
class LogSummary:
    """One file of the input. `problem`: why it was not read, or not to its end."""

    name: str
    format: str
    problem: str = ""


@dataclass(slots=True)
class BrokenLines:
    """Lines of a file that are in no known form, with some of them: number (0: not known) and text."""

    name: str
    count: int
    samples: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Traffic:
    """A replay.

    Attributes:
        lines: All lines that hold something.
        distinct: How many of all requests are distinct.
        no_request: Status -> lines of clients that sent no HTTP request.
        comparable: Requests whose logged answer could be held against the computed one.
        log_side: before | after: whose responses the logs have.
        by_finding: Fingerprint of a finding -> the requests that it announces a difference of.
        needed_format: A log format that says what this log leaves open; "" where nothing is.
    """

    files: list[LogSummary] = field(default_factory=list)
    lines: int = 0
    distinct: int = 0
    broken: list[BrokenLines] = field(default_factory=list)
    no_request: dict[str, int] = field(default_factory=dict)
    tallies: dict[ResponseOutcome, Tally] = field(default_factory=lambda: {outcome: Tally() for outcome in OUTCOMES})
    groups: list[TrafficGroup] = field(default_factory=list)
    disagreements: list[Disagreement] = field(default_factory=list)
    unknown_backends: dict[str, Tally] = field(default_factory=dict)
    """Backends of the log that no rule of the input has."""
    comparable: int = 0
    log_side: str = "before"
    by_finding: dict[str, Tally] = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    """Fingerprint of a finding -> its code."""
    needed_format: str = ""

    @property
    def requests(self) -> Tally:
        """All requests."""
        return Tally(sum(one.requests for one in self.tallies.values()), self.distinct)

    def of(self, outcome: ResponseOutcome) -> list[TrafficGroup]:
        """The groups of an outcome: those that fail after first, then by their traffic."""
        found = (one for one in self.groups if one.outcome == outcome)
        return sorted(found, key=lambda one: (-one.fails, -one.tally.requests, one.codes, one.host, one.pattern))

    @property
    def fails(self) -> int:
        """Requests that are served before, and refused or without a response after."""
        return sum(one.fails for one in self.groups)
