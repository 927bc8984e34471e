"""Requests that a user gives: `--request 'GET URL'`, and files of JSON lines, each checked before anything is asked."""

from __future__ import annotations

import ipaddress
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from converter.routing.exchange import Request
from converter.routing.header_names import is_token
from converter.routing.request_text import parse_request

_TEXTS = ("method", "scheme", "host", "path", "source", "sni", "entry")


def request_of(text: str, headers: Iterable[str], source: str, entry: str) -> Request:
    """`GET https://host:port/path?query`; the method may be missing.

    Raises:
        click.UsageError: It is no method and URL.
    """
    try:
        request = parse_request(text)
    except ValueError as error:
        raise click.UsageError(f"--request {text!r}: {error}") from None
    pairs = tuple(_header(one) for one in headers)
    if problem := _address(source):
        raise click.UsageError(f"--source {problem}")
    return request._replace(headers=pairs, source=source, entry=entry)


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not is_token(name.strip()):
        raise click.UsageError(f"--header {text!r}: write 'Name: value'")
    return name.strip(), value.strip()


def requests_of_file(name: str) -> list[Request]:
    """The requests of a file of JSON lines, `-`: of stdin. Empty lines are left out.

    Raises:
        click.UsageError: The file cannot be read, or a line is no request; the message names the line.
    """
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise click.UsageError(f"--requests {name}: {error.strerror or error}") from None
    out = []
    for number, line in enumerate(data.split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            given = json.loads(line)
        except json.JSONDecodeError as error:
            raise click.UsageError(f"{name}:{number}:{error.colno}: not a request: {error.msg}") from None
        except (ValueError, RecursionError) as error:
            raise click.UsageError(f"{name}:{number}: not a request: {error}") from None
        asked = given.get("request", given) if isinstance(given, dict) else given
        problem = next(problems(asked), "")
        if problem:
            raise click.UsageError(f"{name}:{number}: not a request: {problem}")
        out.append(Request.from_json(asked))
    return out


def problems(given: Any) -> Iterator[str]:
    """What is wrong with a request of a file (fields as in `Request.from_json`)."""
    if not isinstance(given, Mapping):
        yield "it must be an object"
        return
    if "host" not in given:
        yield "it names no host"
    for key in _TEXTS:
        if not isinstance(given.get(key) or "", str):
            yield f"{key} must be text"
            return
    if given.get("scheme", "http") not in ("http", "https"):
        yield "scheme must be http or https"
    if not is_token(given.get("method") or "GET"):
        yield "method must be a word"
    port = given.get("port") or 0
    if type(port) is not int or not 0 <= port <= 65535:
        yield "port must be a number up to 65535"
    yield from filter(None, [_address(given.get("source") or "")])
    yield from _headers(given.get("headers") or {})


def _headers(given: Any) -> Iterator[str]:
    if not isinstance(given, Mapping):
        yield "headers must be an object"
        return
    for name, value in given.items():
        if not all(isinstance(one, str) for one in (value if isinstance(value, list) else [value])):
            yield f"header {name} must be text or a list of texts"


def _address(text: str) -> str:
    try:
        ipaddress.ip_address(text or "192.0.2.1")
    except ValueError:
        return f"source must be an IP address, not {text!r}"
    return ""
