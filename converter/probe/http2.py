"""HTTP/2 on an open connection: one request after the other, as a browser that reuses it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import h2.config
import h2.connection
import h2.events
import h2.exceptions

from converter.probe.messages import MAX_BODY, Message, headers_of
from converter.probe.observation import Response
from converter.probe.stream import HttpStream, ProbeError

_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", "te"})


MAX_RECEIVED = 2 * MAX_BODY
"""Bytes of all frames that are read for one response."""


def can_send(message: Message) -> bool:
    """False for requests with headers that HTTP/2 does not have."""
    return not any(name.lower() in _HOP_BY_HOP for name, _ in message.headers)


async def exchange(stream: HttpStream, messages: Sequence[Message]) -> Response:
    """Send requests, each after the response to the one before, and return the response to the last one.

    Raises:
        ProbeError: There is none that can be read.
    """
    config = h2.config.H2Configuration(client_side=True, header_encoding="latin-1")
    connection = h2.connection.H2Connection(config)
    response = Response(protocol="h2")
    try:
        connection.initiate_connection()
        for message in messages:
            response = await _one(stream, connection, message)
    except h2.exceptions.ProtocolError:
        if not response.status:
            raise ProbeError("the response is not HTTP/2") from None
        response.error = "the response breaks off: not HTTP/2"
    return response


async def _one(stream: HttpStream, connection: h2.connection.H2Connection, message: Message) -> Response:
    number = connection.get_next_available_stream_id()
    try:
        connection.send_headers(number, _fields(message), end_stream=True)
    except (h2.exceptions.ProtocolError, UnicodeError):
        raise ProbeError("the request cannot be sent: HTTP/2 has no way to write it") from None
    response, size, received = Response(protocol="h2"), 0, 0
    while True:
        await stream.write(connection.data_to_send())
        data = await stream.read()
        received += len(data)
        if not data or received > MAX_RECEIVED:
            response.error = _cut_off(response)
            return response
        for event in connection.receive_data(data):
            if isinstance(event, h2.events.DataReceived):
                size += len(event.data)
                connection.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id or number)
            if _ends(event, response, number) or size > MAX_BODY:
                return response


def _ends(event: h2.events.Event, response: Response, number: int) -> bool:
    """Take in an event; True where nothing more is to come."""
    if isinstance(event, h2.events.ResponseReceived) and event.stream_id == number:
        pairs = [(_text(name), _text(value)) for name, value in event.headers or ()]
        status = next((value for name, value in pairs if name == ":status"), "0")
        response.status = int(status) if status.isascii() and status.isdecimal() else 0
        response.headers = headers_of(pair for pair in pairs if pair[0][:1] != ":")
    elif isinstance(event, h2.events.StreamReset) and event.stream_id == number:
        response.error = f"stream reset by the server (code {int(event.error_code or 0)})"
        return True
    elif isinstance(event, h2.events.ConnectionTerminated):
        response.error = f"connection closed by the server (GOAWAY {int(event.error_code or 0)})"
        return True
    return isinstance(event, h2.events.StreamEnded) and event.stream_id == number


def _cut_off(response: Response) -> str:
    return "the body of the response is cut off" if response.status else "connection closed without a response"


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("latin-1")


def _fields(message: Message) -> Iterable[tuple[str, str]]:
    yield ":method", message.method
    yield ":scheme", "https"
    yield ":authority", message.host
    yield ":path", message.path
    for name, value in message.headers:
        yield name.lower(), value
