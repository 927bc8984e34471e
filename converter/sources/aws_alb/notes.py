"""Annotations of an Ingress, or of a Service laid over an Ingress, read the way the controller reads them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from converter.mapping.codecs import CodecError, comma_list
from converter.model import Location, ObjectRef, Origin
from converter.reading.inventory import Ingress, Service
from converter.sources.aws_alb import gojson
from converter.sources.aws_alb.claim import PREFIX
from converter.sources.aws_alb.errors import Refused
from converter.sources.aws_alb.values import parse_bool, parse_int, string_map


def service_annotation(service: Service, key: str) -> Origin:
    """The fact that an annotation of a Service is."""
    location = Location(service.location.path, *service.annotations_at.get(key, service.location[1:]))
    ref = ObjectRef("Service", service.namespace, service.name)
    return Origin("annotation", key, service.annotations[key], location, ref)


class Notes:
    """Values by suffix; where several objects have one, the first wins (lbc: algorithm.MergeStringMap)."""

    __slots__ = ("_found", "holders")

    def __init__(self, *holders: Ingress | Service) -> None:
        self.holders = holders
        self._found: dict[tuple[str, str], Any] = {}

    def over(self, service: Service | None) -> Notes:
        """These with the annotations of a Service before them; self where the Service has none of ours."""
        if service is None or not any(key.startswith(PREFIX) for key in service.annotations):
            return self
        return Notes(service, *self.holders)

    def text(self, suffix: str) -> str | None:
        """The value as written; None where nobody has it."""
        key = PREFIX + suffix
        for holder in self.holders:
            if key in holder.annotations:
                return holder.annotations[key]
        return None

    def __contains__(self, suffix: str) -> bool:
        return self.text(suffix) is not None

    def origin(self, suffix: str) -> Origin | None:
        """The fact that the value comes from."""
        key = PREFIX + suffix
        for holder in self.holders:
            if key in holder.annotations:
                return holder.annotation(key) if isinstance(holder, Ingress) else service_annotation(holder, key)
        return None

    def origins(self, *suffixes: str) -> tuple[Origin, ...]:
        """The facts behind these suffixes, as far as they are there."""
        return tuple(origin for origin in map(self.origin, suffixes) if origin is not None)

    def suffixes(self) -> list[str]:
        """Every suffix that is there."""
        cut = len(PREFIX)
        keys = dict.fromkeys(key for holder in self.holders for key in holder.annotations if key.startswith(PREFIX))
        return [key[cut:] for key in keys]

    def flag(self, suffix: str) -> bool | None:
        """A boolean."""
        return self._parse(suffix, "bool", parse_bool)  # type: ignore[no-any-return]

    def number(self, suffix: str, bits: int = 32) -> int | None:
        """A whole number."""
        return self._parse(suffix, f"int{bits}", lambda text: parse_int(text, bits))  # type: ignore[no-any-return]

    def items(self, suffix: str) -> list[str] | None:
        """A list."""
        text = self.text(suffix)
        return None if text is None else comma_list(text)

    def pairs(self, suffix: str) -> dict[str, str] | None:
        """A map."""
        return self._parse(suffix, "stringMap", string_map)  # type: ignore[no-any-return]

    def json(self, suffix: str, kind: Any) -> Any:
        """JSON of this shape; parsed once."""
        return self._parse(suffix, "json", lambda text: gojson.read(kind, text))

    def _parse(self, suffix: str, word: str, parse: Callable[[str], Any]) -> Any:
        text = self.text(suffix)
        if text is None:
            return None
        known = self._found.get((suffix, word))
        if known is not None:
            return known
        try:
            value = parse(text)
        except CodecError as error:
            more = "" if word == "stringMap" else f": {error}"
            words = f"failed to parse {word} annotation, {PREFIX}{suffix}: {text}{more}"
            raise Refused(words, self.origin(suffix)) from None
        self._found[suffix, word] = value
        return value
