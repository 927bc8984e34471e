"""The DNS names of a certificate: what clients and Envoy compare the server name of a connection with.

One extension of the certificate is wanted, and never a key. A library for that (`cryptography`) brings OpenSSL along,
which would be most of an installation for pre-commit; walking DER by its lengths is enough.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from functools import lru_cache

_PEM = re.compile(r"-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----")
_ALTERNATIVE_NAMES = bytes.fromhex("0603551d11")
"""OID 2.5.29.17, subjectAltName, with tag and length."""
_SEQUENCE, _OCTETS, _BOOLEAN, _DNS = 0x30, 0x04, 0x01, 0x82
LONGEST = 1 << 18
"""Characters of a `tls.crt` that are read."""


@lru_cache(maxsize=4096)
def certificate_names(pem: str) -> tuple[str, ...] | None:
    """The DNS names of the first certificate of a chain, in lower case.

    Args:
        pem: Content of `tls.crt`, as text or in base64.

    Returns:
        The names of subjectAltName; None where no certificate can be read.
    """
    found = _PEM.search(_text(pem[:LONGEST]))
    if found is None:
        return None
    try:
        return tuple(dict.fromkeys(_names(base64.b64decode(found[1], validate=False))))
    except (binascii.Error, IndexError, ValueError):
        return None


def _text(pem: str) -> str:
    if "-----BEGIN" in pem:
        return pem
    try:
        return base64.b64decode(pem, validate=False).decode("ascii", "replace")
    except (binascii.Error, ValueError):
        return ""


def _names(der: bytes) -> Iterator[str]:
    tag, certificate, _ = _element(der)
    if tag != _SEQUENCE or not certificate:
        raise ValueError("no certificate")
    at = der.find(_ALTERNATIVE_NAMES)
    if at < 0:
        return
    tag, value, rest = _element(der[at + len(_ALTERNATIVE_NAMES) :])
    if tag == _BOOLEAN:  # the extension is critical
        tag, value, rest = _element(rest)
    if tag != _OCTETS:
        raise ValueError("no value of the extension")
    _, names, _ = _element(value)
    while names:
        tag, value, names = _element(names)
        if tag == _DNS:
            yield value.decode("ascii", "replace").lower()


def _element(der: bytes) -> tuple[int, bytes, bytes]:
    """Tag and content of the first element, and what follows it."""
    length, start = der[1], 2
    if length & 0x80:
        size = length & 0x7F
        length, start = int.from_bytes(der[2 : 2 + size], "big"), 2 + size
    if len(der) < start + length:
        raise ValueError("cut off")
    return der[0], der[start : start + length], der[start + length :]
