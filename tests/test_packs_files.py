"""`--mappings`: an annotation that no shipped row knows gets a meaning of the user's own, for every controller."""

import pytest

from converter.model import Fidelity
from converter.model.options import Options
from converter.pipeline.run import convert

ROWS = """
features:
  country-block: {{meaning: Countries that are kept out., value: countries, protects: {protects}}}
sources:
  {source}:
    features:
      country-block: {{fields: {{deny: {{annotation: example.com/deny, type: list, means: countries that get 403}}}}}}
      metadata: {{fields: {{team: {{annotation: example.com/team, means: who, fidelity: obsolete, note: no routing}}}}}}
targets:
  envoy-gateway:
    features:
      country-block: {{fidelity: manual, note: countries are let in, hint: write a SecurityPolicy with clientIPGeoLocations}}
"""
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: shop, namespace: shop, annotations: {{example.com/deny: "de,fr", example.com/team: web}}}}
spec:
  ingressClassName: {ingress_class}
  rules:
    - {{host: a.example.com, http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: s, port: {{number: 80}}}}}}}}]}}}}
"""


@pytest.fixture(
    params=[("ingress-nginx", "nginx"), ("aws-alb", "alb"), ("alauda-alb", "alb-prod")], ids=lambda one: one[0]
)
def run(request, tmp_path):
    source, ingress_class = request.param
    (tmp_path / "in.yaml").write_text(INGRESS.format(ingress_class=ingress_class))

    def go(protects, given=True):
        rows = tmp_path / f"rows-{protects}.yaml"
        rows.write_text(ROWS.format(source=source, protects=str(protects).lower()))
        options = Options(source=source, mappings=(str(rows),) if given else ())
        result = convert([str(tmp_path / "in.yaml")], options)
        return result, {finding.origin.key: finding for finding in result.findings}

    return go


def test_rows_of_ones_own(run):
    result, findings = run(False)
    assert findings["example.com/deny"].fidelity is Fidelity.MANUAL
    assert findings["example.com/deny"].hint == "write a SecurityPolicy with clientIPGeoLocations"
    assert findings["example.com/team"].fidelity is Fidelity.OBSOLETE
    assert findings["example.com/team"].message == "no routing"
    assert any(resource.kind == "HTTPRoute" for resource in result.resources)


def test_a_protecting_row_withholds_the_route(run):
    result, findings = run(True)
    assert findings["example.com/deny"].protects
    assert not any(resource.kind == "HTTPRoute" for resource in result.resources)


def test_without_the_file_they_are_strangers(run):
    _, findings = run(False, given=False)
    assert findings["example.com/deny"].fidelity is Fidelity.OBSOLETE
