"""Kinds of requests, which narrow what an outcome announces; `comparison/request_kinds.py` tells which are of one."""

from __future__ import annotations

from typing import Literal, NewType, cast, get_args

RequestKind = NewType("RequestKind", str)
"""Made by the functions of this module alone."""
EVERY_REQUEST = RequestKind("")

KindName = Literal[
    "behind-tls",
    "body",
    "cookie",
    "cross-origin",
    "escaped-slash",
    "fall-through",
    "forwarded",
    "https",
    "no-handshake",
    "many",
    "odd-header",
    "odd-host",
    "odd-method",
    "odd-parameter",
    "odd-path",
    "odd-port",
    "odd-server-name",
    "plain-http",
    "repeated",
    "trace",
    "unmatched",
    "upgrade",
]
"""Kinds that have no value. "unmatched": no rule of the controller takes them; "fall-through": their host has rules
of its own, and others take them before; "many": the same request, asked many times in a row."""

DEEPER, HOST, PORT, BEYOND, BARE, STARTING = "deeper ", "host ", "port ", "beyond ", "bare ", "starting "
"""What kinds with a value begin with."""


def named(name: KindName) -> RequestKind:
    """A kind that has no value."""
    return RequestKind(name)


def deeper_than(wildcard: str) -> RequestKind:
    """Requests for names more than one label below a wildcard (`*.example.com`)."""
    return RequestKind(f"{DEEPER}{wildcard}")


def for_host(op: str, value: str) -> RequestKind:
    """Requests for hosts that pass a matcher (`routing/matchers.py` ValueMatcher)."""
    return RequestKind(f"{HOST}{op} {value}")


def to_port(number: int) -> RequestKind:
    """Requests to a port."""
    return RequestKind(f"{PORT}{number}")


def beyond(prefix: str) -> RequestKind:
    """Requests for paths that go on after a prefix without a slash."""
    return RequestKind(f"{BEYOND}{prefix}")


def without_slash(prefix: str) -> RequestKind:
    """Requests for a prefix without its final slash."""
    return RequestKind(f"{BARE}{prefix}")


def starting_with(prefix: str) -> RequestKind:
    """Requests for paths that start with this text."""
    return RequestKind(f"{STARTING}{prefix}")


def parse_kind(text: str) -> RequestKind:
    """The kind that a pack names. Raises ValueError for an unknown one."""
    if text and text not in get_args(KindName):
        raise ValueError(f"unknown kind of requests {text!r}; known kinds: {', '.join(get_args(KindName))}")
    return named(cast(KindName, text)) if text else EVERY_REQUEST
