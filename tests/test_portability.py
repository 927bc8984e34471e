"""Features that manifests use, and implementations that claim them."""

from __future__ import annotations

import json

import pytest

from converter.packs.portability import features, implementations, uses
from converter.reporting.portability import as_markdown
from tests.command import invoke
from tests.shared_data import SHARED
from tests.targets_input import ingress, run

REDIRECT = {"type": "RequestRedirect", "requestRedirect": {"scheme": "https", "statusCode": 301}}


def manifest(kind: str, spec: dict[str, object], group: str = "gateway.networking.k8s.io/v1") -> dict[str, object]:
    return {"apiVersion": group, "kind": kind, "metadata": {"name": "a", "namespace": "b"}, "spec": spec}


def route(**rule: object) -> dict[str, object]:
    return manifest("HTTPRoute", {"rules": [rule]})


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (route(filters=[REDIRECT]), {"HTTPRoute", "HTTPRouteSchemeRedirect"}),
        (route(timeouts={"request": "5s"}), {"HTTPRoute", "HTTPRouteRequestTimeout"}),
        (
            route(matches=[{"path": {"type": "RegularExpression", "value": "/.*"}}]),
            {"HTTPRoute", "regular expressions in matches"},
        ),
        (route(matches=[{"path": {"type": "PathPrefix", "value": "type=RegularExpression"}}]), {"HTTPRoute"}),
        (
            route(backendRefs=[{"name": "a", "filters": [{"type": "URLRewrite", "urlRewrite": {"hostname": "x"}}]}]),
            {"HTTPRoute"},
        ),
        (
            manifest("Gateway", {"listeners": [{"hostname": "a"}, {"hostname": "b"}]}),
            {"Gateway", "GatewayHTTPListenerIsolation"},
        ),
        (manifest("Gateway", {"listeners": [{"hostname": "a"}]}), {"Gateway"}),
        (manifest("SecurityPolicy", {}, "gateway.envoyproxy.io/v1alpha1"), {"SecurityPolicy (gateway.envoyproxy.io)"}),
        (manifest("Service", {"type": "LoadBalancer"}, "v1"), set()),
        (
            {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": None, "spec": [1]},
            {"HTTPRoute"},
        ),
    ],
)
def test_what_a_manifest_uses(body, expected):
    assert {one.name for one in uses([body])} == expected


def test_kinds_of_one_implementation_are_missing_everywhere_else():
    [use] = uses([manifest("SecurityPolicy", {}, "gateway.envoyproxy.io/v1alpha1")])
    assert [one.id for one in implementations() if one.claims(use) == "yes"] == ["envoy-gateway"]
    assert not any(one.claims(use) == "unproven" for one in implementations())


@pytest.mark.parametrize("shape", ["text", "markdown", "json"])
def test_the_command(tmp_path, shape):
    (tmp_path / "in.yaml").write_text(ingress("web", [("/", "web")], tls="a"))
    invoke(["convert", "in.yaml", "-q", "-o", "out"], tmp_path)
    shown = invoke(["portability", "out", "--format", shape], tmp_path)
    assert shown.code == 0
    assert "HTTPRoute308RedirectStatusCode" in shown.out
    assert "ClientTrafficPolicy (gateway.envoyproxy.io)" in shown.out
    if shape == "json":
        known = {one["id"]: one for one in json.loads(shown.out)["implementations"]}
        assert known["envoy-gateway"]["missing"] == []
        assert "BackendTrafficPolicy (gateway.envoyproxy.io)" in known["istio"]["missing"]


def test_what_to_do_is_said_once(tmp_path):
    (tmp_path / "in.yaml").write_text(ingress("web", [("/", "web")], tls="a"))
    invoke(["convert", "in.yaml", "-q", "-o", "out"], tmp_path)
    shown = invoke(["portability", "out", "--on", "gke-gateway", "--on", "kong-operator"], tmp_path).out
    assert shown.count("HTTPRoute308RedirectStatusCode: redirect with 301") == 1
    assert shown.count("names each setting") == 1


def test_manifests_without_gateway_api_are_claimed_by_nobody(tmp_path):
    (tmp_path / "in.yaml").write_text(ingress("web", [("/", "web")], tls="a"))
    shown = invoke(["portability", "in.yaml", "--on", "istio"], tmp_path)
    assert shown.code == 2
    assert "no resources of Gateway API" in shown.err
    assert "claimed" not in shown.out


def test_the_exit_status_is_for_those_that_are_named(tmp_path):
    (tmp_path / "in.yaml").write_text(ingress("web", [("/", "web")], tls="a"))
    invoke(["convert", "in.yaml", "-q", "-o", "out"], tmp_path)
    assert invoke(["portability", "out", "--on", "envoy-gateway"], tmp_path).code == 0
    assert invoke(["portability", "out", "--on", "istio"], tmp_path).code == 1
    assert invoke(["portability", "out", "--on", "nginx"], tmp_path).code == 2
    assert invoke(["portability", "nowhere"], tmp_path).code != 0


def test_plain_gateway_api_uses_no_kind_of_an_implementation():
    result = run(ingress("web", [("/", "web")], tls="a"), target="gateway-api")
    assert all(not one.owner for one in uses(one.body for one in result.resources))


def test_the_pack_is_derived_from_reports():
    names = {one.name for one in features()}
    assert len(names) > 35
    assert len(implementations()) > 12
    for one in implementations():
        assert one.supports | one.unproven <= names
        assert not one.supports & one.unproven
        assert one.report.startswith("conformance/reports/")
        assert len(one.date) == 10


def test_the_pack_is_current():
    given = SHARED / "reference" / "implementations.yaml"
    if not given.is_file():
        pytest.skip("no collection of conformance reports is at hand")
    import yaml

    from tools import derive_portability as tool

    data = yaml.safe_load(given.read_text())
    assert list(tool.features(data["feature_catalog"])) == [one.name for one in features()]


def test_names_cannot_break_a_table():
    [use] = uses([manifest("A|B", {}, "gateway.evil\x1b[31m/v1")])
    table = as_markdown([use], implementations())
    assert "\x1b" not in table
    assert "A\\|B" in table


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("envoy-gateway", "Portability: 2 extended features, 2 Envoy Gateway kinds (-v; ing2gw portability out)"),
        (
            "gateway-api",
            "Portability: 2 extended features (HTTPRoute308RedirectStatusCode, HTTPRouteSchemeRedirect) "
            "(-v; ing2gw portability out)",
        ),
    ],
)
def test_the_report_counts_what_is_not_portable(tmp_path, target, expected):
    (tmp_path / "in.yaml").write_text(ingress("web", [("/", "web")], tls="a"))
    done = invoke(["convert", "in.yaml", "-o", "out", "--to", target, "--report", "json:r.json", "-v"], tmp_path)
    assert "    missing: Kong, GKE" in done.err
    assert ("    only:    Envoy Gateway" in done.err) == (target == "envoy-gateway")
    assert expected in invoke(["convert", "in.yaml", "-o", "out", "--to", target], tmp_path).err.splitlines()
    rows = {one["name"]: one for one in json.loads((tmp_path / "r.json").read_text())["portability"]}
    assert "kong-operator" in rows["HTTPRouteSchemeRedirect"]["missing"]
