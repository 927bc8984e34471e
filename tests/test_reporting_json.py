"""The JSON report and its published schema."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from converter.reporting import render
from tests import reports

SCHEMA = json.loads((Path(__file__).parent.parent / "mappings/report.schema.json").read_text())


def data() -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(render("json", reports.small()))
    return parsed


def test_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("report", [reports.small(), reports.large(200)])
def test_report_is_as_published(report: Any) -> None:
    jsonschema.validate(json.loads(render("json", report)), SCHEMA)


@pytest.mark.parametrize(
    "path", [("findings", 0, "code"), ("findings", 0, "origin", "line"), ("objects", 0, "status"), ("summary",)]
)
def test_schema_misses_nothing(path: tuple[Any, ...]) -> None:
    broken = data()
    place = broken
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(broken, SCHEMA)


def test_one_finding_in_full() -> None:
    assert data()["findings"][2] == {
        "code": "regex.case",
        "fidelity": "approximate",
        "message": "paths are compared with case",
        "hint": "list the spellings that you need",
        "feature": "regex",
        "protects": False,
        "origin": {
            "kind": "annotation",
            "key": "nginx.ingress.kubernetes.io/use-regex",
            "value": "true",
            "path": "apps/web.yaml",
            "line": 7,
            "column": 5,
        },
        "object": {"kind": "Ingress", "namespace": "shop", "name": "web"},
        "fields": [{"kind": "HTTPRoute", "namespace": "shop", "name": "web", "field": "spec.rules[0].matches[0].path"}],
        "example": {
            "request": {"method": "GET", "scheme": "https", "host": "shop.example.com", "path": "/API"},
            "before": {
                "status": 200,
                "backends": {"shop/web:80": 1.0},
                "upstream": {"host": "shop.example.com", "path": "/API"},
            },
            "after": {"status": 404, "backends": {}},
        },
        "class": "difference",
    }


def test_the_rest() -> None:
    report = data()
    assert report["tool"] == {"name": "ing2gw", "version": "1.2.3"}
    assert report["inputs"][0] == {
        "path": "apps/bad.yaml",
        "documents": 0,
        "status": "failed",
        "message": "not YAML: a tab where a space is needed (line 3)",
    }
    assert report["objects"][1] == {
        "kind": "Ingress",
        "namespace": "shop",
        "name": "api",
        "path": "apps/api.yaml",
        "line": 1,
        "status": "withheld",
        "controller": "ingress-nginx",
        "entry": "nginx",
        "reason": "a protecting feature would be lost (waf)",
    }
    assert report["resources"][1] == {
        "kind": "HTTPRoute",
        "namespace": "shop",
        "name": "web",
        "file": "routes/shop/web.yaml",
    }
    assert report["findings"][0]["object"] is None
    assert report["findings"][-1]["accepted"] == "streams are on another host"
    assert report["prerequisites"][0]["code"] == ""
    assert "Envoy Gateway v1.9" in report["prerequisites"][0]["title"]
    assert report["summary"] == {
        "decisions": 4,
        "prerequisites": 1,
        "standard": 0,
        "ready": {"objects": 1, "of": 2},
        "inputs": {"read": 3, "skipped": 1, "failed": 1},
        "objects": {"converted": 1, "withheld": 1, "skipped": 1, "failed": 0},
        "findings": {"exact": 1, "obsolete": 1, "approximate": 2, "manual": 1, "unsupported": 1, "unknown": 2},
        "accepted": 1,
        "resources": 2,
    }
