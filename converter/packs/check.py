"""Packs and mappings files against their schemas, with file and line of whatever is wrong."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.packs.codecs import CODECS
from converter.packs.features import PackError, feature_catalogue, mappings_dir
from converter.reading.option_file import ConfigError, read_option_file
from converter.reading.positioned import Map, Seq

Path_ = tuple[str | int, ...]


@dataclass(slots=True)
class Positioned:
    """A pack or mappings file: plain data that knows where its keys and items stand."""

    path: Path
    data: Any = None

    def at(self, where: Path_, message: str) -> str:
        """`path:line:column: message` for the nearest place that exists."""
        node, line, column = self.data, 1, 1
        for part in where:
            if isinstance(node, Map) and part in node:
                (line, column), node = node.at[str(part)], node[str(part)]
            elif isinstance(node, Seq) and isinstance(part, int) and part < len(node):
                (line, column), node = node.at[part], node[part]
            else:
                break
        return f"{self.path}:{line}:{column}: {message}"


def read_positioned(path: Path) -> Positioned:
    """A YAML file with positions; PackError where it cannot be read, or a key stands twice."""
    try:
        return Positioned(path, read_option_file(path).value)
    except ConfigError as error:
        raise PackError(str(error)) from None


@lru_cache
def _schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((mappings_dir() / f"{name}.schema.json").read_text(encoding="utf-8"))
    return loaded


def _mappings_schema() -> dict[str, Any]:
    """The shape of a --mappings file, from the parts of the pack schemas."""
    source, target, features = _schema("source-pack"), _schema("target-pack"), _schema("features")

    def part(schema: dict[str, Any]) -> dict[str, Any]:
        rows = {"features": schema["properties"]["features"]}
        return {
            "type": "object",
            "additionalProperties": {"type": "object", "additionalProperties": False, "properties": rows},
        }

    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": {
            "sources": part(source),
            "targets": part(target),
            "features": features["properties"]["features"],
        },
        "$defs": source["$defs"] | target["$defs"] | features["$defs"],
    }


def check_pack(path: Path, handlers: Collection[str] | None = None) -> list[str]:
    """Everything wrong with a source pack, a target pack, features.yaml or a mappings file: "path:line: message".

    `handlers` are the names that `using` may give; None: they are not checked.
    """
    try:
        document = read_positioned(path)
    except PackError as error:
        return [str(error)]
    data = document.data
    if not isinstance(data, dict):
        return [f"{path}:1:1: must be a mapping"]
    if "source" in data:
        schema = _schema("source-pack")
    elif "target" in data:
        schema = _schema("target-pack")
    else:
        only_features = set(data) == {"features"} and path.name == "features.yaml"
        schema = _schema("features") if only_features else _mappings_schema()
    found = _schema_errors(document, schema)
    return found or sorted(_by_hand(document, handlers), key=_line)


def _line(message: str) -> tuple[int, int]:
    _, line, column, _ = message.split(":", 3)
    return int(line), int(column)


def _schema_errors(document: Positioned, schema: dict[str, Any]) -> list[str]:
    from jsonschema import Draft202012Validator

    errors = []
    for error in Draft202012Validator(schema).iter_errors(document.data):
        where = tuple(error.absolute_path)
        if error.validator == "additionalProperties" and isinstance(error.schema.get("properties"), dict):
            for key in error.instance:
                if key not in error.schema["properties"]:
                    errors.append(document.at((*where, key), f"unknown key {key}"))
            continue
        errors.append(document.at(where, _describe(error)))
    return sorted(set(errors), key=_line)


def _describe(error: Any) -> str:
    row = error.instance if isinstance(error.instance, dict) else {}
    name = str(error.absolute_path[-1]) if error.absolute_path else "the file"
    if error.validator in {"required", "dependentRequired"} and "fidelity" in row:
        missing = next((key for key in ("note", "hint") if f"'{key}'" in error.message), "")
        if missing:
            return f"{name}: a row that is {row['fidelity']} needs a {missing}"
    if error.validator in {"anyOf", "oneOf"}:
        options = " or ".join(key for part in error.schema[error.validator] for key in part.get("required", ()))
        return f"{name}: needs {options}"
    return f"{name}: {error.message}"


def _by_hand(document: Positioned, handlers: Collection[str] | None) -> Iterator[str]:
    """What no schema can say: names that must exist elsewhere."""
    data = document.data
    own = {"features": data["features"]} if "features" in data and "source" not in data and "target" not in data else {}
    known = set(feature_catalogue()) | set(own.get("features", ()))
    if "source" in data:
        yield from _source_names(document, (), data, known)
    elif "target" in data:
        yield from _target_names(document, (), data, known, handlers)
    for name, part in (data.get("sources") or {}).items():
        yield from _source_names(document, ("sources", name), part, known)
    for name, part in (data.get("targets") or {}).items():
        yield from _target_names(document, ("targets", name), part, known, handlers)


def _source_names(document: Positioned, where: Path_, data: dict[str, Any], known: set[str]) -> Iterator[str]:
    families = data.get("families") or {}
    annotations: dict[tuple[str, str], str] = {}
    for name, block in (data.get("features") or {}).items():
        at = (*where, "features", name)
        if name not in known:
            yield document.at(at, f"unknown feature {name}: features.yaml does not name it")
        if block.get("switch") and block["switch"] not in block["fields"]:
            yield document.at((*at, "switch"), f"the switch {block['switch']} is no field of {name}")
        for key, row in block["fields"].items():
            place = (*at, "fields", key)
            family = row.get("family", block.get("family", ""))
            if family and not where and family not in families:
                yield document.at(place, f"unknown family {family}")
            if "fidelity" not in row and row.get("type", "string") not in CODECS:
                yield document.at(place, f"unknown type {row['type']}")
            first = annotations.setdefault((family, row["annotation"]), f"{name}.{key}")
            if first != f"{name}.{key}":
                yield document.at(place, f"{row['annotation']} has a row already: {first}")
    for kind, rows in (data.get("objects") or {}).items():
        for key, row in rows.items():
            if row.get("feature", "") not in known | {""}:
                yield document.at((*where, "objects", kind, key), f"unknown feature {row['feature']}")


def _target_names(
    document: Positioned, where: Path_, data: dict[str, Any], known: set[str], handlers: Collection[str] | None
) -> Iterator[str]:
    for name, row in (data.get("features") or {}).items():
        at = (*where, "features", name)
        if name not in known:
            yield document.at(at, f"unknown feature {name}: features.yaml does not name it")
        for place, one in [(at, row), *(((*at, "fields", key), sub) for key, sub in (row.get("fields") or {}).items())]:
            if handlers is not None and one.get("using", "") not in {"", *handlers}:
                yield document.at((*place, "using"), f"unknown handler {one['using']}")
