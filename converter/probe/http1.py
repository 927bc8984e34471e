"""HTTP/1.1 on an open connection."""

from __future__ import annotations

from collections.abc import Iterable

import h11

from converter.probe.messages import MAX_BODY, MAX_HEADERS, Message, headers_of
from converter.probe.observation import Response
from converter.probe.stream import HttpStream, ProbeError

SWITCHING = 101


async def exchange(stream: HttpStream, message: Message) -> Response:
    """Send a request and read the response to its end.

    Raises:
        ProbeError: There is none that can be read.
    """
    connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=MAX_HEADERS)
    try:
        request = h11.Request(method=message.method, target=message.path, headers=_fields(message))
    except h11.LocalProtocolError:
        raise ProbeError("the request cannot be sent: HTTP/1.1 has no way to write it") from None
    out = (connection.send(request) or b"") + (connection.send(h11.EndOfMessage()) or b"")
    response = Response(protocol="http/1.1")
    try:
        await stream.write(out)
        await _read(stream, connection, response)
    except h11.RemoteProtocolError as error:
        response.error = _problem(response, error)
    return response


def _fields(message: Message) -> list[tuple[str, str]]:
    length = [("Content-Length", "0")] if message.method in ("POST", "PUT", "PATCH") else []
    return [("Host", message.host), *message.headers, *length]


async def _read(stream: HttpStream, connection: h11.Connection, response: Response) -> None:
    size = 0
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            data = await stream.read()
            if not data and not response.status:
                raise ProbeError("connection closed without a response")
            connection.receive_data(data)
        elif isinstance(event, h11.Response) or (
            isinstance(event, h11.InformationalResponse) and event.status_code == SWITCHING
        ):
            response.status, response.headers = event.status_code, headers_of(_texts(event.headers))
            if response.status == SWITCHING:
                return
        elif isinstance(event, h11.Data):
            size += len(event.data)
            if size > MAX_BODY:
                return
        elif not isinstance(event, h11.InformationalResponse):
            return


def _texts(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers]


def _problem(response: Response, error: h11.RemoteProtocolError) -> str:
    if response.status:
        return "the body of the response is cut off"
    return "the headers of the response are too long" if "too long" in str(error) else "the response is not HTTP/1.1"
