"""A live cluster as input: a real kubectl asks a small API server, and what it hands on is converted."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.cluster.discovery import ApiResource
from converter.cluster.export import export_text
from converter.cluster.read import Contents
from converter.reading.relevant_kinds import cluster_kinds
from tests.api_server import ApiServer, serving
from tests.command import Completed, invoke

kubectl = pytest.mark.skipif(shutil.which("kubectl") is None, reason="needs kubectl on PATH")
MARK = "hunter2-secret-value"
ESTATE = f"""
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {{name: nginx, managedFields: [{{manager: kubectl}}], uid: 1-2-3}}
spec: {{controller: k8s.io/ingress-nginx}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  uid: 4-5-6
  resourceVersion: "99"
  creationTimestamp: "2024-01-01T00:00:00Z"
  annotations:
    nginx.ingress.kubernetes.io/auth-type: basic
    nginx.ingress.kubernetes.io/auth-secret: users
    kubectl.kubernetes.io/last-applied-configuration: '{{"mark": "{MARK}"}}'
spec:
  ingressClassName: nginx
  tls: [{{hosts: [shop.example.com], secretName: shop-tls}}]
  rules:
  - host: shop.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: web, port: {{name: http}}}}}}}}]}}
status: {{loadBalancer: {{ingress: [{{ip: 192.0.2.1}}]}}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {{name: gone, namespace: shop}}
spec:
  ingressClassName: nginx
  rules:
  - host: gone.example.com
    http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: gone, port: {{number: 80}}}}}}}}]}}
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
spec: {{ports: [{{name: http, port: 8080}}], selector: {{app: web}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: api, namespace: blog}}
spec: {{ports: [{{name: http, port: 80}}], selector: {{app: api}}}}
---
apiVersion: v1
kind: Secret
metadata: {{name: users, namespace: shop, annotations: {{kubectl.kubernetes.io/last-applied-configuration: "{MARK}"}}}}
type: Opaque
data: {{auth: "{MARK}", "other.key": "{MARK}"}}
---
apiVersion: v1
kind: Secret
metadata: {{name: shop-tls, namespace: shop}}
type: kubernetes.io/tls
data: {{tls.crt: "{MARK}", tls.key: "{MARK}"}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: ingress-nginx-controller, namespace: ingress-nginx}}
spec:
  template:
    spec:
      containers:
      - name: controller
        image: registry.k8s.io/ingress-nginx/controller:v1.12.0
        args: [/nginx-ingress-controller, --configmap=ingress-nginx/settings]
        env: [{{name: TOKEN, value: "{MARK}"}}, {{name: POD, valueFrom: {{fieldRef: {{fieldPath: metadata.name}}}}}}]
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: settings, namespace: ingress-nginx}}
data: {{hsts: "false"}}
---
apiVersion: v1
kind: Pod
metadata: {{name: ingress-pod, namespace: shop}}
---
apiVersion: example.com/v1
kind: Widget
metadata: {{name: ingress-widget, namespace: shop}}
---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {{name: app, namespace: shop}}
"""


@pytest.fixture
def server() -> Iterator[ApiServer]:
    with serving(ApiServer([one for one in yaml.safe_load_all(ESTATE) if one])) as found:
        yield found


@pytest.fixture
def ask(server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run a command with the kubeconfig of the server."""
    monkeypatch.setenv("KUBECONFIG", str(server.kubeconfig(tmp_path)))
    monkeypatch.setenv("HOME", str(tmp_path))
    return lambda *args: invoke(args, tmp_path)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of all namespaces with the keys of Secrets."""
    folder = tmp_path_factory.mktemp("export")
    with serving(ApiServer([one for one in yaml.safe_load_all(ESTATE) if one])) as found:
        config = str(found.kubeconfig(folder))
        args = ("export", "-A", "--secret-keys", "--kubeconfig", config, "-o", "cluster.yaml")
        assert invoke(args, folder).code == 0
    return folder / "cluster.yaml"


def _lists(server: ApiServer) -> list[str]:
    """Paths of the lists that were asked for."""
    paths = [one.partition("?")[0].strip("/").split("/") for one in server.asked]
    return ["/".join(one) for one in paths if len(one) > 3 or (one[0] == "api" and len(one) == 3)]


def _report(completed: Completed) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(completed.err[: completed.err.rindex("}") + 1])
    return found


@kubectl
def test_convert_reads_the_namespace_of_the_context(server: ApiServer, ask: Any) -> None:
    found = ask("convert", "--cluster", "--report", "json", "--fail-on", "never")
    report = _report(found)
    assert [one["name"] for one in report["objects"]] == ["gone", "web"]
    assert "name: gone" in found.out
    assert not {"api/v1/secrets", "api/v1/namespaces/shop/secrets"} & set(_lists(server))
    assert all("namespaces/shop" in one or one.rpartition("/")[2] in CLUSTER_SCOPED for one in _lists(server))


CLUSTER_SCOPED = ("ingressclasses", "namespaces", "gatewayclasses")


@kubectl
def test_only_kinds_that_are_read_are_listed(server: ApiServer, ask: Any) -> None:
    assert ask("export", "-A").code == 0
    listed = {one.rpartition("/")[2] for one in _lists(server)}
    assert listed == {plural for _, _, plural in server.kinds} - {
        "secrets", "pods", "endpoints", "widgets", "applications"
    }  # fmt: skip
    assert any("continue=" in one for one in server.asked), "the lists are asked for in parts"


@kubectl
def test_no_value_of_a_secret_is_in_an_export(exported: Path) -> None:
    text = exported.read_text()
    assert MARK not in text
    objects = {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(text)}
    assert objects["Secret", "users"]["data"] == {"auth": None, "other.key": None}
    assert objects["Secret", "shop-tls"]["type"] == "kubernetes.io/tls"
    web = objects["Ingress", "web"]
    assert set(web["metadata"]) == {"name", "namespace", "annotations", "creationTimestamp"}
    assert web["status"]["loadBalancer"]["ingress"] == [{"ip": "192.0.2.1"}]


@kubectl
def test_an_export_converts_as_the_cluster_does(ask: Any, exported: Path) -> None:
    live = ask("convert", "--cluster", "--secret-keys", "-A", "--report", "json")
    file = invoke(("convert", "cluster.yaml", "--report", "json"), exported.parent)
    assert live.out.replace("<cluster>", "cluster.yaml") == file.out
    assert live.err.replace("<cluster>", "cluster.yaml") == file.err
    assert MARK not in live.out + live.err


@kubectl
def test_what_was_read_and_is_not_there_does_not_exist(exported: Path) -> None:
    found = invoke(("convert", "cluster.yaml", "--report", "json"), exported.parent)
    assert "backend.not-in-input" not in {one["code"] for one in _report(found)["findings"]}
    found = invoke(("trace", "cluster.yaml", "--request", "GET http://gone.example.com/"), exported.parent)
    assert "before: 503" in found.out


@kubectl
def test_passwords_that_were_not_read_are_unknown(exported: Path) -> None:
    """The Secret has the key that the controller reads; its users are not known, so the login cannot be converted."""
    report = _report(invoke(("convert", "cluster.yaml", "--report", "json"), exported.parent))
    assert "basic-auth.secret-missing" in {one["code"] for one in report["findings"]}
    assert not [one for one in report["findings"] if one["code"] == "access-rules.refused"]


@kubectl
def test_a_kind_that_may_not_be_listed_costs_itself(server: ApiServer, ask: Any) -> None:
    server.forbidden = {"services", "ingressclasses"}
    found = ask("convert", "--cluster", "-A", "--report", "json", "--fail-on", "never")
    (unread,) = [one for one in _report(found)["findings"] if one["code"] == "cluster.not-read"]
    assert "IngressClass, Service (the user may not list them (403 Forbidden))" in unread["message"]
    assert "backend.not-in-input" in {one["code"] for one in _report(found)["findings"]}
    assert "kind: HTTPRoute" in found.out


@kubectl
def test_ingresses_that_may_not_be_listed_fail_the_run(server: ApiServer, ask: Any) -> None:
    server.forbidden = {"ingresses"}
    found = ask("convert", "--cluster")
    assert found.code == 1
    assert "Not read of the cluster: Ingress" in found.err


@kubectl
def test_everything_forbidden_is_one_message(server: ApiServer, ask: Any) -> None:
    server.forbidden = {plural for _, _, plural in server.kinds}
    found = ask("convert", "--cluster")
    assert found.code == 2
    assert found.err == "Error: the cluster cannot be read: the user may not list them (403 Forbidden)\n"


@kubectl
def test_a_list_that_expired_is_read_once_more(server: ApiServer, ask: Any) -> None:
    server.expired = {"ingresses": 5}
    found = ask("export", "-A")
    assert found.code == 0
    objects = [one for one in yaml.safe_load_all(found.out) if one["kind"] == "Ingress"]
    assert sorted(one["metadata"]["name"] for one in objects) == ["api", "gone", "web"]


@kubectl
def test_groups_that_the_server_cannot_list_are_unknown(server: ApiServer, ask: Any) -> None:
    server.broken_groups = {"gateway.networking.k8s.io"}
    header = next(yaml.safe_load_all(ask("export", "-A").out))
    assert "HTTPRoute" not in header["spec"]["absent"] + header["spec"]["complete"]
    (unread,) = header["spec"]["unread"]
    assert "HTTPRoute" in unread["kinds"]
    assert "IngressRoute" in header["spec"]["absent"]


@kubectl
def test_old_clusters_list_ingresses_once(server: ApiServer, ask: Any) -> None:
    server.kinds["extensions", "v1beta1", "ingresses"] = ("Ingress", True)
    assert ask("export", "-A").code == 0
    assert next(one for one in _lists(server) if one.endswith("ingresses")) == "apis/networking.k8s.io/v1/ingresses"
    assert "apis/extensions/v1beta1/ingresses" not in _lists(server)


@kubectl
@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--context", "other"), "does not exist"),
        (("--context", "down"), "127.0.0.1:9"),
        (("--kubeconfig", "none"), "none"),
    ],
)
def test_a_cluster_that_cannot_be_read(ask: Any, args: tuple[str, ...], words: str) -> None:
    found = ask("convert", "--cluster", *args)
    assert found.code == 2
    assert found.err.startswith("Error: the cluster cannot be read: ")
    assert words in found.err
    assert found.err.count("\n") == 1


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("--cluster", "manifests"), "in place of PATH"),
        (("--context", "x"), "--context needs --cluster"),
        (("--secret-keys", "x.yaml"), "--secret-keys needs --cluster"),
        (("--cluster", "-A", "-n", "shop"), "not both"),
        (("--cluster", "-n", "No Name"), "must be a namespace"),
    ],
)
def test_options_that_contradict_each_other(tmp_path: Path, args: tuple[str, ...], words: str) -> None:
    found = invoke(("convert", *args), tmp_path)
    assert found.code == 2
    assert words in found.err


def _kubectl(folder: Path, monkeypatch: pytest.MonkeyPatch, *errors: str, kinds: str = "") -> None:
    """One that lists kinds where there are some, and fails with these lines for everything else."""
    (folder / "kinds").write_text(kinds)
    (folder / "errors").write_text("".join(f"{line}\n" for line in errors))
    known = f'case $1 in api-resources) cat "{folder}/kinds"; exit 0;; esac' if kinds else ""
    script = folder / "kubectl"
    script.write_text(f'#!/bin/sh\n{known}\ncat "{folder}/errors" >&2\nexit 1\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_a_server_that_never_responds_ends_the_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One message, and no call for each kind that waits as long."""
    slow = (
        "Unable to connect to the server: net/http: request canceled (Client.Timeout exceeded while awaiting headers)"
    )
    _kubectl(tmp_path, monkeypatch, slow, kinds=KINDS)
    found = invoke(("export", "-A"), tmp_path)
    assert found.code == 2
    assert found.err.startswith("Error: the cluster cannot be read: the server did not respond within 300 seconds")
    assert found.err.count("\n") == 1


def test_a_login_plugin_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The advice that kubectl prints around it is left out."""
    lines = (
        "Unable to connect to the server: getting credentials: exec: executable aws not found", "",
        "It looks like you are trying to use a client-go credential plugin that is not installed.", "",
        "To learn more about this feature, consult the documentation available at:",
        "      https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins",
    )  # fmt: skip
    _kubectl(tmp_path, monkeypatch, *lines)
    assert invoke(("export", "-A"), tmp_path).err == f"Error: the cluster cannot be read: {lines[0]}\n"


def test_no_kubeconfig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """kubectl asks a server on this machine then, which nobody means."""
    _kubectl(tmp_path, monkeypatch, "The connection to the server localhost:8080 was refused")
    assert "no kubeconfig names a server: set KUBECONFIG" in invoke(("export", "-A"), tmp_path).err


def test_without_kubectl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = invoke(("export",), tmp_path)
    assert found.code == 2
    assert "kubectl is not on PATH" in found.err


def test_a_configuration_cannot_choose_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "ing2gw.yaml").write_text("cluster: true\n")
    found = invoke(("convert", "."), tmp_path)
    assert found.code == 2
    assert "cluster" in found.err


def test_a_login_is_shown_and_an_error_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a login plugin prints reaches the user while kubectl runs; errors of kubectl are part of one message."""
    script = tmp_path / "kubectl"
    script.write_text('#!/bin/sh\necho "enter the code ABC in a browser" >&2\necho "error: no luck" >&2\nexit 1\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = invoke(("export", "-A"), tmp_path)
    assert found.code == 2
    assert "ing2gw: enter the code ABC in a browser\n" in found.err
    assert found.err.endswith("no luck\n")


def _fake_kubectl(folder: Path, monkeypatch: pytest.MonkeyPatch, kinds: str, answer: str) -> None:
    (folder / "kinds").write_text(kinds)
    (folder / "answer").write_text(answer)
    script = folder / "kubectl"
    script.write_text(f'#!/bin/sh\ncase $1 in api-resources) cat "{folder}/kinds";; *) cat "{folder}/answer";; esac\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


KINDS = "NAME SHORTNAMES APIVERSION NAMESPACED KIND\ningresses ing networking.k8s.io/v1 true Ingress\n"


@pytest.mark.parametrize(
    ("kinds", "answer", "words"),
    [
        (KINDS, "not json", "no list of objects"),
        (KINDS, '{"items": [7]}', "no list of objects"),
        (KINDS, "[]", "no list of objects"),
        ("NAME SHORTNAMES APIGROUP NAMESPACED KIND\n", "{}", "older than 1.20"),
        ("", "{}", "without a message"),
        ("NAME SHORTNAMES APIVERSION NAMESPACED KIND\n", "{}", "without a message"),
    ],
)
def test_a_kubectl_that_prints_something_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kinds: str, answer: str, words: str
) -> None:
    _fake_kubectl(tmp_path, monkeypatch, kinds, answer)
    found = invoke(("export", "-A"), tmp_path)
    assert found.code == 2
    assert words in found.err
    assert "bug" not in found.err


def test_names_of_a_server_are_no_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that lists a kind under the name of an option cannot give kubectl one."""
    _fake_kubectl(
        tmp_path, monkeypatch, f"{KINDS}--kubeconfig=/x networking.k8s.io/v1 true IngressClass\n", '{"items": []}'
    )
    assert "absent" in invoke(("export", "-A"), tmp_path).out


def test_the_order_of_a_server_does_not_matter() -> None:
    objects = [one for one in yaml.safe_load_all(ESTATE) if one]
    assert export_text(Contents("", objects)) == export_text(Contents("", objects[::-1]))


def test_kinds_are_asked_for_by_group_and_version() -> None:
    assert ApiResource("services", "", "v1", True, "Service").argument == "services.v1."
    assert (
        ApiResource("ingresses", "networking.k8s.io", "v1", True, "Ingress").argument
        == "ingresses.v1.networking.k8s.io"
    )
    assert not {"Secret", "Pod", "ClusterExport", "Application", "HelmRelease"} & set(cluster_kinds())


def test_completeness_is_of_kinds_and_namespaces(tmp_path: Path) -> None:
    """An export of one namespace says nothing of another."""
    header = "apiVersion: ing2gw/v1\nkind: ClusterExport\nspec: {namespace: shop, complete: [Service, Ingress]}\n"
    ingress = """---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: NAMESPACE}
spec:
  ingressClassName: nginx
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}
"""
    answers = {}
    for namespace in ("shop", "blog"):
        (tmp_path / "cluster.yaml").write_text(header + ingress.replace("NAMESPACE", namespace))
        found = invoke(
            ("trace", "cluster.yaml", "--request", "GET http://a.example.com/", "--format", "json"), tmp_path
        )
        answers[namespace] = json.loads(found.out)["before"]["status"]
    assert answers == {"shop": 503, "blog": 200}


@pytest.mark.parametrize(
    "spec", ["[]", "{complete: {}}", "{complete: [1, [2]], unread: [x, {kinds: 7}], namespace: []}"]
)
def test_a_header_of_another_shape_costs_itself(tmp_path: Path, spec: str) -> None:
    (tmp_path / "cluster.yaml").write_text(f"apiVersion: ing2gw/v1\nkind: ClusterExport\nspec: {spec}\n")
    assert "bug" not in invoke(("convert", "cluster.yaml"), tmp_path).err


STREAM = """apiVersion: ing2gw/v1
kind: ClusterExport
spec: {complete: [Service, EndpointSlice, ConfigMap]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
spec:
  template:
    spec:
      containers:
      - {name: controller, args: [/nginx-ingress-controller, --tcp-services-configmap=ingress-nginx/tcp]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: tcp, namespace: ingress-nginx}
data: {"9000": shop/db:5432}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {ports: [{port: 5432}]}
"""
SLICE = """---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: db-x, namespace: shop, labels: {kubernetes.io/service-name: db}}
endpoints: [{addresses: [10.0.0.9]}]
"""


@pytest.mark.parametrize("slices", ["", SLICE])
def test_endpoints_of_a_service_without_selector(tmp_path: Path, slices: str) -> None:
    """Whoever writes them by hand writes an EndpointSlice; where all were read and none is there, the port is closed."""
    (tmp_path / "cluster.yaml").write_text(STREAM + slices)
    report = _report(invoke(("convert", "cluster.yaml", "--report", "json"), tmp_path))
    assert ("stream.not-opened" in {one["code"] for one in report["findings"]}) is (not slices)
