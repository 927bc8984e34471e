"""Backends, redirects and fixed responses (lbc: pkg/gateway/routeutils/route_rule_action.go, backend.go)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from converter.model import Outcome
from converter.routing import aws_alb as _alb  # noqa: F401  (fills the style of Locations)
from converter.routing.actions import Backend, Forward, Respond
from converter.targets.context import Grant

if TYPE_CHECKING:
    from converter.targets.gateway_api.http_route.rule_draft import RuleDraft

RULE = "ListenerRuleConfiguration"
HIGHEST_WEIGHT = 999
CONTENT_TYPES = frozenset({"text/plain", "text/css", "text/html", "application/javascript", "application/json"})


def forward(draft: RuleDraft, action: Forward) -> list[Outcome]:
    """backendRefs. Services that do not exist are left out by the controller, and none at all responds with 500."""
    if action.backends and not any(one.weight for one in action.backends):
        status = action.backends[0].failure or 503
        draft.put("backend", (RULE, "actions[1]"), _fixed(Respond(status)))
        return [
            Outcome.approximate(
                "backend.no-weight",
                f"no backend has a weight, so the rule returns {status}, as before",
                affects={"response-headers", "body"},
            )
        ]
    outcomes = []
    for one in action.backends:
        ref, outcome = _reference(one, draft)
        if outcome is not None:
            outcomes.append(outcome)
        if ref is not None:
            if len(action.backends) > 1:
                ref["weight"] = min(one.weight, HIGHEST_WEIGHT)
            draft.backend_refs.append(ref)
    if any(one.weight > HIGHEST_WEIGHT for one in action.backends):
        outcomes.append(_shares(action))
    return outcomes


def _shares(action: Forward) -> Outcome:
    weights = ", ".join(str(one.weight) for one in action.backends)
    return Outcome.manual(
        "backend.weights",
        f"AWS takes weights of 0 to {HIGHEST_WEIGHT} and refuses {weights}",
        "choose smaller weights with the same shares",
        affects={"backends"},
    )


def _reference(backend: Backend, draft: RuleDraft) -> tuple[dict[str, Any] | None, Outcome | None]:
    context = draft.context
    group = backend.alias or (backend.name if backend.kind == "TargetGroup" else "")
    if group and not group.startswith("arn:"):
        return {"group": "", "kind": "TargetGroupName", "name": group}, None
    if group:
        return None, Outcome.manual(
            "backend.target-group",
            f"a route refers to a target group by name, and of {group} only the ARN is known; the rule has no backend",
            "look its name up and refer to it (kind TargetGroupName)",
        )
    if backend.kind != "Service" or backend.external or backend.protocol == "FCGI":
        return None, Outcome.manual(
            "backend.unsupported",
            f"{backend.key} cannot be the target of an ALB (a name outside of "
            "the cluster, or a protocol that it does not speak); the rule has no backend",
            "register its addresses in a target group and refer to that (kind TargetGroupName)",
        )
    if backend.number is None:
        return None, Outcome.manual(
            "backend.port-unresolved",
            f"the number of port {backend.port!r} of Service {backend.namespace}/{backend.name} is not known, so the "
            "rule has no backend and returns 500",
            "add the Service to the input, or give --service-ports FILE",
        )
    ref: dict[str, Any] = {"name": backend.name, "port": backend.number}
    if backend.namespace != draft.namespace:
        ref = {"name": backend.name, "namespace": backend.namespace, "port": backend.number}
        context.output.grants[Grant("HTTPRoute", draft.namespace, "Service", backend.namespace, backend.name)] = None
    return ref, _missing(backend, draft)


def _missing(backend: Backend, draft: RuleDraft) -> Outcome | None:
    if not backend.failure:
        return None
    service = draft.context.inventory.service(backend.namespace, backend.name)
    there = service is not None and service.find(backend.port) is not None
    words = "until it has targets" if there else "(500 without any Service; other backends of the rule take its share)"
    return Outcome.approximate(
        "backend.empty" if there else "backend.missing",
        f"{backend.key} has no endpoints: 503 {words} (was: {backend.failure})",
        "create the Service, or remove the path",
        affects={"status", "backends", "body", "response-headers"},
    )


def respond(draft: RuleDraft, action: Respond) -> list[Outcome]:
    """A fixed response; the content type is always named, as text/plain where the controller sends none."""
    usable = 200 <= action.status <= 299 or 400 <= action.status <= 599
    odd = bool(action.content_type and action.content_type not in CONTENT_TYPES) or bool(action.headers)
    if usable and odd and action.status >= 400:  # what refuses must not be left out
        draft.put("fixed-response", (RULE, "actions[1]"), _fixed(Respond(action.status, action.body)))
        return [
            Outcome.approximate(
                "fixed-response.content-type",
                "the response has content type text/plain and has no headers of its own",
                affects={"response-headers"},
            )
        ]
    if not usable or odd:
        draft.matches = []
        return [
            Outcome.unsupported(
                "fixed-response.no-filter",
                f"an ALB cannot return {action.status}{f' as {action.content_type}' if action.content_type else ''} by "
                "itself; the rule is left out",
                "let a Service respond",
            )
        ]
    draft.put("fixed-response", (RULE, "actions[1]"), _fixed(action))
    if action.content_type or draft.rule.origin is None:
        return []
    return [
        Outcome.approximate(
            "fixed-response.content-type",
            "the response has content type text/plain",
            affects={"response-headers"},
        )
    ]


def refuse(draft: RuleDraft) -> None:
    """The error of a rule that must not be served."""
    draft.put("access-rules", (RULE, "actions[1]"), _fixed(Respond(503)))


def _fixed(action: Respond) -> dict[str, Any]:
    config: dict[str, Any] = {"statusCode": action.status, "contentType": action.content_type or "text/plain"}
    if action.body:
        config["messageBody"] = action.body
    return {"type": "fixed-response", "fixedResponseConfig": config}
