"""Rules that need several routes keep their order: Envoy Gateway tries routes of one age by name."""

from __future__ import annotations

from tests.whole import broken_promises, convert_text

ALB = """
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: alb, namespace: cpaas-system}
spec: {type: nginx, config: {projects: [ALL_ALL]}}
"""


def _ingress(host: str, paths: list[str], tls: bool) -> str:
    entries = "".join(
        f"\n      - {{path: {path}, pathType: Prefix, backend: {{service: {{name: s{index}, port: {{number: 80}}}}}}}}"
        for index, path in enumerate(paths)
    )
    secret = f"\n  tls: [{{hosts: [{host}], secretName: {host}}}]" if tls else ""
    return f"""
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: {host.replace('.', '-')}{'-tls' if tls else ''}, namespace: shop}}
spec:
  ingressClassName: alb{secret}
  rules:
  - host: {host}
    http:
      paths:{entries}
"""


def test_numbered_routes_sort_as_their_rules_do():
    paths = [f"/{'a' * (40 - index)}" for index in range(39)]
    text = "---".join([ALB, _ingress("one.example.com", paths, False), _ingress("one.example.com", paths[:1], True)])
    result = convert_text(text, source="alauda-alb", strict=True)
    assert not broken_promises(result)
    routes = [
        one for one in result.resources
        if one.kind == "HTTPRoute" and {ref["sectionName"] for ref in one.body["spec"]["parentRefs"]} == {"http"}
    ]
    order = [
        rule["matches"][0]["path"]["value"]
        for one in sorted(routes, key=lambda one: one.name) for rule in one.body["spec"]["rules"]
    ]
    assert len(routes) > 2
    assert order == sorted(order, key=len, reverse=True)
