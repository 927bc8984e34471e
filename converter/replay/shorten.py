"""Real requests as they may be shown: short, and with `--redact` without what identifies who made them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from converter.model.credentials import CREDENTIALS, REMOVED, SECRET_NAME, TOKEN, is_secret, path_without_secrets
from converter.model.data import dataclass
from converter.model.traffic import Witness

LONGEST_PATH, LONGEST_VALUE = 120, 24
SHORT_VALUE = 8
"""Characters of a cookie that is shown: `always` chooses a canary; what opens a session is longer."""
_ASSIGNED = re.compile(rf"([\w-]*(?:{SECRET_NAME.pattern.replace('$', '')})[\w-]*(?:=|\"\s*:\s*\"))[^&\s\"]+", re.I)
_BEARER = re.compile(r"\b(bearer|basic)\b\W+[\w.~+/=-]+", re.I)
_QUERY, _PAIR = re.compile("[?#]"), re.compile(r"(?<=[?&#])[^&#]+")
_EMAIL = re.compile(r"[\w.+-]+(?:@|%40)[\w-]+(?:\.[\w-]+)+")
_NUMBER = re.compile(r"[0-9]+")
_VERSION = re.compile(r"(?<=/)v[0-9]{1,3}(?=[/?]|$)")
_ESCAPE = re.compile(r"((?:\\x[0-9A-Fa-f]{2})+)|\\(?:u([0-9A-Fa-f]{4})|(.))")
_LETTERS = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}


def unescaped(text: str) -> str:
    """A value of a log as it was sent: nginx writes some bytes as `\\xHH`, or characters as JSON does."""
    if "\\" not in text:
        return text

    def char(found: re.Match[str]) -> str:
        if found[1]:
            return bytes.fromhex(found[1].replace("\\x", "")).decode("utf-8", "backslashreplace")
        return chr(int(found[2], 16)) if found[2] else _LETTERS.get(found[3], found[3])

    return _ESCAPE.sub(char, text)


@dataclass(frozen=True, slots=True)
class Masking:
    """How much of a request is shown.

    Attributes:
        redact: Also without what identifies who made it: numbers, mail addresses, cookies and addresses of clients.
        short: Paths, values and headers are cut to a length that can be read.
    """

    redact: bool = False
    short: bool = True

    def target(self, target: str) -> str:
        """Path and query, or a URL; values that may be secrets are left out in any case."""
        found = _QUERY.search(target)
        end = found.start() if found else len(target)
        pairs = _PAIR.sub(lambda one: self._pair(one[0]), target[end:])
        text = f"{self._value(path_without_secrets(target[:end]))}{pairs}"
        return text if len(text) <= LONGEST_PATH or not self.short else f"{text[: LONGEST_PATH - 1]}…"

    def _pair(self, pair: str) -> str:
        name, mark, value = pair.partition("=")
        if value and is_secret(name, value):
            return f"{self._value(name)}{mark}{REMOVED}"
        value = self._value(value)
        cut = self.short and len(value) > LONGEST_VALUE
        return f"{self._value(name)}{mark}{f'{value[:LONGEST_VALUE]}…' if cut else value}"

    def _value(self, text: str) -> str:
        return redacted(text) if self.redact else TOKEN.sub(REMOVED, text)

    def request(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """A request as `Request.to_json` has it."""
        out = dict(request) | {"path": self.target(str(request.get("path", "/")))}
        headers = self._headers(out.pop("headers", None) or {})
        if self.redact:
            out.pop("source", None)
        return out | ({"headers": headers} if headers else {})

    def answer(self, answer: Mapping[str, Any]) -> dict[str, Any]:
        """A response as `Decision.to_answer` has it."""
        out = dict(answer)
        if out.get("location"):
            out["location"] = self.target(str(out["location"]))
        if out.get("upstream"):
            upstream = dict(out["upstream"])
            headers = self._headers(upstream.pop("headers", None) or {})
            out["upstream"] = upstream | {"path": self.target(str(upstream.get("path", "/")))}
            if headers:
                out["upstream"]["headers"] = headers
        if out.get("response_headers"):
            out["response_headers"] = self._headers(out["response_headers"], redact=False)
        return out

    def _headers(self, headers: Mapping[str, Any], *, redact: bool = True) -> dict[str, Any]:
        """Headers without secrets; those of a request hold addresses and more, and are not shown where that matters."""
        if self.redact and redact:
            return {}
        return {name: self._header(name, value) for name, value in headers.items()}

    def _header(self, name: str, value: Any) -> Any:
        if name == "cookie":
            pairs = (one.partition("=") for one in str(value).split("; "))
            return "; ".join(f"{key}={one if len(one) <= SHORT_VALUE else REMOVED}" for key, _, one in pairs)
        if name in CREDENTIALS:
            return REMOVED
        return self.target(value) if isinstance(value, str) and ("?" in value or TOKEN.search(value)) else value

    def witness(self, one: Witness) -> Witness:
        """A request with both responses."""
        return replace(
            one, request=self.request(one.request), before=self.answer(one.before), after=self.answer(one.after)
        )


def redacted(text: str) -> str:
    """Without tokens, mail addresses and numbers, which become `removed`, EMAIL and 0; versions of an API stay."""
    out = TOKEN.sub(REMOVED, _EMAIL.sub("EMAIL", text))
    kept = {found.start() + 1: found.end() for found in _VERSION.finditer(out)}
    return _NUMBER.sub(lambda found: found.group() if found.start() in kept else "0", out)


def shown_sample(line: str, *, redact: bool = False) -> str:
    """A line that could not be read, without what may be a secret."""
    out = _ASSIGNED.sub(r"\1…", _BEARER.sub(r"\1 …", path_without_secrets(line)))
    return redacted(out) if redact else TOKEN.sub(REMOVED, out)
