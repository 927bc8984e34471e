"""Secrets: what routing needs of them, and nothing else in memory."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.reading.positioned import Map

_KEPT = ("auth", ".htpasswd", "ca.crt", "tls.crt", "clientId", "clientID", "client-id")
"""Keys of which the value decides something: password files (their hashes), certificates, an OIDC client's id."""


def needed_data(body: Map) -> Map:
    """The Secret with the keys of its data but only those values that are needed; nothing of it is ever printed."""
    for field in ("data", "stringData"):
        data = body.get(field)
        if isinstance(data, Map):
            for key in data:
                if data[key] is not None and key not in _KEPT and not _is_password_file(body, key):
                    data[key] = ""
    return body


def values_known(body: Mapping[str, Any]) -> bool:
    """False for a Secret that was listed by the names of its keys, with `null` for each value."""
    data = body.get("data")
    return not isinstance(data, Mapping) or None not in data.values()


def _is_password_file(body: Map, key: str) -> bool:
    """ingress-nginx `auth-secret-type: auth-map` has a user's name for key and its hash for value."""
    return body.get("type") in (None, "", "Opaque") and "key" not in key.lower() and "." not in key
