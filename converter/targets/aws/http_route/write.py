"""Units of rules as HTTPRoutes with the ListenerRuleConfigurations that they refer to."""

from __future__ import annotations

import json
from typing import Any

from converter.model import ObjectRef
from converter.routing.actions import Forward
from converter.targets.aws.http_route.write_actions import refuse
from converter.targets.aws.http_route.write_rule import RULE, drafted
from converter.targets.aws.target_group_configuration.write import TargetGroupWriter
from converter.targets.context import Context, source_line
from converter.targets.gateway_api.gateway.write_listeners import Listeners
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.gateway_api.http_route.grouping import RouteUnit
from converter.targets.gateway_api.http_route.rule_draft import RuleDraft
from converter.targets.gateway_api.http_route.write import RouteWriter
from converter.targets.gateway_api.http_route.write_body import objects_of, parent_ref

GROUP = "gateway.k8s.aws"


class AwsRouteWriter(RouteWriter):
    """Writes the routes of one entry."""

    drafted = staticmethod(drafted)
    refusal = staticmethod(refuse)
    shares_redirects = False  # a rule of a load balancer has room for few hosts

    def __init__(
        self,
        listeners: Listeners,
        context: Context,
        fallback_namespace: str,
        groups: TargetGroupWriter,
        hosts: frozenset[str],
    ) -> None:
        super().__init__(listeners, context, fallback_namespace, hosts)
        self._groups = groups

    def _route(
        self,
        unit: RouteUnit,
        route: ObjectRef,
        hosts: list[str],
        sections: list[WrittenListener],
        drafts: list[RuleDraft],
    ) -> None:
        context, namespace, name = self.context, route.namespace, route.name
        rules, configurations = [], []
        for draft in drafts:
            reference = self._configuration(draft, name)
            configurations.append(reference)
            rules.append(_body(draft, reference))
        spec: dict[str, Any] = {"parentRefs": [parent_ref(listener, namespace) for listener in sections]}
        if hosts:
            spec["hostnames"] = hosts
        spec["rules"] = rules
        rules_of_route = [rule for draft in drafts for rule in (draft.rule, *draft.equal_rules)]
        for listener in sections:
            self.listeners.admit(listener, route, hosts, rules_of_route)
        notes: dict[str, str] = {}
        for draft in drafts:
            notes.update(draft.field_set.nested("annotations"))
        line = source_line(unit.object, drafts[0].rule.origin)
        context.output.objects.add(
            "HTTPRoute", namespace, name, spec, objects_of(drafts), origin=line, annotations=notes
        )
        for index, draft in enumerate(drafts):
            for match in range(len(draft.matches)):
                context.output.provenance["HTTPRoute", namespace, name, index, match] = draft.rule
            reference = configurations[index]
            self.settle(draft, route, index, {RULE: reference} if reference is not None else {})
            if isinstance(draft.rule.action, Forward) and draft.backend_refs:
                self._groups.add(draft, route)

    def _configuration(self, draft: RuleDraft, route: str) -> ObjectRef | None:
        """The ListenerRuleConfiguration of a rule: one at most (lbc: backend.go listenerRuleConfigLoader)."""
        written = draft.field_set.nested(RULE)
        actions = [written[key] for key in ("actions[0]", "actions[1]") if key in written]
        spec: dict[str, Any] = {}
        if actions:
            spec["actions"] = actions
        if "conditions[0]" in written:
            spec["conditions"] = [{"field": "source-ip", "sourceIPConfig": {"values": written["conditions[0]"]}}]
        if not spec:
            return None
        context, namespace = self.context, draft.namespace
        purpose = actions[0]["type"] if actions else "source-ip"
        name = context.output.names.claim(RULE, namespace, f"{route}-{purpose}", json.dumps(spec, sort_keys=True))
        if context.output.objects.get(RULE, namespace, name) is None:
            source = draft.rule.object
            context.output.objects.add(
                RULE,
                namespace,
                name,
                spec,
                [source] if source is not None else [],
                origin=source_line(source, draft.rule.origin),
            )
        return ObjectRef(RULE, namespace, name)


def _body(draft: RuleDraft, configuration: ObjectRef | None) -> dict[str, Any]:
    body: dict[str, Any] = {"matches": draft.matches}
    written = draft.field_set.nested("filters")
    filters: list[dict[str, Any]] = []
    if "rewrite" in written and "redirect" not in written and draft.backend_refs:
        filters.append({"type": "URLRewrite", "urlRewrite": written["rewrite"]})
    if "redirect" in written:
        order = ("scheme", "hostname", "path", "port", "statusCode")
        fields = {key: written["redirect"][key] for key in order if key in written["redirect"]}
        filters.append({"type": "RequestRedirect", "requestRedirect": fields})
    if configuration is not None:
        filters.append(
            {
                "type": "ExtensionRef",
                "extensionRef": {
                    "group": GROUP,
                    "kind": RULE,
                    "name": configuration.name,
                },
            }
        )
    if filters:
        body["filters"] = filters
    if draft.backend_refs:
        body["backendRefs"] = draft.backend_refs
    return body
