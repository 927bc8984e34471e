"""Values of the chart ingress-nginx count like the objects that the chart makes of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.pipeline.run import Result, convert
from tests.targets_input import ingress

INGRESS = ingress("web", [("/", "web")], host="a.example.com", tls="web-tls")
VALUES = """\
controller:
  replicaCount: 3
  config:
    proxy-read-timeout: 120
    hsts: false
    whitelist-source-range: 10.0.0.0/8
  addHeaders:
    X-Frame-Options: DENY
  extraArgs:
    default-ssl-certificate: certs/wild
  tolerations:
  - {key: edge, operator: Exists}
  service:
    annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "true"}
    externalTrafficPolicy: Local
"""
RENDERED = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
data:
  proxy-read-timeout: "120"
  hsts: "false"
  whitelist-source-range: 10.0.0.0/8
  add-headers: ingress-nginx/ingress-nginx-custom-add-headers
---
apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-custom-add-headers, namespace: ingress-nginx}
data: {X-Frame-Options: DENY}
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: nginx}
spec: {controller: k8s.io/ingress-nginx}
---
apiVersion: v1
kind: Service
metadata:
  name: ingress-nginx-controller
  namespace: ingress-nginx
  annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "true"}
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  selector: {app.kubernetes.io/name: ingress-nginx}
  ports: [{name: http, port: 80, targetPort: http}, {name: https, port: 443, targetPort: https}]
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec: {minAvailable: 1, selector: {matchLabels: {app.kubernetes.io/name: ingress-nginx}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec:
  replicas: 3
  template:
    metadata: {labels: {app.kubernetes.io/name: ingress-nginx}}
    spec:
      tolerations: [{key: edge, operator: Exists}]
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller
        args:
        - /nginx-ingress-controller
        - --configmap=$(POD_NAMESPACE)/ingress-nginx-controller
        - --publish-service=$(POD_NAMESPACE)/ingress-nginx-controller
        - --default-ssl-certificate=certs/wild
"""
RELEASE = """\
apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: ingress-nginx, namespace: ingress-nginx}
spec:
  chart: {spec: {chart: ingress-nginx, sourceRef: {kind: HelmRepository, name: ingress-nginx}}}
  values:
"""
APPLICATION = """\
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: ingress-nginx, namespace: argocd}
spec:
  destination: {namespace: ingress-nginx}
  source:
    chart: ingress-nginx
    repoURL: https://charts.example.com
    helm:
      values: |
"""
RKE2 = """\
apiVersion: helm.cattle.io/v1
kind: HelmChartConfig
metadata: {name: rke2-ingress-nginx, namespace: kube-system}
spec:
  valuesContent: |-
    controller:
      config:
        proxy-read-timeout: "120"
"""


def indented(text: str, by: int) -> str:
    return "".join(f"{' ' * by}{line}\n" for line in text.splitlines())


def run(folder: Path, **files: str) -> Result:
    (folder / "ingress.yaml").write_text(INGRESS)
    for name, text in files.items():
        (folder / f"{name.replace('_', '-')}.yaml").write_text(text)
    result = convert([str(folder)])
    assert not [one for one in result.findings if one.code.startswith("internal.")]
    return result


def bodies(result: Result) -> list[object]:
    return [(one.kind, one.namespace, one.name, one.body.get("spec")) for one in result.resources]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param({"values": VALUES}, id="values file"),
        pytest.param({"prod": VALUES}, id="values file of another name"),
        pytest.param({"values": "ingress-nginx:\n" + indented(VALUES, 2)}, id="umbrella chart"),
        pytest.param({"release": RELEASE + indented(VALUES, 4)}, id="HelmRelease"),
        pytest.param({"app": APPLICATION + indented(VALUES, 8)}, id="Application"),
    ],
)
def test_values_are_read_as_what_the_chart_makes(text: dict[str, str], tmp_path: Path) -> None:
    for name in ("values", "rendered"):
        (tmp_path / name).mkdir()
    given, rendered = run(tmp_path / "values", **text), run(tmp_path / "rendered", objects=RENDERED)
    assert bodies(given) == bodies(rendered)
    assert {one.code for one in given.findings} - {one.code for one in rendered.findings} <= {
        "helm.values-read",
        "config.default",
    }
    assert {one.code for one in rendered.findings} <= {one.code for one in given.findings}


def test_findings_name_the_line_of_the_value(tmp_path: Path) -> None:
    lines = {one.origin.key: one.origin.location for one in run(tmp_path, values=VALUES).findings}
    text = VALUES.splitlines()
    for key in ("proxy-read-timeout", "hsts", "whitelist-source-range"):
        assert text[lines[key].line - 1].strip().startswith(key)
    assert text[lines["--default-ssl-certificate"].line - 1].strip().startswith("default-ssl-certificate")
    assert lines["hsts"].path.endswith("values.yaml")


def test_rke2_has_defaults_of_its_own(tmp_path: Path) -> None:
    found = {one.code: one for one in run(tmp_path, config=RKE2).findings}
    assert "timeouts.policy" in found
    assert {"load-balancer.differs", "load-balancer.proxy"} <= found.keys()


def test_objects_of_the_cluster_come_first(tmp_path: Path) -> None:
    superseded = VALUES.replace("120", "300")
    result = run(tmp_path, objects=RENDERED, values=superseded)
    assert "helm.values-superseded" in {one.code for one in result.findings}
    assert "300s" not in str(bodies(result))


def test_values_of_several_clusters_are_not_mixed(tmp_path: Path) -> None:
    result = run(tmp_path, values=VALUES, values_prod=VALUES.replace("120", "300"))
    (own,) = [one for one in result.findings if one.code == "helm.values-ambiguous"]
    assert own.origin.location.path.endswith("values-prod.yaml")
    assert "120s" in str(bodies(result))
    assert "300s" not in str(bodies(result))


@pytest.mark.parametrize(
    "text",
    [
        "controller:\n  replicas: 2\n  metrics: {enabled: true}\n",
        "controller:\n  config:\n    timeout-client: 50s\n    ssl-redirect: 'true'\n    forwarded-for: 'true'\n",
        "controller:\n  ingressClassResource: {controllerValue: traefik.io/ingress-controller}\n",
        "controller:\n  ingressClass: {name: nginx, create: true}\n  config: {entries: {proxy-protocol: 'True'}}\n",
    ],
)
def test_values_of_other_charts_are_not_ours(text: str, tmp_path: Path) -> None:
    result = run(tmp_path, values=text)
    assert not [one for one in result.findings if one.code.startswith("helm.")]


def test_value_that_makes_no_object(tmp_path: Path) -> None:
    text = (
        VALUES
        + "  keda: {enabled: true}\n  customTemplate: {configMapName: own, configMapKey: nginx.tmpl}\n  publishServce: {}\n  kinds: x\n"
    )
    found = {one.origin.key: one for one in run(tmp_path, values=text).findings}
    assert found["controller.keda"].fidelity.value == "manual"
    assert found["controller.customTemplate"].protects
    assert found["controller.kinds"].code == "helm.unknown-value"
