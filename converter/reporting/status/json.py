"""Status for programs: every check of every Ingress."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from converter.reporting.report import DEFAULT_LOOK, Look
from converter.status.check import Check, IngressStatus


def render(statuses: Sequence[IngressStatus], look: Look = DEFAULT_LOOK) -> str:
    """One JSON document with every check."""
    return json.dumps(_as_data(statuses), indent=1, ensure_ascii=False) + "\n"


def _as_data(statuses: Sequence[IngressStatus]) -> dict[str, Any]:
    return {
        "version": 1,
        "ready": all(one.ready for one in statuses),
        "ingresses": [_data(one) for one in statuses],
    }


def _data(one: IngressStatus) -> dict[str, Any]:
    location = one.location
    return {
        "name": one.name,
        "location": {"path": location.path, "line": location.line, "column": location.column},
        "source": one.source,
        "hosts": list(one.hosts),
        "addresses": list(one.addresses),
        "servedBy": one.served_by,
        "ready": one.ready,
        "checks": [_check_data(check) for check in one.ordered(every=True)],
    }


def _check_data(one: Check) -> dict[str, Any]:
    return {
        "aspect": one.aspect,
        "state": one.state,
        "message": one.message,
        "object": one.object._asdict() if one.object else None,
        "means": one.means,
        "do": one.do,
        "sources": list(one.sources),
    }
