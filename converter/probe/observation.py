"""What one side really responded with: a response, the redirects that followed, and the certificate of the
connection."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import NamedTuple

from converter.model.data import dataclass
from converter.routing.exchange import Request

FIRST_ERROR = 400
LOOP, LIMIT = "redirect loop", "not followed: --limit reached"
"""Ends of redirect chains."""


class PeerCertificate(NamedTuple):
    """The certificate that a server presents.

    Attributes:
        names: DNS names and addresses of subjectAltName, else the common name, sorted.
        issuer: Distinguished name of the issuer.
        expires: Date in UTC, `2027-01-31`.
        fingerprint: SHA-256 in hexadecimal.
    """

    names: tuple[str, ...]
    issuer: str
    expires: str
    fingerprint: str

    def covers(self, host: str) -> bool:
        """Whether a client accepts it for this host (RFC 6125: `*` is one label)."""
        host = host.lower()
        parent = host.partition(".")[2]
        return any(name in (host, f"*.{parent}" if parent else host) for name in self.names)


@dataclass(slots=True)
class Response:
    """One response; status 0 is none.

    Attributes:
        headers: By name in lower case, without values of cookies and tokens.
        protocol: `http/1.1` or `h2`; "" without connection.
        trust: Why a client that checks certificates refuses this one; "" where it does not, or nobody looked.
        error: Why there is no complete response.
    """

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    protocol: str = ""
    certificate: PeerCertificate | None = None
    trust: str = ""
    error: str = ""

    @property
    def location(self) -> str | None:
        """Target of a redirect."""
        return self.headers.get("location")


@dataclass(slots=True)
class Hop:
    """One request of a redirect chain with its response."""

    request: Request
    response: Response


@dataclass(slots=True)
class Observation:
    """How one side responded to a request: the response first, then what followed its redirects.

    `stopped`: why a redirect was not followed; "" where there was none.
    """

    hops: list[Hop] = field(default_factory=list)
    stopped: str = ""

    @property
    def response(self) -> Response:
        """The response to the request itself."""
        return self.hops[0].response

    @property
    def last(self) -> Response:
        """The response at the end of the redirects."""
        return self.hops[-1].response

    @property
    def served(self) -> bool:
        """Whether a client gets what it wants: a complete response, no error status, no redirect loop."""
        complete = not any(hop.response.error for hop in self.hops)
        return complete and 0 < self.last.status < FIRST_ERROR and self.stopped != LOOP

    def chain(self) -> list[str]:
        """Statuses and locations one after the other, as text."""
        return [
            f"{hop.response.status or 'no response'}{f' {hop.response.location}' if hop.response.location else ''}"
            for hop in self.hops
        ]
