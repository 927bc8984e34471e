"""Certificates as servers present them."""

from __future__ import annotations

from functools import lru_cache

from cryptography import x509
from cryptography.x509.oid import NameOID

from converter.probe.observation import PeerCertificate


@lru_cache(maxsize=1024)
def read_certificate(der: bytes) -> PeerCertificate | None:
    """Names, issuer and end of a certificate; None where it cannot be read."""
    try:
        found = x509.load_der_x509_certificate(der)
        names = _names(found)
        issuer = found.issuer.rfc4514_string()
    except ValueError:
        return None
    from hashlib import sha256

    return PeerCertificate(names, issuer, found.not_valid_after_utc.date().isoformat(), sha256(der).hexdigest())


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return tuple(str(one.value).lower() for one in common)
    names = [name.lower() for name in found.get_values_for_type(x509.DNSName)]
    return tuple(sorted([*names, *(str(one) for one in found.get_values_for_type(x509.IPAddress))]))
