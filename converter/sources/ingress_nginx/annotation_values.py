"""Annotation values as ingress-nginx validates and reads them.

nginx: internal/ingress/annotations/parser/validators.go and the parser of each annotation. A codec is named
`nginx-…` in the pack. Where the controller runs without validation (`--enable-annotation-validation=false`), only
what its parsers themselves refuse is refused: see `lenient`.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from converter.packs.codecs import CODECS, CodecError, go_bool, go_int

_ALNUM = r"\-._~a-zA-Z0-9/:"
_REGEX = r"^$\[\](){}*+?|&=\\"
_URL = ",:?&="
_COOKIE_DOMAIN = r"A-Za-z0-9_.\-:\$@~\[\](){}/" '\\\\"'


def _trimmed_lines(text: str) -> str:
    """nginx: parser/main.go normalizeString: every line trimmed."""
    return "\n".join(line.strip() for line in text.split("\n"))


def _checked(pattern: str, trim: bool = True) -> Callable[[str], str]:
    """nginx: parser/validators.go ValidateRegex: with `trim` all blanks are left out before the check."""
    regex = re.compile(pattern, re.ASCII)  # as Go's

    def read(text: str) -> str:
        probe = text.replace(" ", "") if trim else text
        if regex.fullmatch(probe) is None or "\n" in probe or "\r" in probe:
            raise CodecError(f"{text!r} is refused by the controller's validation")
        return _trimmed_lines(text)

    return read


def _found(pattern: str) -> Callable[[str], str]:
    """As `_checked`, for expressions of the controller that have no anchors."""
    return _checked(rf"(?s).*?(?:{pattern}).*")


def _option(*options: str, fold: bool = False) -> Callable[[str], str]:
    """nginx: parser/validators.go ValidateOptions."""

    def read(text: str) -> str:
        value = text.strip().lower() if fold else text.strip()
        if value not in options:
            raise CodecError(f"{text!r} is none of {', '.join(options)}")
        return text.strip()

    return read


_server_name = _checked(rf"[{_ALNUM}{_REGEX}]*", trim=False)


def server_name(text: str) -> str:
    """nginx: parser/validators.go ValidateServerName."""
    return _server_name(text.strip())


def server_names(text: str) -> list[str]:
    """nginx: annotations/alias/main.go: trimmed, sorted, each once."""
    return sorted({name for name in (server_name(part) for part in text.split(",")) if name})


def networks(text: str) -> list[str]:
    """nginx: internal/net/ipnet.go ParseCIDRs: sorted as text; host bits are cut off; a bare address stays one."""
    out = set()
    for part in text.split(","):
        spec = part.strip()
        try:
            out.add(str(ipaddress.ip_network(spec, strict=False)) if "/" in spec else str(ipaddress.ip_address(spec)))
        except ValueError:
            raise CodecError(f"{spec!r} is neither an address nor a network") from None
    return sorted(out)


def common_name(text: str) -> str:
    """nginx: parser/validators.go CommonNameAnnotationValidator."""
    if not text.startswith("CN="):
        raise CodecError("the value must start with CN=")
    try:
        re.compile(text[3:])
    except re.error:
        raise CodecError(f"{text[3:]!r} is not a valid regular expression") from None
    return _trimmed_lines(text)


def app_root(text: str) -> str:
    """nginx: annotations/rewrite/main.go: an absolute path, not a URL."""
    value = _path(text)
    if not value.startswith("/"):
        raise CodecError(f"{text!r} is not an absolute path")
    return value


def has_http_scheme(text: str) -> bool:
    """nginx: annotations/redirect/redirect.go isValidURL: the scheme begins with http; anything may follow."""
    try:
        return urlsplit(text).scheme.startswith("http")
    except ValueError:
        return False


def service_name(text: str) -> str:
    """A DNS-1035 label."""
    if not re.fullmatch(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?", text):
        raise CodecError(f"{text!r} is not a Service name")
    return text


def error_codes(text: str) -> list[int]:
    """nginx: annotations/customhttperrors/main.go."""
    value = _checked(r"(?:[4,5]\d{2},?)*")(text)
    return [int(part) for part in (piece.strip() for piece in value.split(",")) if part.isdigit()]


def same_site(text: str) -> str:
    """nginx: validated in any letter case, but lua-resty-cookie leaves the attribute out unless it is written so."""
    if text.strip() not in ("None", "Lax", "Strict"):
        raise CodecError(f"{text!r} is not written None, Lax or Strict, so cookies are set without the attribute")
    return text.strip()


_path = _checked(rf"/?[{_ALNUM}$]*", trim=False)

_VALIDATED: dict[str, Callable[[str], Any]] = {
    "nginx-bool": go_bool,
    "nginx-int": go_int,
    "nginx-text": _trimmed_lines,
    "nginx-basic": _checked(rf"[{_ALNUM}]*"),
    "nginx-extended": _checked(rf"[{_ALNUM}, ]*", trim=False),
    "nginx-spaced": _checked(rf"[{_ALNUM} ]*", trim=False),
    "nginx-url": _checked(rf"[{_ALNUM}{_URL}]*", trim=False),
    "nginx-url-trimmed": _checked(rf"[{_ALNUM}{_URL}]*"),
    "nginx-url-variables": _checked(rf"[{_ALNUM}{_URL} $]*"),
    "nginx-path": _path,
    "nginx-path-trimmed": _checked(rf"/?[{_ALNUM}$]*"),
    "nginx-header-names": _checked(r"[A-Za-z0-9\-_, ]*"),
    "nginx-regex": _checked(rf"[{_ALNUM}{_REGEX}]*", trim=False),
    "nginx-variable": _checked(r"[A-Za-z0-9\-_${}]*"),
    "nginx-hash-key": _checked(r"[A-Za-z0-9\-_${}]*"),
    "nginx-size": _checked(r"(?i)\d+[bkmg]?"),
    "nginx-onoff": _checked("on|off"),
    "nginx-server-name": server_name,
    "nginx-server-names": server_names,
    "nginx-networks": networks,
    "nginx-common-name": common_name,
    "nginx-app-root": app_root,
    "nginx-service": service_name,
    "nginx-error-codes": error_codes,
    "nginx-auth-type": _found("basic|digest"),
    "nginx-auth-secret-type": _found("auth-file|auth-map"),
    "nginx-method": _checked("GET|HEAD|POST|PUT|PATCH|DELETE|CONNECT|OPTIONS|TRACE"),
    "nginx-verify-client": _checked("on|off|optional|optional_no_ca"),
    "nginx-error-page": _checked(r"@[A-Za-z0-9_-]+|((https?://)?[A-Za-z0-9\-.]+(:\d+)?)?(/[A-Za-z0-9\-_.]+)*/?"),
    "nginx-protocol": _option("auto_http", "http", "https", "grpc", "grpcs", "fcgi", fold=True),
    "nginx-connection": _checked("close|keep-alive"),
    "nginx-cors-origins": _checked(r"(?:[A-Za-z0-9\-.,]|(?<=[a-z])://|\*\.|:\d+)*|\*"),
    "nginx-cors-methods": _checked(r"(?:[A-Za-z](?:,\s?|\s)?)+"),
    "nginx-cors-expose": _checked(r"(?:[A-Za-z0-9\-_*](?:,\s?|\s)?)+"),
    "nginx-fastcgi-index": _checked(r"[A-Za-z0-9.\-_]+"),
    "nginx-balance": _option("round_robin", "chash", "chashsubset", "sticky_balanced", "sticky_persistent", "ewma"),
    "nginx-span-name": _checked(r"[A-Za-z0-9_\-]*"),
    "nginx-cookie-domain": _checked(rf"off|[{_COOKIE_DOMAIN}]+\s+[{_COOKIE_DOMAIN}]+", trim=False),
    "nginx-next-upstream": _checked(
        r"((error|timeout|invalid_header|http_500|http_502|http_503|http_504|http_403|http_404|http_429"
        r"|non_idempotent|off)\s?)+",
        trim=False,
    ),
    "nginx-http-version": _option("1.0", "1.1"),
    "nginx-tls-protocols": _checked(r"(TLSv1\.2|TLSv1\.3| )*"),
    "nginx-proxy-ciphers": _checked(r"[A-Za-z0-9+:_\-!]*"),
    "nginx-ciphers": _checked(r"(?:[A-Za-z0-9!:+\-_]|@STRENGTH|@SECLEVEL=[0-5])*"),
    "nginx-satisfy": _option("any", "all"),
    "nginx-affinity": _option("cookie"),
    "nginx-affinity-mode": _option("balanced", "persistent"),
    "nginx-canary-behavior": _option("sticky", "legacy"),
    "nginx-samesite": same_site,
    "nginx-cookie-seconds": _checked(r"(?s)0.*|.*-?[1-9]\d*"),
}

_PARSED: dict[str, Callable[[str], Any]] = {
    name: reader if name in ("nginx-bool", "nginx-int", "nginx-networks", "nginx-error-codes") else _trimmed_lines
    for name, reader in _VALIDATED.items()
}
_PARSED["nginx-samesite"] = same_site
_PARSED["nginx-server-names"] = lambda text: sorted({part.strip() for part in text.split(",") if part.strip()})

LENIENT = "unvalidated "
"""Prefix of the codecs that a controller without validation uses."""

for _name, _reader in _VALIDATED.items():
    CODECS[_name] = _reader
    CODECS[LENIENT + _name] = _PARSED[_name]
