"""Objects of a cluster with what the conversion reads, and without what changes by itself or may be secret."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from converter.model.credentials import REMOVED, TOKEN, shown_setting, without_passwords
from converter.reading.relevant_kinds import TARGET_GROUPS, group

_METADATA = ("name", "namespace", "annotations", "labels", "creationTimestamp", "generation", "ownerReferences")
_OWNER = ("apiVersion", "kind", "name", "controller")
_NOTES = (
    "kubectl.kubernetes.io/last-applied-configuration",
    "control-plane.alpha.kubernetes.io/leader",
    "endpoints.kubernetes.io/last-change-trigger-time",
    "deployment.kubernetes.io/revision",
)
"""Annotations that hold another copy of the object, or change without a person."""
_WITH_STATUS = frozenset({"Ingress", "Service", "Certificate", "Issuer", "ClusterIssuer", "ALB2", "Frontend"})
_CONFIDENTIAL = (
    r"--?[\w.-]*(?:secret|passw|pwd|token|credential|(?:api|access|signing|encryption|private)-?key|dsn|oidc-client)"
    r"[\w.-]*(?<!file)(?<!-name)(?<!-url)"
)
_FLAG = re.compile(rf"({_CONFIDENTIAL}[= ])\S+", re.I)
_FLAG_ALONE = re.compile(_CONFIDENTIAL, re.I)
"""A flag of a container whose value is the next argument."""
_CONTAINERS = frozenset({"containers", "initContainers", "ephemeralContainers"})


def cleaned(body: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of an object for `export`."""
    kind, version = str(body.get("kind")), str(body.get("apiVersion"))
    out = {key: value for key, value in body.items() if key != "status"}
    out["metadata"] = _metadata(body.get("metadata"))
    if kind == "Secret":
        data = body.get("data")
        out = {key: out[key] for key in ("apiVersion", "kind", "metadata", "type") if key in out}
        out["data"] = dict.fromkeys(sorted(data)) if isinstance(data, Mapping) else {}
    if "spec" in out:
        out["spec"] = _without_secrets(out["spec"])
    if "status" in body and (kind in _WITH_STATUS or group(version) in TARGET_GROUPS):
        out["status"] = body["status"]
    return out


def _metadata(given: Any) -> dict[str, Any]:
    given = given if isinstance(given, Mapping) else {}
    out = {key: given[key] for key in _METADATA if given.get(key) not in (None, {}, [])}
    notes = out.get("annotations")
    if isinstance(notes, Mapping):
        out["annotations"] = {key: _shown(key, value) for key, value in notes.items() if key not in _NOTES}
        if not out["annotations"]:
            del out["annotations"]
    owners = out.get("ownerReferences")
    if isinstance(owners, list):
        out["ownerReferences"] = [
            {key: one[key] for key in _OWNER if key in one} for one in owners if isinstance(one, Mapping)
        ]
    return out


def _shown(key: Any, value: Any) -> Any:
    """An annotation without passwords; those of Kubernetes and its controllers name Secrets, and hold none."""
    if not isinstance(key, str) or not isinstance(value, str):
        return value
    return without_passwords(value) if "kubernetes.io/" in key else shown_setting(key, value)


def _without_secrets(node: Any) -> Any:
    """Any part of an object; containers lose what nothing of the conversion reads, and what may be secret."""
    if isinstance(node, Mapping):
        return {key: (_containers if key in _CONTAINERS else _without_secrets)(value) for key, value in node.items()}
    return [_without_secrets(one) for one in node] if isinstance(node, list) else node


def _containers(given: Any) -> Any:
    if not isinstance(given, list) or not all(isinstance(one, Mapping) for one in given):
        return _without_secrets(given)
    return [
        {key: _CONTAINER.get(key, _without_secrets)(value) for key, value in one.items() if key != "lifecycle"}
        for one in given
    ]


def _without_headers(probe: Any) -> Any:
    """A probe without headers, which hold credentials."""
    if not isinstance(probe, Mapping):
        return probe
    out = {key: value for key, value in probe.items() if key != "exec"}
    if isinstance(out.get("httpGet"), Mapping):
        out["httpGet"] = {key: value for key, value in out["httpGet"].items() if key != "httpHeaders"}
    return out


def _without_values(env: Any) -> Any:
    if not isinstance(env, list) or not all(isinstance(one, Mapping) for one in env):
        return _without_secrets(env)
    return [{name: one[name] for name in ("name", "valueFrom") if name in one} for one in env]


def _without_secret_flags(arguments: Any) -> Any:
    if not isinstance(arguments, list):
        return _without_secrets(arguments)
    out: list[Any] = []
    for one in arguments:
        value_of_secret = out and isinstance(out[-1], str) and _FLAG_ALONE.fullmatch(out[-1])
        text = REMOVED if value_of_secret else one
        out.append(_flag(text) if isinstance(text, str) else text)
    return out


def _flag(text: str) -> str:
    """A flag without what its name, or the look of its value, says to be secret."""
    out = without_passwords(_FLAG.sub(rf"\g<1>{REMOVED}", text))
    name, equals, value = out.partition("=")
    return f"{name}={REMOVED}" if equals and TOKEN.fullmatch(value) else out


_CONTAINER = {
    "env": _without_values,
    "args": _without_secret_flags,
    "command": _without_secret_flags,
    **dict.fromkeys(("readinessProbe", "livenessProbe", "startupProbe"), _without_headers),
}
