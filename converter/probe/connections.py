"""What both sides show before HTTP begins: certificates and protocols, a host at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import field

from converter.comparison.equivalence import Comparison
from converter.model.data import dataclass
from converter.probe.client import server_name
from converter.probe.expectation import connection_findings
from converter.probe.observation import PeerCertificate, Response
from converter.probe.verdicts import ProbeResult
from converter.routing.exchange import Request

HTTP2 = "h2"


@dataclass(slots=True)
class Connection:
    """The first TLS connections of a host to both sides.

    Attributes:
        differences: What differs, a sentence each.
        notes: What differs and is no reason to worry.
        codes: Findings that announce the differences.
        announced: Whether findings announce all of them.
        fails: Whether clients that check certificates were served before and are refused after.
    """

    host: str
    port: int
    before: Response
    after: Response
    differences: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    codes: list[str] = field(default_factory=list)
    announced: bool = True
    fails: bool = False

    @property
    def fails_run(self) -> bool:
        """Whether it makes the run fail."""
        return self.fails or not self.announced


def connections(results: Iterable[ProbeResult], comparison: Comparison) -> Iterator[Connection]:
    """The first connection of each host and port, where both sides have a certificate."""
    seen: set[tuple[str, int]] = set()
    for result in results:
        request, one, other = result.request, result.before.response, result.after.response
        name = server_name(request)
        if name is None or request.sni is not None or one.certificate is None or other.certificate is None:
            continue
        if (name, request.listener_port) not in seen:
            seen.add((name, request.listener_port))
            yield _compared(Connection(name, request.listener_port, one, other), request, comparison)


def _compared(found: Connection, request: Request, comparison: Comparison) -> Connection:
    findings = connection_findings(comparison, request)
    certificate, trust = _certificates(found), _trust(found)
    lost = found.before.protocol == HTTP2 != found.after.protocol
    if found.after.protocol == HTTP2 != found.before.protocol:
        found.notes.append(f"HTTP/2 is offered after, {found.before.protocol} before")
    protocol = [f"protocol h2 before, {found.after.protocol} after"] if lost else []
    for aspect, some in (("certificate", [*certificate, *trust]), ("protocol", protocol)):
        found.differences += some
        if some:
            found.codes += sorted({one.code for one in findings[aspect]})
            found.announced = found.announced and bool(findings[aspect])
    found.fails = bool(trust) and not any(one.accepted for one in findings["certificate"])
    return found


def _trust(found: Connection) -> list[str]:
    if found.before.trust or not found.after.trust:
        return []
    return [f"clients that check certificates are refused after: {found.after.trust}"]


def _certificates(found: Connection) -> list[str]:
    one, other = found.before.certificate, found.after.certificate
    if one is None or other is None or one.fingerprint == other.fingerprint:
        return []
    out = []
    if one.names != other.names:
        out.append(f"names of the certificate: {_names(one)} before, {_names(other)} after")
    if one.issuer != other.issuer:
        out.append(f"issuer of the certificate: {one.issuer} before, {other.issuer} after")
    if not out:
        found.notes.append(f"another certificate of the same names: ends {one.expires} before, {other.expires} after")
    return out


def _names(certificate: PeerCertificate) -> str:
    shown = ", ".join(certificate.names[:4])
    return f"{shown} and {len(certificate.names) - 4} more" if len(certificate.names) > 4 else shown or "none"


def shared_pairs(results: Iterable[ProbeResult]) -> Iterator[tuple[Request, Request]]:
    """Pairs of requests for two hosts that a browser would send by one connection to the new side.

    That is where the certificate covers both hosts and HTTP/2 is spoken (RFC 9113 section 9.1.1). Each host is asked
    once, by the connection of the first other host that it shares a certificate with.
    """
    first: dict[tuple[str, int], list[Request]] = {}
    asked: set[tuple[str, int]] = set()
    for result in results:
        request, response = result.request, result.after.response
        usable = response.certificate is not None and response.protocol == HTTP2 and request.sni is None
        if not usable or response.certificate is None or request.method != "GET":
            continue
        group = first.setdefault((response.certificate.fingerprint, request.listener_port), [])
        name = server_name(request) or ""
        key = (name, request.listener_port)
        if key in asked or not response.certificate.covers(name):
            continue
        asked.add(key)
        if group:
            yield group[0], request
        group.append(request)
