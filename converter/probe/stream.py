"""A connection to one place: TCP, TLS with a chosen server name, and how each failure is named."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from types import TracebackType

from converter.probe.addresses import Address
from converter.probe.certificates import read_certificate
from converter.probe.observation import PeerCertificate
from converter.probe.settings import ProbeSettings

CHUNK = 65_536


class ProbeError(Exception):
    """There is no (complete) response; the message says why, without anything that a server sent."""


class UntrustedError(Exception):
    """A client that checks certificates does not go on; the message is that of OpenSSL."""


class HttpStream:
    """An open connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        tls: ssl.SSLObject | None = writer.get_extra_info("ssl_object")
        self.protocol = (tls and tls.selected_alpn_protocol()) or "http/1.1"
        der = tls.getpeercert(binary_form=True) if tls else None
        self.certificate: PeerCertificate | None = read_certificate(der) if der else None

    async def read(self) -> bytes:
        """What comes next; b"" at the end."""
        return await self._reader.read(CHUNK)

    async def write(self, data: bytes) -> None:
        """Send this."""
        self._writer.write(data)
        await self._writer.drain()

    async def __aenter__(self) -> HttpStream:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, _: object, __: TracebackType | None) -> None:
        self._writer.transport.abort()  # a server that never closes must not hold the run


class Dialer:
    """Opens connections as the settings say."""

    def __init__(self, settings: ProbeSettings) -> None:
        self._settings = settings
        self._contexts: dict[tuple[bool, tuple[str, ...]], ssl.SSLContext] = {}

    async def dial(self, place: Address, server_name: str | None, versions: tuple[str, ...], check: bool) -> HttpStream:
        """Connect.

        Args:
            place: Where.
            server_name: SNI; "" for none. None: no TLS.
            versions: ALPN protocols to offer.
            check: Whether the certificate is checked.

        Raises:
            UntrustedError: The check of the certificate has failed.
            ProbeError: There is no connection.
        """
        try:
            if server_name is None:
                return HttpStream(*await asyncio.open_connection(place.host, place.port))
            context = self._context(check and server_name != "", versions)
            return HttpStream(
                *await asyncio.open_connection(place.host, place.port, ssl=context, server_hostname=server_name)
            )
        except ssl.SSLCertVerificationError as error:
            raise UntrustedError(error.verify_message) from None
        except (OSError, EOFError) as error:
            raise ProbeError(failure(error)) from None
        except ValueError:  # also UnicodeError: no client can send this name
            raise ProbeError("the server name cannot be sent") from None

    def _context(self, check: bool, versions: tuple[str, ...]) -> ssl.SSLContext:
        key = (check, versions)
        if key not in self._contexts:
            context = ssl.create_default_context(cafile=self._settings.ca_file or None)
            if not check:
                context.check_hostname = False
                context.verify_mode = ssl.CERT_NONE
            context.set_alpn_protocols(list(versions))
            self._contexts[key] = context
        return self._contexts[key]


def failure(error: Exception) -> str:
    """An error of the network in the words that people search for."""
    if isinstance(error, ssl.SSLError):
        return f"TLS handshake failed ({(error.reason or 'no reason given').lower().replace('_', ' ')})"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, ConnectionResetError | BrokenPipeError | ConnectionAbortedError):
        return "connection reset"
    if isinstance(error, EOFError):
        return "connection closed"
    if isinstance(error, socket.gaierror):
        return "the address cannot be resolved"
    number = getattr(error, "errno", None)
    return errno.errorcode.get(number, "network error") if number else _several(error)


def _several(error: Exception) -> str:
    """asyncio puts the errors of several addresses of a name into one text."""
    return "connection refused" if "Connect call failed" in str(error) else "network error"
