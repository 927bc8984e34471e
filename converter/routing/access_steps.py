"""Steps that decide whether a request gets through: body limits, passwords, "any of these is enough"."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable

from converter.model.data import dataclass
from converter.routing.exchange import Exchange
from converter.routing.matchers import ValueMatcher
from converter.routing.steps import Step


@dataclass(frozen=True, slots=True)
class BodyLimit:
    """Larger request bodies are refused, as far as Content-Length says it."""

    bytes: int
    status: int = 413

    def apply(self, exchange: Exchange) -> None:
        if exchange.content_length() > self.bytes:
            exchange.refuse(self.status)


@dataclass(frozen=True, slots=True)
class HeaderDenial:
    """Requests whose header has one of these values are refused; one without the header passes."""

    header: str
    tests: tuple[ValueMatcher, ...]
    status: int = 403

    def apply(self, exchange: Exchange) -> None:
        sent = exchange.values("header", self.header)[:1]
        if any(test.holds(value) for test in self.tests for value in sent):
            exchange.refuse(self.status)


@dataclass(frozen=True, slots=True)
class ClientSubject:
    """Clients are let in whose certificate has a subject in which this expression is found; others get 403.

    Requests that are asked about come without a certificate: what they get is a matter of the port.
    """

    pattern: str


@dataclass(frozen=True, slots=True)
class BasicAuth:
    """User names with password hashes as htpasswd has them; None where the input does not hold the Secret: a request
    without credentials is refused all the same, one with some counts as admitted."""

    users: tuple[tuple[str, str], ...] | None
    realm: str = ""
    strip: bool = True
    """The backend does not see the Authorization header."""
    secret: tuple[str, str] = ("", "")
    scheme: str = "basic"
    by_user: bool = False
    """The Secret has a key for each user instead of one file."""
    error: str = ""
    """Why the controller rejects every request, whatever its password."""

    def apply(self, exchange: Exchange) -> None:
        unknown = self.users is None and credentials(exchange) is not None
        if not unknown and not self.admits(exchange):
            exchange.response_headers["www-authenticate"] = f'{self.scheme.title()} realm="{self.realm}"'
            exchange.refuse(401)
        elif self.strip:
            exchange.request_headers["authorization"] = None

    def admits(self, exchange: Exchange) -> bool:
        """True where the request carries the password of its user: the first line applies that names the user.

        nginx: src/http/modules/ngx_http_auth_basic_module.c ngx_http_auth_basic_handler.
        """
        given = credentials(exchange)
        if given is None:
            return False
        stored = next((stored for user, stored in self.users or () if user == given[0]), None)
        return stored is not None and password_fits(given[1], stored)


def credentials(exchange: Exchange) -> tuple[str, str] | None:
    """User and password of the Authorization header."""
    for value in exchange.values("header", "authorization")[:1]:
        scheme, _, coded = value.partition(" ")
        if scheme.lower() == "basic":
            try:
                user, mark, password = base64.b64decode(coded.strip()).decode("utf-8", "replace").partition(":")
            except (binascii.Error, ValueError):
                return None
            return (user, password) if mark else None
    return None


def password_fits(password: str, stored: str) -> bool:
    """Compare with {SHA}, apr1, crypt's own forms, or plain text."""
    if stored.startswith("{SHA}"):
        mine = "{SHA}" + base64.b64encode(hashlib.sha1(password.encode(), usedforsecurity=False).digest()).decode()
    elif stored.startswith("$apr1$"):
        mine = _apr1(password.encode(), stored.split("$")[2].encode()[:8])
    elif stored.startswith("{PLAIN}"):
        mine = "{PLAIN}" + password
    else:
        mine = _crypt(password, stored)
    return hmac.compare_digest(mine.encode(), stored.encode())


def _crypt(password: str, stored: str) -> str:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import crypt
        except ImportError:
            return password
    try:
        return crypt.crypt(password, stored) or ""
    except OSError:
        return ""


_ITOA64 = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


def _apr1(password: bytes, salt: bytes) -> str:
    """Apache's MD5 with 1,000 rounds."""
    final = _md5(password + salt + password).digest()
    text = password + b"$apr1$" + salt
    left = len(password)
    while left > 0:
        text += final[: min(16, left)]
        left -= 16
    length = len(password)
    while length:
        text += b"\0" if length & 1 else password[:1]
        length >>= 1
    digest = _md5(text).digest()
    for round_ in range(1000):
        part = password if round_ & 1 else digest
        part += salt if round_ % 3 else b""
        part += password if round_ % 7 else b""
        part += digest if round_ & 1 else password
        digest = _md5(part).digest()
    out = ""
    for a, b, c in ((0, 6, 12), (1, 7, 13), (2, 8, 14), (3, 9, 15), (4, 10, 5)):
        out += _to64(digest[a] << 16 | digest[b] << 8 | digest[c], 4)
    return f"$apr1${salt.decode()}${out}{_to64(digest[11], 2)}"


def _md5(text: bytes) -> hashlib._Hash:
    return hashlib.md5(text, usedforsecurity=False)


def _to64(value: int, count: int) -> str:
    return "".join(_ITOA64[value >> 6 * index & 63] for index in range(count))


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One of several guards is enough (nginx `satisfy any`)."""

    steps: tuple[Step, ...]

    def apply(self, exchange: Exchange) -> None:
        first = None
        kept = dict(exchange.response_headers)
        for step in self.steps:
            exchange.answer = None
            step.apply(exchange)
            if exchange.answer is None:
                exchange.response_headers = kept
                return
            first = exchange.answer if first is None or exchange.answer.status == 401 else first
        exchange.answer = first


def steps_of(values: Iterable[object]) -> tuple[Step, ...]:
    """Those of some feature values that are steps."""
    return tuple(value for value in values if hasattr(value, "apply"))
