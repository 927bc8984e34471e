"""Objects that no API server would hold: names that are none, and lists and mappings that are something else.

An Ingress is checked field by field where it is read. Other objects are checked here for what the code that looks at
them takes for granted; one that fails costs itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from converter.reading.names import is_label, is_subdomain
from converter.reading.positioned import At, Map, Seq
from converter.reading.templates import placeholder

_MAPPINGS = ("spec", "data", "stringData", "metadata.labels", "metadata.annotations")
_SHAPES: dict[str, tuple[str, ...]] = {
    "Endpoints": ("subsets[].addresses[]", "subsets[].notReadyAddresses[]", "subsets[].ports[]"),
    "EndpointSlice": ("endpoints[]", "ports[]"),
    "Service": ("spec.selector", "spec.ports[]"),
    "Deployment": ("spec.template.spec.containers[]",),
    "DaemonSet": ("spec.template.spec.containers[]",),
    "Pod": ("spec.containers[]",),
}
"""Kind -> fields that are mappings, or with `[]` lists of mappings; those on the way to them are so too."""


class Misshapen(NamedTuple):
    """What is wrong with an object, and where."""

    field: str
    message: str
    at: At
    value: Any
    template: bool = False
    """A placeholder that nobody filled in."""


def misshapen(body: Map, kind: str) -> Misshapen | None:
    """The first thing for which the API server would refuse an object."""
    return _name(body) or next(
        (found for path in (*_MAPPINGS, *_SHAPES.get(kind, ())) for found in _along(body, path.split("."), "")), None
    )


def _name(body: Map) -> Misshapen | None:
    meta = body["metadata"]
    for key, valid, what in (("name", is_subdomain, "DNS name"), ("namespace", is_label, "DNS label")):
        value = meta.get(key)
        if value in (None, "") and key == "namespace":
            continue
        if isinstance(value, str) and valid(value):
            continue
        field, at = f"metadata.{key}", meta.at.get(key, meta.pos)
        if isinstance(value, str) and placeholder(value):
            return Misshapen(field, f"{field} holds a placeholder that nobody filled in", at, value, True)
        return Misshapen(field, f"{field} is no {what}", at, value)
    return None


def _along(owner: Map, path: list[str], lead: str) -> Iterator[Misshapen]:
    head, *rest = path
    key, listed = head.removesuffix("[]"), head.endswith("[]")
    value, field = owner.get(key), f"{lead}{key}"
    if value is None:
        return
    if not listed:
        if not isinstance(value, Map):
            yield Misshapen(field, f"{field} must be a mapping", owner.at[key], value)
        elif rest:
            yield from _along(value, rest, f"{field}.")
        return
    if not isinstance(value, Seq):
        yield Misshapen(field, f"{field} must be a list", owner.at[key], value)
        return
    for index, item in enumerate(value):
        name = f"{field}[{index}]"
        if not isinstance(item, Map):
            yield Misshapen(name, f"{name} must be a mapping", value.at[index], item)
        elif rest:
            yield from _along(item, rest, f"{name}.")
