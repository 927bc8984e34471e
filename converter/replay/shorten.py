"""Real requests as they may be shown: short, and with `--redact` without what tells who made them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

LONGEST_PATH, LONGEST_VALUE = 120, 24
_SECRET = re.compile(
    r"token|secret|passw|pwd|api[-_]?key|auth|session|sig(?:nature)?$|code$|state$|credential|jwt|otp|^key$|^sid$", re.I
)
"""Names of parameters whose values are never shown."""
_TOKEN = re.compile(r"eyJ[\w.-]{8,}|[A-Za-z0-9_-]{32,}={0,2}|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_ASSIGNED = re.compile(rf"([\w-]*(?:{_SECRET.pattern.replace('$', '')})[\w-]*=)[^&\s\"]+", re.I)
_BEARER = re.compile(r"\b(bearer|basic)\b\W+[\w.~+/=-]+", re.I)
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"[0-9]+")
_VERSION = re.compile(r"(?<=/)v[0-9]{1,3}(?=[/?]|$)")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def unescaped(text: str) -> str:
    """A value of a log as it was sent: nginx writes some characters as `\\xHH`, or as JSON does."""
    if "\\" not in text:
        return text

    def char(found: re.Match[str]) -> str:
        if found[3]:
            return _LETTERS.get(found[3], found[3])
        return chr(int(found[1] or found[2], 16))

    return _ESCAPE.sub(char, text)


def shown_target(target: str, *, redact: bool = False) -> str:
    """Path and query, shortened; values of parameters that may be secrets are left out in any case."""
    path, mark, query = target.partition("?")
    pairs = [_pair(one, redact) for one in query.split("&")] if mark else []
    path = redacted(path) if redact else _TOKEN.sub("TOKEN", path)
    text = f"{path}{mark}{'&'.join(pairs)}"
    return text if len(text) <= LONGEST_PATH else f"{text[: LONGEST_PATH - 1]}…"


def _pair(pair: str, redact: bool) -> str:
    name, mark, value = pair.partition("=")
    if _SECRET.search(unquote(name)):
        return f"{name}{mark}{'…' if value else ''}"
    value = redacted(value) if redact else _TOKEN.sub("TOKEN", value)
    value = value if len(value) <= LONGEST_VALUE else f"{value[:LONGEST_VALUE]}…"
    return f"{redacted(name) if redact else name}{mark}{value}"


def redacted(text: str) -> str:
    """Without tokens, mail addresses and numbers, which become TOKEN, EMAIL and 0; versions of an API stay."""
    out = _TOKEN.sub("TOKEN", _EMAIL.sub("EMAIL", text))
    kept = {found.start() + 1: found.end() for found in _VERSION.finditer(out)}
    return _NUMBER.sub(lambda found: found.group() if found.start() in kept else "0", out)


def shown_request(request: Mapping[str, Any], *, redact: bool = False) -> dict[str, Any]:
    """A request as reports show it. Cookies and addresses of clients are not shown with `redact`."""
    out = dict(request)
    out["path"] = shown_target(str(out.get("path", "/")), redact=redact)
    if redact:
        out.pop("source", None)
        headers = {name: redacted(value) for name, value in (out.get("headers") or {}).items() if name != "cookie"}
        out = {key: value for key, value in out.items() if key != "headers"} | ({"headers": headers} if headers else {})
    return out


def shown_answer(answer: Mapping[str, Any], *, redact: bool = False) -> dict[str, Any]:
    """An answer as reports show it: its targets shortened like those of requests."""
    out = dict(answer)
    if out.get("location"):
        out["location"] = shown_target(str(out["location"]), redact=redact)
    upstream = out.get("upstream")
    if isinstance(upstream, Mapping) and upstream.get("path"):
        out["upstream"] = {**upstream, "path": shown_target(str(upstream["path"]), redact=redact)}
    return out


def witness_request(request: Mapping[str, Any], *, redact: bool = False) -> dict[str, Any]:
    """A request as it may be kept: whole, but for values that may be secrets."""
    if redact:
        return shown_request(request, redact=True)
    out = dict(request)
    path, mark, query = str(out.get("path", "/")).partition("?")
    pairs = [_without_secret(one) for one in query.split("&")]
    out["path"] = f"{path}{mark}{'&'.join(pairs)}"
    return out


def _without_secret(pair: str) -> str:
    name, mark, value = pair.partition("=")
    secret = value and (_SECRET.search(unquote(name)) or _TOKEN.search(value))
    return f"{name}{mark}removed" if secret else pair


def shown_sample(line: str, *, redact: bool = False) -> str:
    """A line that could not be read, without what may be a secret."""
    out = _ASSIGNED.sub(r"\1…", _BEARER.sub(r"\1 …", line))
    return redacted(out) if redact else _TOKEN.sub("TOKEN", out)
