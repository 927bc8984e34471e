"""Which rule matches a request, before and after: the same question to both tables."""

from __future__ import annotations

from typing import Any

from converter.comparison.equivalence import Comparison
from converter.pipeline.result import Result
from converter.routing.decide import REFUSED, consult
from converter.routing.decision import Decision
from converter.routing.exchange import Request
from converter.routing.table import RoutingTable


class TraceError(ValueError):
    """The request cannot be asked: it names no entry where there are several, or an unknown one."""


def trace(result: Result, request: Request) -> dict[str, Any]:
    """`{"request", "before", "after", "same", "findings"}` for one request; `before` is None without Ingresses."""
    if _nobody(result, request):
        return _unserved(result, request)
    comparison = comparison_for(result, request)
    before, after = consult(comparison.before, request)[0], consult(comparison.after, request)[0]
    found = comparison.ask(request)
    after.backends = _by_source_name(after, comparison)
    codes = sorted({*(found.codes if found else ()), *comparison.opaque(request)})
    return {
        "request": request.to_json(),
        "before": before.to_answer(),
        "after": after.to_answer(),
        "same": found is None,
        "findings": codes,
    }


def _unserved(result: Result, request: Request) -> dict[str, Any]:
    """The controller serves none of its Ingresses: some listen all the same, and respond with 404; nothing is
    written."""
    from converter.sources.registry import SOURCES

    refused = [one for one in result.objects if one.status == "failed" and one.controller in SOURCES]
    status = max((SOURCES[one.controller].status_without_rules for one in refused), default=REFUSED)
    refs = {one.ref for one in refused}
    codes = {one.code for one in result.findings if one.origin.object in refs and not one.fidelity.lossless}
    return {
        "request": request.to_json(),
        "before": Decision(status=status).to_answer(),
        "after": Decision(status=REFUSED).to_answer(),
        "same": status == REFUSED,
        "findings": sorted(codes) if status else [],
    }


def _by_source_name(after: Decision, comparison: Comparison) -> dict[str, float]:
    """The backends with objects that stand for a Service under the name of that."""
    if len(after.backends) != len(after.resolved):
        return after.backends
    return {
        shown if "/" in shown or "/" not in key else comparison.renamed(key): share
        for (shown, share), key in zip(after.backends.items(), after.resolved, strict=True)
    }


def trace_tables(tables: list[RoutingTable], request: Request) -> dict[str, Any]:
    """The same for Gateway API resources alone: there is only an "after"."""
    table = _pick({table.entry: table for table in tables}, tables, request)
    answer: Decision = consult(table, request)[0]
    return {"request": request.to_json(), "before": None, "after": answer.to_answer(), "same": False, "findings": []}


def _nobody(result: Result, request: Request) -> bool:
    """True where no entry point came of the input, or none of the one that the request names: all of it is refused."""
    if not result.comparisons:
        return bool(result.objects)
    made = {comparison.before.entry for comparison in result.comparisons}
    given_up = {status.entry for status in result.objects} | {
        f"{status.ref.namespace}/{status.ref.name}" for status in result.objects if status.status != "converted"
    }
    return bool(request.entry) and request.entry not in made and request.entry in given_up


def comparison_for(result: Result, request: Request) -> Comparison:
    """The pair of tables that a request is about; TraceError where it is not known."""
    pairs = {comparison.before.entry: comparison for comparison in result.comparisons}
    found: Comparison = _pick(pairs, result.comparisons, request)
    return found


def _pick(by_entry: dict[str, Any], ordered: list[Any], request: Request) -> Any:
    if request.entry:
        if request.entry not in by_entry:
            raise TraceError(f"no entry point is called {request.entry!r}; there is {', '.join(sorted(by_entry))}")
        return by_entry[request.entry]
    if not ordered:
        raise TraceError("the input has no entry point to send requests to")
    return next((one for one in ordered if _knows(one, request)), ordered[0])


def _knows(one: Any, request: Request) -> bool:
    table: RoutingTable = getattr(one, "before", one)
    host = request.host.partition(":")[0].lower()
    for port in table.ports:
        for vhost in port.hosts:
            if any(test.holds(host) for test in vhost.hosts):
                return True
            if port.fall_through and any(any(test.holds(host) for test in rule.hosts) for rule in vhost.rules):
                return True
    return False
