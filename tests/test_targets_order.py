"""Rules that need several routes keep their order: Envoy Gateway tries routes of one age by name."""

from __future__ import annotations

from tests.complete import broken_promises, convert_text

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {type: nginx, config: {projects: [ALL_ALL]}}
"""


def _ingress(name: str, hosts: list[str], paths: list[str], tls: str) -> str:
    entries = "".join(
        f"\n      - {{path: {path}, pathType: Prefix, backend: {{service: {{name: s{index}, port: {{number: 80}}}}}}}}"
        for index, path in enumerate(paths)
    )
    rules = "".join(f"\n  - host: {host}\n    http:\n      paths:{entries}" for host in hosts)
    secret = f"\n  tls: [{{hosts: [{tls}], secretName: {tls}}}]" if tls else ""
    return f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: {name}
  namespace: shop
  annotations:
    alb.cpaas.io/ingress-rule-priority-0-{len(paths) - 1}: "1"
spec:
  ingressClassName: alb{secret}
  rules:{rules}
"""


def test_numbered_routes_sort_as_their_rules_do():
    """One host with other rules on each of its two ports, too many for one route on both, and out of usual order."""
    paths = [f"/{'a' * (40 - index)}" for index in range(39)]
    both = _ingress("both", ["one.example.com", "two.example.com"], paths, "two.example.com")
    plain = _ingress("plain", ["two.example.com"], ["/"], "")
    result = convert_text("---".join([ALB, both, plain]), source="alauda-alb", strict=True)
    assert not broken_promises(result)
    for section in ("http", "https"):
        routes = [
            one
            for one in result.resources
            if one.kind == "HTTPRoute"
            and "two.example.com" in one.body["spec"]["hostnames"]
            and any(ref["sectionName"].split("-")[0] == section for ref in one.body["spec"]["parentRefs"])
        ]
        order = [
            len(rule["matches"][0]["path"]["value"])
            for one in sorted(routes, key=lambda one: one.name)
            for rule in one.body["spec"]["rules"]
        ]
        first = 2 if section == "http" else 1
        assert len(routes) > 2
        assert order[first:] == sorted(order[first:], reverse=True), [one.name for one in routes]
