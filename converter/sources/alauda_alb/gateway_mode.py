"""Alauda ALB's own Gateway API mode: Gateways that move, with the TimeoutPolicies on them.

alb: gateway/utils.go:87-93 (classes), gateway/nginx/policyattachment/common.go:31-120 (policies).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from converter.model import ObjectRef, ObjectStatus, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.inventory import Document, Inventory
from converter.reading.manifests import mapping
from converter.routing.gateway_handover import GatewayHandover, RouteTimes
from converter.routing.steps import Timeouts
from converter.sources.alauda_alb.deployment import deployment_features
from converter.sources.alauda_alb.fields import Facts, place, read_facts, settle_all
from converter.sources.alauda_alb.resources import Alb, labels, text
from converter.sources.alauda_alb.timeouts import step

EXCLUSIVE = "exclusive-gateway"
METRICS = "gateway-metric"
"""Name of the listener of the proxy's own metrics."""
ROUTES = ("HTTPRoute", "TCPRoute", "UDPRoute")
DIFFERS = (
    "a PathPrefix matches whole segments after the conversion, and text under Alauda ALB; several wildcard hostnames "
    "of one route match after it, which they do not under Alauda ALB"
)
DEFAULTS = {"proxy_connect_timeout_ms": 5000, "proxy_read_timeout_ms": 120000, "proxy_send_timeout_ms": 120000}


class _Policy:
    """One TimeoutPolicy that counts."""

    def __init__(self, document: Document, facts: Facts) -> None:
        spec = mapping(document.body.get("spec"))
        target = mapping(spec.get("targetRef"))
        self.facts = facts
        self.for_all_listeners = target.get("sectionName") is None and target.get("sectionIndex") is None
        self.target = ObjectRef(
            text(target.get("kind")), text(target.get("namespace")) or document.namespace, text(target.get("name"))
        )
        self.default, self.override = mapping(spec.get("default")), mapping(spec.get("override"))


def gateway_handovers(
    inventory: Inventory, ledger: Ledger, options: Options, albs: Sequence[Alb] = ()
) -> tuple[list[GatewayHandover], list[ObjectStatus]]:
    """All Gateways of an ALB class."""
    policies: dict[ObjectRef, _Policy] = {}
    dropped: list[_Policy] = []
    statuses: list[ObjectStatus] = []
    for document in inventory.of("TimeoutPolicy"):
        policy = _Policy(document, read_facts(document, options.alb_domain, ledger))
        if policy.for_all_listeners:
            policies[policy.target] = policy
        else:
            dropped.append(policy)
        statuses.append(ObjectStatus(document.ref, document.location, "converted", "alauda-alb"))
    out, used = [], set()
    for document in inventory.of("Gateway"):
        if _is_albs(document, inventory, options):
            moved = _handover(document, inventory, policies, options)
            _served_by(moved, document, albs, options)
            out.append(moved)
            used |= {document.ref, *(one.route for one in moved.routes)}
            statuses.append(ObjectStatus(document.ref, document.location, "converted", "alauda-alb", document.name))
    for policy in dropped:
        _obsolete(policy, ledger, "had no effect: Alauda ALB ignores a TimeoutPolicy that names a section")
    for target, policy in policies.items():
        if target not in used:
            _obsolete(policy, ledger, f"no Gateway of an ALB in the input serves {target}, which the policy is for")
    return out, statuses


def _obsolete(policy: _Policy, ledger: Ledger, why: str) -> None:
    settle_all(policy.facts, ledger, Outcome.obsolete("timeouts.no-target", why))


def _is_albs(document: Document, inventory: Inventory, options: Options) -> bool:
    name = text(mapping(document.body.get("spec")).get("gatewayClassName"))
    known = inventory.get("GatewayClass", "", name)
    if known is not None:
        controller = text(mapping(known.body.get("spec")).get("controllerName"))
        return controller.startswith(f"alb2.gateway.{options.alb_domain}/")
    if name == EXCLUSIVE or f"alb.{options.alb_domain}/alb-ref" in labels(document):
        return True
    return any(one.name == name for one in inventory.of("ALB2"))


def _handover(
    document: Document, inventory: Inventory, policies: dict[ObjectRef, _Policy], options: Options
) -> GatewayHandover:
    spec = mapping(document.body.get("spec"))
    class_origin = Origin(
        "field",
        "spec.gatewayClassName",
        text(spec.get("gatewayClassName")),
        place(document, spec, "gatewayClassName"),
        document.ref,
    )
    moved = GatewayHandover(document.ref, document.body, document.object_fact, class_origin)
    listed = spec.get("listeners")
    for index, one in enumerate(listed if isinstance(listed, list) else ()):
        if mapping(one).get("name") == METRICS:
            moved.listeners[METRICS] = Origin(
                "field", f"spec.listeners[{index}]", METRICS, document.location, document.ref
            )
    moved.labels = (f"alb.{options.alb_domain}/alb-ref",)
    moved.differs = DIFFERS
    own = policies.get(document.ref)
    moved.times, moved.origins = _times(own, None)
    for route in _routes(document, inventory):
        policy = policies.get(route)
        if policy is not None:
            moved.routes.append(RouteTimes(route, *_times(own, policy)))
    return moved


def _served_by(moved: GatewayHandover, document: Document, albs: Sequence[Alb], options: Options) -> None:
    """The load balancer behind the Gateway: one of its own, or one that it shares with Ingresses and Frontends."""
    cls = text(mapping(document.body.get("spec")).get("gatewayClassName"))
    reference = labels(document).get(f"alb.{options.alb_domain}/alb-ref", "")
    alb = next((one for one in albs if one.gateway == moved.gateway), None)
    if alb is None:
        alb = next((one for one in albs if f"{one.name}.{one.namespace}" == reference), None)
    if alb is None and cls != EXCLUSIVE:
        alb = next((one for one in albs if not one.standin and shared_class(one) == cls), None)
    moved.round_robin = True
    moved.balancer = f"ALB {alb.name}" if alb else f"the ALB of class {cls}"
    moved.shared = alb.gateway != moved.gateway if alb else cls != EXCLUSIVE
    if alb is None or alb.standin or not alb.settings_known:
        return
    moved.balancer_known = True
    features = deployment_features(alb)
    moved.proxy = tuple(replace(one, origins=()) for one in features) if moved.shared else features


def shared_class(alb: Alb) -> str:
    """GatewayClass of an ALB that serves Gateways beside Ingresses (alb: pkg/operator/config/internal.go:266-293)."""
    gateway = mapping(alb.config.get("gateway"))
    if gateway.get("enable") is False or gateway.get("mode") not in (None, "shared"):
        return ""
    on = gateway.get("enable") is True or gateway.get("mode") == "shared"
    return (text(gateway.get("name")) or alb.name) if on else ""


def _times(gateway: _Policy | None, route: _Policy | None) -> tuple[Timeouts, tuple[Origin, ...]]:
    """Default of the Gateway, default of the route, override of the route, override of the Gateway: the last wins."""
    merged: dict[str, Any] = dict(DEFAULTS)
    for part in (
        gateway.default if gateway else {},
        route.default if route else {},
        route.override if route else {},
        gateway.override if gateway else {},
    ):
        merged.update(part)
    policy = route or gateway
    return step(merged), tuple(policy.facts.found.values()) if policy else ()


def _routes(gateway: Document, inventory: Inventory) -> Iterable[ObjectRef]:
    for kind in ROUTES:
        for route in inventory.of(kind):
            refs = mapping(route.body.get("spec")).get("parentRefs")
            for ref in refs if isinstance(refs, list) else ():
                if (
                    isinstance(ref, dict)
                    and ref.get("name") == gateway.name
                    and (ref.get("namespace") or route.namespace) == gateway.namespace
                ):
                    yield route.ref
                    break
