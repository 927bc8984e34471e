"""How clients stick to endpoints (alb: template/nginx/lua/balancer/balance.lua, sticky.lua)."""

from __future__ import annotations

from typing import Any

from converter.routing.exchange import Decision, Exchange
from converter.sources.alauda_alb.conditions import cookie
from converter.sources.alauda_alb.resources import text

POLICIES = ("sip-hash", "cookie", "header")


class Affinity(dict[str, Any]):
    """`type` and `name`. Which endpoint a client gets is in the hash; a new cookie is seen."""

    def apply(self, exchange: Exchange) -> None:
        if self["type"] == "cookie" and cookie(exchange, self["name"]) is None:
            exchange.after.append(self)

    def finish(self, exchange: Exchange, decision: Decision) -> Decision:
        """A cookie with a random value."""
        if decision.backends:
            secure = "; Secure" if exchange.scheme == "https" else ""
            decision.implicit_response["set-cookie"] = f"{self['name']}=<random>; Path=/; HttpOnly{secure}"
        return decision


def affinity(group: dict[str, Any]) -> Affinity:
    """rr, ewma and unknown words are round robin."""
    policy = text(group.get("session_affinity_policy"))
    name = text(group.get("session_affinity_attribute"))
    if policy == "cookie":
        name = name or "JSESSIONID"
    return Affinity(type=policy if policy in POLICIES else "", name=name)
