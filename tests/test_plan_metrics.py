"""The queries of a plan name metrics that there are: those of a real Envoy behind Envoy Gateway, asked for them."""

from __future__ import annotations

import re
import urllib.request
from pathlib import Path

import pytest

from converter.model.options import Options
from converter.packs.migration import metric_notes, metric_signals
from converter.pipeline.run import convert
from converter.writing.serialize import document
from tests import live

ROOT = Path(__file__).parent.parent
_METRIC = re.compile(r"\benvoy_[a-z_]+\b(?!=)")
_LABELS = {"envoy_cluster_name", "envoy_response_code_class", "envoy_http_conn_manager_prefix"}


def _named() -> set[str]:
    texts = [one["after"].get("envoy-gateway", "") for one in metric_signals()]
    return {name for text in texts for name in _METRIC.findall(text)} - _LABELS


def test_every_signal_has_both_sides_and_a_reason_to_stop():
    for one in metric_signals():
        assert one["after"].keys() >= {"envoy-gateway", "aws"}
        assert one["before"].keys() <= {"ingress-nginx", "alauda-alb", "aws-alb"}
        assert one["means"].endswith(".")
        assert one["stop"].endswith(".")
    assert all(
        metric_notes(name) for name in ("ingress-nginx", "alauda-alb", "aws-alb", "envoy-gateway", "gateway-api", "aws")
    )


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")
def test_a_real_envoy_has_every_metric_and_label(tmp_path):
    result = convert([str(ROOT / "fixtures" / "migration" / "ingress-nginx")], Options())
    (tmp_path / "out.yaml").write_text(document([one for one in result.resources if one.kind != "Certificate"]))
    asking = live.asking()
    with asking.Target([str(tmp_path / "out.yaml")]) as running:
        running.ask({"host": "catalogue.example.com", "path": "/", "scheme": "https"})
        text = "".join(
            urllib.request.urlopen(f"http://127.0.0.1:{envoy.admin}/stats/prometheus").read().decode()
            for envoy in running.envoys
        )
    found = set(re.findall(r"^(envoy_[a-z_]+)(?:\{| )", text, re.M))
    assert _named() <= found
    assert all(f"{label}=" in text for label in _LABELS)
    assert 'envoy_cluster_name="httproute/shop/catalogue/rule/0"' in text
    assert re.search(r'envoy_http_conn_manager_prefix="https?-10(080|443)"', text)
