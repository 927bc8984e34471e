"""Requests and answers in a few words, as people write them in a ticket."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from converter.model import Example, FieldRef, Finding

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def clean(text: str) -> str:
    """On one line and harmless for a terminal: no control characters, no direction marks."""
    return _CONTROL.sub(lambda found: repr(found.group())[1:-1], " ".join(text.split()))


def request_words(request: Mapping[str, Any]) -> str:
    """`GET https://shop.example.com/api (X-Canary: always)`."""
    port = f":{request['port']}" if request.get("port") else ""
    place = f"{request.get('scheme', 'http')}://{request.get('host', '')}{port}{request.get('path', '/')}"
    text = f"{request.get('method', 'GET')} {place}"
    notes = [f"{name}: {value}" for name, value in (request.get("headers") or {}).items()]
    if request.get("source"):
        notes.append(f"from {request['source']}")
    return f"{text} ({', '.join(notes)})" if notes else text


def answer_words(answer: Mapping[str, Any] | None) -> str:
    """`200 from shop/api:8080, path /v1` or `308 to https://…`."""
    if answer is None:
        return "nothing"
    status = answer.get("status", 0)
    text = str(status) if status else "no answer"
    if answer.get("location"):
        text += f" to {answer['location']}"
    backends = answer.get("backends") or {}
    if backends:
        shares = [name if len(backends) == 1 else f"{name} {share:.0%}" for name, share in backends.items()]
        text += f" from {', '.join(shares)}"
    upstream = answer.get("upstream") or {}
    parts = [f"{key} {upstream[key]}" for key in ("host", "path") if upstream.get(key)]
    parts += _headers(upstream.get("headers"))
    if parts:
        text += f" ({', '.join(parts)})"
    changed = _headers(answer.get("response_headers"))
    return f"{text} [{', '.join(changed)}]" if changed else text


def _headers(headers: Mapping[str, Any] | None) -> list[str]:
    return [f"{key}: {'(removed)' if value is None else value}" for key, value in (headers or {}).items()]


def example_words(example: Example) -> str:
    """Request, before and after on one line; only what differs where that can be told apart."""
    before, after = _different(example.before, example.after)
    return f"{request_words(example.request)}: before {answer_words(before)}; after {answer_words(after)}"


def _different(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Both answers without what they share; the status stays."""
    one, other = dict(before), dict(after)
    for key in ("upstream", "response_headers"):
        if one.get(key) == other.get(key):
            one.pop(key, None)
            other.pop(key, None)
    return one, other


def field_words(fields: tuple[FieldRef, ...], most: int = 2) -> str:
    """`[HTTPRoute spec.rules[0].filters[0]]`; "" where nothing was written."""
    if not fields:
        return ""
    shown = "; ".join(dict.fromkeys(f"{one.kind} {one.field}".rstrip() for one in fields[:most]))
    more = len(fields) - most
    return f"[{shown}{f'; {more} more' if more > 0 else ''}]"


def fact_words(finding: Finding) -> str:
    """The fact that a finding is about: `cors-allow-origin: *`."""
    origin = finding.origin
    if not origin.key:
        return str(origin.object) if origin.object else origin.location.path
    value = clean(origin.value)
    return f"{origin.key}: {value[:60]}{'…' if len(value) > 60 else ''}" if value else origin.key
