"""Values of flags that the controller cannot read: it does not start with them, or finds nothing of that name.

nginx: pkg/flags/flags.go (ParseFlags; pflag refuses what is no boolean), cmd/nginx/main.go (names of Services).
"""

from __future__ import annotations

from collections.abc import Callable

from converter.packs.codecs import CodecError, go_bool
from converter.packs.controllers import settings_of
from converter.reading.names import is_label, is_subdomain
from converter.sources.ingress_nginx.selectors import expressions


def fault(name: str, text: str) -> str:
    """What is wrong with the value of a flag; "" where nothing is."""
    row = settings_of("ingress-nginx")[1].get(name)
    if row is None or (not text and row.default is None):
        return ""
    if "$(" in text:
        return f"--{name}={text}: the input does not show the value of the variable"
    kind = "boolean" if row.default in ("true", "false") else row.type
    known = _KINDS.get(kind)
    return f"--{name}={text} is not a {known[0]}" if known and not known[1](text) else ""


def _is_boolean(text: str) -> bool:
    try:
        go_bool(text)
    except CodecError:
        return False
    return True


def _is_object_name(text: str) -> bool:
    namespace, slash, name = text.partition("/")
    return bool(slash) and is_label(namespace) and is_subdomain(name)


def _is_selector(text: str) -> bool:
    return expressions(text) is not None


_KINDS: dict[str, tuple[str, Callable[[str], bool]]] = {
    "boolean": ("boolean", _is_boolean),
    "namespace": ("name of a namespace", is_label),
    "selector": ("label selector", _is_selector),
    "object": ("NAMESPACE/NAME", _is_object_name),
}
"""By the `type` of a row: the words for it, and the test."""
