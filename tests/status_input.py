"""An estate with its converted objects in the cluster, whose controllers have accepted everything."""

from __future__ import annotations

import io
from typing import Any

import yaml

from converter.model.options import Options
from converter.pipeline.run import convert

CONTROLLER = "gateway.envoyproxy.io/gatewayclass-controller"
ADDRESS, OLD_ADDRESS = "203.0.113.9", "192.0.2.1"
MARK = "hunter2-secret-value"
ESTATE = f"""
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: nginx}}
spec: {{controller: k8s.io/ingress-nginx}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  annotations: {{nginx.ingress.kubernetes.io/enable-cors: "true"}}
spec:
  ingressClassName: nginx
  tls: [{{hosts: [shop.example.com], secretName: shop-tls}}]
  rules:
  - host: shop.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{number: 8080}}}}}}}}]}}
status: {{loadBalancer: {{ingress: [{{ip: {OLD_ADDRESS}}}]}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: api, namespace: blog}}
spec:
  ingressClassName: nginx
  rules:
  - host: blog.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: api, port: {{number: 80}}}}}}}}]}}
---
apiVersion: v1
kind: Service
metadata: {{name: web, namespace: shop}}
spec: {{ports: [{{port: 8080}}], selector: {{app: web}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: api, namespace: blog}}
spec: {{ports: [{{port: 80}}], selector: {{app: api}}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: shop-tls, namespace: shop}}
type: kubernetes.io/tls
data: {{tls.crt: "{MARK}", tls.key: "{MARK}"}}
---
apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {{name: shop-tls, namespace: shop, generation: 1}}
spec: {{secretName: shop-tls, dnsNames: [shop.example.com], issuerRef: {{name: le, kind: ClusterIssuer}}}}
status:
  notAfter: "2027-01-01T00:00:00Z"
  conditions: [{{type: Ready, status: "True", reason: Ready, message: Certificate is up to date, observedGeneration: 1}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: web-1, namespace: shop, labels: {{kubernetes.io/service-name: web}}}}
addressType: IPv4
endpoints: [{{addresses: [10.0.0.1], conditions: {{ready: true}}}}, {{addresses: [10.0.0.2], conditions: {{ready: false}}}}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{name: api-1, namespace: blog, labels: {{kubernetes.io/service-name: api}}}}
addressType: IPv4
endpoints: [{{addresses: [10.0.0.3], conditions: {{ready: true}}}}]
---
apiVersion: externaldns.k8s.io/v1alpha1
kind: DNSEndpoint
metadata: {{name: shop, namespace: shop}}
spec: {{endpoints: [{{dnsName: shop.example.com, recordType: A, targets: ["{OLD_ADDRESS}"]}}]}}
---
apiVersion: v1
kind: Namespace
metadata: {{name: shop}}
"""
KINDS = (
    "Ingress", "IngressClass", "Service", "Certificate", "EndpointSlice", "Gateway", "GatewayClass", "HTTPRoute",
    "BackendTrafficPolicy", "ClientTrafficPolicy", "SecurityPolicy", "ReferenceGrant", "DNSEndpoint", "Secret",
)  # fmt: skip
HEADER = {"apiVersion": "ing2gw/v1", "kind": "ClusterExport", "spec": {"complete": list(KINDS)}}

Objects = dict[tuple[str, str], dict[str, Any]]
"""Kind and name -> manifest."""


def condition(kind: str, status: str = "True", reason: str = "", message: str = "") -> dict[str, Any]:
    """One condition of generation 1."""
    return {"type": kind, "status": status, "reason": reason or kind, "message": message, "observedGeneration": 1}


def sources() -> list[dict[str, Any]]:
    """The objects that people wrote."""
    return [one for one in yaml.safe_load_all(ESTATE) if one]


def generated() -> list[dict[str, Any]]:
    """What they convert to, as data."""
    result = convert(["-"], Options(), io.BytesIO(ESTATE.encode()))
    return [yaml.safe_load(yaml.safe_dump(one.body)) for one in result.resources]


def cluster() -> Objects:
    """Everything together, accepted and programmed."""
    out = {
        (one["kind"], one["metadata"]["name"]): one for one in (HEADER | {"metadata": {"name": "cluster"}}, *sources())
    }
    for one in generated():
        one["metadata"]["generation"] = 1
        out[one["kind"], one["metadata"]["name"]] = one | _status(one)
    return out


def _status(body: dict[str, Any]) -> dict[str, Any]:
    kind = body["kind"]
    accepted = [condition("Accepted"), condition("ResolvedRefs")]
    if kind == "GatewayClass":
        return {"status": {"conditions": [condition("Accepted")]}}
    if kind.endswith("Route"):
        parents = [
            {"parentRef": ref, "controllerName": CONTROLLER, "conditions": accepted}
            for ref in body["spec"]["parentRefs"]
        ]
        return {"status": {"parents": parents}}
    if kind.endswith("Policy"):
        targets = [
            {"ancestorRef": ref, "controllerName": CONTROLLER, "conditions": [condition("Accepted")]}
            for ref in body["spec"].get("targetRefs", [])
        ]
        return {"status": {"ancestors": targets}}
    if kind == "Gateway":
        listeners = [
            {"name": one["name"], "attachedRoutes": 1, "conditions": [*accepted, condition("Programmed")]}
            for one in body["spec"]["listeners"]
        ]
        conditions = [condition("Accepted"), condition("Programmed")]
        return {"status": {"addresses": [{"value": ADDRESS}], "conditions": conditions, "listeners": listeners}}
    return {}


def text(objects: Objects) -> str:
    """As one file."""
    return yaml.safe_dump_all(objects.values(), sort_keys=False)
