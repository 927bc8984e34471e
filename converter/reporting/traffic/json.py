"""A replay for programs, and for `convert --traffic`."""

from __future__ import annotations

import json
from typing import Any

from converter.model.traffic import Disagreement, Tally, Traffic, TrafficGroup, Witness
from converter.model.version import __version__
from converter.reporting.report import DEFAULT_LOOK, TOOL, Look
from converter.reporting.terminal import clean

KIND = "traffic"


def render(traffic: Traffic, look: Look = DEFAULT_LOOK) -> str:
    """One JSON document."""
    return json.dumps(as_data(traffic), indent=1, ensure_ascii=False, default=str) + "\n"


def as_data(traffic: Traffic) -> dict[str, Any]:
    """The replay as plain data."""
    return {
        "version": 1,
        "tool": {"name": TOOL, "version": __version__},
        "kind": KIND,
        "logs": [{"name": one.name, "format": one.format, "problem": one.problem} for one in traffic.files],
        "summary": {
            "lines": traffic.lines,
            **_tally(traffic.requests),
            **{outcome: _tally(tally) for outcome, tally in traffic.tallies.items()},
            "fails": traffic.fails,
            "broken": sum(one.count for one in traffic.broken),
            "noRequest": traffic.no_request,
            "comparable": traffic.comparable,
            "disagreements": sum(one.tally.requests for one in traffic.disagreements),
            "logSide": traffic.log_side,
            "neededFormat": traffic.needed_format,
        },
        "groups": [_group(one) for outcome in traffic.tallies for one in traffic.of(outcome)],
        "disagreements": [_disagreement(one) for one in traffic.disagreements],
        "unknownBackends": {name: _tally(tally) for name, tally in traffic.unknown_backends.items()},
        "broken": [
            {"name": one.name, "count": one.count, "samples": [[number, clean(text)] for number, text in one.samples]}
            for one in traffic.broken
        ],
        "findings": [
            {"fingerprint": key, "code": traffic.codes.get(key, ""), **_tally(tally)}
            for key, tally in sorted(traffic.by_finding.items(), key=lambda item: -item[1].requests)
        ],
    }


def _tally(one: Tally) -> dict[str, int]:
    return {"requests": one.requests, "distinct": one.distinct}


def _group(one: TrafficGroup) -> dict[str, Any]:
    return {
        "outcome": one.outcome,
        "findings": list(one.codes),
        "host": one.host,
        "path": one.pattern,
        **_tally(one.tally),
        "fails": one.fails,
        "examples": _examples(one.examples),
    }


def _disagreement(one: Disagreement) -> dict[str, Any]:
    return {
        "what": one.what,
        "host": one.host,
        "path": one.pattern,
        "logged": one.logged,
        "computed": one.computed,
        **_tally(one.tally),
        "examples": _examples(one.examples),
    }


def _examples(examples: list[Witness]) -> list[dict[str, Any]]:
    return [one.as_data() for one in examples]
