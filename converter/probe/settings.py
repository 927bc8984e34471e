"""How requests are sent."""

from __future__ import annotations

from converter.model.data import dataclass
from converter.model.version import __version__

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
USER_AGENT = f"ing2gw/{__version__}"
COMPARED_HEADERS = (
    "access-control-allow-credentials",
    "access-control-allow-headers",
    "access-control-allow-methods",
    "access-control-allow-origin",
    "access-control-expose-headers",
    "access-control-max-age",
    "cache-control",
    "content-security-policy",
    "set-cookie",
    "strict-transport-security",
    "www-authenticate",
    "x-content-type-options",
    "x-frame-options",
)
"""Response headers that are compared beside those that a setting of the input writes."""


@dataclass(frozen=True, slots=True)
class ProbeSettings:
    """Options of a run.

    Attributes:
        rate: Requests a second to each address.
        concurrency: Requests at the same time to each address.
        limit: Requests in all to each address, with redirects, repetitions and shared connections.
        timeout: Seconds for one request, connection and body included.
        retries: How often a request is repeated whose responses differ.
        versions: ALPN protocols that are offered: of `h2` and `http/1.1`.
        verify: Whether certificates are checked (a problem is reported, and the request is sent all the same).
        ca_file: PEM file of trusted certificates; "": those of the system.
        headers: Names of response headers that are compared, in lower case.
        source: Address of this client as the two sides see it; "": not known.
    """

    rate: float = 5.0
    concurrency: int = 4
    limit: int = 300
    timeout: float = 10.0
    retries: int = 1
    versions: tuple[str, ...] = ("h2", "http/1.1")
    verify: bool = True
    ca_file: str = ""
    headers: tuple[str, ...] = COMPARED_HEADERS
    source: str = ""
