"""The backend of a path, or the default one."""

from __future__ import annotations

from typing import Any

from converter.reading.inventory import At, ServiceBackend
from converter.reading.names import is_label, is_port_name
from converter.reading.positioned import Map
from converter.reading.typed_reader import Reader

_BACKEND = frozenset({"service", "resource"})
_SERVICE = frozenset({"name", "port"})
_PORT = frozenset({"number", "name"})


def read_backend(owner: Map, key: str, path: str, reader: Reader) -> ServiceBackend | None:
    """The Service or resource under this key; None where there is none (which is reported)."""
    where = f"{path}.{key}"
    backend = reader.map(owner, key, path)
    if backend is None:
        if owner.get(key) is None:
            reader.refuse(where, f"{where} is missing", reader.place(owner, key))
        return None
    if not backend.keys() <= _BACKEND:
        if "serviceName" in backend or "servicePort" in backend:
            words = f"{where}: serviceName and servicePort are v1beta1"
            hint = "networking.k8s.io/v1: service.name, service.port"
            reader.refuse(where, words, reader.place(owner, key), hint=hint)
            return None
        reader.dropped(backend, _BACKEND, where)
    if backend.get("resource") is not None:
        return _resource(backend, where, owner.at[key], reader)
    service = reader.map(backend, "service", where)
    if service is None:
        reader.refuse(where, f"{where} names neither service nor resource", owner.at[key])
        return None
    if not service.keys() <= _SERVICE:
        reader.dropped(service, _SERVICE, f"{where}.service")
    name = reader.text(service, "name", f"{where}.service")
    if not is_label(name) and not reader.unrendered(name, f"{where}.service.name", reader.place(service, "name")):
        words = f"{where}.service.name is missing" if not name else f"{where}.service.name {name!r} is not a DNS label"
        reader.refuse(f"{where}.service.name", words, reader.place(service, "name"), name)
    return ServiceBackend(name, _port(service, f"{where}.service.port", reader), owner.at[key])


def _resource(backend: Map, where: str, at: At, reader: Reader) -> ServiceBackend | None:
    resource = reader.map(backend, "resource", where)
    if resource is None:
        return None
    if backend.get("service") is not None:
        reader.refuse(where, f"{where} has both service and resource", at)
    kind = reader.text(resource, "kind", f"{where}.resource")
    name = reader.text(resource, "name", f"{where}.resource")
    group = reader.text(resource, "apiGroup", f"{where}.resource")
    if not kind or not name:
        reader.refuse(f"{where}.resource", f"{where}.resource needs kind and name", at)
    return ServiceBackend("", None, at, f"{group}/{kind}/{name}" if group else f"{kind}/{name}")


def _port(service: Map, where: str, reader: Reader) -> int | str | None:
    value = service.get("port")
    if type(value) is not Map:
        place = reader.place(service, "port")
        if value is None:
            reader.refuse(where, f"{where} is missing", place, hint="give port.number or port.name")
        elif not isinstance(value, str) or not reader.unrendered(value, where, place):
            form = "number" if isinstance(value, int) else "name"
            reader.refuse(where, f"{where} must be a mapping", place, value, f"write port: {{{form}: {value}}}")
        return None
    if not value.keys() <= _PORT:
        reader.dropped(value, _PORT, where)
    number, name = value.get("number"), value.get("name")
    if number is not None and not (name is None or name == ""):
        reader.refuse(where, f"{where} has both number and name", value.pos)
    if number is not None:
        return _number(number, value.at["number"], f"{where}.number", reader)
    text = reader.text(value, "name", where)
    if not is_port_name(text) and not reader.unrendered(text, f"{where}.name", value.pos):
        words = f"{where} has neither number nor name" if not text else f"{where}.name {text!r} is not a port name"
        reader.refuse(where, words, value.pos, text)
    return text or None


def _number(value: Any, at: At, where: str, reader: Reader) -> int | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and 1 <= value <= 65535:
        return value
    if isinstance(value, str) and reader.unrendered(value, where, at):
        return None
    words = f"{where} must be from 1 to 65535" if type(value) is int else f"{where} must be a whole number"
    hint = "write it without quotes" if isinstance(value, str) and value.isdigit() else ""
    reader.refuse(where, words, at, value, hint)
    return None
