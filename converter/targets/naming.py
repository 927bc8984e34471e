"""Names of generated objects: readable, stable, valid, unique."""

from __future__ import annotations

import hashlib
import re

_INVALID = re.compile(r"[^a-z0-9]+")
LIMIT = 200
"""Kubernetes allows 253 characters; the rest is left for suffixes of our own."""


def slug(text: str) -> str:
    """Lower-case letters, digits and single dashes; `*.example.com` becomes `wildcard-example-com`."""
    if text.startswith("*"):
        text = "wildcard" + text[1:]
    return _INVALID.sub("-", text.lower()).strip("-")


def digest(text: str) -> str:
    """Six characters that distinguish two identities."""
    return hashlib.sha256(text.encode()).hexdigest()[:6]


def fitted(name: str, limit: int = LIMIT) -> str:
    """The name, or its head and a digest where it is too long."""
    return name if len(name) <= limit else f"{name[: limit - 7].rstrip('-.')}-{digest(name)}"


def numbered(base: str, count: int) -> list[str]:
    """The name itself, then with numbers of equal length, so that the tenth renames none of the others."""
    digits = max(2, len(str(count)))
    return [base] + [f"{base}-{index:0{digits}d}" for index in range(2, count + 1)]


class ObjectNames:
    """Hands out names; the same identity gets the same name again, a second identity a suffix."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, str, str], str] = {}
        self.of_objects: frozenset[tuple[str, str]] = frozenset()
        """Namespace and name of all objects of the input that routes are made of."""

    def free(self, kind: str, namespace: str, name: str, owner: str) -> bool:
        """True where nobody has the name, and it is not kept for another object than the one called `owner`."""
        if (kind, namespace, fitted(name)) in self._taken:
            return False
        return name == owner or (namespace, name) not in self.of_objects

    def claim(self, kind: str, namespace: str, wanted: str, identity: str) -> str:
        """The wanted name, with a digest of the identity where somebody else has it."""
        name = fitted(wanted or "unnamed")
        owner = self._taken.setdefault((kind, namespace, name), identity)
        if owner == identity:
            return name
        name = f"{name}-{digest(identity)}"
        self._taken[kind, namespace, name] = identity
        return name
