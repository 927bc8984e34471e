"""JSON as Go's encoding/json reads it into structs: keys without regard to case, unknown keys ignored, types strict."""

from __future__ import annotations

import json
from typing import Any, NamedTuple

from converter.packs.codecs import CodecError


class Struct(NamedTuple):
    """A Go struct: its name for messages, and its fields by their JSON names."""

    name: str
    fields: dict[str, Any]


class Pointer(NamedTuple):
    """A field that knows whether it was given: None where it was not."""

    to: Any


class ListOf(NamedTuple):
    """A slice."""

    item: Any


class MapOf(NamedTuple):
    """A map with string keys."""

    item: Any


PORT = "intstr.IntOrString"


def read(kind: Any, text: str) -> Any:
    """Decode a text; CodecError in Go's words where it is not of this kind."""
    try:
        data = json.loads(text, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise CodecError(_syntax(text, error)) from None
    except CodecError:
        raise
    except (RecursionError, ValueError):
        raise CodecError("exceeded max depth") from None
    return _decode(kind, data, "", "")


def _no_constant(text: str) -> Any:
    raise CodecError(f"invalid character {text[0]!r} looking for beginning of value")


def _syntax(text: str, error: json.JSONDecodeError) -> str:
    if error.pos >= len(text.rstrip()):
        return "unexpected end of JSON input"
    return f"invalid character {text[error.pos]!r}: {error.msg}"


_ZERO = {"string": "", "int32": 0, "bool": False, PORT: 0}


def zero(kind: Any) -> Any:
    """What a field is that was not given."""
    if isinstance(kind, Pointer):
        return None
    if isinstance(kind, ListOf):
        return []
    if isinstance(kind, MapOf):
        return {}
    if isinstance(kind, Struct):
        return {name: zero(sub) for name, sub in kind.fields.items()}
    return _ZERO[kind]


def _decode(kind: Any, data: Any, struct: str, path: str) -> Any:
    if data is None:
        return zero(kind)
    if isinstance(kind, Pointer):
        return _decode(kind.to, data, struct, path)
    if isinstance(kind, Struct):
        return _struct(kind, data, struct, path)
    if isinstance(kind, ListOf):
        _expect(isinstance(data, list), kind, data, struct, path)
        return [_decode(kind.item, item, struct, path) for item in data]
    if isinstance(kind, MapOf):
        _expect(isinstance(data, dict), kind, data, struct, path)
        return {key: _decode(kind.item, item, struct, path) for key, item in data.items()}
    return _scalar(kind, data, struct, path)


def _struct(kind: Struct, data: Any, struct: str, path: str) -> dict[str, Any]:
    _expect(isinstance(data, dict), kind, data, struct, path)
    names = {name.lower(): name for name in kind.fields}
    out = zero(kind)
    for key, value in data.items():
        name = names.get(key.lower())
        if name is not None and value is not None:
            out[name] = _decode(kind.fields[name], value, kind.name, f"{path}.{name}" if path else name)
    return out  # type: ignore[no-any-return]


def _scalar(kind: str, data: Any, struct: str, path: str) -> Any:
    if kind == "string":
        _expect(isinstance(data, str), kind, data, struct, path)
    elif kind == "bool":
        _expect(isinstance(data, bool), kind, data, struct, path)
    elif kind == "int32":
        whole = isinstance(data, int) and not isinstance(data, bool) and -(1 << 31) <= data < 1 << 31
        _expect(whole, kind, data, struct, path)
    elif not isinstance(data, str):
        _scalar("int32", data, struct, path)
    return data


def _expect(fine: bool, kind: Any, data: Any, struct: str, path: str) -> None:
    if not fine:
        place = f"Go struct field {struct}.{path} of type" if struct else "Go value of type"
        raise CodecError(f"json: cannot unmarshal {_json_type(data, kind)} into {place} {_go_type(kind)}")


def _json_type(data: Any, kind: Any) -> str:
    if isinstance(data, bool):
        return "bool"
    if isinstance(data, int | float):
        return f"number {data}" if kind == "int32" else "number"
    if isinstance(data, str):
        return "string"
    return "array" if isinstance(data, list) else "object"


def _go_type(kind: Any) -> str:
    if isinstance(kind, Struct):
        return f"ingress.{kind.name}"
    if isinstance(kind, ListOf):
        return f"[]{_go_type(kind.item)}"
    if isinstance(kind, MapOf):
        return f"map[string]{_go_type(kind.item)}"
    if isinstance(kind, Pointer):
        return _go_type(kind.to)
    return str(kind)
