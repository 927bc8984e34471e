"""How clients stick to endpoints, or endpoints are chosen.

Source: alb: template/nginx/lua/balancer/balance.lua, sticky.lua (cookie, header and sip-hash; others take turns);
acp: docs/en/networking/operators/alb_operator/load_balancing_session_affinity_policy_in_alb.mdx (ewma, annotations).
"""

from __future__ import annotations

from typing import Any

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.packs.settings import Setting
from converter.routing.decision import Decision
from converter.routing.exchange import Exchange
from converter.routing.table import Feature
from converter.sources.alauda_alb.conditions import cookie
from converter.sources.alauda_alb.resources import text
from converter.sources.alauda_alb.sourced_value import SourcedValue

EWMA = "ewma"
"""Power of two choices by response time, in newer documents; the public source takes turns."""
POLICIES = ("sip-hash", "cookie", "header", EWMA)
TURNS = ("", "rr")


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
    """rr and unknown words are round robin."""
    policy = text(group.get("session_affinity_policy"))
    name = text(group.get("session_affinity_attribute"))
    if policy == "cookie":
        name = name or "JSESSIONID"
    return Affinity(type=policy if policy in POLICIES else "", name=name)


def as_feature(stick: Affinity, origins: tuple[Origin, ...]) -> Feature:
    """The setting of a rule or port that a policy other than round robin is."""
    if stick["type"] == EWMA:
        return Feature("load-balancing", {"algorithm": EWMA}, origins)
    return Feature("session-affinity", stick, origins)


def from_annotations(setting: Setting, ledger: Ledger) -> SourcedValue | None:
    """The policy of an Ingress, which only newer documents have annotations for."""
    policy = str(setting.get("policy", ""))
    if not policy:
        return None
    origins = setting.facts()
    if policy in TURNS or policy not in POLICIES:
        _settle_turns(policy, origins, ledger)
        return None
    words = (
        "Only newer documents of Alauda ALB name this annotation, the public source does not read it. Converted as "
        "documented"
    )
    if policy == "sip-hash":
        words += "; the controller uses the first address of X-Forwarded-For, Envoy the address of the client"
    hint = "check the session affinity on the running ALB"
    outcome = Outcome.approximate("session-affinity.documented", words, hint, affects={"response-headers"})
    for origin in origins:
        ledger.settle(origin, outcome, "session-affinity")
    group = {"session_affinity_policy": policy, "session_affinity_attribute": setting.get("attribute", "")}
    return SourcedValue(affinity(group), origins)


def _settle_turns(policy: str, origins: tuple[Origin, ...], ledger: Ledger) -> None:
    outcome = Outcome.exact("session-affinity.round-robin", "endpoints are used in turn, before and after")
    if policy not in TURNS:
        words = f"{policy} is not a policy that the documents name, so endpoints are used in turn"
        outcome = Outcome.manual("session-affinity.policy", words, "set the intended policy", affects=())
    for origin in origins:
        ledger.settle(origin, outcome, "session-affinity")
