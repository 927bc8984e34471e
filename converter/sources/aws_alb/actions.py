"""What a backend stands for: a Service, or an action in an annotation (lbc: enhanced_backend_builder.go:111-287)."""

from __future__ import annotations

from typing import Any

from converter.model import Origin
from converter.reading.inventory import Inventory, Service, ServiceBackend
from converter.reading.manifests import mapping
from converter.sources.aws_alb.annotation_json import ACTION
from converter.sources.aws_alb.annotation_values import port_of
from converter.sources.aws_alb.annotations import Annotations
from converter.sources.aws_alb.bindings import bindings
from converter.sources.aws_alb.class_match import PREFIX
from converter.sources.aws_alb.errors import Refused

USE_ANNOTATION = "use-annotation"
NO_SERVICE = "Backend service does not exist"
NO_ACTION = "Backend action does not exist"


def fixed_503(body: str) -> dict[str, Any]:
    """What takes the place of a Service or an action that does not exist."""
    return {"type": "fixed-response", "contentType": "text/plain", "messageBody": body, "statusCode": "503"}


def action_of(backend: ServiceBackend, notes: Annotations) -> dict[str, Any]:
    """The action of a backend in the form of AWS; targets are named by Service and port, or by ARN."""
    if backend.port == USE_ANNOTATION:
        return _annotated(backend.service, notes)
    port = backend.port if backend.port is not None else 0
    return {"type": "forward", "targets": [{"service": backend.service, "port": port}]}


def _annotated(name: str, notes: Annotations) -> dict[str, Any]:
    suffix = f"actions.{name}"
    action = notes.json(suffix, ACTION)
    if action is None:
        return fixed_503(NO_ACTION)
    problem = _problem(action)
    if problem:
        raise Refused(problem, notes.origin(suffix))
    if action["type"] == "forward":
        return _forward(action)
    config = action["fixedResponseConfig" if action["type"] == "fixed-response" else "redirectConfig"]
    return {"type": action["type"]} | {key: value for key, value in config.items() if value is not None}


def _forward(action: dict[str, Any]) -> dict[str, Any]:
    config = action["forwardConfig"] or {"targetGroups": [action], "targetGroupStickinessConfig": None}
    targets = []
    for one in config["targetGroups"]:
        if one["targetGroupARN"] is not None:
            target: dict[str, Any] = {"arn": one["targetGroupARN"]}
        elif one["targetGroupName"] is not None:
            target = {"arn": f"targetgroup/{one['targetGroupName']}"}
        else:
            target = {"service": one["serviceName"], "port": port_of(one["servicePort"])}
        if one.get("weight") is not None:
            target["weight"] = one["weight"]
        targets.append(target)
    out: dict[str, Any] = {"type": "forward", "targets": targets}
    sticky = config["targetGroupStickinessConfig"]
    if sticky is not None:
        out["stickiness"] = {key: value for key, value in sticky.items() if value is not None}
    return out


def _problem(action: dict[str, Any]) -> str:
    """lbc: config_types.go:170-205."""
    kind = action["type"]
    if kind in ("fixed-response", "redirect"):
        key, name = (
            ("fixedResponseConfig", "FixedResponseConfig")
            if kind != "redirect"
            else ("redirectConfig", "RedirectConfig")
        )
        if action[key] is None:
            return f"missing {name}"
        return "" if action[key]["statusCode"] else f"invalid {name}: statusCode is required"
    if kind != "forward":
        return f"unknown action type: {kind}"
    outside = action["targetGroupARN"] is not None or action["targetGroupName"] is not None
    config = action["forwardConfig"]
    if config is None:
        return "" if outside else "missing ForwardConfig or TargetGroupARN/TargetGroupName"
    if outside:
        return "either ForwardConfig or TargetGroupARN/TargetGroupName can be specified"
    return _targets_problem(config["targetGroups"])


def _targets_problem(targets: list[dict[str, Any]]) -> str:
    head = "invalid ForwardConfig: invalid TargetGroupTuple: "
    for one in targets:
        outside = one["targetGroupARN"] is not None or one["targetGroupName"] is not None
        if not outside and one["serviceName"] is None:
            return head + "missing serviceName or targetGroupARN/targetGroupName"
        if outside and one["serviceName"] is not None:
            return head + "either serviceName or targetGroupARN/targetGroupName can be specified"
        if one["serviceName"] is not None and one["servicePort"] is None:
            return head + "missing servicePort"
    if len(targets) > 1 and any(one["weight"] is None for one in targets):
        return "invalid ForwardConfig: weight must be set when route to multiple target groups"
    return ""


class Services:
    """Services of the input. A Service that it lacks counts as missing only where the input is complete."""

    def __init__(self, inventory: Inventory) -> None:
        self.inventory = inventory
        self.bound = bindings(inventory)
        self._notes: dict[tuple[str, str], Annotations] = {}
        for key, service in inventory.services.items():
            if any(name.startswith(PREFIX) for name in service.annotations):
                self._notes[key] = Annotations(service)

    def find(self, namespace: str, name: str) -> Service | None:
        """The Service, None where the input does not have it."""
        return self.inventory.services.get((namespace, name))

    def notes(self, namespace: str, name: str) -> Annotations | None:
        """Annotations of a Service, None where it has none of ours."""
        return self._notes.get((namespace, name))

    def noted(self) -> dict[tuple[str, str], Annotations]:
        """All Services that have some."""
        return self._notes

    def missing(self, namespace: str, name: str) -> bool:
        """True where the input says that there is no such Service."""
        return self.inventory.lacks("Service", namespace, name)

    def secret(self, namespace: str, name: str) -> dict[str, Any] | None:
        """Keys of a Secret; None where nothing is known of it; Refused where the input says that it does not exist."""
        document = self.inventory.get("Secret", namespace, name)
        if document is None:
            if self.inventory.lacks("Secret", namespace, name):
                raise Refused(f'secrets "{name}" not found')
            return None
        return mapping(document.body.get("data")) | mapping(document.body.get("stringData"))


def loaded(action: dict[str, Any], namespace: str, services: Services, origin: Origin | None) -> dict[str, Any]:
    """A forward to one Service that does not exist becomes a fixed 503; among several it is an error."""
    targets = action.get("targets")
    if targets is None:
        return action
    for target in targets:
        name = target.get("service")
        if name is not None and services.missing(namespace, name):
            if len(targets) == 1:
                return fixed_503(NO_SERVICE)
            raise Refused(f'services "{name}" not found', origin)
    return action
