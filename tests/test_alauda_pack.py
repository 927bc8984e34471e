"""Every annotation and field of the references has a row, and the rows say what the references say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from converter.packs.features import feature_catalogue, mappings_dir
from converter.packs.load import source_pack, target_pack
from converter.packs.settings import key_table
from converter.sources.alauda_alb.fields import field_rows
from tests.shared_data import SHARED

REFERENCE = SHARED / "reference" / "alauda-alb.annotations.yaml"
needs_reference = pytest.mark.skipif(not REFERENCE.is_file(), reason=f"needs {REFERENCE}")
FIXTURES = Path(__file__).parent.parent / "fixtures"
NGINX = "nginx.ingress.kubernetes.io/"
NOT_FIELDS = {
    "Rule.metadata.labels": "two labels with rows of their own",
    "Rule.spec.dslx[": "one field with a row; its terms are code",
    "Rule.spec.serviceGroup.": "one field with a row; its parts are code",
    "Frontend.spec.serviceGroup.": "one field with a row; its parts are code",
    "Frontend.metadata.labels[": "a label with a row of its own",
    "ALB2.spec.config.gateway": "three rows",
    "ALB2.spec.config.overwrite": "two rows",
}


@lru_cache
def reference() -> dict[str, Any]:
    return yaml.safe_load(REFERENCE.read_text()) if REFERENCE.is_file() else {}


def rows(*places: tuple[str, str]) -> dict[str, Any]:
    """Keys of the pack with the variables filled like the reference fills them."""
    out: dict[str, Any] = {}
    for rule, path in places:
        table = key_table(source_pack("alauda-alb"), {"domain": "cpaas.io", "rule": rule, "path": path})
        out |= {key: row for key, (_, row) in table.items()}
    return out


def object_paths() -> set[str]:
    return {path.split(".", 2)[2] for table in field_rows().values() for path in table if path.startswith("metadata.")}


@needs_reference
def test_every_annotation_has_a_row() -> None:
    known = rows(("<rule>", "<path>"), ("<R>", "<P>"))
    objects = object_paths()
    missing = []
    for entry in reference()["annotations"]:
        key = entry["key"].partition(" (")[0].replace("<project>", "*")
        if key not in (objects if entry.get("object") else known):
            missing.append(entry["key"])
    assert len(reference()["annotations"]) == 133
    assert not missing


@needs_reference
def test_what_the_controller_ignores_is_obsolete() -> None:
    known = rows(("0", "0"))
    keys = [key if "/" in key else NGINX + key for key in reference()["ignored_nginx_annotations"]["keys"]]
    assert len(keys) == 94
    documented = {entry["key"] for entry in reference()["documented_only"]}
    for key in keys:
        if key in documented:  # newer versions may read it: nothing proves that it has no effect
            assert known[key].fidelity is not None and known[key].fidelity.value == "approximate", key
            continue
        assert known[key].fidelity is not None and known[key].fidelity.value == "obsolete", key
        assert known[key].note.startswith("had no effect under ALB"), key


@needs_reference
def test_what_only_the_documents_know_is_named() -> None:
    known = {*rows(("0", "0")), *object_paths()}
    assert [entry["key"] for entry in reference()["documented_only"] if entry["key"] not in known] == []


@needs_reference
def test_dead_annotations_are_not_converted() -> None:
    known = rows(("<rule>", "<path>"), ("<R>", "<P>"))
    for entry in reference()["annotations"]:
        row = known.get(entry["key"])
        if row is not None and entry["fidelity"] == "obsolete":
            assert row.fidelity is not None and row.fidelity.value == "obsolete", entry["key"]


@needs_reference
def test_every_field_of_a_resource_has_a_row() -> None:
    missing = []
    for entry in reference()["crd_fields"]:
        if entry["key"].startswith(tuple(NOT_FIELDS)):
            continue
        for kind in entry["object"].split(" | "):
            field = entry["field"].removesuffix("[]")
            path = field if field.startswith(("spec.", "metadata.", "status.")) else f"spec.{field}"
            if kind == "ALB2" and path.startswith("spec.config.config"):
                path = path.replace("spec.config.config", "spec.config")
            if path not in field_rows()[kind]:
                missing.append(f"{kind} {path}")
    assert not missing


def _documents(*sources: str) -> Iterator[dict[str, Any]]:
    """What the fixtures of these folders hold."""
    for source in sources:
        for path in sorted((FIXTURES / source).glob("*/input.yaml")):
            yield from yaml.load_all(path.read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def test_every_row_of_an_annotation_stands_in_a_fixture() -> None:
    used = {
        key
        for one in _documents("alauda-alb")
        if one["kind"] == "Ingress"
        for key in (one["metadata"].get("annotations") or {})
    }
    assert len(rows(("0", "0"))) > 200
    assert sorted(rows(("0", "0")).keys() - used) == []


def _has(body: Any, path: str) -> bool:
    """Whether an object has something at a dotted path; names of labels and annotations have dots of their own."""
    if path.startswith("metadata."):
        _, part, key = path.split(".", 2)
        found = re.compile(re.escape(key).replace(r"\*", ".+").replace("<rule>", "[0-9]+").replace("<match>", "[0-9]+"))
        return any(found.fullmatch(name) for name in body["metadata"].get(part) or {})
    values = [body]
    for key in path.replace("[]", ".*").split("."):
        values = [
            value
            for one in values
            if isinstance(one, dict)
            for value in (one.values() if key == "*" else (one[key],) if key in one else ())
        ]
    return bool(values)


def test_every_row_of_a_resource_stands_in_a_fixture() -> None:
    bodies = list(_documents("alauda-alb", "acp"))
    missing = [
        f"{kind} {path}"
        for kind, table in field_rows().items()
        for path in table
        if not any(one["kind"] == kind and _has(one, path) for one in bodies)
    ]
    assert missing == []


def test_rows_name_known_features_and_say_what_they_mean() -> None:
    catalogue = feature_catalogue()
    for name, feature in source_pack("alauda-alb").features.items():
        assert name in catalogue
        for row in feature.fields.values():
            assert row.means or row.note, row.annotation
    for kind, table in field_rows().items():
        for path, field in table.items():
            assert not field.feature or field.feature in catalogue, (kind, path)
            assert field.means, (kind, path)
            if field.fidelity is not None:
                assert field.note, (kind, path)
            if field.fidelity is not None and field.fidelity.value == "manual":
                assert field.hint, (kind, path)
            if field.fidelity is None:
                assert field.feature, (kind, path)


def _explained() -> set[str]:
    """Features that comments of the pack give another fidelity than the reference, with a reason."""
    lines = (mappings_dir() / "sources" / "alauda-alb.yaml").read_text().splitlines()
    found = {match[1] for line in lines if (match := re.fullmatch(r"#   ([a-z-]+): \w+, not \w+: \S.*", line))}
    assert found
    return found


@needs_reference
def test_the_fidelity_of_each_row_is_that_of_the_reference_or_a_comment_says_why_not() -> None:
    known = rows(("<rule>", "<path>"), ("<R>", "<P>"))
    of_objects = {
        path.split(".", 2)[2]: row
        for table in field_rows().values()
        for path, row in table.items()
        if path.startswith("metadata.")
    }
    target, explained, differing = target_pack("envoy-gateway").rows, _explained(), set()
    for entry in reference()["annotations"]:
        key = entry["key"].partition(" (")[0].replace("<project>", "*")
        row = (of_objects if entry.get("object") else known)[key]
        fidelity = row.fidelity or target[row.feature].fidelity
        if fidelity.value != entry["fidelity"]:
            differing.add(row.feature)
            assert row.feature in explained, f"{key}: {fidelity.value}, the reference says {entry['fidelity']}"
    assert explained <= differing, "comments that explain nothing any more"
