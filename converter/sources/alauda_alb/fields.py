"""Fields, labels and annotations of ALB2, Frontend and Rule as facts, by the rows of `alauda-alb-crs.yaml`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import field
from functools import lru_cache
from typing import Any

from converter.model import Fidelity, Location, Origin, Outcome
from converter.model.data import dataclass
from converter.model.ledger import Ledger
from converter.packs.features import load_yaml, mappings_dir
from converter.reading.inventory import Document

CONFLICT = "status.instances[].conflict"
"""The one part of a status that says something of requests."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """What one field of a custom resource means."""

    path: str
    feature: str = ""
    means: str = ""
    fidelity: Fidelity | None = None
    """Set where the field is settled on sight: nothing converts it."""
    note: str = ""
    hint: str = ""
    zero: bool = False
    """True where 0, false or an empty value says something."""
    default: Any = None
    """What the operator chooses where the field is missing."""


@lru_cache
def _pack() -> dict[str, Any]:
    data: dict[str, Any] = load_yaml(mappings_dir() / "sources" / "alauda-alb-crs.yaml")
    return data


@lru_cache
def field_rows() -> dict[str, dict[str, FieldRow]]:
    """Kind -> path of a field -> row."""
    return {kind: {path: _row(path, row) for path, row in rows.items()} for kind, rows in _pack()["objects"].items()}


def operator_settings() -> dict[str, Any]:
    """How the operator deploys every ALB, whatever its fields say."""
    settings: dict[str, Any] = _pack()["operator"]
    return settings


def _row(path: str, row: dict[str, Any]) -> FieldRow:
    values = dict(row)
    if "fidelity" in values:
        values["fidelity"] = Fidelity(values["fidelity"])
    return FieldRow(path, **values)


@dataclass(slots=True)
class Facts:
    """The facts that one custom resource states; what is not settled on sight is taken by code that knows it."""

    document: Document
    found: dict[str, Origin] = field(default_factory=dict)
    rows: dict[str, FieldRow] = field(default_factory=dict)

    def take(self, *paths: str) -> tuple[Origin, ...]:
        """The facts at these paths that the object states."""
        return tuple(self.found[path] for path in paths if path in self.found)

    def below(self, path: str) -> tuple[Origin, ...]:
        """The facts at this path and under it."""
        return tuple(origin for key, origin in self.found.items() if key == path or key.startswith(f"{path}."))


def read_facts(document: Document, domain: str, ledger: Ledger) -> Facts:
    """Expect every fact of the object and settle those that have no effect or no counterpart."""
    facts = Facts(document)
    rows = field_rows()[document.kind]
    for path, value, location in _stated(document, rows, domain):
        row = _find(rows, path, domain)
        origin = Origin("field", path, _short(value), location, document.ref)
        if row is None:
            ledger.settle(
                origin,
                Outcome.unknown(
                    "field.unknown",
                    f"{path} is not a field that Alauda ALB is known to read",
                    "check the spelling",
                ),
            )
        elif value is None or (not row.zero and value in ("", 0, False, [], {})):
            continue
        elif row.fidelity is not None:
            ledger.settle(origin, _on_sight(row, document.kind, value), row.feature)
        else:
            ledger.expect((origin,))
            facts.found[path], facts.rows[path] = origin, row
    return facts


def _on_sight(row: FieldRow, kind: str, value: Any) -> Outcome:
    code = f"{row.feature or kind.lower()}.{_last_part(row.path)}"
    if row.default is not None and value == row.default:
        return Outcome.obsolete(code, "is what the operator chooses where the field is missing")
    return Outcome(code, row.fidelity or Fidelity.UNKNOWN, row.note or row.means, row.hint)


def settle_all(facts: Facts, ledger: Ledger, outcome: Outcome) -> None:
    """One outcome for every fact of an object that is not converted."""
    for origin in facts.found.values():
        ledger.settle(origin, outcome)


def _last_part(path: str) -> str:
    """Last part of a path, or of the name of a label, in codes."""
    return path.rpartition(".")[2].rpartition("/")[2].lower()


def _find(rows: dict[str, FieldRow], path: str, domain: str) -> FieldRow | None:
    plain = path.replace(domain, "cpaas.io") if path.startswith("metadata.") else path
    row = rows.get(plain)
    if row is None and plain.startswith("metadata.labels.project."):
        row = rows.get("metadata.labels.project.cpaas.io/*")
    return row


def _stated(document: Document, rows: dict[str, FieldRow], domain: str) -> Iterator[tuple[str, Any, Location]]:
    yield from _metadata(document, rows, domain)
    spec = document.body.get("spec")
    if isinstance(spec, dict) and any(path.startswith("spec.") for path in rows):
        yield from _walk(document, "spec", spec, rows, _groups(document.kind))
    if CONFLICT in rows:
        yield from _conflicts(document)


def _conflicts(document: Document) -> Iterator[tuple[str, Any, Location]]:
    """Nodes whose port another process had (alb: FrontendStatus.Instances); the rest of a status says nothing."""
    status = document.body.get("status")
    instances = status.get("instances") if isinstance(status, dict) else None
    found = instances.items() if isinstance(instances, dict) else ()
    nodes = [str(name) for name, one in found if isinstance(one, dict) and one.get("conflict") is True]
    if nodes and isinstance(status, dict):
        yield CONFLICT, ", ".join(nodes), place(document, status, "instances")


@lru_cache
def _groups(kind: str) -> frozenset[str]:
    """Paths that have rows below them."""
    out: set[str] = set()
    for path in field_rows()[kind]:
        parts = path.split(".")
        out.update(".".join(parts[:count]) for count in range(1, len(parts)))
    return frozenset(out)


def _walk(
    document: Document, prefix: str, mapping: dict[str, Any], rows: dict[str, FieldRow], groups: frozenset[str]
) -> Iterator[tuple[str, Any, Location]]:
    for key, value in mapping.items():
        path = f"{prefix}.{key}"
        if isinstance(value, dict) and path not in rows and path in groups:
            yield from _walk(document, path, value, rows, groups)
        else:
            yield path, value, place(document, mapping, key)


def _metadata(document: Document, rows: dict[str, FieldRow], domain: str) -> Iterator[tuple[str, Any, Location]]:
    metadata = document.body.get("metadata")
    for part in ("labels", "annotations"):
        entries: Any = metadata.get(part) if isinstance(metadata, dict) else None
        for key, value in entries.items() if isinstance(entries, dict) else ():
            path = f"metadata.{part}.{key}"
            if _find(rows, path, domain) is not None:
                yield path, value, place(document, entries, key)


def place(document: Document, mapping: dict[str, Any], key: str) -> Location:
    """Where a key of the object's body stands."""
    at = getattr(mapping, "at", {}).get(key)
    return Location(document.location.path, *at[:2]) if at else document.location


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 400 else f"{text[:400]}…"
