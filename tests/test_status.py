"""`ing2gw status`: what a cluster has made of converted objects, from conditions to DNS records."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from converter.packs.features import load_yaml, mappings_dir
from converter.reporting.status import FORMATS
from converter.status.conditions import StatusCondition, conditions_of, explanation, state_of
from tests import status_input
from tests.api_server import ApiServer, serving
from tests.command import Completed, invoke
from tests.status_input import MARK, OLD_ADDRESS, Objects, condition
from tests.test_docs_cluster import plural


@lru_cache
def _cluster() -> Objects:
    return status_input.cluster()


def _status(folder: Path, change: Callable[[Objects], Any] = len, *args: str) -> Completed:
    objects = deepcopy(_cluster())
    change(objects)
    (folder / "cluster.yaml").write_text(status_input.text(objects))
    return invoke(("status", "cluster.yaml", *args), folder)


def _data(folder: Path, change: Callable[[Objects], Any] = len, *args: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(_status(folder, change, *args, "--format", "json").out)
    return {one["name"]: one for one in found["ingresses"]} | {"ready": found["ready"]}


def _bad(one: dict[str, Any]) -> list[tuple[str, str]]:
    return [(check["aspect"], check["state"]) for check in one["checks"] if check["state"] in ("failed", "waiting")]


def test_a_cluster_that_serves_everything_is_ready(tmp_path: Path) -> None:
    found = _status(tmp_path)
    assert found.code == 0
    assert "2 Ingresses: 2 ready, 0 not ready; served by the Gateway alone 1, by both 1" in found.out
    data = _data(tmp_path)
    assert data["ready"]
    assert data["Ingress shop/web"]["servedBy"] == "both"
    assert data["Ingress shop/web"]["addresses"] == ["203.0.113.9"]
    shown = {check["aspect"] for check in data["Ingress shop/web"]["checks"]}
    assert shown == {
        "applied", "accepted", "programmed", "references", "certificate", "endpoints", "address", "dns"
    }  # fmt: skip


def test_no_secret_is_shown(tmp_path: Path) -> None:
    for args in (("-v",), ("--format", "json")):
        found = _status(tmp_path, len, *args)
        assert MARK not in found.out + found.err


def _parents(name: str, *conditions: dict[str, Any]) -> Callable[[Objects], None]:
    def change(objects: Objects) -> None:
        for parent in objects["HTTPRoute", name]["status"]["parents"]:
            parent["conditions"] = list(conditions)

    return change


def _listeners(*conditions: dict[str, Any]) -> Callable[[Objects], None]:
    def change(objects: Objects) -> None:
        objects["Gateway", "nginx"]["status"]["listeners"][-1]["conditions"] = list(conditions)

    return change


def _gateway(*conditions: dict[str, Any]) -> Callable[[Objects], None]:
    def change(objects: Objects) -> None:
        objects["Gateway", "nginx"]["status"]["conditions"] = list(conditions)

    return change


def _removed(kind: str, name: str) -> Callable[[Objects], None]:
    def change(objects: Objects) -> None:
        del objects[kind, name]

    return change


def _no_address(objects: Objects) -> None:
    objects["Gateway", "nginx"]["status"]["addresses"] = []


def _scaled_down(objects: Objects) -> None:
    objects["EndpointSlice", "web-1"]["endpoints"] = []


def _policy_conflict(objects: Objects) -> None:
    (ancestor,) = objects["BackendTrafficPolicy", "nginx"]["status"]["ancestors"]
    ancestor["conditions"] = [condition("Accepted", "False", "Conflicted", "Unable to target Gateway")]


def _certificate(reason: str) -> Callable[[Objects], None]:
    def change(objects: Objects) -> None:
        status = objects["Certificate", "shop-tls"]["status"]
        status["conditions"] = [condition("Ready", "False", reason, "issuing")]

    return change


def _untouched(objects: Objects) -> None:
    del objects["HTTPRoute", "web"]["status"]


def _edited(objects: Objects) -> None:
    objects["HTTPRoute", "web"]["metadata"]["generation"] = 2


def _one_parent(objects: Objects) -> None:
    del objects["HTTPRoute", "api"]["status"]["parents"][1:]
    objects["HTTPRoute", "web"]["status"]["parents"][0]["parentRef"] = {"name": "other"}


def _unknown_listener(objects: Objects) -> None:
    del objects["Gateway", "nginx"]["status"]["listeners"][-1]


def _disabled(objects: Objects) -> None:
    (found,) = [one for one in objects.values() if one["kind"] == "GatewayClass"]
    found["status"]["conditions"] = [condition("Accepted", "False", "InvalidParameters")]


@pytest.mark.parametrize(
    ("change", "expected", "words"),
    [
        (
            _parents("web", condition("Accepted", "False", "NoMatchingListenerHostname", "no host"), condition("ResolvedRefs")),
            ("accepted", "failed"),
            "No listener of the Gateway has a hostname that covers one of the route.",
        ),
        (
            _parents("web", condition("Accepted"), condition("ResolvedRefs", "False", "BackendNotFound", "no web")),
            ("references", "failed"),
            "A Service of backendRefs does not exist; its requests get 500.",
        ),
        (
            _listeners(condition("Accepted"), condition("ResolvedRefs", "False", "InvalidCertificateRef", "no Secret")),
            ("references", "failed"),
            "The Secret of the certificate is missing",
        ),
        (_listeners(condition("Conflicted", "True", "HostnameConflict")), ("accepted", "failed"), "same hostname"),
        (
            _gateway(condition("Accepted"), condition("Programmed", "False", "AddressNotAssigned")),
            ("programmed", "waiting"),
            "has no address yet",
        ),
        (
            _gateway(condition("Accepted"), condition("Programmed", "False", "NoResources")),
            ("programmed", "waiting"),
            "No replica of the proxy is available.",
        ),
        (_no_address, ("address", "waiting"), "has no address"),
        (_scaled_down, ("endpoints", "waiting"), "0 of 0 endpoints ready"),
        (_policy_conflict, ("accepted", "failed"), "An older policy of the same kind has the same target"),
        (_certificate("DoesNotExist"), ("certificate", "waiting"), "cert-manager is issuing it"),
        (_certificate("IncorrectCertificate"), ("certificate", "failed"), "Another Certificate writes the same Secret"),
        (_untouched, ("accepted", "waiting"), "no controller has looked at it"),
        (_edited, ("accepted", "waiting"), "The controller has not looked at the last change."),
        (_one_parent, ("accepted", "waiting"), "Gateway envoy-gateway-system/nginx https) has no condition"),
        (_unknown_listener, ("accepted", "waiting"), "(listener https) has no condition"),
        (_disabled, ("accepted", "failed"), "The object of parametersRef is missing or invalid."),
        (_removed("HTTPRoute", "web"), ("applied", "failed"), "HTTPRoute shop/web is not in the cluster"),
        (_removed("Gateway", "nginx"), ("applied", "failed"), "is not in the cluster"),
        (_removed("Service", "web"), ("endpoints", "failed"), "Service shop/web does not exist"),
        (_removed("Secret", "shop-tls"), None, ""),
    ],
    ids=lambda value: "change" if callable(value) else str(value),
)  # fmt: skip
def test_what_is_not_ready(
    tmp_path: Path, change: Callable[[Objects], None], expected: tuple[str, str] | None, words: str
) -> None:
    """Each state fails the run and is explained; what is made by a Certificate that is ready need not be read."""
    found = _status(tmp_path, change, "--format", "json")
    data = {one["name"]: one for one in json.loads(found.out)["ingresses"]}
    bad = _bad(data["Ingress shop/web"])
    if expected is None:
        assert (found.code, bad) == (0, [])
    else:
        assert found.code == 1
        assert expected in bad
        assert words in found.out


def test_what_only_the_old_controller_serves(tmp_path: Path) -> None:
    assert "NOT READY  Ingress shop/web (cluster.yaml:" in _status(tmp_path, _removed("HTTPRoute", "web")).out
    data = _data(tmp_path, _removed("HTTPRoute", "web"))
    assert data["Ingress shop/web"]["servedBy"] == "old controller"
    assert data["Ingress blog/api"]["ready"]


def test_a_shared_problem_is_explained_once(tmp_path: Path) -> None:
    found = _status(tmp_path, _gateway(condition("Accepted"), condition("Programmed", "False", "NoResources")))
    assert found.out.count("Programmed is False, NoResources") == 2
    assert found.out.count("No replica of the proxy is available.") == 1


def test_reports(tmp_path: Path) -> None:
    """Each names the Ingress and what to do, and escapes messages of controllers."""
    evil = _parents("web", condition("Accepted", "False", "UnsupportedValue", "<b>|`\n::error::x\x1b[2J"))
    names = [name for name in FORMATS if name != "text"]
    reports = [word for name in names for word in ("--report", f"{name}:out.{name}")]
    assert _status(tmp_path, evil, *reports).code == 1
    texts = {name: (tmp_path / f"out.{name}").read_text() for name in names}
    for name, text in texts.items():
        assert "Ingress shop/web" in text, name
        assert "A field has a value that the implementation does not have" in text, name
        assert "\x1b" not in text
    assert "<b>" not in texts["html"] + texts["junit"] + texts["markdown"]
    suites = ElementTree.fromstring(texts["junit"])
    assert [suite.get("name") for suite in suites] == ["Ingress shop/web", "Ingress blog/api"]
    assert [int(suite.get("failures", "")) > 0 for suite in suites] == [True, False]
    assert not re.search(r"^::error::x", texts["github"], re.M)
    assert re.search(
        r"^::error file=cluster.yaml,line=\d+,title=Ingress shop/web%3A accepted failed::", texts["github"], re.M
    )
    assert "--report sarif" in _status(tmp_path, len, "--report", "sarif").err
    assert json.loads(texts["json"])["ready"] is False


def test_only_some_ingresses(tmp_path: Path) -> None:
    assert _status(tmp_path, _removed("HTTPRoute", "web"), "--only", "blog/*").code == 0
    assert _status(tmp_path, _removed("HTTPRoute", "web"), "--only", "shop/web").code == 1
    assert "no Ingress and no converted route" in _status(tmp_path, len, "--only", "none/*").err


def test_kinds_that_were_not_read_are_not_ready(tmp_path: Path) -> None:
    def change(objects: Objects) -> None:
        del objects["HTTPRoute", "web"]
        objects["ClusterExport", "cluster"]["spec"]["complete"] = ["Ingress"]

    found = _status(tmp_path, change)
    assert found.code == 1
    assert "HTTPRoute shop/web was not read, so it is not known whether it serves" in found.out


def test_records(tmp_path: Path) -> None:
    """A record that points to the old controller is the state before the switch, and fails nothing."""

    def dns(data: dict[str, Any]) -> list[tuple[str, str]]:
        checks = data["Ingress shop/web"]["checks"]
        return [(one["state"], one["message"]) for one in checks if one["aspect"] == "dns"]

    def moved(objects: Objects) -> None:
        objects["DNSEndpoint", "shop"]["spec"]["endpoints"][0]["targets"] = ["203.0.113.9"]

    assert dns(_data(tmp_path)) == [("info", f"shop.example.com points to {OLD_ADDRESS}, the old controller")]
    assert dns(_data(tmp_path, moved)) == [("ready", "shop.example.com points to 203.0.113.9, the Gateway")]
    (unknown,) = dns(_data(tmp_path, _removed("DNSEndpoint", "shop")))
    assert unknown == ("unknown", "the input has no record of shop.example.com")


def _written(folder: Path) -> None:
    (folder / "source.yaml").write_text(status_input.ESTATE)
    assert invoke(("convert", "source.yaml", "-o", "out", "-q", "--fail-on", "never"), folder).code == 0


def test_files_are_compared(tmp_path: Path) -> None:
    """Who changed what: the Ingress after its conversion, or somebody the cluster."""
    _written(tmp_path)
    assert _status(tmp_path, len, "-o", "out").code == 0

    def ingress(objects: Objects) -> None:
        objects["Ingress", "web"]["spec"]["rules"][0]["http"]["paths"][0]["path"] = "/new"

    def route(objects: Objects) -> None:
        del objects["HTTPRoute", "web"]["spec"]["rules"][0]["filters"]

    found = _status(tmp_path, ingress, "-o", "out")
    assert found.code == 1
    assert "HTTPRoute shop/web: the Ingress, its Service or the controller changed since the conversion" in found.out
    found = _status(tmp_path, route, "-o", "out")
    assert "HTTPRoute shop/web: the cluster differs from the converted file (spec.rules[0].filters" in found.out
    found = _status(tmp_path, ingress)
    assert "HTTPRoute shop/web: the cluster differs from what the Ingress converts to now" in found.out


def test_the_folder_of_an_export_holds_no_converted_files(tmp_path: Path) -> None:
    """`layout: mirror` of a configuration file puts files beside their sources, and an export is none."""
    (tmp_path / "ing2gw.yaml").write_text("layout: mirror\n")

    def ingress(objects: Objects) -> None:
        objects["Ingress", "web"]["spec"]["rules"][0]["http"]["paths"][0]["path"] = "/new"

    found = _status(tmp_path, ingress)
    assert "HTTPRoute shop/web: the cluster differs from what the Ingress converts to now" in found.out


def test_the_source_of_a_route_is_named(tmp_path: Path) -> None:
    """A condition leads back to the setting of the input, and the Ingress to the file that was converted."""

    def change(objects: Objects) -> None:
        objects["HTTPRoute", "web"]["metadata"]["annotations"]["ing2gw/source"] = "Ingress shop/web (shop/web.yaml)"
        _parents("web", condition("Accepted", "False", "UnsupportedValue", "cors"))(objects)

    out = _status(tmp_path, change).out
    assert "converted from shop/web.yaml" in out
    assert "nginx.ingress.kubernetes.io/enable-cors at cluster.yaml:" in out


def test_routes_of_ingresses_that_are_gone(tmp_path: Path) -> None:
    """After the old Ingress is deleted its routes are still looked at."""

    def change(objects: Objects) -> None:
        del objects["Ingress", "web"]

    def all_gone(objects: Objects) -> None:
        change(objects)
        del objects["Ingress", "api"]

    def broken(objects: Objects) -> None:
        change(objects)
        _parents("web", condition("Accepted", "False", "NoMatchingParent"))(objects)

    found = _status(tmp_path, change)
    assert found.code == 0
    assert "Ingress shop/web, not in the input" in found.out
    assert _status(tmp_path, broken).code == 1
    found = _status(tmp_path, all_gone)
    assert (found.code, found.out.count(", not in the input")) == (0, 2)


def test_routes_of_one_ingress_that_is_gone_are_one_ingress(tmp_path: Path) -> None:
    """A route that several Ingresses share names no file, so the sources of one Ingress differ by it."""

    def change(objects: Objects) -> None:
        del objects["Ingress", "web"]
        other = deepcopy(objects["HTTPRoute", "web"])
        other["metadata"]["name"] = "web-other"
        source = other["metadata"]["annotations"]["ing2gw/source"]
        other["metadata"]["annotations"]["ing2gw/source"] = source.partition(" (")[0]
        objects["HTTPRoute", "web-other"] = other

    found = _status(tmp_path, change, "-v")
    assert found.out.count("Ingress shop/web, not in the input") == 1
    assert "HTTPRoute shop/web-other" in found.out


CANARY = """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: api-canary
  namespace: blog
  annotations: {nginx.ingress.kubernetes.io/canary: "true", nginx.ingress.kubernetes.io/canary-weight: "10"}
spec:
  ingressClassName: nginx
  rules:
  - host: blog.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: api, port: {number: 80}}}}]}
"""


def test_a_canary_is_served_by_the_route_of_its_ingress(tmp_path: Path) -> None:
    def change(objects: Objects) -> None:
        objects["Ingress", "api-canary"] = yaml.safe_load(CANARY.removeprefix("---"))

    checks = _data(tmp_path, change)["Ingress blog/api-canary"]["checks"]
    assert "HTTPRoute blog/api is in the cluster" in {one["message"] for one in checks}
    assert "converted" not in {one["aspect"] for one in checks}


def test_manifests_of_people_are_no_cluster(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(status_input.ESTATE)
    found = invoke(("status", "shop.yaml", "-q"), tmp_path)
    assert found.code == 1
    assert "the input has no Gateway and no route: read the cluster (--cluster -A)" in found.err


def test_an_ingress_that_is_not_converted_is_decided_first(tmp_path: Path) -> None:
    def change(objects: Objects) -> None:
        notes = {"nginx.ingress.kubernetes.io/configuration-snippet": "deny 192.0.2.7;\nauth_jwt x;"}
        objects["Ingress", "api"]["metadata"]["annotations"] = notes

    checks = _data(tmp_path, change)["Ingress blog/api"]["checks"]
    (check,) = [one for one in checks if one["aspect"] == "converted"]
    assert check["message"].startswith("failed: ")
    assert check["do"].startswith("Decide what its findings say")


def test_an_empty_cluster_is_not_ready(tmp_path: Path) -> None:
    (tmp_path / "cluster.yaml").write_text("apiVersion: v1\nkind: Service\nmetadata: {name: x}\n")
    found = invoke(("status", "cluster.yaml"), tmp_path)
    assert found.code == 1
    assert "no Ingress and no converted route to look at" in found.err
    assert invoke(("status", "cluster.yaml", "-o", "none"), tmp_path).code == 2


BROKEN: tuple[Any, ...] = (None, 7, "x", [], {}, [7], [None], [{}], {"conditions": 7}, {"conditions": [{}]}, {"parents": 7},
    {"parents": [{"conditions": [{"type": []}], "parentRef": 7}]}, {"listeners": [{"name": {}}]},
    {"addresses": 7}, {"addresses": [7, {"value": {}}]}, {"ancestors": [[]]}, {"loadBalancer": 7},
    {"loadBalancer": {"ingress": [7, {"ip": []}]}})  # fmt: skip


@pytest.mark.parametrize("shift", range(4))
def test_statuses_of_another_shape_are_no_crash(tmp_path: Path, shift: int) -> None:
    """Every object has one of these, and in each turn another one."""

    def change(objects: Objects) -> None:
        some = [one for one in objects.values() if one["kind"] != "ClusterExport"]
        for number, one in enumerate(some):
            one["status"] = BROKEN[(number + 5 * shift) % len(BROKEN)]

    found = _status(tmp_path, change)
    assert found.code == 1
    assert "bug" not in found.err


@pytest.mark.parametrize(
    "spec", (7, [], {"listeners": 7, "parentRefs": 7}, {"rules": [7], "parentRefs": [{}]}), ids=repr
)
def test_objects_of_another_shape_are_no_crash(tmp_path: Path, spec: Any) -> None:
    def change(objects: Objects) -> None:
        for kind, name in (
            ("Gateway", "nginx"),
            ("HTTPRoute", "web"),
            ("DNSEndpoint", "shop"),
            ("EndpointSlice", "web-1"),
        ):
            objects[kind, name]["spec"] = spec
            objects[kind, name]["endpoints"] = spec

    assert "bug" not in _status(tmp_path, change).err


def _rows() -> list[tuple[str, str, str]]:
    data = load_yaml(mappings_dir() / "conditions.yaml")
    return [(kind, kinds, reason) for kind, rows in data["kinds"].items() for kinds in rows for reason in rows[kinds]]


@pytest.mark.parametrize("row", _rows(), ids="/".join)
def test_every_reason_says_what_it_means_and_what_to_do(row: tuple[str, str, str]) -> None:
    kind, about, reason = row
    pack = load_yaml(mappings_dir() / "conditions.yaml")
    found = StatusCondition(kind, about, "True" if about in pack["negative"] else "False", reason, "")
    assert explanation(found).means.endswith(".")
    assert explanation(found).do.endswith(".")
    assert state_of(found) in (("info",) if about in pack["informs"] else ("failed", "waiting"))


REASONS = [
    line.split()
    for line in (Path(__file__).parent / "data" / "condition_reasons.txt").read_text().splitlines()
    if not line.startswith("#")
]


@pytest.mark.parametrize(("kind", "about", "status", "reason"), REASONS)
def test_every_reason_of_the_controllers_is_known(kind: str, about: str, status: str, reason: str) -> None:
    """A condition is ready, or its reason has an explanation of its own."""
    found = StatusCondition(kind, about, status, reason, "")
    if state_of(found) != "ready" and status != "Unknown":
        rows = load_yaml(mappings_dir() / "conditions.yaml")["kinds"][kind][about]
        known = reason == about or reason in rows
        assert known, f"{reason} is not explained"
    if status == "Unknown":
        assert state_of(found) == "waiting"
        assert explanation(found).do


def test_several_reasons_at_once() -> None:
    """Envoy Gateway joins the reasons of several errors with commas."""
    found = StatusCondition("Route", "ResolvedRefs", "False", "BackendNotFound,PortNotFound", "")
    assert "does not exist" in explanation(found).means
    assert "no such port" in explanation(found).means


def test_a_refused_backend_that_was_corrected() -> None:
    """Envoy Gateway writes the condition Invalid for it, and never takes it back."""
    refused = {"type": "Invalid", "status": "False", "reason": "Accepted", "observedGeneration": 1}
    accepted = {"type": "Accepted", "status": "True", "reason": "Accepted", "observedGeneration": 2}
    body = {"kind": "Backend", "metadata": {"generation": 1}, "status": {"conditions": [refused]}}
    assert [state_of(one) for one in conditions_of(body)] == ["failed"]
    body = {"kind": "Backend", "metadata": {"generation": 2}, "status": {"conditions": [refused, accepted]}}
    assert [state_of(one) for one in conditions_of(body)] == ["ready"]


def test_where_conditions_are(tmp_path: Path) -> None:
    body = yaml.safe_load(
        "{kind: XListenerSet, metadata: {generation: 3}, status: {conditions: [{type: Accepted, status: 'True',"
        " observedGeneration: 2}], listeners: [{name: a, conditions: [{type: Programmed, status: 'False'}]}]}}"
    )
    assert [(one.group, one.type, one.about, one.stale) for one in conditions_of(body)] == [
        ("ListenerSet", "Accepted", "", True),
        ("Listener", "Programmed", "listener a", False),
    ]


@pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl on PATH")
def test_a_live_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same by kubectl; Secrets are not listed, and the Certificate says that theirs is there."""
    objects = [one for one in _cluster().values() if one["kind"] != "ClusterExport"]
    kinds = {}
    for one in objects:
        group, _, version = one["apiVersion"].rpartition("/")
        kinds[group, version, plural(one["kind"])] = (one["kind"], "namespace" in one["metadata"])
    monkeypatch.setenv("HOME", str(tmp_path))
    with serving(ApiServer(objects, kinds)) as server:
        config = str(server.kubeconfig(tmp_path))
        found = invoke(("status", "--cluster", "-A", "--kubeconfig", config), tmp_path)
    assert (found.code, found.err) == (0, "")
    assert "2 Ingresses: 2 ready" in found.out
    assert not [one for one in server.asked if "secrets" in one]
