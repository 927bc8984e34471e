"""Host names with wildcards: which name covers which, whoever asks."""

from __future__ import annotations

from collections.abc import Iterator


def wildcards_above(host: str) -> Iterator[str]:
    """Wildcards that cover a name, the nearest first: `*.b.c` and `*.c` for `a.b.c`; a wildcard covers itself."""
    tail = host.removeprefix("*.") if host.startswith("*.") else host.partition(".")[2]
    while tail:
        yield f"*.{tail}"
        tail = tail.partition(".")[2]


def covers(pattern: str, host: str) -> bool:
    """True where every request for `host` (a name or a wildcard) is one for `pattern`; "" stands for every host."""
    if pattern in ("", host):
        return True
    return pattern.startswith("*.") and host.endswith(pattern[1:]) and len(host) > len(pattern) - 1


def covers_one_label(pattern: str, host: str) -> bool:
    """True where `pattern` is a wildcard that stands for the first label of `host`, as in certificates."""
    return pattern.startswith("*.") and host.partition(".")[2] == pattern[2:]


def service_of_cluster(host: str) -> tuple[str, str] | None:
    """Namespace and name of the Service that a DNS name of the cluster is (`web.shop.svc`); None for other names."""
    name, _, rest = host.partition(".")
    namespace, _, domain = rest.partition(".")
    return (namespace, name) if domain in ("svc", "svc.cluster.local") else None
