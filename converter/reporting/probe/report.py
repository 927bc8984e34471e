"""What every printer of `probe` works from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from converter.model.credentials import without_secrets
from converter.model.data import dataclass
from converter.model.version import __version__
from converter.probe.expectation import Side
from converter.probe.observation import Observation
from converter.probe.run import ProbeRun
from converter.probe.secret_values import redacted_request
from converter.probe.verdicts import ProbeResult, ProbeVerdict
from converter.reporting.describe import describe_request
from converter.reporting.groups import plural

TITLES = {
    ProbeVerdict.FAILING: "Served before, failing after",
    ProbeVerdict.UNANNOUNCED: "Different responses that no finding announces",
    ProbeVerdict.ANNOUNCED: "Different responses that findings announce",
    ProbeVerdict.FLAKY: "Flaky: a side gave different responses to the same request",
}
_NAMED = 3
DISAGREES = "The old side differs from what was computed for it"


@dataclass(frozen=True, slots=True)
class ProbeReport:
    """A run with what it was about."""

    run: ProbeRun
    entry: str
    before: str
    after: str
    verbose: bool = False
    version: str = __version__

    def of(self, outcome: ProbeVerdict) -> list[ProbeResult]:
        """Results of this outcome; failing ones whose findings are accepted count as announced."""
        return [one for one in self.run.results if shown_outcome(one) is outcome]

    def disagreeing(self) -> list[ProbeResult]:
        """Results of which the old side is not as computed."""
        return [one for one in self.run.results if one.before_disagrees]

    def objections(self) -> list[str]:
        """Why the run fails, a sentence each."""
        run = self.run
        out = [f"no request got a response from {name}: {why}" for name, why in run.unreachable.items()]
        if silent := len(self.of(ProbeVerdict.UNANNOUNCED)):
            out.append(f"{plural(silent, 'request')} with different responses that no finding announces")
        if failing := len(self.of(ProbeVerdict.FAILING)):
            what = plural(failing, "request")
            out.append(f"{what} served before and failing after; accept their findings, or fix them")
        worse = [one.host or "no server name" for one in run.connections if one.fails_run]
        if worse:
            more = f" and {len(worse) - _NAMED:,} more" if len(worse) > _NAMED else ""
            out.append(f"other certificates or protocols after for {', '.join(worse[:_NAMED])}{more}")
        if not run.results and not out:
            out.append("no request was sent")
        return out

    def summary(self) -> str:
        """How all requests came out, in one line."""
        found = Counter(shown_outcome(one) for one in self.run.results)
        return (
            f"{plural(len(self.run.results), 'request')} to both addresses: {found[ProbeVerdict.SAME]:,} same, "
            f"{found[ProbeVerdict.ANNOUNCED]:,} announced, {found[ProbeVerdict.UNANNOUNCED]:,} unannounced, "
            f"{found[ProbeVerdict.FAILING]:,} failing after, {found[ProbeVerdict.FLAKY]:,} flaky; "
            f"{len(self.disagreeing()):,} where the old side differs from what was computed"
        )


def shown_outcome(result: ProbeResult) -> ProbeVerdict:
    """Failing requests whose findings somebody has accepted are announced differences."""
    return ProbeVerdict.ANNOUNCED if result.outcome is ProbeVerdict.FAILING and result.accepted else result.outcome


def request_text(result: ProbeResult) -> str:
    """The request without credentials."""
    text = describe_request(redacted_request(result.request))
    return f"{text} over a connection for {result.over}" if result.over else text


def observed(observation: Observation) -> str:
    """`308 to https://shop.example.com/, then 200 (h2)`."""
    parts = []
    for hop in observation.hops:
        response = hop.response
        text = str(response.status) if response.status else "no response"
        text += f" to {without_secrets(response.location)}" if response.location else ""
        parts.append(f"{text} ({response.error})" if response.error else text)
    text = ", then ".join(parts)
    protocol = f" ({observation.last.protocol})" if observation.last.protocol and observation.last.status else ""
    return f"{text}{protocol}{f'; {observation.stopped}' if observation.stopped else ''}"


def computed(side: Side) -> str:
    """The same of what a table computes: `200 from shop/web:80`."""
    return ", then ".join(
        (str(one.status) if one.status else "no response")
        + (f" to {without_secrets(one.location)}" if one.location else "")
        + (f" from {', '.join(one.backends)}" if one.backends else "")
        for _, one in side.hops
    )


def details(result: ProbeResult) -> Iterator[tuple[str, str]]:
    """What there is to say of a result, each with its name."""
    yield "before", observed(result.before)
    yield "after", observed(result.after)
    yield "computed", f"before {computed(result.expected.before)}; after {computed(result.expected.after)}"
    if result.aspects:
        yield "differs in", ", ".join(result.aspects)
    for name in _headers(result):
        values = (without_secrets(one.response.headers.get(name, "absent")) for one in (result.before, result.after))
        yield name, " before, ".join(values) + " after"
    if result.codes:
        yield "findings", ", ".join(result.codes)
    if result.before_disagrees:
        yield "old side", "; ".join(result.before_disagrees)
    if result.after_disagrees:
        yield "new side", "; ".join(result.after_disagrees)
    yield from (("repeated", text) for text in _repetitions(result))


def _repetitions(result: ProbeResult) -> Iterator[str]:
    if len(result.rounds) > 1:
        rounds = [f"before {observed(one)}, after {observed(other)}" for one, other in result.rounds]
        same = len(set(rounds)) == 1
        yield f"{len(rounds)} times, the same responses" if same else "; ".join(rounds)
    elif result.limited:
        yield "not repeated: --limit reached"


def _headers(result: ProbeResult) -> list[str]:
    mark = "response-headers: "
    return [one.removeprefix(mark) for one in result.aspects if one.startswith(mark)]
