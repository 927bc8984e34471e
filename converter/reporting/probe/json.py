"""For programs: every request with both responses and what was computed."""

from __future__ import annotations

import json
from typing import Any

from converter.model.credentials import without_secrets
from converter.probe.connections import Connection
from converter.probe.expectation import Side
from converter.probe.observation import Observation, Response
from converter.probe.secret_values import redacted_header, redacted_request
from converter.probe.verdicts import ProbeResult
from converter.reporting.probe.report import ProbeReport


def render(report: ProbeReport) -> str:
    """One document."""
    run = report.run
    data = {
        "version": report.version,
        "entry": report.entry,
        "before": report.before,
        "after": report.after,
        "sent": {"before": run.sent[0], "after": run.sent[1]},
        "failed": report.objections(),
        "left_out": dict(sorted(run.left_out.items())),
        "requests": [_result(one) for one in run.results],
        "connections": [_connection(one) for one in run.connections],
    }
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _result(one: ProbeResult) -> dict[str, Any]:
    return {
        "request": redacted_request(one.request),
        **({"over": one.over} if one.over else {}),
        "outcome": one.outcome.value,
        "accepted": one.accepted,
        "differs": one.aspects,
        "findings": one.codes,
        "before": [_observation(before) for before, _ in one.rounds],
        "after": [_observation(after) for _, after in one.rounds],
        "computed": {"before": _side(one.expected.before), "after": _side(one.expected.after)},
        "before_disagrees": one.before_disagrees,
        "after_disagrees": one.after_disagrees,
    }


def _observation(one: Observation) -> dict[str, Any]:
    out: dict[str, Any] = _response(one.response)
    if len(one.hops) > 1:
        out["redirects"] = [_response(hop.response) for hop in one.hops[1:]]
    return out | ({"stopped": one.stopped} if one.stopped else {})


def _response(one: Response) -> dict[str, Any]:
    out: dict[str, Any] = {"status": one.status}
    for key in ("location", "protocol", "error", "trust"):
        if getattr(one, key):
            out[key] = without_secrets(getattr(one, key))
    headers = {name: without_secrets(value) for name, value in one.headers.items()}
    return out | ({"headers": headers} if headers else {})


def _side(side: Side) -> list[dict[str, Any]]:
    out = []
    for _, one in side.hops:
        answer: dict[str, Any] = {"status": one.status, "backends": one.backends}
        if one.location is not None:
            answer["location"] = without_secrets(one.location)
        if one.response_headers:
            answer["headers"] = {
                name: value and redacted_header(name.lower(), value) for name, value in one.response_headers.items()
            }
        out.append(answer)
    return out


def _connection(one: Connection) -> dict[str, Any]:
    return {
        "host": one.host,
        "port": one.port,
        "before": _tls(one.before),
        "after": _tls(one.after),
        "differs": one.differences,
        "notes": one.notes,
        "findings": one.codes,
        "announced": one.announced,
        "fails": one.fails,
    }


def _tls(one: Response) -> dict[str, Any]:
    found = one.certificate
    certificate = found._asdict() if found else None
    return {"protocol": one.protocol, "trust": one.trust, "certificate": certificate}
