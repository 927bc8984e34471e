"""`using: fields`: rows alone turn a setting into a field, for shipped packs and for rows of one's own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from converter.model.options import Options
from converter.packs.load import PackError, target_pack, target_pack_files
from converter.pipeline.run import Result, convert
from converter.targets.write_fields import FORMS
from converter.validation import profile
from tests.complete import broken_promises

ROWS = """
features:
  answer-time: {meaning: How long an answer may take., value: seconds, protects: false}
sources:
  ingress-nginx:
    features:
      answer-time:
        fields:
          total: {annotation: corp.example.com/total, type: number, means: Seconds for the whole answer.}
          tries: {annotation: corp.example.com/tries, type: int, means: How often it is tried.}
targets:
  envoy-gateway:
    features:
      answer-time:
        fidelity: exact
        using: fields
        with:
        - {field: total, kind: BackendTrafficPolicy, path: timeout.http.requestTimeout, as: duration}
        - {field: tries, kind: BackendTrafficPolicy, path: retry.numRetries, as: integer}
  gateway-api:
    features:
      answer-time:
        fidelity: approximate
        note: the time is kept
        using: fields
        with: [{field: total, kind: HTTPRoute, path: timeouts.request, as: duration}]
"""
INGRESS = """
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: shop
  namespace: shop
  annotations: {corp.example.com/total: "TOTAL", corp.example.com/tries: "3"}
spec:
  ingressClassName: nginx
  rules:
  - host: a.example.com
    http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}
"""


def run(folder: Path, total: str, target: str = "envoy-gateway", rows: str = ROWS) -> Result:
    (folder / "in.yaml").write_text(INGRESS.replace("TOTAL", total))
    (folder / "rows.yaml").write_text(rows)
    return convert([str(folder / "in.yaml")], Options(target=target, mappings=(str(folder / "rows.yaml"),)))


def specs(result: Result, kind: str) -> list[dict[str, Any]]:
    return [one.body["spec"] for one in result.resources if one.kind == kind and one.namespace == "shop"]


@pytest.mark.parametrize(("total", "text"), [("90", "90s"), ("1.5", "1500ms"), ("0", "0s")])
def test_a_row_of_ones_own_becomes_a_field(total: str, text: str, tmp_path: Path) -> None:
    result = run(tmp_path, total)
    [policy] = specs(result, "BackendTrafficPolicy")
    assert policy["timeout"]["http"]["requestTimeout"] == text
    assert policy["retry"]["numRetries"] == 3
    found = [one for one in result.findings if one.feature == "answer-time"]
    assert {one.origin.key for one in found} == {"corp.example.com/total", "corp.example.com/tries"}
    assert {(one.code, one.fidelity.value) for one in found} == {("answer-time.policy", "exact")}
    assert "spec.timeout.http.requestTimeout" in {ref.field for one in found for ref in one.fields}
    assert broken_promises(result) == []


def test_a_field_of_a_route(tmp_path: Path) -> None:
    result = run(tmp_path, "90", "gateway-api")
    [route] = specs(result, "HTTPRoute")
    assert [rule["timeouts"] for rule in route["rules"]] == [{"request": "90s"}]
    assert {one.message for one in result.findings if one.feature == "answer-time"} == {"the time is kept"}


@pytest.mark.parametrize("total", ["-1", "nan", "inf", "1e12"])
def test_a_value_that_the_field_does_not_take_is_a_step_by_hand(total: str, tmp_path: Path) -> None:
    result = run(tmp_path, total)
    assert not any("retry" in one or "requestTimeout" in str(one) for one in specs(result, "BackendTrafficPolicy"))
    found = [one for one in result.findings if one.feature == "answer-time"]
    assert {one.code for one in found} == {"answer-time.value"}
    assert all("not a duration of timeout.http.requestTimeout" in one.message for one in found)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("as: duration", "as: time", "is not one of"),
        ("kind: BackendTrafficPolicy, ", "", "'kind' is a required property"),
        ("using: fields", "note: x", "'using' is a dependency"),
        ("path: timeout.http.requestTimeout", "path: 'timeout.[x]'", "does not match"),
    ],
)
def test_a_broken_row_is_refused_with_its_line(old: str, new: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(PackError, match=r"rows\.yaml:\d+: .*" + words):
        run(tmp_path, "1", rows=ROWS.replace(old, new, 1))


@pytest.mark.parametrize("name", sorted(target_pack_files()))
def test_shipped_rows_name_fields_that_the_target_has(name: str) -> None:
    pack = target_pack(name)
    for row in pack.rows.values():
        for part in row.parts:
            assert has_field(name, part["kind"], part["path"].split(".")), (row.feature, part)
            assert "value" in part or part.get("as", "text") in FORMS


def has_field(pack: str, kind: str, path: list[str]) -> bool:
    target = pack.rpartition("-1.")[0] + "@1." + pack.rpartition("-1.")[2] if "-1." in pack else pack
    for bundle in profile(target).bundles:
        for known, entry in bundle.kinds.items():
            if known == kind:
                node: Any = entry["versions"][max(entry["versions"])]
                for part in ["spec", *path]:
                    node = bundle.resolve(node).get("properties", {}).get(part)
                    if node is None:
                        return False
                return True
    return False
