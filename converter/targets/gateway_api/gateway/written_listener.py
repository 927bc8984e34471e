"""A listener that is written."""

from __future__ import annotations

from dataclasses import field
from typing import Any

from converter.model import ObjectRef
from converter.model.data import dataclass
from converter.routing.table import Certificate
from converter.targets.context import NO_GATEWAY


@dataclass(slots=True)
class WrittenListener:
    """One listener; `holder` is the object that holds it."""

    name: str
    port: int
    protocol: str
    hostname: str
    certificates: list[Certificate] = field(default_factory=list)
    mode: str = ""
    holder: ObjectRef = NO_GATEWAY
    namespaces: set[str] = field(default_factory=set)
    options: dict[str, Any] = field(default_factory=dict)
