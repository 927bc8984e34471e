"""What a proxy sends to backends with every request, in words that a target can act on."""

from __future__ import annotations

from typing import NamedTuple


class ForwardedHeaderSet(NamedTuple):
    """Headers that are written for every request of a port.

    `headers`: name and what it holds, in parts: address, host (as sent), name (the host in small letters, without
    port), port, scheme, path (with query), bare-path (without query), encoded-path (with query, percent-encoded), url,
    method; client-certificate (PEM, percent-encoded), client-subject, client-issuer (RFC 2253), client-verified (where
    every client has a good certificate); `header:NAME`, `argument:NAME` and `cookie:NAME` for what the client sent
    under that name, `=TEXT` for a text. `drops`: headers of clients that do not get through. `request_id`: "keep" (one
    is made where the client sends none), "pass", or "" where nothing is set.
    """

    headers: tuple[tuple[str, tuple[str, ...]], ...] = ()
    drops: tuple[str, ...] = ()
    request_id: str = ""
    unsaid: tuple[str, ...] = ()
    """Headers that hold something else."""

    @property
    def names(self) -> frozenset[str]:
        """Headers that are written or removed, in small letters."""
        return frozenset(name.lower() for name in (*(name for name, _ in self.headers), *self.drops))
