"""What an annotation does that its text does not show; nothing changes by the conversion, but people should know.

lbc: model_build_listener.go:237-272, model_build_listener_rules.go:130-199, model_build_actions.go:17-40.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any

from converter.model import Origin, Outcome
from converter.model.ledger import Ledger
from converter.reading.facts import facts
from converter.sources.aws_alb.annotation_json import CONDITIONS
from converter.sources.aws_alb.conditions import FIELDS
from converter.sources.aws_alb.membership import Member
from converter.sources.aws_alb.plan import BalancerPlan

Remark = tuple[Origin | None, str, Outcome]


def settle_remarks(plan: BalancerPlan, ledger: Ledger) -> None:
    """Say it on the annotation."""
    used = {
        id(origin)
        for listener in plan.listeners
        for rule in listener.rules
        if rule.backing
        for origin in rule.backing.used
    }
    opened = _opened(plan)
    _settle_unknown_class(plan.members, ledger)
    for member in plan.members:
        ports = opened.get(id(member), [])
        for origin, feature, outcome in (*_ports(member), *_dropped(used, member), *_open(ports, member)):
            if origin is not None:
                ledger.settle(origin, outcome, feature)


def _settle_unknown_class(members: Iterable[Member], ledger: Ledger) -> None:
    """Say on the class what the input leaves out of it: parameters may limit addresses, and open ports."""
    for member in members:
        if not member.notice:
            continue
        named = member.ingress.class_name is not None
        origin = member.named_fact("class") if named else next(iter(facts(member.ingress)), None)
        if origin is None:
            continue
        if member.params_document is None:
            words = f"{member.notice}: addresses (inboundCIDRs), ports, certificates, the scheme and more"
            hint = "add the IngressClassParams to the input (kubectl get ingressclassparams -o yaml)"
            outcome = Outcome.manual("class.parameters-missing", words, hint, affects=())
        else:
            outcome = Outcome.approximate(
                "class.namespace-missing", member.notice, "add the Namespace with its labels to the input", affects=()
            )
        ledger.settle(origin, outcome, "class")


def _ports(member: Member) -> Iterator[Remark]:
    """Go keeps the last of two equal keys, and takes the keys of one object in random order."""
    text = member.notes.text("listen-ports")
    if text is None:
        return
    origin = member.notes.origin("listen-ports")
    for pairs in _objects(text):
        lost = [port for index, (name, port) in enumerate(pairs) if name in dict(pairs[index + 1 :])]
        if lost:
            words = f"port {', '.join(map(str, lost))} is not opened: its key is set twice in one JSON object"
            yield origin, "listener", Outcome.obsolete("listener.lost", words, "write one object a port")
        shared = {port for name, port in pairs if name == "HTTP"} & {port for name, port in pairs if name == "HTTPS"}
        if shared:
            words = f"port {', '.join(map(str, shared))} is HTTP or HTTPS by chance: one object names it twice"
            yield origin, "listener", Outcome.approximate("listener.random", words, "keep one of the two")


def _objects(text: str) -> list[list[tuple[str, Any]]]:
    try:
        found = json.loads(text, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return []
    return [one for one in found if isinstance(one, list)] if isinstance(found, list) else []


def _dropped(used: set[int], member: Member) -> Iterator[Remark]:
    """Conditions on fields that the controller does not know make the rule wider than it reads."""
    for suffix in member.notes.values:
        origin = member.notes.origin(suffix) if suffix.startswith("conditions.") else None
        if origin is None or id(origin) not in used:
            continue
        odd = sorted({one["field"] for one in member.notes.json(suffix, CONDITIONS) or ()} - FIELDS)
        if odd:
            words = f"the controller drops a condition on {', '.join(odd)}, which it does not know: the rule takes more"
            hint = "fields are spelled in lower case: host-header, path-pattern, http-header, query-string, source-ip …"
            yield origin, "conditions", Outcome.obsolete("conditions.dropped", words, hint)


def _opened(plan: BalancerPlan) -> dict[int, list[str]]:
    """The HTTP ports that serve what a member wants authentication for, by member."""
    found: dict[int, dict[str, None]] = {}
    for listener in plan.listeners:
        if listener.config.protocol == "HTTP" and not listener.redirected:
            for rule in listener.rules:
                if rule.backing and (rule.backing.jwt or _signs_in(rule.backing.auth)):
                    found.setdefault(id(rule.member), {})[str(listener.port)] = None
    return {member: list(ports) for member, ports in found.items()}


def _open(ports: list[str], member: Member) -> Iterator[Remark]:
    """Authentication counts on HTTPS only."""
    if ports:
        origin = member.notes.origin("jwt-validation") or member.notes.origin("auth-type")
        feature = "jwt" if "jwt-validation" in member.notes else "oidc"
        words = f"port {', '.join(ports)} serves the same paths without authentication"
        yield origin, feature, Outcome.obsolete("auth.open", words, "redirect HTTP to HTTPS (ssl-redirect)")


def _signs_in(auth: dict[str, Any] | None) -> bool:
    return auth is not None and auth["type"] != "none"
