"""What identifies somebody in a request or a URL, by names of headers and parameters and by the look of values."""

from __future__ import annotations

import re
from urllib.parse import unquote

CREDENTIALS = frozenset(
    {
        "authorization",
        "cookie",
        "proxy-authorization",
        "x-access-token",
        "x-api-key",
        "x-auth-token",
        "x-csrf-token",
        "api-key",
    }
)
"""Request headers that identify somebody."""
REMOVED = "removed"
"""What is shown in the place of a secret in a URL."""
SECRET_NAME = re.compile(
    r"token|secret|passw|pwd|api[-_]?key|auth|session|sig(?:nature)?$|code$|state$|credential|jwt|otp|^key$|^sid$", re.I
)
"""Names of parameters whose values are never shown."""
TOKEN = re.compile(r"eyJ[\w.-]{8,}|[A-Za-z0-9_-]{32,}={0,2}|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_PARAMETER = re.compile(r"([?&#])([^=&#]*)=([^&#]+)")


def is_secret(name: str, value: str) -> bool:
    """Whether the value of a parameter may open something."""
    return SECRET_NAME.search(unquote(name)) is not None or TOKEN.search(value) is not None


def without_secrets(url: str) -> str:
    """A URL or a request target without values of its query and its fragment that may be secrets."""

    def shown(found: re.Match[str]) -> str:
        mark, name, value = found.groups()
        return f"{mark}{name}={REMOVED if is_secret(name, value) else value}"

    return _PARAMETER.sub(shown, url)
