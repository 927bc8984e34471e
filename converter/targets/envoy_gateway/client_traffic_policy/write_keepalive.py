"""How long connections of clients are kept, and whether they are probed: parts of a ClientTrafficPolicy."""

from __future__ import annotations

import re
from typing import Any

from converter.model import Fidelity, FieldRef, Outcome

_TIME = re.compile(r"(?:[0-9]{1,5}(?:h|m|s|ms)){1,4}")
_PROBES = {"idle": "idleTime", "interval": "interval"}


def keepalive(value: Any) -> dict[str, Any]:
    """Fields for what a port says: `tcp` (idle, interval, count; empty: as the kernel does) and `http` (timeout)."""
    said = value if isinstance(value, dict) else {}
    out: dict[str, Any] = {}
    tcp, http = said.get("tcp"), said.get("http")
    if isinstance(tcp, dict):
        out["tcpKeepalive"] = {field: tcp[key] for key, field in _PROBES.items() if _is_time(tcp.get(key))}
        count = tcp.get("count")
        if isinstance(count, int) and count > 0:
            out["tcpKeepalive"]["probes"] = count
    if isinstance(http, dict) and _is_time(http.get("timeout")):
        out["timeout"] = {"http": {"idleTimeout": http["timeout"]}}
    return out


def _is_time(value: Any) -> bool:
    return isinstance(value, str) and _TIME.fullmatch(value) is not None


def kept_alive(fields: dict[str, Any], namespace: str, name: str) -> Outcome:
    """Their outcomes."""
    words, paths = [], []
    if "tcpKeepalive" in fields:
        words.append("idle connections of clients are probed as before")
        paths.append("spec.tcpKeepalive")
    if "timeout" in fields:
        words.append(
            "clients that are idle are let go after the same time; there is no limit on the requests of one "
            "connection, and no Keep-Alive header"
        )
        paths.append("spec.timeout.http.idleTimeout")
    refs = tuple(FieldRef("ClientTrafficPolicy", namespace, name, path) for path in paths)
    fidelity = Fidelity.APPROXIMATE if "timeout" in fields else Fidelity.EXACT
    hint = "usually needs nothing" if "timeout" in fields else ""
    return Outcome("connection.keepalive", fidelity, "; ".join(words), hint, fields=refs, affects=frozenset())
