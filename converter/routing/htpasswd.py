"""Files of users and passwords: as nginx reads them, and as Envoy Gateway and Envoy do."""

from __future__ import annotations

import base64
import binascii
import hashlib


def htpasswd(text: str) -> tuple[tuple[str, str], ...]:
    """The users of an htpasswd file."""
    pairs = (line.strip().partition(":") for line in text.splitlines() if line.strip() and not line.startswith("#"))
    return tuple((user, stored.partition(":")[0]) for user, mark, stored in pairs if mark)


def envoy_users(text: str) -> tuple[tuple[str, str], ...] | None:
    """Users with their digests; None where Envoy Gateway refuses the file.

    envoy-gateway: internal/gatewayapi/securitypolicy.go validateHtpasswdFormat.
    """
    users = []
    for line in text.split("\n"):
        user, colon, password = line.strip().partition(":")
        if not user and not colon:
            continue
        if not colon or not password.startswith("{SHA}"):
            return None
        try:
            if len(base64.b64decode(password[5:], validate=True)) != hashlib.sha1().digest_size:  # noqa: S324
                return None
        except (binascii.Error, ValueError):
            return None
        users.append((user, password[5:]))
    return tuple(users) or None


def is_malformed_htpasswd(text: str) -> bool:
    """A user twice, or blanks around a line: what costs the whole listener."""
    lines = [line.removesuffix("\r") for line in text.split("\n") if line.strip()]
    users = [line.partition(":")[0] for line in lines]
    return len(set(users)) < len(users) or any(line != line.strip() for line in lines)


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
    return None if len(secret) == len("{SHA}") + _SHA_LENGTH else "the hash is not a SHA-1 in base64"
