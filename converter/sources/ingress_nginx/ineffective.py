"""Settings that protect by name and not by effect: why the controller makes nothing of them.

nginx: internal/ingress/annotations/{auth,authreq,authtls,proxyssl,modsecurity,satisfy}/main.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

Values = Mapping[str, object]


def reason(feature: str, values: Values) -> str:
    """Why a setting that reached no rule has no effect; "" where that lies in something else than its own values."""
    found = _REASONS.get(feature)
    return found(values) if found is not None else ""


def _needs(key: str, annotation: str, others: str) -> Callable[[Values], str]:
    return lambda values: (
        "" if values.get(key) else (f"has no effect: {others} settings are read only beside {annotation}")
    )


def _external(values: Values) -> str:
    if values.get("url"):
        return ""
    if "global" in values:
        return "has no effect: the controller has no global-auth-url, or this Ingress is exempt from it"
    return "has no effect: auth-* settings of the external check are read only beside auth-url"


def _client_certificate(values: Values) -> str:
    if not values.get("secret"):
        return "has no effect: auth-tls-* settings are read only beside auth-tls-secret"
    return "requests no client certificate: auth-tls-verify-client is off" if values.get("verify") == "off" else ""


def _firewall(values: Values) -> str:
    if values.get("enabled") is False:
        return "ModSecurity is off for the paths of this Ingress"
    return "" if values.get("enabled") else "has no effect: ModSecurity is not switched on"


def _snippet(values: Values) -> str:
    return "has no effect: an older Ingress sets the server-snippet of the host" if "server" in values else ""


def _errors(values: Values) -> str:
    return "" if values.get("codes") else "has no effect: it is read only beside custom-http-errors"


_REASONS: dict[str, Callable[[Values], str]] = {
    "backend-tls": _needs("secret", "proxy-ssl-secret", "proxy-ssl-*"),
    "basic-auth": _needs("type", "auth-type", "auth-*"),
    "external-auth": _external,
    "custom-errors": _errors,
    "login-redirect": lambda values: "has no effect: clients are sent to a login page only beside auth-url",
    "client-certificate": _client_certificate,
    "waf": _firewall,
    "satisfy": lambda values: "has no effect: there is only one kind of access control",
    "snippet": _snippet,
    "location-rewrite": lambda values: "has no effect: both a prefix and its replacement are needed",
    "cookie-rewrite": lambda values: "has no effect: the attributes of cookies are left as they are",
}
