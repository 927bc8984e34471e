"""Log formats of nginx in parts that every target can read (nginx: ngx_http_log_module, log_format)."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from converter.packs.features import load_yaml, mappings_dir
from converter.sources.ingress_nginx.variables import VARIABLE, in_parts

_HEADERS = (("sent_http_", "response-header:"), ("upstream_http_", "response-header:"), ("http_", "header:"))
Parts = tuple[str, ...]
"""`=text`, a field such as `client-address`, `header:NAME`, or `?NAME` for a variable of nginx alone."""


@lru_cache
def _known() -> dict[str, str]:
    found: dict[str, str] = load_yaml(mappings_dir() / "nginx-log-variables.yaml")["variables"]
    return found


def parts_of(text: str) -> Parts:
    """A format in parts."""
    return in_parts(text, _part)


def _part(name: str) -> str:
    known = _known().get(name)
    if known:
        return known
    for head, kind in _HEADERS:
        if name.startswith(head):
            return kind + name.removeprefix(head).replace("_", "-")
    return f"?{name}"


def json_parts(text: str) -> dict[str, Parts] | None:
    """The members of a format that is one flat JSON object; None where it is none."""
    quoted = _quoted(text.replace("\n", " "))
    try:
        found = json.loads(quoted)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict) or any(isinstance(value, (dict, list)) for value in found.values()):
        return None
    shown = {key: value if isinstance(value, str) else json.dumps(value) for key, value in found.items()}
    return {key: parts_of(value) for key, value in shown.items()}


def _quoted(text: str) -> str:
    """Variables that stand for numbers in quotes, so that the text is JSON."""
    out, inside, end = [], False, 0
    for found in re.finditer(rf'\\.|"|{VARIABLE.pattern}', text):
        out.append(text[end : found.start()])
        if found.group() == '"':
            inside = not inside
        out.append(f'"{found.group()}"' if found.group().startswith("$") and not inside else found.group())
        end = found.end()
    return "".join([*out, text[end:]])
