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
    r"token|secret|passw|pwd|api[-_]?key|auth|session|sessid|sig(?:nature)?$|code$|state$|credential|jwt|otp|^key$|^sid$",
    re.I,
)
"""Names of parameters whose values are never shown."""
TOKEN = re.compile(r"eyJ[\w.-]{8,}|[A-Za-z0-9_-]{32,}={0,2}|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_PARAMETER = re.compile(r"([?&#])([^=?&#]*)=([^&#]+)")
_PATH_PARAMETER = re.compile(
    r"(;|%3b|%3f|%26)((?:(?!%3b|%3f|%26|%3d)[^=;/&])*)(=|%3d)((?:(?!%3b|%26|%2f)[^;/&])+)", re.I
)
"""`;jsessionid=…`, and a query whose marks are escaped."""
_USER = re.compile(r"(?<=://)[^/?#@\s]*@")
"""User and password of a URL."""
_PASSWORD = re.compile(r"(?<=://)[^/?#@\s\"'<>:]*:[^/?#@\s\"'<>]*@")
_HEADER_VALUE = re.compile(
    r"""((?:authorization|api-key|auth-token|access-token|cookie)\\?["']?(?:\s*[:=]\s*|\s+)\\?["']?(?:(?:basic|bearer)\s+)?)"""
    r"""[^\s"';\\]+""",
    re.I,
)
"""The value of a header in a line of a configuration: `proxy_set_header Authorization "Basic …";`."""
_OPENS = r"(?:^|[-_./\s\"'{,])(?:token|passw(?:or)?d|pwd|api-?key|access-?key|credentials?)"
"""The end of a key whose value opens something; one that ends in `secret` names an object."""
_VALUE_KEY = re.compile(rf"{_OPENS}$", re.I)
_VALUE_IN_LINE = re.compile(rf"""({_OPENS}["']?:\s+["']?)[^\s"',}}]+""", re.I)


def is_secret(name: str, value: str) -> bool:
    """Whether the value of a parameter may open something."""
    return SECRET_NAME.search(unquote(name)) is not None or TOKEN.search(value) is not None


def path_without_secrets(path: str) -> str:
    """A path, or a URL up to its query, without values of parameters that may be secrets and without a user."""

    def shown(found: re.Match[str]) -> str:
        mark, name, equals, value = found.groups()
        return f"{mark}{name}{equals}{REMOVED if is_secret(name, value) else value}"

    return _PATH_PARAMETER.sub(shown, _USER.sub(f"{REMOVED}@", path))


def path_without_tokens(path: str) -> str:
    """The same, without what looks like a token either."""
    return TOKEN.sub(REMOVED, path_without_secrets(path))


def without_secrets(url: str) -> str:
    """A URL or a request target without a user and without values of parameters that may be secrets."""

    def shown(found: re.Match[str]) -> str:
        mark, name, value = found.groups()
        return f"{mark}{name}={REMOVED if is_secret(name, value) else value}"

    found = re.search("[?#]", url)
    end = found.start() if found else len(url)
    return path_without_secrets(url[:end]) + _PARAMETER.sub(shown, url[end:])


def without_passwords(text: str) -> str:
    """Any text, without user and password of the URLs in it."""
    return _PASSWORD.sub(f"{REMOVED}@", text) if "://" in text and "@" in text else text


def shown_setting(key: str, value: str) -> str:
    """The value of an annotation or another setting as it may be shown."""
    if _VALUE_KEY.search(key):
        return REMOVED
    out = without_passwords(value)
    out = _PARAMETER.sub(_without_secret, out) if "://" in out and "=" in out else out
    return _HEADER_VALUE.sub(rf"\g<1>{REMOVED}", out) if "\n" in out or ";" in out else out


def shown_line(line: str) -> str:
    """A line of a manifest as it may be shown: a setting, several ones of a flow mapping, or a part of a block."""
    return shown_setting("", _VALUE_IN_LINE.sub(rf"\g<1>{REMOVED}", line))


def _without_secret(found: re.Match[str]) -> str:
    mark, name, value = found.groups()
    return f"{mark}{name}={REMOVED if SECRET_NAME.search(unquote(name)) else value}"
