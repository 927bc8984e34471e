"""What the API server takes for a name (k8s: staging/src/k8s.io/apimachinery/pkg/util/validation/validation.go)."""

from __future__ import annotations

import re
from functools import lru_cache

_LABEL = re.compile(r"[a-z0-9]++(?:-++[a-z0-9]++)*+")
_SUBDOMAIN = re.compile(r"[a-z0-9]++(?:(?:-++|\.)[a-z0-9]++)*+")
_QUALIFIED = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")
_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*")


def is_label(text: str) -> bool:
    """A DNS label of at most 63 characters (namespaces, Services)."""
    return len(text) <= 63 and _LABEL.fullmatch(text) is not None


def is_subdomain(text: str) -> bool:
    """A DNS name of at most 253 characters (most objects)."""
    return len(text) <= 253 and _SUBDOMAIN.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """A host of a rule: a DNS name, or one behind `*.`."""
    return is_subdomain(text.removeprefix("*."))


def is_address(text: str) -> bool:
    """An IP address in place of a host."""
    return _ADDRESS.fullmatch(text) is not None


@lru_cache(maxsize=4096)
def is_annotation_key(text: str) -> bool:
    """A qualified name: an optional DNS prefix, a slash, and a name of at most 63 characters."""
    head, slash, name = text.rpartition("/")
    if slash and not is_subdomain(head.lower()):
        return False
    return len(name) <= 63 and _QUALIFIED.fullmatch(name) is not None


@lru_cache(maxsize=4096)
def is_port_name(text: str) -> bool:
    """An IANA service name: 1 to 15 of a-z, 0-9 and single inner dashes, with at least one letter."""
    return (
        len(text) <= 15
        and _LABEL.fullmatch(text) is not None
        and "--" not in text
        and any(char.isalpha() for char in text)
    )


@lru_cache(maxsize=4096)
def is_label_value(text: str) -> bool:
    """Nothing, or a name of at most 63 characters."""
    return not text or (len(text) <= 63 and _QUALIFIED.fullmatch(text) is not None)
