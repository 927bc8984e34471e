"""Recorded answers of the real controllers, and how a decision is held against one of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from converter.routing.decision import Decision
from converter.routing.exchange import Request
from tests.shared_data import ALL_ANSWERS, ANSWERS, COMPLETE

SHARE_TOLERANCE = 0.13
"""Shares are sampled from 60 requests and rounded to 0.05."""

needs_all_answers = pytest.mark.skipif(not COMPLETE, reason=f"needs all recorded answers, in {ALL_ANSWERS}")


def cases(controller: str) -> list[Path]:
    """Folders with recorded answers; none where they are absent."""
    root = ANSWERS / controller
    return sorted(folder for folder in root.iterdir() if (folder / "answers.jsonl").is_file()) if root.is_dir() else []


def lines(case: Path) -> list[dict[str, Any]]:
    """The lines of answers.jsonl."""
    return [json.loads(line) for line in (case / "answers.jsonl").read_text().splitlines() if line.strip()]


class About(NamedTuple):
    """Headers that a scenario is about: those that any of its answers names."""

    request: frozenset[str]
    response: frozenset[str]


def about(recorded: list[dict[str, Any]]) -> About:
    """What a scenario is about."""
    answers = [line["answer"] for line in recorded]
    return About(
        frozenset(name for one in answers for name in one.get("upstream", {}).get("headers", {})) - {"content-length"},
        frozenset(name for one in answers for name in one.get("response_headers", {})),
    )


def differences(request: Request, decision: Decision, answer: dict[str, Any], topic: About) -> list[str]:
    """How a decision differs from a recorded answer, in words."""
    out = [] if decision.status == answer["status"] else [f"status {decision.status}, recorded {answer['status']}"]
    if answer.get("statuses"):
        return out
    if decision.location != answer.get("location"):
        out.append(f"location {decision.location}, recorded {answer.get('location')}")
    shares = answer.get("backends") or {}
    if shares.keys() != decision.backends.keys() or any(
        abs(share - decision.backends[key]) > SHARE_TOLERANCE for key, share in shares.items()
    ):
        out.append(f"backends {decision.backends}, recorded {shares}")
    elif shares and "upstream" in answer:
        out += _upstream(request, decision, answer["upstream"], topic.request)
    for name in sorted(topic.response):
        recorded = answer.get("response_headers", {}).get(name)
        if decision.response_headers.get(name) != recorded:
            out.append(f"answer has {name}: {decision.response_headers.get(name)}, recorded {recorded}")
    body = answer.get("body")
    if body is not None and not decision.backends and not _same_text(decision.body or "", body):
        out.append(f"body {decision.body!r}, recorded {body!r}")
    return out


def _same_text(text: str, recorded: str) -> bool:
    head, dots, _ = recorded.partition("... (")
    return text.startswith(head) if dots else text == recorded


def _upstream(request: Request, decision: Decision, seen: dict[str, Any], names: frozenset[str]) -> Iterator[str]:
    if decision.host != seen["host"]:
        yield f"backend sees host {decision.host}, recorded {seen['host']}"
    if decision.path != seen["path"]:
        yield f"backend sees path {decision.path}, recorded {seen['path']}"
    headers = upstream_headers(request, decision)
    for name in sorted(names):
        if headers.get(name) != seen.get("headers", {}).get(name):
            yield f"backend sees {name}: {headers.get(name)}, recorded {seen.get('headers', {}).get(name)}"


def upstream_headers(request: Request, decision: Decision) -> dict[str, str | None]:
    """All headers that the backend sees: the client's, as the proxy changed them."""
    out: dict[str, str | None] = {}
    for name, value in request.headers:
        known = out.get(name.lower())
        out[name.lower()] = f"{known},{value}" if known else value
    return out | decision.implicit_headers | decision.request_headers


@lru_cache
def exceptions(name: str) -> dict[str, dict[Any, str]]:
    """Reasons by case and line (from 0) of a file beside the tests; `*` stands for every line that differs."""
    return yaml.safe_load((Path(__file__).parent / name).read_text()) or {}


def judge(case: str, found: dict[int, list[str]], reasons: dict[Any, str], count: int) -> list[str]:
    """What a test says of a scenario: differences without a reason, and reasons without a difference."""
    every = reasons.get("*")
    out = [
        f"{case}:{index + 1}: {'; '.join(words)}"
        for index, words in sorted(found.items())
        if every is None and index not in reasons
    ]
    if every is not None and not found:
        out.append(f"{case}: the exception is needless: {every}")
    out += [
        f"{case}:{index + 1}: the exception is needless: {reason}"
        for index, reason in reasons.items()
        if index != "*" and index not in found
    ]
    out += [f"{case}: there is no line {index + 1}" for index in reasons if index != "*" and index >= count]
    return out
