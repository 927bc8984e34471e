"""One request to one place, with everything that a client sees of the response."""

from __future__ import annotations

import asyncio

from converter.probe import http1, http2
from converter.probe.addresses import Address
from converter.probe.messages import message_of
from converter.probe.observation import Response
from converter.probe.settings import ProbeSettings
from converter.probe.stream import Dialer, HttpStream, ProbeError, UntrustedError, failure
from converter.routing.exchange import Request, host_only

UNUSED_VERSION = "http/1.1"


class Client:
    """Sends requests; a connection of its own for each, so that no response depends on an earlier one."""

    def __init__(self, settings: ProbeSettings) -> None:
        self._settings = settings
        self._dialer = Dialer(settings)
        self._trust: dict[tuple[Address, str], str] = {}
        """Why certificates are refused, by place and server name: known after the first handshake."""

    async def send(self, place: Address, request: Request, before: Request | None = None) -> Response:
        """The response to a request.

        Args:
            place: Where it is sent.
            request: The request; its `sni`, else its host, is the server name.
            before: A request for another host that opens the connection (HTTP/2).
        """
        try:
            async with asyncio.timeout(self._settings.timeout):
                return await self._exchange(place, request, before)
        except TimeoutError:
            return Response(error=f"no complete response within {self._settings.timeout:g} s")
        except ProbeError as error:
            return Response(error=str(error))
        except OSError as error:
            return Response(error=failure(error))

    async def _exchange(self, place: Address, request: Request, before: Request | None) -> Response:
        message = message_of(request)
        versions = self._settings.versions if http2.can_send(message) else (UNUSED_VERSION,)
        name = server_name(before or request)
        stream, trust = await self._open(place, name, versions)
        async with stream:
            if before is not None and stream.protocol == "h2":
                response = await http2.exchange(stream, [message_of(before), message])
            elif stream.protocol == "h2":
                response = await http2.exchange(stream, [message])
            else:
                response = await http1.exchange(stream, message)
            response.certificate, response.trust = stream.certificate, trust
            return response

    async def _open(self, place: Address, name: str | None, versions: tuple[str, ...]) -> tuple[HttpStream, str]:
        """A connection, and why a client that checks certificates does not go on with it."""
        key = (place, name or "")
        known = self._trust.get(key, "") if self._settings.verify else "not checked"
        if not known:
            try:
                return await self._dialer.dial(place, name, versions, check=True), ""
            except UntrustedError as error:
                known = self._trust[key] = str(error)
        return await self._dialer.dial(place, name, versions, check=False), known if self._settings.verify else ""


def server_name(request: Request) -> str | None:
    """SNI of a request, "" for none; None without TLS."""
    if request.scheme != "https":
        return None
    return request.sni if request.sni is not None else host_only(request.host).strip("[]")
