"""What is wrong with an output object."""

from __future__ import annotations

from typing import NamedTuple

from converter.model import ObjectRef


class Problem(NamedTuple):
    """One reason why an object must not be written.

    `kind`: schema | cel | reference | limit | refused (the API server takes it, Envoy Gateway or Envoy does not).
    """

    resource: ObjectRef
    path: str
    message: str
    kind: str

    def __str__(self) -> str:
        where = f"{self.resource}: {self.path}" if self.path else str(self.resource)
        return f"{where}: {self.message}"
