"""What an AWS Application Load Balancer does, whoever configured it: Locations with keywords, response headers."""

from __future__ import annotations

import re

from converter.model.data import dataclass
from converter.routing.actions import Redirect
from converter.routing.exchange import Exchange, host_only
from converter.routing.forwarded_headers import ForwardedHeaderSet
from converter.routing.locations import STYLES
from converter.routing.steps import HeaderEdit
from converter.routing.url_rewrite import UrlRewrite


def keywords(text: str, values: dict[str, str]) -> str:
    """Fill `#{host}` and the like."""
    for name, value in values.items():
        if "#{" not in text:
            break
        text = text.replace(f"#{{{name}}}", value)
    return text


def render(redirect: Redirect, exchange: Exchange) -> str:
    """Location of a redirect (AWS: redirect actions): every part may hold keywords, and the port is always written.

    `#{path}` has no leading slash, `#{query}` no question mark; a part that is not given stays as it is.
    """
    host = host_only(exchange.request.host)
    values = {
        "protocol": exchange.scheme.upper(),
        "host": host,
        "port": str(exchange.port),
        "path": exchange.raw_path.removeprefix("/"),
        "query": exchange.query or "",
    }
    scheme = (redirect.scheme or exchange.scheme).lower()
    target = host if redirect.hostname is None else keywords(redirect.hostname, values)
    port = exchange.port if redirect.port is None else redirect.port
    path = exchange.raw_path if redirect.path is None else keywords(redirect.path, values)
    query = values["query"] if redirect.query is None else keywords(redirect.query, values)
    return f"{scheme}://{target}:{port}{path}{f'?{query}' if query else ''}"


STYLES["aws"] = render

_HEADERS = {
    "strict_transport_security": "Strict-Transport-Security",
    "access_control_allow_origin": "Access-Control-Allow-Origin",
    "access_control_allow_methods": "Access-Control-Allow-Methods",
    "access_control_allow_headers": "Access-Control-Allow-Headers",
    "access_control_allow_credentials": "Access-Control-Allow-Credentials",
    "access_control_expose_headers": "Access-Control-Expose-Headers",
    "access_control_max_age": "Access-Control-Max-Age",
    "content_security_policy": "Content-Security-Policy",
    "x_content_type_options": "X-Content-Type-Options",
    "x_frame_options": "X-Frame-Options",
}
RESPONSE = "routing.http.response."
"""Head of the attributes of a listener that speak of response headers."""


def response_headers(attributes: dict[str, str]) -> HeaderEdit | None:
    """Headers that a listener writes into every response; None where it writes none."""
    lines: list[tuple[str, str]] = []
    removed: tuple[str, ...] = ()
    for key, text in attributes.items():
        name = key.removeprefix(RESPONSE).removesuffix(".header_value")
        if key.startswith(RESPONSE) and name in _HEADERS and text:
            lines.append((_HEADERS[name], text))
        if key == f"{RESPONSE}server.enabled" and text == "false":
            removed = ("Server",)
    return HeaderEdit(response_set=tuple(lines), response_remove=removed) if lines or removed else None


USER = ("x-amzn-oidc-accesstoken", "x-amzn-oidc-data", "x-amzn-oidc-identity")
"""What targets learn of a user who has signed in."""
CLIENT_CERTIFICATE = (
    "x-amzn-mtls-clientcert",
    "x-amzn-mtls-clientcert-issuer",
    "x-amzn-mtls-clientcert-leaf",
    "x-amzn-mtls-clientcert-serial-number",
    "x-amzn-mtls-clientcert-subject",
    "x-amzn-mtls-clientcert-validity",
)
TLS_VERSION = ("x-amzn-tls-cipher-suite", "x-amzn-tls-version")


@dataclass(frozen=True, slots=True)
class RequestHeaders:
    """Headers of requests that the load balancer writes itself, so that targets believe them (AWS: X-Forwarded
    headers, mutual TLS, user claims). `drops`: those of clients that do not get through."""

    drops: tuple[str, ...] = ()

    @property
    def forwarded_headers(self) -> ForwardedHeaderSet:
        """X-Forwarded-For and -Proto are what every proxy writes; X-Request-Id passes."""
        return ForwardedHeaderSet((("X-Forwarded-Port", ("port",)),), self.drops, "pass")

    def apply(self, exchange: Exchange) -> None:
        exchange.implicit_headers["x-forwarded-port"] = str(exchange.port)
        exchange.request_headers |= dict.fromkeys(self.drops)


def prefix_rewrite(prefix: str, to: str) -> UrlRewrite:
    """ReplacePrefixMatch as the controller writes it for an ALB (lbc: route_rule_transform.go:92-133)."""
    to = "/" if to == "" else to if to.endswith("/") else f"{to}$2"
    return UrlRewrite("regex", re.sub(r"\$(\d)", r"\\\1", to.replace("\\", "\\\\")), f"(^{prefix}(/)?)")


def replace_full_path(to: str) -> UrlRewrite:
    """ReplaceFullPath: everything up to the query is replaced (lbc: route_rule_transform.go:12)."""
    return UrlRewrite("regex", to.replace("\\", "\\\\"), "^([^?]*)")
