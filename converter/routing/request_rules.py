"""How a proxy reads paths and headers of requests before any rule is tried."""

from __future__ import annotations

from converter.model.data import dataclass


@dataclass(frozen=True, slots=True)
class PathRules:
    """How a proxy reads and forwards paths (`routing/paths.py`). `style`: nginx | envoy | literal."""

    style: str = "literal"
    merge_slashes: bool = True
    escaped_slashes: str = "UnescapeAndRedirect"
    """Envoy: KeepUnchanged | RejectRequest | UnescapeAndForward | UnescapeAndRedirect."""


@dataclass(frozen=True, slots=True)
class HeaderRules:
    """What a proxy does with unusual request headers. `underscores`: allow | drop | reject."""

    underscores: str = "allow"
    strip_host_dot: bool = False
    forward_host_dot: bool = True
    """Whether the backend still sees a dot that was stripped."""
    port_after: str = "first-colon"
    """Where the port of a Host with several colons begins: first-colon (nginx) | last-colon (Envoy)."""


DEFAULT_PATH_RULES = PathRules()
DEFAULT_HEADER_RULES = HeaderRules()
