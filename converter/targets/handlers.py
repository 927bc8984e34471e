"""What target packs name by `using`: one function a feature, which writes fields and says what became of it.

A handler takes the draft of a rule, the feature and the pack's row. It writes by `draft.put` alone, looks at nothing
that another handler writes, and so may run in any order.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.model import Outcome
from converter.packs.load import TargetRow
from converter.routing.table import Feature

Handler = Callable[[Any, Feature, TargetRow], Outcome]
HANDLERS: dict[str, Handler] = {}
"""By the name that packs use."""


def handler(name: str) -> Callable[[Handler], Handler]:
    """Register a handler."""

    def register(function: Handler) -> Handler:
        HANDLERS[name] = function
        return function

    return register


def load() -> dict[str, Handler]:
    """All handlers."""
    from converter.targets.aws.listener_rule_configuration import write as alb
    from converter.targets.envoy_gateway.backend_traffic_policy import write as traffic
    from converter.targets.envoy_gateway.backend_traffic_policy import write_health_check, write_rate_limit
    from converter.targets.envoy_gateway.client_traffic_policy import write_tls
    from converter.targets.envoy_gateway.security_policy import (
        write_authorization,
        write_basic_auth,
        write_ext_auth,
        write_oidc,
    )
    from converter.targets.gateway_api.backend_tls_policy import write as upstream
    from converter.targets.gateway_api.http_route import (
        write_cors,
        write_headers,
        write_mirror,
        write_rewrites,
        write_tool_annotations,
    )

    del (
        write_authorization,
        alb,
        write_cors,
        write_ext_auth,
        write_tool_annotations,
        write_basic_auth,
        write_headers,
        write_health_check,
        write_rate_limit,
        write_mirror,
        write_rewrites,
        write_oidc,
        write_tls,
        traffic,
    )
    del upstream
    return HANDLERS
