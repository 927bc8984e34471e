"""Requests and responses in a few words, as people write them in a ticket."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from converter.model import ASPECTS, Aspects, Example, FieldRef, Finding
from converter.model.credentials import shown_setting
from converter.reporting.terminal import clean

_MOST_HEADERS = 3
LONGEST_HEADER = 60
"""Characters of a header's value that are shown."""
REMOVED = "(removed)"
"""Stands for the value of a header that is taken away."""
_LONGEST_PART = 160


def cut(text: str, most: int) -> str:
    """Not longer than this; what is left out shows as a dot-dot-dot."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def describe_request(request: Mapping[str, Any]) -> str:
    """`GET https://shop.example.com/api (X-Canary: always)`."""
    port = f":{request['port']}" if request.get("port") else ""
    place = f"{request.get('scheme', 'http')}://{request.get('host', '')}{port}{request.get('path', '/')}"
    text = f"{request.get('method', 'GET')} {place}"
    notes = [f"{name}: {value}" for name, value in (request.get("headers") or {}).items()]
    if request.get("sni") is not None:
        notes.append(f"SNI {request['sni']}" if request["sni"] else "no SNI")
    if request.get("source"):
        notes.append(f"from {request['source']}")
    return f"{text} ({', '.join(notes)})" if notes else text


def describe_answer(answer: Mapping[str, Any] | None) -> str:
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
    """The first few, cut to a length that can be read."""
    shown = [f"{key}: {_value(value)}" for key, value in (headers or {}).items()]
    more = len(shown) - _MOST_HEADERS
    return shown if more <= 0 else [*shown[:_MOST_HEADERS], f"{more} more headers"]


def _value(value: Any) -> str:
    text = REMOVED if value is None else str(value)
    return text if len(text) <= LONGEST_HEADER else f"{text[:LONGEST_HEADER]}…"


def describe_example(example: Example, affects: Aspects = ASPECTS) -> str:
    """Request, before and after on one line."""
    request, before, after = (cut(part, _LONGEST_PART) for part in example_parts(example, affects))
    return f"{request}: before {before}; after {after}"


def example_parts(example: Example, affects: Aspects = ASPECTS) -> tuple[str, str, str]:
    """Request, before and after: of the responses only what differs, in the aspects that are announced."""
    before, after = _different(example.before, example.after, affects)
    return describe_request(example.request), describe_answer(before), describe_answer(after)


def _different(
    before: Mapping[str, Any] | None, after: Mapping[str, Any] | None, affects: Aspects
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Both responses without what they share or what is another finding's matter; the status stays."""
    if not before or not after:
        return (dict(before) if before else None), (dict(after) if after else None)
    one, other = _cut(before, after, affects), _cut(after, before, affects)
    return (one, other) if describe_answer(one) != describe_answer(other) else (dict(before), dict(after))


def _cut(answer: Mapping[str, Any], beside: Mapping[str, Any], affects: Aspects) -> dict[str, Any]:
    out = {key: answer[key] for key in ("status", "location", "backends") if key in answer}
    if answer.get("backends") == beside.get("backends") and answer.get("status") == beside.get("status"):
        out.pop("backends", None)
    upstream, next_to = answer.get("upstream") or {}, beside.get("upstream") or {}
    mine = {key: upstream[key] for key in ("host", "path") if upstream.get(key) != next_to.get(key) and key in upstream}
    if "request-headers" in affects:
        mine["headers"] = _own(upstream.get("headers"), next_to.get("headers"))
    if next_to or not beside.get("backends"):
        out["upstream"] = mine if next_to else {}
    if "response-headers" in affects:
        out["response_headers"] = _own(answer.get("response_headers"), beside.get("response_headers"))
    return out


def _own(headers: Mapping[str, Any] | None, beside: Mapping[str, Any] | None) -> dict[str, Any]:
    """The headers that the other side does not have like this."""
    others = beside or {}
    return {key: value for key, value in (headers or {}).items() if key not in others or others[key] != value}


def describe_fields(fields: tuple[FieldRef, ...], most: int = 2) -> str:
    """`[HTTPRoute spec.rules[0].filters[0]]`; "" where nothing was written."""
    if not fields:
        return ""
    shown = "; ".join(dict.fromkeys(f"{one.kind} {one.field}".rstrip() for one in fields[:most]))
    more = len(fields) - most
    return f"[{shown}{f'; {more} more' if more > 0 else ''}]"


def describe_place(finding: Finding) -> str:
    """`path:line:col`; what is set in no file at all is a default."""
    return clean(str(finding.origin.location)) or "(default)"


def describe_fact(finding: Finding) -> str:
    """The fact that a finding is about: `cors-allow-origin: *`."""
    origin = finding.origin
    if not origin.key:
        return str(origin.object) if origin.object else origin.location.path
    value = clean(shown_setting(origin.key, origin.value))
    return f"{origin.key}: {value[:60]}{'…' if len(value) > 60 else ''}" if value else origin.key
