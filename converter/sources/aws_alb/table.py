"""A plan as a routing table: listeners as ports, rules in order, all hosts in one fall-through list."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from converter.model import Origin
from converter.model.options import Options
from converter.routing.actions import Forward, Redirect, Respond
from converter.routing.aws_alb import response_headers
from converter.routing.details import NO_DETAILS, Details
from converter.routing.load_balancer import TargetGroup, TargetGroups
from converter.routing.matchers import ANY, Match, ValueMatcher
from converter.routing.request_rules import HeaderRules
from converter.routing.steps import HeaderEdit
from converter.routing.table import Certificate, Feature, Port, RoutingTable, Rule, VirtualHost
from converter.routing.url_rewrite import GroupStickiness
from converter.sources.aws_alb.actions import Services
from converter.sources.aws_alb.annotations import Annotations
from converter.sources.aws_alb.auth import AUTH_SUFFIXES
from converter.sources.aws_alb.features import balancer_features, certificate_hosts, port_features, request_headers
from converter.sources.aws_alb.merge import LISTENER_ATTRIBUTES
from converter.sources.aws_alb.neutral_actions import action_for, guard, respond, rewriting
from converter.sources.aws_alb.neutral_matchers import Matchers, matchers
from converter.sources.aws_alb.neutral_settings import listener_settings, load_balancer, target_group
from converter.sources.aws_alb.plan import BalancerPlan, PlanListener
from converter.sources.aws_alb.plan_rule import PlanRule
from converter.sources.aws_alb.target_features import target_features


class TableBuilder:
    """Makes the routing table of one load balancer."""

    def __init__(self, plan: BalancerPlan, services: Services, options: Options) -> None:
        self.plan, self.services, self.options = plan, services, options
        self._targets: dict[str, tuple[Feature, ...]] = {}
        self._matchers: dict[int, Matchers] = {}
        self._target_groups: dict[str, TargetGroup] = {}

    def table(self) -> RoutingTable:
        """The whole table."""
        steps = (Feature("forwarded-headers", request_headers(self.plan)),)
        ports = [self._port(listener, steps) for listener in self.plan.listeners]
        attributes = self.plan.balancer.get("attributes") or {}
        drops = attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true"
        return RoutingTable(
            self.plan.entry,
            "aws-alb",
            ports,
            tuple(balancer_features(self.plan)),
            headers=HeaderRules("drop" if drops else "allow"),
            details=Details(self.plan, load_balancer(self.plan)),
        )

    def _port(self, listener: PlanListener, steps: tuple[Feature, ...]) -> Port:
        extra = self._header_features(listener)
        rules = [
            rule
            for number, plan_rule in enumerate(listener.rules, 1)
            for rule in self._rules(plan_rule, listener, f"{listener.port}:{number}", extra)
        ]
        fallback = respond(listener.default[-1]) if listener.default[-1]["type"] == "fixed-response" else Respond(404)
        if listener.redirected:
            rules.append(self._redirect_rule(listener))
        elif listener.default_rule is not None:
            rules += self._rules(listener.default_rule, listener, f"{listener.port}:default", extra)
        elif extra:
            headers = extra[0].value.response_set
            fallback = Respond(fallback.status, fallback.body, fallback.content_type, headers)
        return Port(
            listener.port,
            listener.config.protocol,
            [VirtualHost((), rules)],
            self._certificates(listener),
            fallback=fallback,
            fall_through=True,
            features=tuple(port_features(listener, self.plan)),
            steps=steps,
            details=Details(listener_settings(listener)),
        )

    def _header_features(self, listener: PlanListener) -> tuple[Feature, ...]:
        edit: HeaderEdit | None = response_headers(listener.attributes)
        if edit is None or listener.redirected:
            return ()
        suffix = f"{LISTENER_ATTRIBUTES}.{listener.config.protocol}-{listener.port}"
        origins = tuple(origin for member in listener.members for origin in member.notes.origins(suffix))
        return (Feature("response-headers", edit, origins),)

    def _redirect_rule(self, listener: PlanListener) -> Rule:
        origins = []
        for member in self.plan.members:
            if member.params.get("sslRedirectPort"):
                origins.append(member.param_origin("sslRedirectPort"))
            else:
                origins += member.notes.origins("ssl-redirect")
        feature = Feature("https-redirect", {"port": self.plan.redirect_port}, tuple(dict.fromkeys(origins)))
        action = Redirect(301, scheme="https", port=self.plan.redirect_port, style="aws")
        return Rule(ANY, action, (feature,), name=f"{listener.port}:default")

    def _certificates(self, listener: PlanListener) -> list[Certificate]:
        if listener.config.protocol != "HTTPS":
            return []
        origins = tuple(origin for member in listener.members for origin in member.tls_facts())
        hosts = certificate_hosts(listener)
        namespace = listener.members[0].ingress.namespace
        names = list(dict.fromkeys(listener.config.certificates))
        out = [
            Certificate(() if index == 0 else hosts, namespace, arn, origins, "ARN") for index, arn in enumerate(names)
        ]
        if listener.config.discovered or not out:
            asked = origins or tuple(
                origin for member in listener.members for origin in member.notes.origins("listen-ports")
            )
            out.append(Certificate(() if not out else hosts, namespace, "", asked, "ARN"))
        return out

    def _rules(self, rule: PlanRule, listener: PlanListener, name: str, extra: tuple[Feature, ...]) -> list[Rule]:
        found = self._matched(rule) if rule.path is not None else None
        hosts = found.hosts if found else ()
        action = action_for(rule.actions[-1], listener.port, self.plan, self.services, self.options)
        features = tuple(self._features(rule, hosts, isinstance(action, Forward))) + extra
        origin, path_type, text = self._place(rule)
        matches: tuple[Match, ...] = found.matches if found else (ANY,)
        details = self._groups(rule)
        return [
            Rule(
                match,
                action,
                features,
                hosts,
                name,
                rule.member.ingress.ref,
                origin,
                path_type,
                text,
                details=details,
            )
            for match in matches
        ]

    def _groups(self, rule: PlanRule) -> Details:
        """Settings of the target groups that a rule forwards to."""
        keys = [one["target_group"] for one in rule.actions[-1].get("targets", ()) if "target_group" in one]
        found = {self.plan.target_groups[key]["backend"]: self._target_group(key) for key in keys}
        return Details(TargetGroups(found)) if found else NO_DETAILS

    def _target_group(self, key: str) -> TargetGroup:
        """Rules share target groups."""
        if key not in self._target_groups:
            self._target_groups[key] = target_group(self.plan.target_groups[key])
        return self._target_groups[key]

    def _matched(self, rule: PlanRule) -> Matchers:
        """Listeners share the conditions of a path."""
        known = self._matchers.get(id(rule.conditions))
        if known is None:
            known = self._matchers[id(rule.conditions)] = matchers(rule.conditions)
        return known

    def _place(self, rule: PlanRule) -> tuple[Origin, str, str]:
        ingress = rule.member.ingress
        if rule.path is None:
            return rule.member.named_fact("backend"), "", ""
        path = (ingress.rules[rule.path[0]].paths or [])[rule.path[1]]
        return rule.member.path_fact(*rule.path), path.path_type or "ImplementationSpecific", path.path

    def _features(self, rule: PlanRule, hosts: tuple[ValueMatcher, ...], forwards: bool) -> Iterator[Feature]:
        """In the order of the ALB: who is it, what was asked, how is it passed on."""
        for action in rule.actions[:-1]:
            yield self._guard(rule, action)
        yield from self._annotated(rule, hosts, forwards)
        if forwards:
            sticky = rule.actions[-1].get("stickiness")
            if sticky is not None and rule.backing is not None:
                step = GroupStickiness(sticky.get("enabled"), sticky.get("durationSeconds"))
                yield Feature("session-affinity", step, rule.backing.used[:1])
            for target in rule.actions[-1]["targets"]:
                if "target_group" in target:
                    yield from self._target_features(rule, target["target_group"])

    def _guard(self, rule: PlanRule, action: dict[str, Any]) -> Feature:
        step = guard(action)
        if action["type"] == "jwt-validation":
            return Feature("jwt", step, rule.member.notes.origins("jwt-validation"))
        notes = rule.member.notes.over(self._service(rule))
        unused = "auth-idp-oidc" if action["type"] == "authenticate-cognito" else "auth-idp-cognito"
        return Feature("oidc", step, notes.origins(*(suffix for suffix in AUTH_SUFFIXES if suffix != unused)))

    def _service(self, rule: PlanRule) -> Annotations | None:
        """Annotations of the one Service that a rule forwards to, if it is one."""
        targets = rule.actions[-1].get("targets", ())
        group = self.plan.target_groups.get(targets[0].get("target_group", "")) if len(targets) == 1 else None
        return self._service_of(group) if group else None

    def _service_of(self, group: dict[str, Any]) -> Annotations | None:
        namespace, _, name = group["backend"].rpartition(":")[0].partition("/")
        return self.services.notes(namespace, name)

    def _annotated(self, rule: PlanRule, hosts: tuple[ValueMatcher, ...], forwards: bool) -> Iterator[Feature]:
        backing, member = rule.backing, rule.member
        for origin in backing.used if backing else ():
            kind = origin.key.rpartition("/")[2].partition(".")[0]
            if kind == "actions":
                feature = {"redirect": "redirect", "fixed-response": "fixed-response"}.get(rule.actions[-1]["type"])
                several = len(rule.actions[-1].get("targets", ())) > 1
                yield Feature(feature or ("canary" if several else "backend"), rule.actions[-1], (origin,))
            elif kind == "conditions" and rule.path is not None:
                yield Feature("conditions", backing.conditions if backing else [], (origin,))
            elif kind == "transforms" and rule.path is not None and forwards:
                for transform in rule.transforms:
                    name = "rewrite" if transform["type"] == "url-rewrite" else "upstream-host"
                    yield Feature(name, rewriting(transform, hosts), (origin,))
        if rule.path is not None and "use-regex-path-match" in member.notes:
            path = (member.ingress.rules[rule.path[0]].paths or [])[rule.path[1]]
            specific = path.path_type in (None, "ImplementationSpecific") and path.path
            if specific and member.notes.flag("use-regex-path-match"):
                yield Feature("regex", {"enabled": True}, member.notes.origins("use-regex-path-match"))

    def _target_features(self, rule: PlanRule, key: str) -> tuple[Feature, ...]:
        group = self.plan.target_groups[key]
        plain = self._service_of(group) is None and "target_control_port" not in group
        name = rule.member.key if plain else key  # of its own Service nothing is known: as all others of the Ingress
        if name not in self._targets:
            self._targets[name] = tuple(target_features(rule, group, self._service_of(group)))
        return self._targets[name]
