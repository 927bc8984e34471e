"""Names of headers: tokens of HTTP (RFC 9110 section 5.6.2)."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+\-.^_`|~]+")


def is_token(text: str) -> bool:
    """True for what can be the name of a header."""
    return _TOKEN.fullmatch(text) is not None
