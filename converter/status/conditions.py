"""Conditions of an object, wherever its kind keeps them, with what their reasons mean."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from converter.packs.features import load_yaml, mappings_dir
from converter.reading.manifests import mapping, mappings

READY, WAITING, FAILED, UNKNOWN, INFO = "ready", "waiting", "failed", "unknown", "info"


class StatusCondition(NamedTuple):
    """One condition.

    Attributes:
        group: Kind of the rows of `mappings/conditions.yaml` (Gateway, Listener, Route, Policy, …).
        type: Accepted, Programmed, ….
        status: True | False | Unknown; "" for one that is missing.
        about: The listener, parent or ancestor that it is about; "" for the object.
        stale: It is about an earlier generation of the object.
    """

    group: str
    type: str
    status: str
    reason: str
    message: str
    about: str = ""
    stale: bool = False

    @property
    def listener(self) -> str:
        """Name of the listener that it is about; "" for all others."""
        return self.about.removeprefix("listener ") if self.group == "Listener" else ""


class Explanation(NamedTuple):
    """What a reason means and what to do about it."""

    means: str = ""
    do: str = ""
    waits: bool = False


@cache
def _pack() -> dict[str, Any]:
    data: dict[str, Any] = load_yaml(mappings_dir() / "conditions.yaml")
    return data


def explanation(one: StatusCondition) -> Explanation:
    """What is known of the reasons of a condition: Envoy Gateway joins several ones with commas."""
    rows = _pack()["kinds"].get(one.group, {}).get(one.type, {})
    known = [Explanation(**rows[part]) for part in one.reason.split(",") if part in rows]
    if not known:
        return Explanation(**rows["*"]) if "*" in rows else Explanation("", "Read its message.")
    means, do = (" ".join(dict.fromkeys(texts)) for texts in zip(*(row[:2] for row in known), strict=True))
    return Explanation(means, do, all(row.waits for row in known))


def state_of(one: StatusCondition) -> str:
    """ready | waiting | failed | info."""
    if one.type in _pack()["informs"]:
        return INFO
    if one.stale:
        return WAITING
    good = "False" if one.type in _pack()["negative"] else "True"
    if one.status == good:
        return READY
    return WAITING if one.status in ("", "Unknown") or explanation(one).waits else FAILED


def conditions_of(body: Mapping[str, Any]) -> Iterator[StatusCondition]:
    """Those of an object, its listeners, its parents and its ancestors."""
    kind, status = str(body.get("kind")), mapping(body.get("status"))
    generation = mapping(body.get("metadata")).get("generation")
    group = _group(kind)
    yield from _each(group, status.get("conditions"), "", generation)
    for listener in mappings(status.get("listeners")):
        yield from _each("Listener", listener.get("conditions"), f"listener {listener.get('name')}", generation)
    for parent in mappings(status.get("parents")):
        yield from _each(group, parent.get("conditions"), _ref(parent.get("parentRef")), generation)
    for ancestor in mappings(status.get("ancestors")):
        yield from _each(group, ancestor.get("conditions"), _ref(ancestor.get("ancestorRef")), generation)


def _group(kind: str) -> str:
    if kind.endswith("Route"):
        return "Route"
    return "Policy" if kind.endswith("Policy") else kind.removeprefix("X")


def _each(group: str, given: Any, about: str, generation: Any) -> Iterator[StatusCondition]:
    for one in mappings(given):
        observed = one.get("observedGeneration")
        stale = isinstance(observed, int) and isinstance(generation, int) and observed < generation
        kind, status, reason, message = (str(one.get(key) or "") for key in ("type", "status", "reason", "message"))
        if stale and kind in _pack()["never-removed"]:
            continue
        yield StatusCondition(group, kind, status, reason, message, about, stale)


def _ref(given: Any) -> str:
    ref = mapping(given)
    name = "/".join(str(ref[key]) for key in ("namespace", "name") if ref.get(key))
    section = f" {ref['sectionName']}" if ref.get("sectionName") else ""
    return f"{ref.get('kind', 'Gateway')} {name}{section}"
