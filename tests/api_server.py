"""A small API server on loopback: discovery, lists in parts with continue tokens, and the errors of a real one."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

Key = tuple[str, str, str]
"""Group, version, plural."""

KINDS: dict[Key, tuple[str, bool]] = {
    ("", "v1", "services"): ("Service", True),
    ("", "v1", "configmaps"): ("ConfigMap", True),
    ("", "v1", "secrets"): ("Secret", True),
    ("", "v1", "pods"): ("Pod", True),
    ("", "v1", "endpoints"): ("Endpoints", True),
    ("", "v1", "namespaces"): ("Namespace", False),
    ("apps", "v1", "deployments"): ("Deployment", True),
    ("apps", "v1", "daemonsets"): ("DaemonSet", True),
    ("discovery.k8s.io", "v1", "endpointslices"): ("EndpointSlice", True),
    ("networking.k8s.io", "v1", "ingresses"): ("Ingress", True),
    ("networking.k8s.io", "v1", "ingressclasses"): ("IngressClass", False),
    ("cert-manager.io", "v1", "certificates"): ("Certificate", True),
    ("gateway.networking.k8s.io", "v1", "gateways"): ("Gateway", True),
    ("gateway.networking.k8s.io", "v1", "gatewayclasses"): ("GatewayClass", False),
    ("gateway.networking.k8s.io", "v1", "httproutes"): ("HTTPRoute", True),
    ("gateway.envoyproxy.io", "v1alpha1", "securitypolicies"): ("SecurityPolicy", True),
    ("argoproj.io", "v1alpha1", "applications"): ("Application", True),
    ("example.com", "v1", "widgets"): ("Widget", True),
}


@dataclass
class ApiServer:
    """What it holds, what it refuses, and what it was asked.

    Attributes:
        objects: All objects, as manifests.
        forbidden: Plurals that the user may not list.
        expired: Plurals -> how many continue tokens are refused as too old.
        broken_groups: API groups whose discovery fails.
        part: Largest number of objects in an answer to a request with a limit.
        asked: Paths with queries, in order.
    """

    objects: list[dict[str, Any]] = field(default_factory=list)
    kinds: dict[Key, tuple[str, bool]] = field(default_factory=lambda: dict(KINDS))
    forbidden: set[str] = field(default_factory=set)
    expired: dict[str, int] = field(default_factory=dict)
    broken_groups: set[str] = field(default_factory=set)
    part: int = 2
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def kubeconfig(self, folder: Path, namespace: str = "shop") -> Path:
        """A file for `--kubeconfig` with the contexts `test` and `down` (nothing listens there)."""
        path = folder / "kubeconfig"
        path.write_text(
            f"""apiVersion: v1
kind: Config
current-context: test
clusters:
- {{name: test, cluster: {{server: "{self.url}"}}}}
- {{name: down, cluster: {{server: "http://127.0.0.1:9"}}}}
contexts:
- {{name: test, context: {{cluster: test, user: test, namespace: {namespace}}}}}
- {{name: down, context: {{cluster: down, user: test}}}}
users:
- {{name: test, user: {{}}}}
"""
        )
        return path

    def answer(self, target: str) -> tuple[int, dict[str, Any]]:
        """Status and body of a GET."""
        self.asked.append(target)
        parts = urlsplit(target)
        words = parts.path.strip("/").split("/")
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if words == ["version"]:
            return 200, {"major": "1", "minor": "32", "gitVersion": "v1.32.4"}
        if words == ["api"]:
            return 200, {"kind": "APIVersions", "versions": ["v1"]}
        if words == ["apis"]:
            return 200, {"kind": "APIGroupList", "apiVersion": "v1", "groups": self._groups()}
        group, rest = ("", words[1:]) if words[0] == "api" else (words[1], words[2:])
        if len(rest) == 1:
            if group in self.broken_groups:
                return 503, _status(503, "ServiceUnavailable", "the server is currently unable to handle the request")
            return 200, self._resources(group, rest[0])
        namespace = rest[2] if rest[1] == "namespaces" and len(rest) > 3 else ""
        return self._list((group, rest[0], rest[-1]), namespace, query)

    def _groups(self) -> list[dict[str, Any]]:
        found = dict.fromkeys((group, version) for group, version, _ in self.kinds if group)
        out = []
        for group, version in found:
            one = {"groupVersion": f"{group}/{version}", "version": version}
            out.append({"name": group, "versions": [one], "preferredVersion": one})
        return out

    def _resources(self, group: str, version: str) -> dict[str, Any]:
        listed = [
            {"name": plural, "singularName": kind.lower(), "namespaced": spaced, "kind": kind, "verbs": ["get", "list"]}
            for (of, at, plural), (kind, spaced) in self.kinds.items()
            if (of, at) == (group, version)
        ]
        name = f"{group}/{version}" if group else version
        return {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": name, "resources": listed}

    def _list(self, key: Key, namespace: str, query: dict[str, str]) -> tuple[int, dict[str, Any]]:
        group, version, plural = key
        kind, _ = self.kinds[key]
        if plural in self.forbidden:
            where = f'in the namespace "{namespace}"' if namespace else "at the cluster scope"
            words = f'{plural}.{group} is forbidden: User "dev" cannot list resource "{plural}" in API group "{group}" {where}'
            return 403, _status(403, "Forbidden", words)
        api_version = f"{group}/{version}" if group else version
        found = [one for one in self.objects if (one["kind"], one["apiVersion"]) == (kind, api_version)]
        found = [one for one in found if not namespace or one["metadata"].get("namespace") == namespace]
        start = int(query.get("continue", "0"))
        if start and self.expired.get(plural, 0) > 0:
            self.expired[plural] -= 1
            return 410, _status(
                410, "Expired", "The provided continue parameter is too old to display a consistent list"
            )
        end = start + min(self.part, int(query["limit"])) if int(query.get("limit", "0")) else len(found)
        meta: dict[str, Any] = {"resourceVersion": "7"}
        if end < len(found):
            meta["continue"] = str(end)
        return 200, {"kind": f"{kind}List", "apiVersion": api_version, "metadata": meta, "items": found[start:end]}


def _status(code: int, reason: str, message: str) -> dict[str, Any]:
    return {
        "kind": "Status",
        "apiVersion": "v1",
        "status": "Failure",
        "message": message,
        "reason": reason,
        "code": code,
    }


@contextmanager
def serving(server: ApiServer) -> Iterator[ApiServer]:
    """Listen on a free port of loopback while the body runs."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            status, body = server.answer(self.path)
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server.url = f"http://127.0.0.1:{listener.server_address[1]}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        listener.shutdown()
        listener.server_close()
        thread.join()
