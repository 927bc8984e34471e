"""Objects that no API server would hold: names that are none, and lists and mappings that are something else.

An Ingress is checked field by field where it is read. Other objects are checked here for what the code that looks at
them takes for granted; one that fails costs itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from converter.reading.names import is_label, is_subdomain
from converter.reading.positioned import At, Map, Seq
from converter.reading.templates import placeholder

_MAPPINGS = ("spec", "data", "stringData", "metadata.labels", "metadata.annotations")
_CONTAINERS = ("containers[].args[]:text", "containers[].command[]:text")
_SERVICES = (
    "spec.serviceGroup.services[].name:label!",
    "spec.serviceGroup.services[].namespace:label!",
    "spec.serviceGroup.services[].port:port",
)
_SHAPES: dict[str, tuple[str, ...]] = {
    "Endpoints": ("subsets[].addresses[]", "subsets[].notReadyAddresses[]", "subsets[].ports[]"),
    "EndpointSlice": ("endpoints[]", "ports[]"),
    "Service": ("spec.selector", "spec.ports[].port:port"),
    "Deployment": tuple(f"spec.template.spec.{one}" for one in _CONTAINERS),
    "DaemonSet": tuple(f"spec.template.spec.{one}" for one in _CONTAINERS),
    "StatefulSet": tuple(f"spec.template.spec.{one}" for one in _CONTAINERS),
    "Pod": tuple(f"spec.{one}" for one in _CONTAINERS),
    "Rule": _SERVICES,
    "Frontend": (*_SERVICES, "spec.port:port"),
    "Gateway": ("spec.listeners[].tls.certificateRefs[]", "spec.listeners[].allowedRoutes"),
}
"""Kind -> fields that are mappings, or with `[]` lists of them, or with `:type` values (`!`: they must be there)."""
_VALUES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "text": (lambda value: isinstance(value, str), "text"),
    "label": (lambda value: isinstance(value, str) and is_label(value), "a DNS label"),
    "port": (lambda value: type(value) is int and 0 < value < 65536, "a port number from 1 to 65535"),
}


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
        return Misshapen(field, f"{field} is not a {what}", at, value)
    return None


def _along(owner: Map, path: list[str], lead: str) -> Iterator[Misshapen]:
    head, *rest = path
    head, _, kind = head.partition(":")
    key, listed = head.removesuffix("[]"), head.endswith("[]")
    value, field = owner.get(key), f"{lead}{key}"
    if value is None:
        if kind.endswith("!"):
            yield Misshapen(field, f"{field} is missing", owner.at.get(key, owner.pos), value)
        return
    if not listed:
        yield from _value(value, rest, field, owner.at[key], kind)
        return
    if not isinstance(value, Seq):
        yield Misshapen(field, f"{field} must be a list", owner.at[key], value)
        return
    for index, item in enumerate(value):
        yield from _value(item, rest, f"{field}[{index}]", value.at[index], kind)


def _value(value: Any, rest: list[str], field: str, at: At, kind: str) -> Iterator[Misshapen]:
    if kind:
        valid, what = _VALUES[kind.removesuffix("!")]
        if not valid(value):
            yield Misshapen(field, f"{field} must be {what}", at, value)
    elif not isinstance(value, Map):
        yield Misshapen(field, f"{field} must be a mapping", at, value)
    elif rest:
        yield from _along(value, rest, f"{field}.")
