"""Discovery and the ways in which files can be odd: each costs itself only."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from converter.model import Finding, InputStatus, ObjectStatus
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading import read
from converter.reading.inventory import Inventory
from tests.complete import broken_promises, convert_text

GOOD = """\
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: good
  namespace: shop
spec:
  ingressClassName: nginx
  rules:
  - host: shop.example.com
    http:
      paths:
      - path: /
        pathType: Prefix
        backend:
          service:
            name: web
            port:
              number: 80
"""


def run(
    *paths: Path | str,
    stdin: bytes | None = None,
    options: Options = Options(),
) -> tuple[Inventory, list[ObjectStatus], list[Finding]]:
    ledger = Ledger()
    source = io.BytesIO(stdin) if stdin is not None else None
    inventory, statuses = read([str(path) for path in paths], options, ledger, source)
    return inventory, statuses, ledger.findings()


def names(inventory: Inventory) -> list[str]:
    return [ingress.name for ingress in inventory.ingresses]


def status(inventory: Inventory, name: str) -> InputStatus:
    return next(one for one in inventory.inputs if one.path.endswith(name))


def test_directories_are_walked_in_order_without_hidden_ones_and_other_suffixes(tmp_path: Path) -> None:
    for name in ("b.yaml", "a.yml", "sub/c.json", ".hidden/d.yaml", ".e.yaml", "notes.txt"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(GOOD.replace("name: good", f"name: {path.stem.strip('.')}"))
    inventory, _, _ = run(tmp_path)
    assert names(inventory) == ["a", "b", "c"]


def test_a_file_given_by_name_is_read_whatever_its_suffix(tmp_path: Path) -> None:
    (tmp_path / "ingress.txt").write_text(GOOD)
    assert names(run(tmp_path / "ingress.txt")[0]) == ["good"]


def test_the_order_of_arguments_does_not_matter_and_no_file_is_read_twice(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.yaml").write_text(GOOD.replace("good", name))
    first, *_ = run(tmp_path / "b.yaml", tmp_path / "a.yaml", tmp_path)
    second, *_ = run(tmp_path)
    assert names(first) == names(second) == ["a", "b"]


def test_links_that_lead_in_circles_or_nowhere(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nothing")
    inventory, _, findings = run(tmp_path)
    assert names(inventory) == ["good"]
    assert status(inventory, "gone.yaml").status == "failed"
    assert [finding.code for finding in findings] == ["input.unreadable"]


def test_globs_and_missing_paths(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    inventory, _, findings = run(str(tmp_path / "*.yaml"), str(tmp_path / "none" / "*.yaml"), tmp_path / "missing")
    assert names(inventory) == ["good"]
    assert sorted(one.message for one in inventory.inputs if one.status == "failed") == [
        "matches no file",
        "no such file or directory",
    ]
    assert len(findings) == 2


def test_standard_input() -> None:
    inventory, *_ = run("-", stdin=GOOD.encode())
    assert names(inventory) == ["good"]
    assert inventory.ingresses[0].location().path == "-"
    assert run("-")[0].inputs[0].status == "failed"


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yaml").write_text(GOOD)
    (tmp_path / "secret.yaml").write_text(GOOD)
    real = open

    def refusing(path: str, *rest: Any) -> object:
        if str(path).endswith("secret.yaml"):
            raise PermissionError(13, "Permission denied")
        return real(path, *rest)

    monkeypatch.setattr("builtins.open", refusing)
    inventory, _, findings = run(tmp_path)
    assert names(inventory) == ["good"]
    assert status(inventory, "secret.yaml").message == "cannot be read: Permission denied"
    assert findings[0].code == "input.unreadable"


def test_a_file_above_all_size_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("converter.reading.discover.MAX_BYTES", 2 * 1024 * 1024)
    (tmp_path / "a.yaml").write_text(GOOD)
    with (tmp_path / "huge.yaml").open("wb") as file:
        file.truncate(3 * 1024 * 1024)
    inventory, *_ = run(tmp_path)
    assert names(inventory) == ["good"]
    assert "larger than 2 MB" in status(inventory, "huge.yaml").message


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"\x7fELF\x02\x01\x01\x00\x00\x00", "binary"),
        (b"kind: Ingress\n\xff\xfe: x\n", "UTF-8"),
        (b"a: b\nkind: \x07Ingress\n", "control characters"),
        (b"apiVersion: v1\nkind: Ingress\n\tmetadata: {}\n", "tab"),
        (b"%\n---\nkind: Ingress\n", "directive"),
        (b"[" * 5000, "nested deeper"),
        (b"a: " * 3 + b"\n", "mapping values"),
        (b"kind: Ingress\na: &a [*a]\n", "is inside the value that it names"),
        (b"kind: Ingress\na: *nothing\n", "names nothing"),
        (b'{"kind": "Ingress"', "did not find"),
        (b"kind: Ingress\n<<: 3\n", "merge key"),
        (b"kind: Ingress\n? [a]\n: b\n", "mapping key"),
    ],
)
def test_files_that_cannot_be_read_cost_only_themselves(tmp_path: Path, data: bytes, message: str) -> None:
    (tmp_path / "bad.yaml").write_bytes(data)
    (tmp_path / "good.yaml").write_text(GOOD)
    inventory, _, findings = run(tmp_path)
    assert names(inventory) == ["good"]
    bad = status(inventory, "bad.yaml")
    assert bad.status == "failed"
    assert len(findings) == 1
    assert message in findings[0].message + findings[0].hint
    assert findings[0].fidelity.value == ("unknown" if b"kind" in data or b"\0" in data else "obsolete")


def test_a_broken_document_leaves_its_neighbours(tmp_path: Path) -> None:
    path = tmp_path / "three.yaml"
    path.write_text(
        "\n---\n".join(
            [
                GOOD.replace("good", "first"),
                'kind: Ingress\nmetadata:\n  name: broken\n  text: "no end\nspec: [',
                GOOD,
            ]
        )
    )
    inventory, statuses, findings = run(path)
    assert names(inventory) == ["first", "good"]
    assert [(one.ref.name, one.status) for one in statuses] == [("broken", "failed")]
    assert [finding.code for finding in findings] == ["input.broken"]
    assert 20 < findings[0].origin.location.line < 30
    assert inventory.inputs[0].documents == 3
    assert inventory.ingresses[1].at[0] == path.read_text().split("\n").index("---", 21) + 2


def test_a_helm_template_is_named_as_one(tmp_path: Path) -> None:
    path = tmp_path / "template.yaml"
    path.write_text(
        "{{- if .Values.ingress.enabled }}\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n"
        '  name: {{ include "app.fullname" . }}\n{{- end }}\n'
    )
    inventory, statuses, findings = run(path)
    assert not inventory.ingresses
    assert findings[0].code == "template.unrendered"
    assert "{{- if .Values.ingress.enabled }}" in findings[0].message
    assert "helm template" in findings[0].hint
    assert statuses[0].status == "failed"


def test_byte_order_marks_line_ends_and_utf16(tmp_path: Path) -> None:
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbf" + GOOD.replace("good", "bom").encode())
    (tmp_path / "crlf.yaml").write_bytes(GOOD.replace("good", "crlf").replace("\n", "\r\n").encode())
    (tmp_path / "cr.yaml").write_bytes(GOOD.replace("good", "cr").replace("\n", "\r").encode())
    (tmp_path / "wide.yaml").write_bytes(GOOD.replace("good", "wide").encode("utf-16"))
    inventory, _, findings = run(tmp_path)
    assert names(inventory) == ["bom", "cr", "crlf", "wide"]
    assert not findings
    assert {ingress.rules[0].paths[0].at for ingress in inventory.ingresses} == {(12, 9)}  # type: ignore[index]


def test_json_keeps_positions_and_takes_tabs_and_surrogates(tmp_path: Path) -> None:
    ingress = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": "json", "annotations": {"note": "\U0001f600"}},
        "spec": {"defaultBackend": {"service": {"name": "web", "port": {"number": 80}}}},
    }
    path = tmp_path / "a.json"
    path.write_text(json.dumps(ingress, indent="\t"))
    inventory, _, findings = run(path)
    assert not findings
    one = inventory.ingresses[0]
    assert one.annotations == {"note": "\U0001f600"}
    line = path.read_text().split("\n").index('\t\t"defaultBackend": {') + 1
    assert one.default_backend is not None
    assert one.default_backend.at == (line, 3)
    path.write_text(path.read_text() + "\n" + path.read_text().replace('"json"', '"second"'))
    assert names(run(path)[0]) == ["json", "second"]


def test_broken_json_says_where(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{\n  "kind": "Ingress",\n  "spec": tru\n}\n')
    finding = run(path)[2][0]
    assert (finding.origin.location.line, finding.origin.location.column) == (3, 11)
    assert finding.message == "broken JSON: expected a value"


def test_alias_bombs_are_refused_quickly(tmp_path: Path) -> None:
    lines = ["kind: Ingress", "a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    (tmp_path / "bomb.yaml").write_text("\n".join(lines))
    (tmp_path / "good.yaml").write_text(GOOD)
    inventory, _, findings = run(tmp_path)
    assert names(inventory) == ["good"]
    assert "aliases that expand" in findings[0].message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", '{"a": '])
def test_nesting_of_five_thousand_levels(tmp_path: Path, opening: str) -> None:
    (tmp_path / "deep.yaml").write_text(f"kind: Ingress\nx:\n {opening * 5000}")
    (tmp_path / "deep.json").write_text(opening * 5000)
    (tmp_path / "good.yaml").write_text(GOOD)
    inventory, _, findings = run(tmp_path)
    assert names(inventory) == ["good"]
    assert len(findings) == 2


def test_foreign_kinds_pass_by_even_where_they_are_broken(tmp_path: Path) -> None:
    path = tmp_path / "mixed.yaml"
    path.write_text(GOOD + "---\nkind: Deployment\nspec: {{ .Values.spec }}: x\n---\nkind: CronJob\napiVersion: v1\n")
    inventory, statuses, findings = run(path)
    assert names(inventory) == ["good"]
    assert not statuses
    assert not findings
    assert inventory.inputs[0].documents == 3


def test_files_without_ingress_say_so(tmp_path: Path) -> None:
    (tmp_path / "empty.yaml").write_text("# nothing\n---\n")
    (tmp_path / "other.yaml").write_text("kind: ConfigMap\napiVersion: v1\nmetadata: {name: c}\n")
    inventory, _, findings = run(tmp_path)
    assert [one.message for one in inventory.inputs] == ["holds no document", "holds no Ingress"]
    assert not findings


def test_brackets_without_measure_in_a_foreign_kind_take_no_time(tmp_path: Path) -> None:
    (tmp_path / "deep.yaml").write_text('apiVersion: v9\n"kind": Foo\nz: ' + "[" * 100_000)
    (tmp_path / "good.yaml").write_text(GOOD)
    inventory, _, findings = run(tmp_path)
    assert names(inventory) == ["good"]
    assert findings[0].message.startswith("nested deeper than 500 levels")


ALB = """\
apiVersion: crd.alauda.io/v2beta1
kind: ALB2
metadata: {name: one, namespace: cpaas-system}
spec: {type: nginx, config: {loadbalancerName: one, projects: [ALL_ALL]}}
---
apiVersion: crd.alauda.io/v1
kind: Frontend
metadata: {name: one-00080, namespace: cpaas-system, labels: {alb2.cpaas.io/name: one}}
spec: {port: 80, protocol: http, serviceGroup: {services: [{name: %s, namespace: x, port: 80}]}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: x, uid: %s}
data: {a: %s}
"""


@pytest.mark.parametrize(
    ("first", "codes"),
    [
        (("a", "u1", "b"), ["obsolete ALB2", "obsolete Frontend"]),
        (("z", "u2", "b"), ["obsolete ALB2", "manual Frontend"]),
        (("a", "u1", "c"), ["obsolete ALB2", "obsolete Frontend", "approximate ConfigMap"]),
    ],
)
def test_the_later_of_two_objects_with_one_name_counts(first, codes):
    result = convert_text(f"{ALB % first}---\n{ALB % ('a', 'u1', 'b')}")
    assert not broken_promises(result)
    found = [one for one in result.findings if one.code == "input.duplicate-object"]
    assert [f"{one.fidelity.value} {one.message.partition(' ')[0]}" for one in found] == codes
    assert [one.status for one in result.objects].count("skipped") == 2
    assert [one.ref.name for one in result.objects if one.status == "converted"] == ["one", "one-00080"]
    [route] = [one for one in result.resources if one.kind == "HTTPRoute"]
    assert route.body["spec"]["rules"][0]["backendRefs"][0]["name"] == "a"
