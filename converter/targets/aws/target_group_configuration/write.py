"""TargetGroupConfigurations: one a Service, with what only some routes want beside it.

lbc: pkg/gateway/tg_config_constructor.go: of a Service's configurations the first that is found applies; a route's own
part is found by kind, namespace and name, and its health check replaces the other as a whole.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any, NamedTuple

from converter.model import FieldRef, ObjectRef, Outcome
from converter.routing.actions import Backend, Forward
from converter.routing.load_balancer import HealthCheck, TargetGroup, TargetGroups
from converter.routing.table import Rule
from converter.targets.aws.load_balancer_configuration.write import pairs
from converter.targets.context import Context
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

KIND = "TargetGroupConfiguration"
PROTOCOLS = {"HTTPS": ("HTTPS", ""), "H2C": ("", "HTTP2"), "GRPC": ("", "GRPC"), "GRPCS": ("HTTPS", "GRPC")}
_FEATURES = frozenset(
    {
        "target-group",
        "health-check",
        "session-affinity",
        "load-balancing",
        "backend-protocol",
        "timeouts",
    }
)


class Wish(NamedTuple):
    """What one rule wants of a Service's target group."""

    route: ObjectRef
    rule: Rule
    props: str


class TargetGroupWriter:
    """Gathers what rules want of each Service, over all Gateways."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self._wishes: dict[tuple[str, str], list[Wish]] = {}
        self._texts: dict[int, str] = {}

    def add(self, draft: RuleDraft, route: ObjectRef) -> None:
        """The backends of a rule that was written."""
        action = draft.rule.action
        assert isinstance(action, Forward)  # noqa: S101
        known = draft.rule.details.get(TargetGroups)
        groups = known.by_backend if known is not None else {}
        for backend in action.backends:
            if backend.kind == "Service" and not backend.alias and backend.number is not None and not backend.external:
                group = groups.get(backend.key)
                text = self._text(group) if group is not None else json.dumps(self._pod_target_props(backend))
                for rule in (draft.rule, *draft.equal_rules):
                    self._wishes.setdefault((backend.namespace, backend.name), []).append(Wish(route, rule, text))

    def _text(self, group: TargetGroup) -> str:
        known = self._texts.get(id(group))
        if known is None:
            known = self._texts[id(group)] = json.dumps(props(group))
        return known

    def _pod_target_props(self, backend: Backend) -> dict[str, Any]:
        """For a controller that sends to pods: so does a target group of type ip."""
        protocol, version = PROTOCOLS.get(backend.protocol, ("", ""))
        out: dict[str, Any] = {"targetType": "ip"}
        if protocol:
            out["protocol"] = protocol
        if version:
            out["protocolVersion"] = version
        return out

    def write(self) -> None:
        """All objects."""
        for (namespace, name), wishes in self._wishes.items():
            by_route: dict[ObjectRef, list[Wish]] = {}
            for wish in wishes:
                by_route.setdefault(wish.route, []).append(wish)
            chosen = {route: some[0].props for route, some in by_route.items()}
            usual = Counter(chosen.values()).most_common(1)[0][0]
            spec: dict[str, Any] = {
                "targetReference": {"name": name},
                "defaultConfiguration": json.loads(usual),
            }
            own = [
                {
                    "routeIdentifier": {"kind": route.kind, "namespace": route.namespace, "name": route.name},
                    "targetGroupProps": json.loads(text),
                }
                for route, text in chosen.items()
                if text != usual
            ]
            if own:
                spec["routeConfigurations"] = own
            sources = dict.fromkeys(wish.rule.object for wish in wishes if wish.rule.object is not None)
            wanted = self.context.output.names.claim(KIND, namespace, name, f"{namespace}/{name}")
            self.context.output.objects.add(KIND, namespace, wanted, spec, sources)
            for route, some in by_route.items():
                self._conflicts(namespace, name, [wish for wish in some if wish.props != chosen[route]])

    def _conflicts(self, namespace: str, name: str, lost: list[Wish]) -> None:
        """Two ports of one Service in one route have one configuration."""
        field = (FieldRef(KIND, namespace, name, "spec"),)
        for wish in lost:
            outcome = Outcome.manual(
                "target-group.conflict",
                f"rules of {wish.route} want different target groups of Service {namespace}/{name} (by port), and a "
                "TargetGroupConfiguration speaks for the whole Service; the first is used",
                "give each port a Service of its own",
                fields=field,
                affects=(),
            )
            self.context.notes.settle_rule([wish.rule], outcome)
            for feature in wish.rule.features:
                if feature.name in _FEATURES:
                    self.context.notes.settle(feature, outcome)


def props(group: TargetGroup) -> dict[str, Any]:
    """A target group as TargetGroupProps. Health checks are written out: the defaults of Gateways are others."""
    fields: dict[str, Any] = {
        "targetType": group.target_type,
        "protocol": group.protocol,
        "protocolVersion": group.protocol_version,
        "targetControlPort": group.control_port,
        "nodeSelector": group.node_selector,
        "tags": group.tags,
        "ipAddressType": group.ip_address_type if group.ip_address_type == "ipv6" else "",
        "enableMultiCluster": group.multi_cluster,
        "targetGroupAttributes": pairs(group.attributes),
    }
    if group.health_check is not None:
        code = "grpcCode" if group.protocol_version == "GRPC" else "httpCode"
        fields["healthCheckConfig"] = _health(group.health_check, code)
    return {name: value for name, value in fields.items() if value}


def _health(check: HealthCheck, code: str) -> dict[str, Any]:
    return {
        "healthCheckPort": str(check.port).removeprefix("node port of "),
        "healthCheckProtocol": check.protocol,
        "healthCheckPath": check.path,
        "healthCheckInterval": check.interval,
        "healthCheckTimeout": check.timeout,
        "healthyThresholdCount": check.healthy,
        "unhealthyThresholdCount": check.unhealthy,
        "matcher": {code: check.codes},
    }
