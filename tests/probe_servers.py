"""Small HTTP servers on loopback: HTTP/1.1, TLS with a certificate a name, HTTP/2, and servers that misbehave."""

from __future__ import annotations

import asyncio
import base64
import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from converter.routing.decide import decide
from converter.routing.exchange import Request
from converter.routing.table import RoutingTable

for needed in ("cryptography", "h11", "h2"):
    pytest.importorskip(needed, reason=f"needs {needed} (pip install 'ing2gw[probe]')")

import h2.config
import h2.connection
import h2.events
import h11
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class Asked(NamedTuple):
    """A request as a server sees it. `sni`: None without TLS, "" where the client sent none."""

    method: str
    host: str
    path: str
    headers: tuple[tuple[str, str], ...]
    sni: str | None
    protocol: str

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key == name), None)


class Reply(NamedTuple):
    """`fault`: reset, silent, garbage, truncated or endless-headers instead of a response."""

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b"ok"
    fault: str = ""


Answer = Callable[[Asked], Reply]
CAUGHT = (OSError, EOFError, h11.RemoteProtocolError, ssl.SSLError, asyncio.CancelledError)


@lru_cache
def _key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


class Authority:
    """An issuer of certificates; `file` holds its own one for clients that trust it, `last` the last one."""

    def __init__(self, folder: Path, name: str = "Test CA") -> None:
        self._folder, self._name = folder, x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.last = self.file = folder / f"{name.replace(' ', '-')}.pem"
        own = self._builder(self._name, 365).add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        self.file.write_bytes(self._signed(own))

    def context(self, *names: str, days: int = 90, h2: bool = True) -> ssl.SSLContext:
        """A server's settings with a certificate for these names, which ends in so many days."""
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, names[0])])
        pem = self.last = self._folder / f"{abs(hash((self._name, names, days)))}.pem"
        builder = self._builder(subject, days).add_extension(
            x509.SubjectAlternativeName([_name(one) for one in names]), False
        )
        key = _key().private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        pem.write_bytes(key + self._signed(builder))
        out = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        out.load_cert_chain(pem)
        out.set_alpn_protocols(["h2", "http/1.1"] if h2 else ["http/1.1"])
        return out

    def _builder(self, subject: x509.Name, days: int) -> x509.CertificateBuilder:
        now = datetime.datetime.now(datetime.UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(_key().public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=400))
            .not_valid_after(now + datetime.timedelta(days=days))
        )

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        pem: bytes = builder.sign(_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
        return pem


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def tls_secret(name: str, namespace: str, pem: str) -> dict[str, Any]:
    """A Secret with a key and a certificate, which stand in one text."""
    key, mark, chain = pem.partition("-----BEGIN CERTIFICATE-----")
    data = {"tls.key": key, "tls.crt": mark + chain}
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "kubernetes.io/tls",
        "metadata": {"name": name, "namespace": namespace},
        "data": {name: base64.b64encode(text.encode()).decode() for name, text in data.items()},
    }


def of_table(table: RoutingTable, change: Callable[[Asked, Reply], Reply] = lambda _, reply: reply) -> Answer:
    """A server that answers as a routing table computes; backends answer 200."""

    def answer(asked: Asked) -> Reply:
        scheme = "http" if asked.sni is None else "https"
        sent = tuple(pair for pair in asked.headers if pair[0] not in ("host", "user-agent"))
        decision = decide(table, Request(asked.method, scheme, asked.host, asked.path, sent, sni=asked.sni))
        if not decision.status:
            return Reply(fault="reset")
        headers = [(name, value) for name, value in decision.response_headers.items() if value is not None]
        headers += [("location", decision.location)] if decision.location is not None else []
        return change(asked, Reply(decision.status, tuple(headers)))

    return answer


class Server:
    """One listener of a loop that runs in a thread of its own."""

    def __init__(self, answer: Answer, contexts: Sequence[tuple[str, ssl.SSLContext]], host: str) -> None:
        self.answer, self.contexts, self.host = answer, dict(contexts), host
        self.asked: list[Asked] = []
        self.port = 0
        self._names: dict[int, str | None] = {}

    @property
    def address(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    async def start(self) -> asyncio.Server:
        default = next(iter(self.contexts.values()), None)
        if default is not None:
            default.sni_callback = self._chosen  # type: ignore[assignment]
        running = await asyncio.start_server(self._serve, self.host, 0, ssl=default)
        self.port = running.sockets[0].getsockname()[1]
        return running

    def _chosen(self, connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        self._names[id(connection)] = name
        wildcard = f"*.{(name or '').partition('.')[2]}"
        chosen = self.contexts.get(name or "") or self.contexts.get(wildcard)
        if chosen is not None:
            connection.context = chosen

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        tls = writer.get_extra_info("ssl_object")
        name = None if tls is None else self._names.get(id(tls)) or ""
        try:
            if tls is not None and tls.selected_alpn_protocol() == "h2":
                await self._http2(reader, writer, name)
            else:
                await self._http1(reader, writer, name)
        except CAUGHT:
            pass
        finally:
            writer.transport.abort()

    def _reply(self, asked: Asked) -> Reply:
        self.asked.append(asked)
        return self.answer(asked)

    async def _http1(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str | None) -> None:
        connection = h11.Connection(h11.SERVER)
        while True:
            event = connection.next_event()
            if event is h11.NEED_DATA:
                connection.receive_data(await reader.read(65536))
            elif isinstance(event, h11.Request):
                headers = tuple((key.decode(), value.decode("latin-1")) for key, value in event.headers)
                host = dict(headers).get("host", "")
                asked = Asked(event.method.decode(), host, event.target.decode(), headers, name, "http/1.1")
                reply = self._reply(asked)
                if reply.fault:
                    return await _misbehave(writer, reply.fault)
                body = b"" if asked.method == "HEAD" else reply.body
                head = "".join(f"{key}: {value}\r\n" for key, value in reply.headers)
                start = (
                    f"HTTP/1.1 {reply.status} X\r\ncontent-length: {len(reply.body)}\r\n{head}connection: close\r\n\r\n"
                )
                writer.write(start.encode("latin-1") + body)
                await writer.drain()
                await reader.read()  # until the client has gone
                return None
            else:
                return None

    async def _http2(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, name: str | None) -> None:
        connection = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False, header_encoding="utf-8"))
        connection.initiate_connection()
        while True:
            writer.write(connection.data_to_send())
            data = await reader.read(65536)
            if not data:
                return None
            for event in connection.receive_data(data):
                if isinstance(event, h2.events.RequestReceived):
                    pairs = [(str(key), str(value)) for key, value in event.headers or ()]
                    pseudo = dict(pairs)
                    headers = tuple(pair for pair in pairs if pair[0][0] != ":")
                    asked = Asked(pseudo[":method"], pseudo[":authority"], pseudo[":path"], headers, name, "h2")
                    reply = self._reply(asked)
                    number = event.stream_id or 1
                    if reply.fault:
                        return await _misbehave(writer, reply.fault)
                    connection.send_headers(number, [(":status", str(reply.status)), *reply.headers])
                    connection.send_data(number, b"" if asked.method == "HEAD" else reply.body, end_stream=True)


async def _misbehave(writer: asyncio.StreamWriter, fault: str) -> None:
    if fault == "silent":
        await asyncio.sleep(30)  # ends with the loop
    elif fault == "garbage":
        writer.write(b"\x00\x01 not http secret-of-the-server\r\n\r\n")
    elif fault == "truncated":
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nstart")
    elif fault == "endless-headers":
        writer.write(b"HTTP/1.1 200 OK\r\n" + b"x-more: y\r\n" * 20_000)
    if fault in ("garbage", "truncated", "endless-headers"):
        await writer.drain()
        writer.close()
        await writer.wait_closed()


@contextmanager
def serving(*servers: Server) -> Iterator[None]:
    """Run servers until the block ends."""
    loop = asyncio.new_event_loop()

    async def start() -> None:
        for one in servers:
            running.append(await one.start())

    running: list[asyncio.Server] = []
    loop.set_exception_handler(lambda *_: None)  # clients that go away without a word
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(start(), loop).result(10)

    async def stop() -> None:
        for one in running:
            one.close()
        others = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


def server(answer: Answer, *contexts: tuple[str, ssl.SSLContext], host: str = "127.0.0.1") -> Server:
    """A server that is not yet running. `contexts`: name -> certificate, the first one for all other names."""
    return Server(answer, contexts, host)
