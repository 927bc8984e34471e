"""Basic and forward authentication.

alb: pkg/controller/ext/auth/{auth,basic_auth,forward_auth}.go,
template/nginx/lua/plugins/auth/{basic,forward}_auth.lua.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

from converter.model.data import dataclass
from converter.packs.settings import Settings
from converter.reading.inventory import Document, Inventory
from converter.reading.manifests import mapping
from converter.reading.secret_data import values_known
from converter.routing.access_steps import BasicAuth, password_fits
from converter.routing.exchange import DEFAULT_PORTS, Exchange
from converter.routing.external_auth import ASK, AuthCookie, ExternalAuth, services
from converter.sources.alauda_alb.resources import text
from converter.sources.alauda_alb.sourced_value import SourcedValue

UNESCAPED = "-._~!'()*"
"""What ngx.escape_uri leaves as it is, beside letters and digits."""


@dataclass(frozen=True, slots=True)
class ApacheAuth(BasicAuth):
    """User name and password; only $apr1$ hashes are accepted, and a password with a colon never works."""

    secret_type: str = ""

    def apply(self, exchange: Exchange) -> None:
        if self.error:
            exchange.refuse(500)
        elif not self._lets_in(exchange.headers.get("authorization", [])):
            exchange.response_headers["www-authenticate"] = f'Basic realm="{self.realm}"'
            exchange.refuse(401)

    def _lets_in(self, lines: list[str]) -> bool:
        if not lines or not lines[0].startswith("Basic"):
            return False
        try:
            user, password = base64.b64decode(lines[0].removeprefix("Basic "), validate=True).decode().split(":")
        except (ValueError, binascii.Error):
            return False
        return self.users is None or any(
            name == user and password_fits(password, stored) for name, stored in self.users
        )


@dataclass(frozen=True, slots=True)
class ForwardAuth(ExternalAuth):
    """Another service decides. What it answers is in the request (`given`, by URL or Service), else `guards.ASK` says.

    2xx lets the request pass with `response_headers` of the response; 401 and 403 are returned; all else is 500.
    """

    headers_from: str = ""
    request_redirect: str = ""
    always_set_cookie: bool = False
    service: str = ""
    """`namespace/name:port` where the URL is that of a Service."""
    error: int = 0
    """Status of every response where the configuration is broken."""
    lets_through: bool = True
    """What a client sends under the name of a header of the service's response passes where the response has none."""

    def names(self) -> Iterator[str]:
        """See `ExternalAuth.names`."""
        yield from services(self.url, self.service)

    def apply(self, exchange: Exchange) -> None:
        if self.error:
            exchange.refuse(self.error)
            return
        status, sent = self._asked(exchange)
        if 200 <= status < 300:
            for name in self.response_headers:
                if name.lower() in sent:
                    exchange.request_headers[name.lower()] = sent[name.lower()]
            if "set-cookie" in sent:
                exchange.after.append(AuthCookie(sent["set-cookie"], self.always_set_cookie))
        elif status == 401 and self.signin:
            exchange.refuse(302, location=self._login(exchange))
        else:
            if status == 401 and "www-authenticate" in sent:
                exchange.response_headers["www-authenticate"] = sent["www-authenticate"]
            exchange.refuse(status if status in (401, 403) else 500)

    def _asked(self, exchange: Exchange) -> tuple[int, dict[str, str]]:
        given = exchange.request.situation.given
        answer = mapping(given.get(self.url) or given.get(self.service))
        sent = {name.lower(): str(value) for name, value in mapping(answer.get("headers")).items()}
        if "status" in answer:
            return int(answer["status"]), sent
        found = ASK[-1](self, exchange)
        return (found, sent) if isinstance(found, int) else (found.status, dict(found.headers))

    def _login(self, exchange: Exchange) -> str:
        """alb: forward_auth.go:104-121; only the path is encoded."""
        query = parse_qs(urlsplit(self.signin).query, keep_blank_values=True)
        if any(query.get(self.signin_parameter, ())):
            return _filled(self.signin, exchange)
        mark = "&" if query else "?"
        original = f"$pass_access_scheme://$http_host{quote(exchange.request.path, safe=UNESCAPED)}"
        return _filled(f"{self.signin}{mark}{self.signin_parameter}={original}", exchange)


def _filled(template: str, exchange: Exchange) -> str:
    values = {
        "$pass_access_scheme": exchange.scheme,
        "$http_host": exchange.request.host,
        "$escaped_request_uri": quote(exchange.request.path, safe=UNESCAPED),
        "$request_uri": exchange.request.path,
        "$scheme": exchange.scheme,
        "$host": exchange.host,
    }
    for name in sorted(values, key=len, reverse=True):
        template = template.replace(name, values[name])
    return template


def from_annotations(settings: Settings) -> SourcedValue | None:
    """`config.auth` of the generated Rule: basic wins over forward, and `auth-enable: false` leaves none."""
    forward, basic = settings.get("external-auth"), settings.get("basic-auth")
    if forward.get("enabled") == "false":
        return None
    if basic.get("type"):
        return SourcedValue(
            {
                "basic": {
                    "realm": basic.get("realm", ""),
                    "secret": basic.get("secret", ""),
                    "secret_type": basic.get("secret_type", ""),
                    "auth_type": basic.get("type"),
                }
            },
            basic.facts() + forward.facts("enabled"),
        )
    if not forward.get("url"):
        return None
    listed = forward.get("response_headers", "").strip()
    return SourcedValue(
        {
            "forward": {
                "url": forward.get("url"),
                "method": forward.get("method") or "GET",
                "auth_headers_cm_ref": forward.get("set_headers", ""),
                "auth_request_redirect": forward.get("request_redirect", ""),
                "upstream_headers": listed.split(",") if listed else [],
                "signin": forward.get("signin", ""),
                "signin_redirect_param": forward.get("signin_param", ""),
                "always_set_cookie": forward.get("always_set_cookie") == "true",
            }
        },
        forward.facts(),
    )


def steps(config: dict[str, Any], inventory: Inventory) -> list[ApacheAuth | ForwardAuth]:
    """What `config.auth` does; a resource may have both, and then both must admit (plugins/auth/auth.lua)."""
    out: list[ApacheAuth | ForwardAuth] = []
    if isinstance(config.get("forward"), dict):
        out.append(_forward(config["forward"], inventory))
    if isinstance(config.get("basic"), dict):
        out.append(_basic(config["basic"], inventory))
    return out


def _basic(config: dict[str, Any], inventory: Inventory) -> ApacheAuth:
    realm, kind = text(config.get("realm")), text(config.get("secret_type"))
    if config.get("auth_type") != "basic":
        return ApacheAuth(None, realm, False, error=f"auth-type {config.get('auth_type')!r} is not basic")
    parts = text(config.get("secret")).split("/")
    if len(parts) != 2:
        return ApacheAuth(None, realm, False, error="auth-secret is not namespace/name")
    namespace, name = parts
    document = inventory.get("Secret", namespace, name)
    if document is None:
        missing = inventory.lacks("Secret", namespace, name)
        return ApacheAuth(
            None,
            realm,
            False,
            (namespace, name),
            secret_type=kind,
            error="the Secret does not exist" if missing else "",
        )
    users = _users(document, kind) if values_known(document.body) else None
    error = "" if users is not None or not values_known(document.body) else "the Secret cannot be read"
    return ApacheAuth(users, realm, False, (namespace, name), secret_type=kind, error=error)


def secret_data(document: Document) -> dict[str, str]:
    """Entries of a Secret as text."""
    out = {}
    for key, value in mapping(document.body.get("data")).items():
        try:
            out[key] = base64.b64decode(str(value)).decode("utf-8", "replace")
        except (ValueError, binascii.Error):
            out[key] = str(value)
    return out | {key: str(value) for key, value in mapping(document.body.get("stringData")).items()}


def _users(document: Document, kind: str) -> tuple[tuple[str, str], ...] | None:
    data = secret_data(document)
    if kind == "auth-file":
        user = _user(data.get("auth", ""), "")
        return (user,) if user else None
    if kind == "auth-map":
        users = [_user(value, name) for name, value in data.items()]
        return tuple(user for user in users if user) if all(users) else None
    return ()


def _user(line: str, name: str) -> tuple[str, str] | None:
    """alb: basic_auth.go:75-99."""
    parts = line.split("$apr1$")
    if len(parts) != 2:
        return None
    if not name:
        if not parts[0].endswith(":"):
            return None
        name = parts[0][:-1]
    salt, mark, known = parts[1].partition("$")
    return (name, f"$apr1${salt}${known.partition('$')[0]}") if mark else None


def _forward(config: dict[str, Any], inventory: Inventory) -> ForwardAuth:
    reference = text(config.get("auth_headers_cm_ref"))
    error = 503 if reference and _config_map_missing(reference, inventory) else 0
    listed = config.get("upstream_headers")
    url = text(config.get("url"))
    return ForwardAuth(
        url,
        text(config.get("method")) or "GET",
        text(config.get("signin")),
        text(config.get("signin_redirect_param")) or "rd",
        tuple(str(item) for item in listed) if isinstance(listed, list) else (),
        cookies="always" if config.get("always_set_cookie") is True else "success",
        headers_from=reference,
        request_redirect=text(config.get("auth_request_redirect")),
        always_set_cookie=config.get("always_set_cookie") is True,
        service=service_of(url),
        error=error,
    )


def _config_map_missing(reference: str, inventory: Inventory) -> bool:
    namespace, _, name = reference.partition("/")
    return inventory.lacks("ConfigMap", namespace, name)


def service_of(url: str) -> str:
    """`namespace/name:port` for a URL whose host is the name of a Service in the cluster."""
    try:
        parts = urlsplit(url)
        port = parts.port or DEFAULT_PORTS.get(parts.scheme, 80)
    except ValueError:
        return ""
    pieces = (parts.hostname or "").split(".")
    inside = len(pieces) == 2 or (len(pieces) > 2 and pieces[2] == "svc")
    return f"{pieces[1]}/{pieces[0]}:{port}" if inside and pieces[0] and "$" not in url else ""
