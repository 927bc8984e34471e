"""Whether a line of a log can be the response that a table computes: only what the proxy decides can be compared."""

from __future__ import annotations

import re

from converter.replay.candidates import NO_UPSTREAM, upstream_name
from converter.replay.rows import Logged
from converter.routing.decision import Decision

CLIENT_GONE = frozenset({"0", "400", "408", "413", "414", "429", "431", "460", "494", "495", "496", "497", "499"})
"""What clients cause: broken or too large requests, too many of them, and connections that they end."""
GATEWAY_FAILED = frozenset({"500", "502", "503", "504", "561"})
"""What backends cause that are not there."""
UNAUTHORIZED = 401
_TARGET_GROUP = re.compile(r"targetgroup/(?:k8s-)?([^/]+)/")


def comparable(decision: Decision, logged: Logged) -> bool:
    """Whether the log can confirm or contradict what is computed.

    Credentials are in no log, and what a backend responds with is its own matter.
    """
    if logged.status in CLIENT_GONE or (decision.status == UNAUTHORIZED and logged.status != str(UNAUTHORIZED)):
        return False
    if decision.backends:
        return logged.contacted != "" or logged.upstream not in NO_UPSTREAM
    return logged.status not in GATEWAY_FAILED


def disagreement(decision: Decision, logged: Logged) -> tuple[str, str, str] | None:
    """What differs (status | upstream), as the log has it, and as it is computed; None where all fits."""
    if not comparable(decision, logged):
        return None
    if not decision.status:
        return "status", logged.status, "no connection"
    if decision.backends:
        return _forwarded(decision, logged)
    if logged.contacted == "yes":
        return "upstream", f"{logged.status} from a backend", f"{decision.status} of the proxy"
    return None if logged.status == str(decision.status) else ("status", logged.status, str(decision.status))


def _forwarded(decision: Decision, logged: Logged) -> tuple[str, str, str] | None:
    """Of a request that is computed to be sent to a backend."""
    if logged.contacted == "no" and logged.status not in GATEWAY_FAILED:
        return "status", f"{logged.status} of the proxy", f"sent to {', '.join(decision.backends)}"
    if logged.upstream in NO_UPSTREAM or logged.contacted == "no":
        return None
    if not any(_is_called(backend, logged.upstream) for backend in decision.backends):
        return "upstream", _short(logged.upstream), ", ".join(decision.backends)
    return None


def _is_called(backend: str, name: str) -> bool:
    """Whether a log calls a backend so.

    Source: nginx: internal/ingress/controller/util.go upstreamName; AWS Load Balancer Controller:
    pkg/ingress/model_build_target_group.go buildTargetGroupName (`k8s-NAMESPACE-SERVICE-HASH`, eight letters each).
    """
    group = _TARGET_GROUP.search(name)
    if group is None:
        return name == upstream_name(backend)
    namespace, slash, service = backend.partition(":")[0].partition("/")
    if not slash:
        return backend == name or backend == group[1]
    parts = [re.sub("[^A-Za-z0-9]", "", one)[:8] for one in (namespace, service)]
    return "/k8s-" not in name or group[1].startswith("-".join(parts))


def _short(upstream: str) -> str:
    group = _TARGET_GROUP.search(upstream)
    return group[1] if group else upstream
