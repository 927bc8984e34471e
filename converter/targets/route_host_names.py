"""The host name of a route for what a rule asks of a host."""

from __future__ import annotations

import re
from functools import lru_cache

from converter.routing.matchers import ValueMatcher

LONGEST_NAME = 253
_NAME = re.compile(r"(?:\*\.)?[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*")


@lru_cache(maxsize=65536)
def host_name(test: ValueMatcher) -> str | None:
    """The host name of a route for a test; None where no name can say it."""
    name = name_of(test)
    return name if name is not None and len(name) <= LONGEST_NAME and _NAME.fullmatch(name) else None


def name_of(test: ValueMatcher) -> str | None:
    """The name that a test stands for, whether or not it is a DNS name."""
    if test.op == "exact":
        return test.value.lower()
    if test.op in ("label", "domain"):
        return test.value.lower()
    if test.op == "ends":
        return "*." + test.value[1:].lstrip(".").lower()
    if test.op == "glob" and "*" not in test.value and "?" not in test.value:
        return test.value.lower()
    if test.op == "glob" and test.value.startswith("*.") and "*" not in test.value[1:] and "?" not in test.value:
        return test.value.lower()
    return None
