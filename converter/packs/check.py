"""Packs and mappings files against their schemas, with file and line of whatever is wrong."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator
from dataclasses import field
from functools import lru_cache
from pathlib import Path
from typing import Any

from converter.model.data import dataclass
from converter.packs.codecs import CODECS
from converter.packs.features import PackError, feature_catalogue, mappings_dir

Path_ = tuple[str | int, ...]
MOST_VALUES = 100_000
"""Of one file; aliases of aliases make more than any computer holds."""


@dataclass(slots=True)
class Positioned:
    """A YAML document as plain data, with the line of each key and item."""

    path: Path
    data: Any = None
    lines: dict[Path_, int] = field(default_factory=dict)
    twice: list[tuple[Path_, int]] = field(default_factory=list)
    """Keys that stand twice in one mapping, with the line of the second."""

    def at(self, where: Path_, message: str) -> str:
        """`path:line: message` for the nearest place that has a line."""
        while where and where not in self.lines:
            where = where[:-1]
        return f"{self.path}:{self.lines.get(where, 1)}: {message}"


def read_positioned(path: Path) -> Positioned:
    """A YAML file with positions; PackError where it cannot be read."""
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    found = Positioned(path)
    try:
        text = path.read_text(encoding="utf-8")
        node = YAML(typ="safe", pure=True).compose(text)
    except (OSError, UnicodeDecodeError) as error:
        raise PackError(f"{path}: cannot be read: {error}") from None
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise PackError(f"{path}:{mark.line + 1 if mark else 1}: {getattr(error, 'problem', None) or error}") from None
    except (ValueError, RecursionError) as error:
        raise PackError(f"{path}:1: cannot be read: {error}") from None
    if node is not None:
        try:
            found.data = _data(node, (), found)
        except RecursionError:
            words = "an alias is inside the value that it names, or values are nested too deeply"
            raise PackError(f"{path}:1: {words}") from None
    return found


def _data(node: Any, where: Path_, found: Positioned) -> Any:
    from ruamel.yaml.nodes import MappingNode, SequenceNode

    found.lines.setdefault(where, node.start_mark.line + 1)
    if len(found.lines) > MOST_VALUES:
        raise PackError(f"{found.path}:1: more than {MOST_VALUES:,} values, aliases counted where they are used")
    if isinstance(node, MappingNode):
        out: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = _scalar(key_node, found)
            if key in out:
                found.twice.append(((*where, key), key_node.start_mark.line + 1))
            found.lines[*where, key] = key_node.start_mark.line + 1
            out[key] = _data(value_node, (*where, key), found)
        return out
    if isinstance(node, SequenceNode):
        return [_data(item, (*where, index), found) for index, item in enumerate(node.value)]
    return _scalar(node, found)


def _scalar(node: Any, found: Positioned) -> Any:
    """A plain scalar as YAML 1.2 reads it, by the tag that the composer has resolved."""
    try:
        return _value(node.tag.rpartition(":")[2], str(node.value))
    except (ValueError, OverflowError) as error:
        raise PackError(f"{found.path}:{node.start_mark.line + 1}: {error}") from None


def _value(kind: str, text: str) -> Any:
    if kind == "bool":
        return text.lower() == "true"
    if kind == "int":
        return int(text.replace("_", ""), 0) if not text.lstrip("+-").startswith("0") else int(text, 10)
    if kind == "float":
        return float(text.replace("_", ""))
    return None if kind == "null" else text


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
    found = [f"{path}:{line}: {where[-1]} is set twice here" for where, line in document.twice]
    if not isinstance(data, dict):
        return [*found, f"{path}:1: must be a mapping"]
    if "source" in data:
        schema = _schema("source-pack")
    elif "target" in data:
        schema = _schema("target-pack")
    else:
        only_features = set(data) == {"features"} and path.name == "features.yaml"
        schema = _schema("features") if only_features else _mappings_schema()
    found += _schema_errors(document, schema)
    return found or sorted(_by_hand(document, handlers), key=_line)


def packs(kind: str) -> list[str]:
    """The names of the packs of a kind, `sources` or `targets`."""
    return sorted(path.stem for path in (mappings_dir() / kind).glob("*.yaml"))


def _line(message: str) -> int:
    return int(message.split(":", 2)[1])


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
    for kind in ("sources", "targets"):
        for name in data.get(kind) or {}:
            if name not in packs(kind):
                words = f"unknown {kind.removesuffix('s')} {name}: known are {', '.join(packs(kind))}"
                yield document.at((kind, name), words)
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
            yield document.at((*at, "switch"), f"the switch {block['switch']} is not a field of {name}")
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
