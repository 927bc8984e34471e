"""Ingresses as people write them, and what they get wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from converter.model.options import Options
from tests.test_reading_files import GOOD, names, run


def one(tmp_path: Path, text: str):
    path = tmp_path / "in.yaml"
    path.write_text(text)
    return run(path)


def test_everything_has_its_place(tmp_path: Path) -> None:
    inventory, _, findings = one(
        tmp_path,
        """\
# a comment
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  namespace: shop
  creationTimestamp: 2024-01-02T03:04:05Z
  labels: {app: web}
  annotations:
    nginx.ingress.kubernetes.io/ssl-redirect: "false"
    empty:
spec:
  ingressClassName: nginx
  defaultBackend:
    resource: {apiGroup: k8s.example.com, kind: Bucket, name: icons}
  tls:
  - hosts: [a.example.com, "*.example.com"]
    secretName: cert
  rules:
  - host: a.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend: {service: {name: web, port: {name: http}}}
  - http:
      paths:
      - pathType: ImplementationSpecific
        backend: {service: {name: web, port: {number: 8080}}}
  - host: b.example.com
""",
    )
    assert not findings
    ingress = inventory.ingresses[0]
    assert (ingress.namespace, ingress.name, ingress.created) == ("shop", "web", "2024-01-02T03:04:05Z")
    assert ingress.annotations == {"nginx.ingress.kubernetes.io/ssl-redirect": "false", "empty": ""}
    assert ingress.annotations_at["empty"] == (11, 5)
    assert (ingress.class_name, ingress.class_at) == ("nginx", (13, 3))
    assert ingress.default_backend is not None
    assert ingress.default_backend.resource == "k8s.example.com/Bucket/icons"
    assert [(tls.hosts, tls.secret, tls.at) for tls in ingress.tls] == [
        (["a.example.com", "*.example.com"], "cert", (17, 5))
    ]
    assert [rule.host for rule in ingress.rules] == ["a.example.com", "", "b.example.com"]
    first, second = ingress.rules[0].paths, ingress.rules[1].paths
    assert first is not None and second is not None
    assert (first[0].path, first[0].path_type, first[0].at) == ("/", "Prefix", (23, 9))
    assert first[0].backend is not None and first[0].backend.port == "http"
    assert (second[0].path, second[0].backend and second[0].backend.port) == ("", 8080)
    assert ingress.rules[2].paths is None


def test_old_versions_are_upgraded_as_the_api_server_did(tmp_path: Path) -> None:
    text = """\
apiVersion: VERSION
kind: Ingress
metadata: {name: old}
spec:
  backend: {serviceName: fallback, servicePort: 80}
  rules:
  - http:
      paths:
      - path: /a
        backend: {serviceName: web, servicePort: http}
      - path: /b
        pathType: Exact
        backend: {serviceName: web, servicePort: 8080}
"""
    for version in ("networking.k8s.io/v1beta1", "extensions/v1beta1"):
        inventory, _, findings = one(tmp_path, text.replace("VERSION", version))
        ingress = inventory.ingresses[0]
        assert ingress.api_version == version
        assert ingress.default_backend is not None
        assert (ingress.default_backend.service, ingress.default_backend.port) == ("fallback", 80)
        assert [(path.path_type, path.backend and path.backend.port) for path in ingress.rules[0].paths or ()] == [
            ("ImplementationSpecific", "http"),
            ("Exact", 8080),
        ]
        assert [(finding.code, finding.fidelity.value) for finding in findings] == [("ingress.upgraded", "exact")]


def test_lists(tmp_path: Path) -> None:
    item = "\n".join("  " + line for line in GOOD.split("\n")).replace("  apiVersion", "- apiVersion", 1)
    inventory, *_ = one(tmp_path, f"apiVersion: v1\nkind: List\nitems:\n{item}")
    assert names(inventory) == ["good"]
    assert inventory.ingresses[0].at == (4, 3)
    bare = "\n".join(line for line in item.split("\n") if "kind:" not in line and "apiVersion" not in line)
    bare = bare.replace("  metadata", "- metadata", 1)
    inventory, *_ = one(tmp_path, f"apiVersion: networking.k8s.io/v1\nkind: IngressList\nitems:\n{bare}")
    assert names(inventory) == ["good"]


def test_a_mistake_in_a_list_costs_only_its_item(tmp_path: Path) -> None:
    item = "\n".join("  " + line for line in GOOD.split("\n")).replace("  apiVersion", "- apiVersion", 1)
    twice = item.replace("good", "bad").replace("    namespace: shop", "    namespace: shop\n    namespace: shop")
    inventory, statuses, findings = one(tmp_path, f"apiVersion: v1\nkind: List\nitems:\n{twice}\n{item}")
    assert names(inventory) == ["good"]
    assert [status.ref.name for status in statuses] == ["bad"]
    assert findings[0].message.startswith("duplicate key 'namespace'")
    assert findings[0].origin.location.line == 9


def test_another_api_with_the_same_kind_is_not_ours(tmp_path: Path) -> None:
    inventory, statuses, findings = one(
        tmp_path, "apiVersion: networking.internal.knative.dev/v1alpha1\nkind: Ingress\nmetadata: {name: k}\n"
    )
    assert not inventory.ingresses
    assert [(status.status, status.ref.name) for status in statuses] == [("skipped", "k")]
    assert "another API" in statuses[0].reason
    assert findings[0].code == "ingress.foreign-group"


MISTAKES = {
    "non-string annotation": (
        "  namespace: shop\n",
        "  namespace: shop\n  annotations:\n    a: true\n",
        "annotation a is not text",
        (7, 5),
    ),
    "unknown pathType": ("pathType: Prefix", "pathType: prefix", "pathType is 'prefix'", (13, 9)),
    "port as scalar": (
        "port:\n              number: 80",
        "port: 80",
        "backend.service.port must be a mapping",
        (17, 13),
    ),
    "port as text": ("number: 80", 'number: "80"', "must be a whole number", (18, 15)),
    "port out of range": ("number: 80", "number: 70000", "from 1 to 65535", (18, 15)),
    "v1beta1 backend": (
        "service:\n            name: web\n            port:\n              number: 80",
        "serviceName: web\n          servicePort: 80",
        "are v1beta1",
        (14, 9),
    ),
    "no backend": (
        "        backend:\n          service:\n            name: web\n            port:\n              number: 80",
        "",
        "backend is missing",
        (12, 9),
    ),
    "name with ../": ("name: good", "name: ../../etc/good", "is not a DNS name", (4, 3)),
    "name too long": ("name: good", "name: " + "a" * 254, "at most 253", (4, 3)),
    "namespace with ../": ("namespace: shop", "namespace: ../shop", "not a DNS label", (5, 3)),
    "no name": ("  name: good\n", "", "metadata.name is missing", (4, 3)),
    "number for name": ("name: good", "name: 17", "must be text", (4, 3)),
    "host is an address": ("shop.example.com", "10.0.0.1", "IP address", (9, 5)),
    "host is nonsense": ("shop.example.com", "shop_example", "not a DNS name", (9, 5)),
    "helm value": ("shop.example.com", "'{{ .Values.host }}'", "{{ .Values.host }}", (9, 5)),
    "envsubst": ("shop.example.com", "${HOST}", "${HOST}", (9, 5)),
    "kustomize variable": ("shop.example.com", "shop.$(DOMAIN)", "$(DOMAIN)", (9, 5)),
    "helm value unquoted": ("shop.example.com", "{{ .Values.host }}", "{{ .Values.host }}", (9, 12)),
    "rules as mapping": ("  rules:\n  - host", "  rules:\n    host", "spec.rules must be a list", (8, 3)),
    "spec as text": (GOOD[GOOD.index("spec:") :], "spec: nothing\n", "spec must be a mapping", (6, 1)),
    "no paths": (GOOD[GOOD.index("      paths:") :], "      paths: []\n", "at least one path", (11, 7)),
    "duplicate key": (
        "  ingressClassName: nginx\n",
        "  ingressClassName: nginx\n  ingressClassName: other\n",
        "duplicate key 'ingressClassName'",
        (8, 3),
    ),
    "unknown version": ("networking.k8s.io/v1", "networking.k8s.io/v2", "no cluster ever served", (1, 1)),
    "missing version": ("apiVersion: networking.k8s.io/v1\n", "", "apiVersion is missing", (1, 1)),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_costs_the_object_and_says_where(tmp_path: Path, case: str) -> None:
    old, new, message, place = MISTAKES[case]
    assert old in GOOD
    bad = GOOD.replace(old, new)
    inventory, statuses, findings = one(tmp_path, bad + "\n---\n" + GOOD.replace("name: good", "name: neighbour"))
    assert names(inventory) == ["neighbour"]
    assert [status.status for status in statuses] == ["failed"]
    finding = next(finding for finding in findings if message in finding.message)
    assert (finding.origin.location.line, finding.origin.location.column) == place
    assert finding.fidelity.value == "unknown"


MALFORMED = {
    "no spec": (GOOD[GOOD.index("spec:") :], "", "spec is missing"),
    "empty spec": (GOOD[GOOD.index("spec:") :], "spec: {}\n", "either defaultBackend or rules"),
    "double slash": ("path: /\n", "path: /a//b\n", "holds //"),
    "no leading slash": ("path: /\n", "path: a\n", "does not start with /"),
    "empty prefix": ("        path: /\n", "", "does not start with /"),
    "missing pathType": ("        pathType: Prefix\n", "", "pathType is missing"),
    "capital letters": ("shop.example.com", "Shop.example.com", "capital letters"),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_what_only_todays_validation_refuses_is_kept_and_said(tmp_path: Path, case: str) -> None:
    old, new, message = MALFORMED[case]
    text = (
        GOOD.replace("- path: /\n        pathType", "- pathType") if case == "empty prefix" else GOOD.replace(old, new)
    )
    inventory, statuses, findings = one(tmp_path, text)
    assert names(inventory) == ["good"]
    assert not statuses
    assert [finding.code for finding in findings] == ["ingress.refused-today"]
    assert message in findings[0].message


def test_fields_that_the_api_does_not_have_are_named(tmp_path: Path) -> None:
    text = GOOD.replace("metadata:\n", "metadata:\n  nginx.ingress.kubernetes.io/rewrite-target: /\n")
    inventory, _, findings = one(
        tmp_path, text.replace("        pathType: Prefix", "        pathType: Prefix\n        hosts: x")
    )
    assert names(inventory) == ["good"]
    assert [(finding.code, finding.origin.key) for finding in findings] == [
        ("field.unknown", "metadata.nginx.ingress.kubernetes.io/rewrite-target"),
        ("field.unknown", "spec.rules[0].http.paths[0].hosts"),
    ]


def test_of_two_objects_with_one_name_the_later_counts(tmp_path: Path) -> None:
    inventory, statuses, findings = one(tmp_path, GOOD + "---\n" + GOOD.replace("number: 80", "number: 81"))
    assert len(inventory.ingresses) == 1
    assert inventory.ingresses[0].at == (20, 1)
    assert [(status.status, status.location.line) for status in statuses] == [("skipped", 1)]
    assert [(finding.code, finding.fidelity.value) for finding in findings] == [("input.duplicate-object", "manual")]
    assert one(tmp_path, GOOD + "---\n" + GOOD)[2][0].fidelity.value == "obsolete"
    young = GOOD.replace("name: good", "name: young")
    assert names(one(tmp_path, GOOD + "---\n" + young + "---\n" + GOOD)[0]) == ["good", "young"]  # by age


def test_anchors_and_merge_keys(tmp_path: Path) -> None:
    inventory, _, findings = one(
        tmp_path,
        """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: a}
spec:
  rules:
  - host: a.example.com
    http: &http
      paths:
      - &path
        path: /
        pathType: Prefix
        backend: &web {service: {name: web, port: {number: 80}}}
      - <<: *path
        path: /b
  - {host: b.example.com, http: *http}
""",
    )
    assert not findings
    rules = inventory.ingresses[0].rules
    assert [[path.path for path in rule.paths or ()] for rule in rules] == [["/", "/b"], ["/", "/b"]]
    assert rules[0].paths and rules[0].paths[1].backend and rules[0].paths[1].backend.service == "web"


def test_scalars_as_kubernetes_reads_them(tmp_path: Path) -> None:
    inventory, *_ = one(
        tmp_path,
        """\
apiVersion: v1
kind: ConfigMap
metadata: {name: c}
data: {a: yes, b: Off, c: y, d: 0777, e: 0o17, f: 0x1F, g: 1_000, h: 1e3, i: 12:30:45, j: 2024-01-01, k: ~, l: "on",
  m: !!str 1, n: .5, o: 08, p: -1, q: +1, r: N, s: <<, t: 18446744073709551615, u: null, v: Null, w: nULL, x: 1., y: "",
  z: }
""",
    )
    data = inventory.documents["ConfigMap"][0].body["data"]
    assert [data[key] for key in "abcdefghi"] == [True, False, True, 511, 15, 31, 1000, 1000.0, "12:30:45"]
    assert [data[key] for key in "jklmopq"] == ["2024-01-01", None, "on", "1", 8.0, -1, 1]
    assert [data[key] for key in "rstuvwxz"] == [False, "<<", 18446744073709551615, None, None, "nULL", 1.0, None]
    assert (data["false"], data["true"]) == (0.5, "")  # the keys n and y


def test_urls_in_flow_style_which_old_libyaml_refuses(tmp_path: Path) -> None:
    text = GOOD.replace("metadata:\n", 'metadata:\n  annotations: {a: http://auth.example.com/x?y=1, b: "2"}\n')
    inventory, _, findings = one(tmp_path, text + "---\n" + GOOD.replace("good", "next"))
    assert not findings
    assert names(inventory) == ["good", "next"]
    assert inventory.ingresses[0].annotations == {"a": "http://auth.example.com/x?y=1", "b": "2"}
    assert inventory.ingresses[0].annotations_at["b"] == (4, 51)


def test_namespaces(tmp_path: Path) -> None:
    text = GOOD.replace("  namespace: shop\n", "")
    assert one(tmp_path, text)[0].ingresses[0].namespace == "default"
    path = tmp_path / "in.yaml"
    inventory, *_ = run(path, options=Options(namespace="team"))
    assert (inventory.ingresses[0].namespace, inventory.ingresses[0].namespace_given) == ("team", False)


def test_services_and_secrets(tmp_path: Path) -> None:
    inventory, _, findings = one(
        tmp_path,
        """\
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop, annotations: {x: "1"}}
spec:
  type: NodePort
  selector: {app: web}
  ports:
  - {name: http, port: 80, targetPort: web, appProtocol: http}
  - {name: dns, port: 53, protocol: UDP}
---
apiVersion: v1
kind: Secret
metadata: {name: tls, namespace: shop}
type: kubernetes.io/tls
data: {tls.crt: QQ==, tls.key: Zm9v}
---
apiVersion: serving.knative.dev/v1
kind: Service
metadata: {name: kn, namespace: shop}
""",
    )
    assert not findings
    service = inventory.service("shop", "web")
    assert service is not None
    assert [(port.name, port.port, port.target, port.protocol) for port in service.ports] == [
        ("http", 80, "web", "TCP"),
        ("dns", 53, None, "UDP"),
    ]
    assert service.type == "NodePort"
    assert service.annotations_at["x"] == (3, 54)
    assert inventory.service("shop", "kn") is None
    assert inventory.documents["Secret"][0].body["data"] == {"tls.crt": "QQ==", "tls.key": ""}


def test_a_name_that_kubernetes_reads_as_a_boolean(tmp_path: Path) -> None:
    inventory, _, findings = one(tmp_path, GOOD.replace("name: good", "name: n").replace("name: web", "name: y"))
    assert names(inventory) == ["n"]
    assert [(finding.code, finding.hint) for finding in findings] == [
        ("ingress.refused-today", 'quote it: "n"'),
        ("ingress.refused-today", 'quote it: "y"'),
    ]
    assert not one(tmp_path, GOOD.replace("name: good", 'name: "n"'))[2]
    assert one(tmp_path, GOOD.replace("name: good", "name: no"))[2][0].message == "metadata.name must be text"


def test_duplicate_keys_in_other_objects_are_said(tmp_path: Path) -> None:
    inventory, _, findings = one(
        tmp_path,
        """\
kind: Service
apiVersion: v1
metadata: {name: web}
spec:
  type: ClusterIP
  type: NodePort
""",
    )
    assert inventory.services["default", "web"].type == "NodePort"
    assert [(finding.code, finding.origin.location.line) for finding in findings] == [("input.duplicate-key", 6)]


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("team: a/b", "label team has no valid value: 'a/b'"),
        ("team: '-'", "label team has no valid value: '-'"),
        (f"team: {'x' * 64}", f"label team has no valid value: '{'x' * 64}'"),
        ("team: {a: b}", "label team has no valid value: '{…}'"),
        ("'a b': x", "label key 'a b' is not a valid name"),
        ("team: 'a`id`'", "label team has no valid value: 'a`id`'"),
    ],
)
def test_labels_that_kubernetes_refuses(tmp_path: Path, label: str, message: str) -> None:
    """Routes carry the labels of their Ingress, and would be refused with it."""
    inventory, _, findings = one(tmp_path, GOOD.replace("name: good", f"name: good\n  labels: {{{label}}}"))
    assert names(inventory) == []
    assert [finding.message for finding in findings] == [message]


def test_labels_that_kubernetes_takes(tmp_path: Path) -> None:
    inventory, _, findings = one(
        tmp_path, GOOD.replace("name: good", "name: good\n  labels: {a.b/c: x_1.Y, e: '', f: }")
    )
    assert inventory.ingresses[0].labels == {"a.b/c": "x_1.Y", "e": "", "f": ""}
    assert not findings
