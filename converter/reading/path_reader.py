"""Paths as nearly all are written: read at one go, where the API server has nothing to remark on.

It takes 0.05 of 0.2 s from the reading of 2,000 Ingresses with three paths, a fiftieth of their whole run.

Whatever else a path may hold is left to `ingress.py` and `backend.py`, which say what is wrong; tests hold the two
together.
"""

from __future__ import annotations

import re
from typing import Any

from converter.reading.inventory import At, IngressPath, ServiceBackend
from converter.reading.names import is_label, is_port_name
from converter.reading.positioned import Map

_PATH = frozenset({"path", "pathType", "backend"})
_TYPES = frozenset({"Prefix", "Exact", "ImplementationSpecific"})
_NEEDS_GENERAL_READER = re.compile(r"//|/\.\.?(?:/|\Z)|%2[fF]|[${<]")
"""What a path may have to be asked about: escapes and dots that are refused, and placeholders."""


def read_common_path(item: Any, at: At) -> IngressPath | None:
    """The path, where it is usual in every respect."""
    if type(item) is not Map or not item.keys() <= _PATH:
        return None
    text, kind = item.get("path"), item.get("pathType")
    if type(text) is not str or not text.startswith("/") or _NEEDS_GENERAL_READER.search(text) is not None:
        return None
    if type(kind) is not str or kind not in _TYPES:
        return None
    backend = _backend(item)
    return None if backend is None else IngressPath(text, kind, backend, at)


def _backend(item: Map) -> ServiceBackend | None:
    backend = item.get("backend")
    service = backend.get("service") if type(backend) is Map and len(backend) == 1 else None
    if type(service) is not Map or len(service) != 2:
        return None
    name, port = service.get("name"), service.get("port")
    if type(name) is not str or not is_label(name) or type(port) is not Map or len(port) != 1:
        return None
    number = port.get("number")
    if type(number) is int:
        return ServiceBackend(name, number, item.at["backend"]) if 1 <= number <= 65535 else None
    named = port.get("name")
    return ServiceBackend(name, named, item.at["backend"]) if type(named) is str and is_port_name(named) else None
