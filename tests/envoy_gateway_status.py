"""Statuses as Envoy Gateway 1.9 writes them (`egctl x translate --to gateway-api`) for broken estates, and their recording."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.status_input import Objects, cluster

RECORDING = Path(__file__).parent / "data" / "envoy_gateway_statuses.json"
EGCTL = os.environ.get("EGCTL") or shutil.which("egctl")
_READ = {"GatewayClass", "Gateway", "EnvoyProxy", "Service", "Secret", "EndpointSlice", "Namespace", "ReferenceGrant"}
Statuses = dict[str, dict[str, Any]]
"""`Kind namespace/name` -> its status."""


def _no_service(objects: Objects) -> None:
    del objects["Service", "web"]


def _no_port(objects: Objects) -> None:
    objects["Service", "web"]["spec"]["ports"] = [{"port": 9}]


def _no_endpoints(objects: Objects) -> None:
    objects["EndpointSlice", "web-1"]["endpoints"] = []


def _no_secret(objects: Objects) -> None:
    del objects["Secret", "shop-tls"]


def _no_grant(objects: Objects) -> None:
    for key in [key for key in objects if key[0] == "ReferenceGrant"]:
        del objects[key]


def _broken_secret(objects: Objects) -> None:
    objects["Secret", "shop-tls"]["data"] = {"tls.crt": "eA==", "tls.key": "eA=="}


def _other_host(objects: Objects) -> None:
    for one in objects["Gateway", "nginx"]["spec"]["listeners"]:
        one["hostname"] = "other.example.com"


def _other_namespaces(objects: Objects) -> None:
    for one in objects["Gateway", "nginx"]["spec"]["listeners"]:
        one["allowedRoutes"] = {"namespaces": {"from": "Same"}}


def _other_section(objects: Objects) -> None:
    objects["HTTPRoute", "web"]["spec"]["parentRefs"][0]["sectionName"] = "none"


def _two_policies(objects: Objects) -> None:
    one = json.loads(json.dumps(objects["BackendTrafficPolicy", "nginx"]))
    one["metadata"]["name"] = "another"
    objects["BackendTrafficPolicy", "another"] = one


def _policy_without_target(objects: Objects) -> None:
    objects["BackendTrafficPolicy", "nginx"]["spec"]["targetRefs"][0]["name"] = "none"


def _unknown_filter(objects: Objects) -> None:
    missing = {"group": "gateway.envoyproxy.io", "kind": "HTTPRouteFilter", "name": "none"}
    rule = objects["HTTPRoute", "web"]["spec"]["rules"][0]
    rule["filters"] = [*rule.get("filters", ()), {"type": "ExtensionRef", "extensionRef": missing}]


FAULTS: dict[str, Callable[[Objects], Any]] = {
    "whole": len, "no-service": _no_service, "no-port": _no_port, "no-endpoints": _no_endpoints,
    "no-secret": _no_secret, "no-grant": _no_grant, "broken-secret": _broken_secret, "other-host": _other_host,
    "other-namespaces": _other_namespaces, "other-section": _other_section, "two-policies": _two_policies,
    "policy-without-target": _policy_without_target,
    "unknown-filter": _unknown_filter,
}  # fmt: skip


def broken(fault: str) -> Objects:
    """The estate with a fault, without statuses."""
    objects = cluster()
    FAULTS[fault](objects)
    return objects


def with_certificate(objects: Objects, folder: Path) -> Objects:
    """With a key and a certificate that Envoy Gateway can read, where the fault leaves the Secret."""
    from tests.probe_servers import Authority, tls_secret

    secret = objects.get(("Secret", "shop-tls"))
    if secret is not None and "eA==" not in secret["data"].values():
        authority = Authority(folder)
        authority.context("shop.example.com")
        secret["data"] = tls_secret("shop-tls", "shop", authority.last.read_text())["data"]
    return objects


def translated(objects: Objects, folder: Path) -> Statuses:
    """What Envoy Gateway makes of them; times are left out."""
    file = folder / "objects.yaml"
    known = [one for one in objects.values() if one["kind"] in _READ or one["kind"].endswith(("Route", "Policy"))]
    file.write_text("---\n".join(json.dumps({k: v for k, v in one.items() if k != "status"}) + "\n" for one in known))
    command = [
        str(EGCTL),
        "x",
        "translate",
        "--from",
        "gateway-api",
        "--to",
        "gateway-api",
        "-o",
        "json",
        "-f",
        str(file),
    ]
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    out: Statuses = {}
    for some in json.loads(done.stdout).values():
        for one in some if isinstance(some, list) else [some]:
            meta = one["metadata"]
            if one.get("status"):
                out[f"{one['kind']} {meta.get('namespace', '')}/{meta['name']}"] = _timeless(one["status"])
    return out


def _timeless(node: Any) -> Any:
    if isinstance(node, dict):
        return {
            key: _timeless(value) for key, value in node.items() if key not in ("lastTransitionTime", "supportedKinds")
        }
    return [_timeless(one) for one in node] if isinstance(node, list) else node


def with_statuses(objects: Objects, statuses: Statuses) -> Objects:
    """The cluster as it is then; what only a running proxy decides is as in the whole estate."""
    for one in objects.values():
        meta = one["metadata"]
        key = f"{one['kind']} {meta.get('namespace', '')}/{meta['name']}"
        if one["kind"] in ("GatewayClass", "Gateway") or one["kind"].endswith(("Route", "Policy")):
            running = one.get("status", {}) if one["kind"] == "Gateway" else {}
            one["status"] = {**running, **statuses.get(key, {})}
    return objects


def record(folder: Path) -> None:
    """Write the recording."""
    found = {name: translated(with_certificate(broken(name), folder), folder) for name in FAULTS}
    RECORDING.write_text(json.dumps(found, indent=0, sort_keys=True) + "\n")


def recorded(fault: str) -> Statuses:
    """The statuses of a fault as they were recorded."""
    out: Statuses = json.loads(RECORDING.read_text())[fault]
    return out
