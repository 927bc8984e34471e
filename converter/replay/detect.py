"""Which format the lines of a file have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from converter.replay.engine import CRI
from converter.replay.log_format import LogFormat
from converter.replay.shorten import shown_sample

SAMPLE = 400
"""Lines that are looked at."""
LONGEST = 4000
"""Characters of a line that an expression is tried on."""
_TEXT = re.compile(r"[\x20-\x7e\t\u00a0-\uffff]*")
_KINDS = (
    (re.compile(r"[IWEF]\d{4} \d{2}:\d{2}:\d{2}"), "the log of a program of Kubernetes (klog)"),
    (re.compile(r"\d{4}/\d{2}/\d{2} \d{2}:\d{2}:\d{2} \[\w+\]"), "an error log of nginx"),
    (re.compile(r"#Fields:|#Version:"), "a W3C extended log"),
    (re.compile(r"(?:apiVersion|kind|metadata):"), "YAML of Kubernetes"),
    (re.compile(r"<\d{1,3}>"), "syslog"),
    (re.compile(r'[^ ]+ - - \[|\[[^\]]+\] "'), "an access log with fields of its own"),
)


class Detected(NamedTuple):
    """What the lines of a file are.

    Attributes:
        format: None where they are of no known one.
        wrapper: line | cri | docker: what a container runtime has put around them.
        share: Of the lines that were looked at, those of the format.
        description: What they look like, for people.
    """

    format: LogFormat | None
    wrapper: str
    share: float
    description: str


def detect(lines: Sequence[str], formats: Iterable[LogFormat]) -> Detected:
    """The first of the formats that most lines have."""
    some = [one for one in (line.rstrip("\r\n")[:LONGEST] for line in lines) if one.strip()]
    if not some:
        return Detected(None, "line", 0.0, "has no lines")
    wrapper = _wrapper(some)
    texts = [_unwrapped(one, wrapper) for one in some]
    best, most = None, 0
    for one in formats:
        count = sum(map(one.fits, texts))
        if count > most:
            best, most = one, count
    return Detected(best, wrapper, most / len(some), _description(texts))


def _wrapper(lines: Sequence[str]) -> str:
    if sum(re.match(CRI, one) is not None for one in lines) * 2 > len(lines):
        return "cri"
    docker = sum(one.startswith("{") and '"log":' in one and '"stream":' in one for one in lines)
    return "docker" if docker * 2 > len(lines) else "line"


def _unwrapped(line: str, wrapper: str) -> str:
    if wrapper == "cri":
        return re.sub(CRI, "", line)
    if wrapper == "docker":
        try:
            return str(json.loads(line).get("log", line)).rstrip("\n")
        except (ValueError, AttributeError, RecursionError):
            return line
    return line


def _description(lines: Sequence[str]) -> str:
    """What lines of no known format look like."""
    if sum(_TEXT.fullmatch(one) is not None for one in lines) * 2 < len(lines):
        return "is not text"
    for pattern, words in _KINDS:
        if sum(pattern.match(one) is not None for one in lines) * 2 > len(lines):
            return f"looks like {words}"
    try:
        found = json.loads(lines[0])
    except (ValueError, RecursionError):
        return f"begins with {shown_sample(lines[0])[:80]!r}"
    if isinstance(found, dict):
        return f"has JSON objects with {', '.join(sorted(map(str, found))[:12])}"
    return "has JSON that is not an object"
