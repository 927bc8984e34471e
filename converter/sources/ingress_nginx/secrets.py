"""Annotations that lead to Secrets and ConfigMaps, and what the controller does where these are not as they must be.

nginx: internal/ingress/annotations/{auth,authreq,authtls,proxyssl,customheaders}/main.go.
"""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import urlsplit

from converter.reading.inventory import Document, Inventory
from converter.reading.secret_data import values_known
from converter.routing.access_steps import BasicAuth
from converter.routing.htpasswd import htpasswd
from converter.routing.table import Feature
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.served_ingress import Served, deny

_HEADER_NAME = re.compile(r"[a-zA-Z\d\-_]+")
_HEADER_VALUE = re.compile(r"[a-zA-Z\d_ :;.,\\/\"'?!(){}\[\]@<>=\-+*#$&`|~^%]*")
_DURATION = re.compile(r"\d+(ms|s|m|h|d|w|M|y)")


def check(served: Served, inventory: Inventory, control: Controller) -> None:
    """Deny the Ingress where a Secret or ConfigMap that it names is not there or may not be used."""
    if not served.settings.by_name:
        return
    cross = control.switch("allow-cross-namespace-resources", False)
    _check_basic(served, inventory, cross)
    _check_external(served, inventory, cross)
    _check_client_ca(served, inventory, cross)
    _check_backend_tls(served, inventory, cross)
    _check_headers(served, inventory, control)
    _check_fastcgi(served, inventory, cross)


def _check_fastcgi(served: Served, inventory: Inventory, cross: bool) -> None:
    """nginx: annotations/fastcgi/main.go:104-155; the namespace is always that of the Ingress."""
    setting = served.settings.get("backend-protocol")
    text = setting.get("fastcgi-parameters")
    if not text:
        return
    facts, namespace = setting.facts("fastcgi-parameters"), served.ingress.namespace
    head, name = _named(text, namespace)
    if "/" in name:
        deny(served, f"fastcgi-params-configmap {text!r} is not namespace/name", *facts)
    elif (head in (namespace, "") or cross) and inventory.lacks("ConfigMap", namespace, name):
        deny(served, f"ConfigMap {namespace}/{name} does not exist", *facts)


def _named(text: str, namespace: str) -> tuple[str, str]:
    head, mark, tail = text.partition("/")
    return (head, tail) if mark else (namespace, head)


def _check_basic(served: Served, inventory: Inventory, cross: bool) -> None:
    setting = served.settings.get("basic-auth")
    if "type" not in setting.values:
        return
    facts = setting.facts("type", "secret")
    if not setting.get("secret"):
        deny(served, "auth-type without auth-secret", *facts)
        return
    namespace, name = _named(setting.get("secret"), served.ingress.namespace)
    if namespace != served.ingress.namespace and not cross:
        deny(served, "auth-secret is of another namespace", *facts)
        return
    if inventory.lacks("Secret", namespace, name):
        deny(served, f"Secret {namespace}/{name} does not exist", *facts)
        return
    secret = inventory.get("Secret", namespace, name)
    if secret is not None and setting.get("secret-type", "auth-file") == "auth-file" and "auth" not in _data(secret):
        deny(served, f"Secret {namespace}/{name} has no key auth", *facts)


def _check_external(served: Served, inventory: Inventory, cross: bool) -> None:
    setting = served.settings.get("external-auth")
    url = setting.get("url")
    if url is None:
        return
    try:
        parts = urlsplit(url)
    except ValueError:
        deny(served, "auth-url is not a URL", *setting.facts("url"))
        return
    if not parts.scheme or not parts.netloc or ".." in parts.netloc:
        deny(served, "auth-url has no scheme or host", *setting.facts("url"))
        return
    for duration in (setting.get("cache-duration") or "").split(","):
        if duration.strip() and not _is_duration(duration.strip()):
            deny(served, "auth-cache-duration is not a duration", *setting.facts("cache-duration"))
    names = [part.strip() for part in (setting.get("response-headers") or "").split(",")]
    if not all(_HEADER_NAME.fullmatch(name) for name in names if name):
        deny(served, "auth-response-headers is not a list of header names", *setting.facts("response-headers"))
    if setting.get("request-headers"):
        namespace, name = _named(setting.get("request-headers"), served.ingress.namespace)
        if (namespace != served.ingress.namespace and not cross) or "/" not in setting.get("request-headers"):
            deny(served, "auth-proxy-set-headers is of another namespace", *setting.facts("request-headers"))
        elif inventory.lacks("ConfigMap", namespace, name):
            deny(served, f"ConfigMap {namespace}/{name} does not exist", *setting.facts("request-headers"))


def _is_duration(text: str) -> bool:
    seen = False
    for element in text.split():
        if re.fullmatch(r"\d{3}", element):
            if seen:
                return False
        elif _DURATION.fullmatch(element):
            seen = True
    return seen


def _readable(served: Served, inventory: Inventory, text: str, cross: bool) -> str:
    """Why a `namespace/name` of a Secret with certificates cannot be used; "" where it can."""
    namespace, mark, name = text.partition("/")
    if not mark or not name or "/" in name:
        return f"{text!r} is not namespace/name"
    if namespace != served.ingress.namespace and not cross:
        return f"Secret {text} is of another namespace"
    return f"Secret {text} does not exist" if inventory.lacks("Secret", namespace, name) else ""


def _check_client_ca(served: Served, inventory: Inventory, cross: bool) -> None:
    setting = served.settings.get("client-certificate")
    if setting.get("secret"):
        reason = _readable(served, inventory, setting.get("secret"), cross)
        if reason:
            served.tls_error = reason
            deny(served, reason, *setting.facts("secret"))


def _check_backend_tls(served: Served, inventory: Inventory, cross: bool) -> None:
    setting = served.settings.get("backend-tls")
    if setting.get("secret"):
        reason = _readable(served, inventory, setting.get("secret"), cross)
        if reason:
            deny(served, reason, *setting.facts("secret"))


def _check_headers(served: Served, inventory: Inventory, control: Controller) -> None:
    """nginx: annotations/customheaders/main.go:99-132: the namespace must be written, no namespace is refused."""
    setting = served.settings.get("response-headers")
    name = setting.get("config-map")
    if not name:
        return
    namespace, mark, short = name.partition("/")
    document = inventory.get("ConfigMap", namespace, short) if mark else None
    if not mark or inventory.lacks("ConfigMap", namespace, short):
        deny(served, f"ConfigMap {name} does not exist", *setting.facts())
        return
    if document is None:
        return
    allowed = control.comma_list("global-allowed-response-headers")
    for header, value in _texts(document).items():
        if not _HEADER_NAME.fullmatch(header) or not _HEADER_VALUE.fullmatch(value):
            deny(served, f"ConfigMap {name} has an invalid header {header}", *setting.facts())
            return
        if header not in allowed:
            deny(served, f"header {header} is not in global-allowed-response-headers", *setting.facts())
            return


def config_map_headers(inventory: Inventory, name: str | None) -> tuple[tuple[str, str], ...]:
    """The headers of a ConfigMap `namespace/name`."""
    namespace, _, short = (name or "").partition("/")
    document = inventory.get("ConfigMap", namespace, short) if name else None
    return tuple(_texts(document).items()) if document is not None else ()


def _texts(document: Document) -> dict[str, str]:
    data = document.body.get("data")
    return {str(key): value for key, value in data.items() if isinstance(value, str)} if isinstance(data, dict) else {}


def _data(secret: Document) -> dict[str, str]:
    """Data of a Secret as text."""
    out = {}
    coded = secret.body.get("data")
    for key, value in coded.items() if isinstance(coded, dict) else ():
        try:
            out[str(key)] = base64.b64decode(str(value or "")).decode("utf-8", "replace")
        except (binascii.Error, ValueError):
            continue
    plain = secret.body.get("stringData")
    if isinstance(plain, dict):
        out |= {str(key): str(value) for key, value in plain.items()}
    return out


def basic_auth(served: Served, inventory: Inventory) -> Feature | None:
    """The password check of an Ingress."""
    setting = served.settings.get("basic-auth")
    if "type" not in setting.values:
        return None  # nginx: annotations/auth/main.go: the other annotations are not read
    namespace, name = _named(setting.get("secret") or "", served.ingress.namespace)
    secret = inventory.get("Secret", namespace, name)
    users = None
    if secret is not None and values_known(secret.body):
        data = _data(secret)
        if setting.get("secret-type", "auth-file") == "auth-map":
            users = tuple(data.items())
        else:
            users = htpasswd(data.get("auth", ""))
    kind = "digest" if setting.get("type") == "digest" else "basic"
    by_user = setting.get("secret-type", "auth-file") == "auth-map"
    return setting.feature(BasicAuth(users, setting.get("realm") or "", True, (namespace, name), kind, by_user))
