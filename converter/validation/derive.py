"""Full CustomResourceDefinitions to compact schemas: the facts that decide validity, and nothing else.

A compact schema ("bundle") is JSON:

    {"kinds": {"HTTPRoute": {"group": "...", "versions": {"v1": NODE}}},
     "nodes": [NODE, ...], "rules": [[CEL, message], ...]}

A NODE has the keywords of JSON Schema (type, properties, items, enum, pattern, ...) and `cel` (indexes into rules),
`unique` (set, or the keys of a map list), `open` (unknown fields are kept), `intstr`. A NODE may be a number: an index
into nodes, where equal parts are kept once.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from converter.validation.crd_files import check_crd, located_crds

GATEWAY_API = "gateway.networking.k8s.io"
ENVOY_GATEWAY = "gateway.envoyproxy.io"
AWS_GATEWAY = "gateway.k8s.aws"

KINDS: dict[str, frozenset[str]] = {
    GATEWAY_API: frozenset(
        {
            "GatewayClass",
            "Gateway",
            "ListenerSet",
            "HTTPRoute",
            "GRPCRoute",
            "TLSRoute",
            "TCPRoute",
            "UDPRoute",
            "ReferenceGrant",
            "BackendTLSPolicy",
        }
    ),
    "gateway.networking.x-k8s.io": frozenset({"XListenerSet"}),
    ENVOY_GATEWAY: frozenset(
        {
            "Backend",
            "BackendTrafficPolicy",
            "ClientTrafficPolicy",
            "EnvoyExtensionPolicy",
            "EnvoyPatchPolicy",
            "EnvoyProxy",
            "HTTPRouteFilter",
            "SecurityPolicy",
        }
    ),
    AWS_GATEWAY: frozenset({"LoadBalancerConfiguration", "ListenerRuleConfiguration", "TargetGroupConfiguration"}),
}
"""The kinds that are written or read, by group."""

_OPAQUE = frozenset(
    {
        *(
            f"EnvoyProxy.spec.provider.kubernetes.{workload}.{part}"
            for workload in ("envoyDeployment", "envoyDaemonSet")
            for part in ("container", "initContainers", "pod", "patch", "strategy")
        ),
        "EnvoyProxy.spec.provider.kubernetes.envoyHpa.behavior",
        "EnvoyProxy.spec.provider.kubernetes.envoyHpa.metrics",
    }
)
"""Pod templates and the like, which no conversion writes: taken as any object."""

_KEPT = (
    "type",
    "enum",
    "format",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "required",
    "default",
    "nullable",
)


def read_crds(directory: Path) -> Iterator[dict[str, Any]]:
    """The CustomResourceDefinitions of kinds that matter, of a folder's YAML files, in the order of file names.

    Raises:
        CrdError: A file cannot be read, or one of these definitions is none.
    """
    for path, crd in located_crds(directory):
        names = crd.get("spec") if isinstance(crd.get("spec"), dict) else {}
        if names and names.get("group") not in KINDS:
            continue
        check_crd(path, crd)
        yield crd


def derive(crds: Iterable[dict[str, Any]]) -> dict[str, Any]:
    """The compact schema of all definitions of kinds that matter; versions that are not served are left out."""
    kinds: dict[str, Any] = {}
    rules: dict[tuple[str, str], int] = {}
    for crd in crds:
        spec = crd["spec"]
        kind, group = spec["names"]["kind"], spec["group"]
        if kind not in KINDS.get(group, ()):
            continue
        versions = {
            version["name"]: _node(version["schema"]["openAPIV3Schema"], kind, rules)
            for version in spec["versions"]
            if version.get("served")
        }
        kinds[kind] = {"group": group, "namespaced": spec["scope"] == "Namespaced", "versions": versions}
    return _shared({"kinds": kinds, "rules": [list(rule) for rule in rules]})


def _node(schema: dict[str, Any], path: str, rules: dict[tuple[str, str], int]) -> dict[str, Any]:
    if path in _OPAQUE:
        return {"type": schema["type"], "open": True} if schema["type"] == "object" else {"type": schema["type"]}
    node: dict[str, Any] = {key: schema[key] for key in _KEPT if key in schema}
    if schema.get("x-kubernetes-int-or-string"):
        node["intstr"] = True
    if schema.get("x-kubernetes-preserve-unknown-fields"):
        node["open"] = True
    listed = schema.get("x-kubernetes-list-type")
    if listed == "set":
        node["unique"] = True
    elif listed == "map":
        node["unique"] = list(schema["x-kubernetes-list-map-keys"])
    _children(schema, node, path, rules)
    _composed(schema, node)
    found = [
        rules.setdefault((rule["rule"].strip(), rule.get("message", "").strip() or rule["rule"].strip()), len(rules))
        for rule in schema.get("x-kubernetes-validations", ())
        if "oldSelf" not in rule["rule"]
    ]
    if found:
        node["cel"] = found
    return node


def _children(schema: dict[str, Any], node: dict[str, Any], path: str, rules: dict[tuple[str, str], int]) -> None:
    properties = {
        key: _node(value, f"{path}.{key}", rules)
        for key, value in schema.get("properties", {}).items()
        if "." in path or key == "spec"
    }
    if properties:
        node["properties"] = properties
    if isinstance(schema.get("additionalProperties"), dict):
        node["additional"] = _node(schema["additionalProperties"], f"{path}.*", rules)
    if "items" in schema:
        node["items"] = _node(schema["items"], f"{path}.[]", rules)


def _composed(schema: dict[str, Any], node: dict[str, Any]) -> None:
    """allOf is laid into the node; the other compositions stay as they are, unless they just say int-or-string."""
    for part in schema.get("allOf", ()):
        if "pattern" in part:
            node.setdefault("patterns", []).append(part["pattern"])
        if "enum" in part:
            kept = node.get("enum", part["enum"])
            node["enum"] = [value for value in kept if value in part["enum"]]
    for key in ("oneOf", "anyOf", "not"):
        if key in schema and not node.get("intstr"):
            node[key] = schema[key]


def _shared(bundle: dict[str, Any]) -> dict[str, Any]:
    """Equal nodes are kept once, so that the policies' common parts do not repeat."""
    texts: Counter[str] = Counter()
    _count(bundle["kinds"], texts)
    table: dict[str, int] = {}
    nodes: list[Any] = []
    kinds = {
        kind: entry | {"versions": {v: _replaced(n, texts, table, nodes) for v, n in entry["versions"].items()}}
        for kind, entry in sorted(bundle["kinds"].items())
    }
    return {"kinds": kinds, "nodes": nodes, "rules": bundle["rules"]}


def _count(value: Any, texts: Counter[str]) -> None:
    if isinstance(value, dict):
        if "type" in value or "intstr" in value:
            text = json.dumps(value, sort_keys=True)
            texts[text] += 1
            if texts[text] > 1:
                return
        for child in value.values():
            _count(child, texts)


def _replaced(node: dict[str, Any], texts: Counter[str], table: dict[str, int], nodes: list[Any]) -> Any:
    text = json.dumps(node, sort_keys=True)
    if text in table:
        return table[text]
    out = dict(node)
    if "properties" in out:
        out["properties"] = {k: _replaced(v, texts, table, nodes) for k, v in sorted(out["properties"].items())}
    for key in ("items", "additional"):
        if key in out:
            out[key] = _replaced(out[key], texts, table, nodes)
    if texts[text] > 1 and len(text) > 30:
        table[text] = len(nodes)
        nodes.append(out)
        return table[text]
    return out


def dumped(bundle: dict[str, Any]) -> str:
    """The bundle as JSON with the same bytes every time, one line for each kind, node and rule."""

    def line(value: Any) -> str:
        return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)

    kinds = ",\n".join(f"{line(kind)}:{line(entry)}" for kind, entry in sorted(bundle["kinds"].items()))
    nodes = ",\n".join(line(node) for node in bundle["nodes"])
    rules = ",\n".join(line(rule) for rule in bundle["rules"])
    return f'{{"kinds":{{\n{kinds}\n}},"nodes":[\n{nodes}\n],"rules":[\n{rules}\n]}}\n'
