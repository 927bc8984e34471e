"""`.htpasswd` files as Envoy reads them: one broken line costs the whole listener."""

from __future__ import annotations

import base64
import binascii
from typing import Any

KEY = ".htpasswd"
_SHA_LENGTH = 28


def htpasswd_problem(text: str) -> str | None:
    """Why Envoy Gateway or Envoy refuses the file; None where it is fine."""
    users: set[str] = set()
    lines = [line.removesuffix("\r") for line in text.split("\n")]
    if not any(lines):
        return "has no user"
    for number, line in enumerate(lines, 1):
        problem = _line_problem(line, users) if line else None
        if problem:
            return f"line {number}: {problem}"
    return None


def _line_problem(line: str, users: set[str]) -> str | None:
    if line != line.strip():
        return "blanks around a line; Envoy refuses the whole listener"
    user, colon, secret = line.partition(":")
    if not (user and colon and secret) or user.startswith("#"):
        return "is not of the form user:{SHA}hash"
    if user in users:
        return f"user {user} appears twice; Envoy refuses the whole listener"
    users.add(user)
    if not secret.startswith("{SHA}"):
        return "only {SHA} hashes are accepted"
    return None if len(secret) == len("{SHA}") + _SHA_LENGTH else "the hash is no SHA-1 in base64"


def secret_text(body: dict[str, Any], key: str) -> str | None:
    """A value of a Secret as text; None where it is not there or no text."""
    plain = (body.get("stringData") or {}).get(key)
    if isinstance(plain, str):
        return plain
    encoded = (body.get("data") or {}).get(key)
    if not isinstance(encoded, str):
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode()
    except (binascii.Error, ValueError):
        return None
