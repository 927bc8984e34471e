"""What the controller builds of a group: listeners, rules in order, target groups (lbc: model_builder.go:273-385)."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from converter.model.data import dataclass
from converter.model.options import Options
from converter.reading.inventory import IngressPath, IngressRule, ServiceBackend
from converter.sources.aws_alb import conditions as texts
from converter.sources.aws_alb.actions import USE_ANNOTATION, Services, action_of, loaded
from converter.sources.aws_alb.auth import auth_config, guards, jwt_config
from converter.sources.aws_alb.balancer import addons, balancer, member_tags, tags
from converter.sources.aws_alb.errors import Refused
from converter.sources.aws_alb.frontend import frontend
from converter.sources.aws_alb.listeners import PortConfig, port_configs
from converter.sources.aws_alb.membership import Member
from converter.sources.aws_alb.merge import listener_attributes, merged, redirect_port
from converter.sources.aws_alb.optimizer import optimized
from converter.sources.aws_alb.plan_rule import Backing, PlanRule
from converter.sources.aws_alb.target_groups import ServiceSide, Targets

NOT_FOUND = {"type": "fixed-response", "contentType": "text/plain", "statusCode": "404"}


@dataclass(slots=True)
class PlanListener:
    """One listener."""

    port: int
    config: PortConfig
    members: list[Member]
    attributes: dict[str, str] = field(default_factory=dict)
    default: list[dict[str, Any]] = field(default_factory=list)
    default_rule: PlanRule | None = None
    """Where the default action is that of a default backend."""
    rules: list[PlanRule] = field(default_factory=list)
    dropped: list[tuple[PlanRule, str, PlanRule | None]] = field(default_factory=list)
    tags: dict[str, str] = field(default_factory=dict)
    redirected: bool = False
    """ssl-redirect takes the listener whole."""

    @property
    def all_rules(self) -> list[PlanRule]:
        """The rule of the default action, where it is one of a default backend, and the others in their order."""
        return [*([self.default_rule] if self.default_rule else ()), *self.rules]


@dataclass(slots=True)
class BalancerPlan:
    """One load balancer."""

    entry: str
    explicit: bool
    members: list[Member]
    balancer: dict[str, Any] = field(default_factory=dict)
    listeners: list[PlanListener] = field(default_factory=list)
    target_groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    addons: dict[str, Any] = field(default_factory=dict)
    frontend: dict[str, Any] | None = None
    redirect_port: int | None = None


class Builder:
    """Builds the plan of one group; Refused where the controller gives up."""

    def __init__(self, plan: BalancerPlan, services: Services, options: Options) -> None:
        self.plan, self.services, self.options = plan, services, options
        self._targets = Targets(options)
        self._backings: dict[tuple[str, str, Any], Backing] = {}
        self._conditions: dict[tuple[str, tuple[int, int]], list[dict[str, Any]]] = {}

    def build(self) -> BalancerPlan:
        """In the order in which the controller builds."""
        plan = self.plan
        wanted = {}
        by_port: dict[int, list[tuple[Member, PortConfig]]] = {}
        for member in plan.members:
            try:
                wanted[member.key] = port_configs(member, self.options)
            except Refused as error:
                raise error.within(member.key) from None
            for port, config in wanted[member.key].items():
                by_port.setdefault(port, []).append((member, config))
        ports = {}
        for port in sorted(by_port):
            try:
                ports[port] = merged(by_port[port])
            except Refused as error:
                words = f"failed to merge listenPort config for port: {port}: {error.message}"
                raise Refused(words, error.origin) from None
        plan.balancer = balancer(plan.members, self.options)
        plan.redirect_port = redirect_port(plan.members, ports)
        for port, config in ports.items():
            self._listener(PlanListener(port, config, [member for member, _ in by_port[port]]))
        plan.addons = addons(plan.members)
        plan.frontend = frontend(plan.members, wanted, self.options.aws_default_scheme)
        return plan

    def _listener(self, listener: PlanListener) -> None:
        self.plan.listeners.append(listener)
        listener.redirected = self.plan.redirect_port is not None and listener.config.protocol == "HTTP"
        self._default(listener)
        listener.tags = tags(listener.members)
        listener.attributes = listener_attributes(listener.members, listener.port, listener.config.protocol)
        if not listener.redirected:
            rules = [rule for member in listener.members for rule in self._rules(member, listener.config.protocol)]
            listener.rules, listener.dropped = optimized(listener.port, listener.config.protocol, rules)

    def _default(self, listener: PlanListener) -> None:
        if listener.redirected:
            port = str(self.plan.redirect_port)
            listener.default = [{"type": "redirect", "port": port, "protocol": "HTTPS", "statusCode": "HTTP_301"}]
            return
        owners = [member for member in listener.members if member.ingress.default_backend is not None]
        if len(owners) > 1:
            names = " ".join(member.key for member in owners)
            raise Refused(f"multiple ingress defined default backend: [{names}]")
        listener.default = [NOT_FOUND]
        for wanted in (owner.ingress.default_backend for owner in owners):
            if wanted is None:
                continue
            backing = self._backing(owners[0], wanted)
            actions = self._actions(owners[0], backing, listener.config.protocol)
            listener.default = actions
            listener.default_rule = PlanRule(owners[0], [], actions, [], backing)

    def _rules(self, member: Member, protocol: str) -> list[PlanRule]:
        out = []
        for number, rule in enumerate(member.ingress.rules):
            for index, path in in_path_order(rule):
                try:
                    out.append(self._rule(member, rule.host, path, protocol, (number, index)))
                except Refused as error:
                    origin = error.origin or member.path_fact(number, index)
                    raise Refused(error.message, origin).within(member.key) from None
        return out

    def _rule(self, member: Member, host: str, path: IngressPath, protocol: str, place: tuple[int, int]) -> PlanRule:
        if path.backend is None:
            raise Refused('missing required "service" field')
        backing = self._backing(member, path.backend)
        conditions = self._conditions.get((member.key, place))
        if conditions is None:
            conditions = texts.rule_conditions(host, path, backing.conditions, member.notes)
            self._conditions[member.key, place] = conditions
        actions = self._actions(member, backing, protocol)
        own = member_tags(member, member.notes)
        return PlanRule(member, conditions, actions, backing.transforms, backing, place, own)

    def _backing(self, member: Member, backend: ServiceBackend) -> Backing:
        key = (member.key, backend.service, backend.port)
        if key not in self._backings:
            self._backings[key] = self._new_backing(member, backend)
        return self._backings[key]

    def _new_backing(self, member: Member, backend: ServiceBackend) -> Backing:
        if backend.resource or not backend.service:
            raise Refused('missing required "service" field')
        notes, name, namespace = member.notes, backend.service, member.ingress.namespace
        conditions = texts.annotated(name, notes)
        transforms = texts.transforms(name, notes)
        action = action_of(backend, notes)
        action = loaded(action, namespace, self.services, notes.origin(f"actions.{name}"))
        targets = action.get("targets", ())
        single = targets[0].get("service") if len(targets) == 1 else None
        before = self.services.notes(namespace, single) if single is not None else None
        auth = auth_config(notes.over(before))
        used = notes.origins(f"conditions.{name}", f"transforms.{name}")
        if backend.port == USE_ANNOTATION:
            used = notes.origins(f"actions.{name}") + used
        return Backing(conditions, transforms, action, auth, jwt_config(notes), used)

    def _actions(self, member: Member, backing: Backing, protocol: str) -> list[dict[str, Any]]:
        namespace = member.ingress.namespace
        before = []
        if protocol == "HTTPS" and (backing.auth is not None or backing.jwt is not None):
            before = guards(backing.auth, backing.jwt, namespace, self.services, member.notes)
        action = backing.action
        if action["type"] == "forward":
            action = action | {"targets": [self._target(member, one) for one in action["targets"]]}
        return [*before, action]

    def _target(self, member: Member, target: dict[str, Any]) -> dict[str, Any]:
        weight = {"weight": target["weight"]} if "weight" in target else {}
        if "arn" in target:
            return {"backend": target["arn"]} | weight
        namespace, name, port = member.ingress.namespace, target["service"], target["port"]
        key = f"{member.key}-{name}:{port}"
        if key not in self.plan.target_groups:
            dual = self.plan.balancer["ip_address_type"] != "ipv4"
            backing = ServiceSide(name, port, self.services.find(namespace, name), self.services.notes(namespace, name))
            self.plan.target_groups[key] = self._targets.group(member, backing, dual_stack=dual)
        return {"backend": f"{namespace}/{name}:{port}", "target_group": key} | weight


def in_path_order(rule: IngressRule) -> list[tuple[int, IngressPath]]:
    """Exact paths, then Prefix by length, then the others, each in the order of the manifest (lbc:
    model_build_listener_rules.go:88-128); only within one entry of `spec.rules`."""
    exact, prefix, other = [], [], []
    for place in enumerate(rule.paths or ()):
        kind = place[1].path_type
        if kind == "Exact":
            exact.append(place)
        elif kind == "Prefix":
            prefix.append(place)
        elif kind in (None, "ImplementationSpecific"):
            other.append(place)
        else:
            raise Refused(f"unknown pathType for path {place[1].path}")
    prefix.sort(key=lambda place: -len(place[1].path.encode()))
    return exact + prefix + other
