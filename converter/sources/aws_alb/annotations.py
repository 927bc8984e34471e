"""Annotations of an Ingress, or of a Service laid over an Ingress, read the way the controller reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.model import Location, ObjectRef, Origin
from converter.packs.codecs import CodecError, comma_list
from converter.reading.inventory import Ingress, Service
from converter.sources.aws_alb import go_json
from converter.sources.aws_alb.annotation_values import parse_bool, parse_int, string_map
from converter.sources.aws_alb.class_match import PREFIX
from converter.sources.aws_alb.errors import Refused

CUT = len(PREFIX)


def service_annotation(service: Service, key: str) -> Origin:
    """The fact that an annotation of a Service is."""
    location = Location(service.location.path, *service.annotations_at.get(key, service.location[1:]))
    ref = ObjectRef("Service", service.namespace, service.name)
    return Origin("annotation", key, service.annotations[key], location, ref)


def ours(holder: Ingress | Service) -> dict[str, str]:
    """Its annotations of this controller by suffix."""
    return {key[CUT:]: value for key, value in holder.annotations.items() if key.startswith(PREFIX)}


class Annotations:
    """Values by suffix. Each fact is one object however often it is asked for."""

    __slots__ = ("_found", "_origins", "base", "first", "holder", "values")

    def __init__(
        self, holder: Ingress | Service, first: Annotations | None = None, base: Annotations | None = None
    ) -> None:
        self.holder = holder
        self.first, self.base = first, base
        """Notes laid over each other: what the first does not have comes from the base (lbc: MergeStringMap)."""
        self.values: dict[str, str] = ours(holder)
        if first is not None and base is not None:
            self.values = base.values | first.values
        self._found: dict[tuple[str, str], Any] = {}
        self._origins: dict[str, Origin] = {}

    def over(self, service: Annotations | None) -> Annotations:
        """These with the annotations of a Service before them; self where the Service has none of ours."""
        return self if service is None or not service.values else Annotations(service.holder, service, self)

    def text(self, suffix: str) -> str | None:
        """The value as written; None where nobody has it."""
        return self.values.get(suffix)

    def __contains__(self, suffix: str) -> bool:
        return suffix in self.values

    def origin(self, suffix: str) -> Origin | None:
        """The fact that the value comes from."""
        known = self._origins.get(suffix)
        if known is not None:
            return known
        if suffix not in self.values:
            return None
        if self.first is not None and self.base is not None:
            return self.first.origin(suffix) or self.base.origin(suffix)
        key, holder = PREFIX + suffix, self.holder
        origin = holder.annotation(key) if isinstance(holder, Ingress) else service_annotation(holder, key)
        self._origins[suffix] = origin
        return origin

    def origins(self, *suffixes: str) -> tuple[Origin, ...]:
        """The facts behind these suffixes, as far as they are there."""
        found = [self.origin(suffix) for suffix in suffixes if suffix in self.values]
        return tuple(origin for origin in found if origin is not None)

    def every(self, suffix: str) -> tuple[Origin, ...]:
        """The facts of all holders that have the suffix, the one that wins first."""
        if self.first is not None and self.base is not None:
            return self.first.origins(suffix) + self.base.origins(suffix)
        return self.origins(suffix)

    def flag(self, suffix: str) -> bool | None:
        """A boolean."""
        return None if suffix not in self.values else bool(self._parse(suffix, "bool", parse_bool))

    def number(self, suffix: str, bits: int = 32) -> int | None:
        """A whole number."""
        if suffix not in self.values:
            return None
        return int(self._parse(suffix, f"int{bits}", lambda text: parse_int(text, bits)))

    def items(self, suffix: str) -> list[str] | None:
        """A list."""
        text = self.values.get(suffix)
        return None if text is None else comma_list(text)

    def pairs(self, suffix: str) -> dict[str, str] | None:
        """A map."""
        if suffix not in self.values:
            return None
        found: dict[str, str] = self._parse(suffix, "stringMap", string_map)
        return found

    def json(self, suffix: str, kind: Any) -> Any:
        """JSON of this shape; parsed once."""
        if suffix not in self.values:
            return None
        return self._parse(suffix, "json", lambda text: go_json.read(kind, text))

    def _parse(self, suffix: str, word: str, parse: Callable[[str], Any]) -> Any:
        known = self._found.get((suffix, word))
        if known is not None:
            return known
        text = self.values[suffix]
        try:
            value = parse(text)
        except CodecError as error:
            more = "" if word == "stringMap" else f": {error}"
            words = f"failed to parse {word} annotation, {PREFIX}{suffix}: {text}{more}"
            raise Refused(words, self.origin(suffix)) from None
        self._found[suffix, word] = value
        return value
