"""Header lines of snippets as header edits.

nginx: src/http/modules/ngx_http_headers_filter_module.c, ngx_http_proxy_module.c (proxy_set_header, proxy_hide_header);
headers-more: src/ngx_http_headers_more_headers_out.c.
"""

from __future__ import annotations

import re

from converter.model import Origin
from converter.routing.header_names import is_token
from converter.routing.header_templates import HeaderTemplates
from converter.routing.steps import ADD_HEADER_STATUSES, HeaderEdit
from converter.routing.table import Feature
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.variables import parts_of

HEADERS = frozenset({"more_set_headers", "more_clear_headers", "add_header", "expires"})
"""Response headers, which may be in an `if` too."""
TOWARDS_BACKENDS = frozenset(
    {"proxy_set_header", "grpc_set_header", "more_set_input_headers", "more_clear_input_headers"}
)
SENT_ANYWAY = frozenset(
    {
        "host",
        "upgrade",
        "connection",
        "x-request-id",
        "x-real-ip",
        "x-forwarded-for",
        "x-forwarded-host",
        "x-forwarded-port",
        "x-forwarded-proto",
        "x-forwarded-scheme",
        "x-scheme",
        "x-original-forwarded-for",
        "x-original-forwarded-host",
        "proxy",
    }
)
"""Headers that every location sends to its backend (nginx.tmpl:1286-1330); a second line comes beside it."""
_HOSTS = frozenset({"$host", "$http_host", "$best_http_host"})
_SCHEMES = frozenset({"$scheme", "$pass_access_scheme"})
SENT_SO = {
    "host": _HOSTS,
    "x-forwarded-host": _HOSTS,
    "x-real-ip": frozenset({"$remote_addr"}),
    "x-forwarded-for": frozenset({"$remote_addr"}),
    "x-forwarded-port": frozenset({"$server_port", "$pass_port", "$pass_server_port"}),
    "x-forwarded-proto": _SCHEMES,
    "x-forwarded-scheme": _SCHEMES,
    "x-scheme": _SCHEMES,
    "x-request-id": frozenset({"$req_id"}),
    "upgrade": frozenset({"$http_upgrade"}),
    "connection": frozenset({"$connection_upgrade", "upgrade", "Upgrade"}),
}
"""Values that such headers have anyway."""
CREDENTIALS = frozenset({"authorization", "proxy-authorization", "cookie"})
"""Headers whose fixed values are secrets: no route repeats them."""
_TIME = re.compile(r"(-?)([0-9]{1,9})([smhdwMy]?)")
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "y": 31536000}


def repeats(directive: Directive) -> bool:
    """True where a location sends the header with the same value already."""
    if directive.name != "proxy_set_header" or len(directive.args) != 2:
        return False
    name, value = directive.args
    return value in SENT_SO.get(name.lower(), ())


def header_feature(directive: Directive, origin: Origin) -> Feature | None:
    """What a directive changes of headers; None where no literal edit says it."""
    name = directive.name
    edit = (
        _more(directive)
        if name.startswith("more_")
        else _expires(directive)
        if name == "expires"
        else _hidden(directive)
        if name.endswith("_hide_header")
        else _added(directive)
        if name == "add_header"
        else _towards_backend(directive)
        if name in TOWARDS_BACKENDS
        else None
    )
    if edit is None:
        return _computed(directive, origin)
    of_request = bool(edit.request_set or edit.request_remove)
    return Feature("request-headers" if of_request else "response-headers", edit, (origin,))


def _computed(directive: Directive, origin: Origin) -> Feature | None:
    """A header whose value has variables, where others than nginx know what they hold."""
    name, args = directive.name, directive.args
    if name.startswith("more_set") and len(args) == 1 and not args[0].startswith("-"):
        header, value = (text.strip() for text in args[0].partition(":")[::2])
    elif name in ("add_header", *TOWARDS_BACKENDS) and len(args) in (2, 3):
        header, value = args[0], args[1]
    else:
        return None
    parts = parts_of(value) if "$" in value and is_token(header) else ()
    own = header.lower() in SENT_ANYWAY | CREDENTIALS and (name in TOWARDS_BACKENDS)
    if not parts or own or any(part.startswith("variable:") for part in parts):
        return None
    template = ((header, parts),)
    if name in TOWARDS_BACKENDS:
        found = HeaderTemplates(request_set=template)
    elif name == "add_header":
        found = HeaderTemplates(response_add=template, statuses=() if args[2:] == ("always",) else ADD_HEADER_STATUSES)
    else:
        found = HeaderTemplates(response_set=template)
    return Feature("header-variables", found, (origin,))


def _more(directive: Directive) -> HeaderEdit | None:
    """more_set_headers 'Name: value' …, more_clear_headers Name …; options choose statuses and types."""
    sets, removes = [], []
    for text in directive.args:
        name, colon, value = text.partition(":")
        name, value = name.strip(), value.strip()
        if text.startswith("-") or "$" in text or not is_token(name) or "*" in name:
            return None
        if colon and value and "_set_" in directive.name:
            sets.append((name, value))
        else:
            removes.append(name)
    if not sets and not removes:
        return None
    if "input" in directive.name:
        if any(name.lower() in SENT_ANYWAY | CREDENTIALS for name, _ in sets):
            return None
        return HeaderEdit(request_set=tuple(sets), request_remove=tuple(removes))
    return HeaderEdit(response_set=tuple(sets), response_remove=tuple(removes), own_answers=True)


def _added(directive: Directive) -> HeaderEdit | None:
    args = directive.args
    if not 2 <= len(args) <= 3 or "$" in args[1] or not is_token(args[0]) or (len(args) == 3 and args[2] != "always"):
        return None
    if not args[1]:
        return HeaderEdit()
    pair = ((args[0], args[1]),)
    return HeaderEdit(response_add=pair, statuses=() if len(args) == 3 else ADD_HEADER_STATUSES, own_answers=True)


def _hidden(directive: Directive) -> HeaderEdit | None:
    if len(directive.args) != 1 or not is_token(directive.args[0]):
        return None
    return HeaderEdit(response_remove=directive.args, own_answers=True)


def _towards_backend(directive: Directive) -> HeaderEdit | None:
    if len(directive.args) != 2:
        return None
    name, value = directive.args
    if name.lower() in SENT_ANYWAY or not is_token(name) or "$" in value:
        return None
    if not value:
        return HeaderEdit(request_remove=(name,))
    return None if name.lower() in CREDENTIALS else HeaderEdit(request_set=((name, value),))


def _expires(directive: Directive) -> HeaderEdit | None:
    """nginx: ngx_http_set_expires; the header Expires itself has a time that moves on, and is not written."""
    if len(directive.args) != 1:
        return None
    text = directive.args[0]
    pairs: tuple[tuple[str, str], ...]
    if text == "off":
        return HeaderEdit()
    if text == "epoch":
        pairs = (("Expires", "Thu, 01 Jan 1970 00:00:01 GMT"), ("Cache-Control", "no-cache"))
    elif text == "max":
        pairs = (("Expires", "Thu, 31 Dec 2037 23:55:55 GMT"), ("Cache-Control", "max-age=315360000"))
    else:
        found = _TIME.fullmatch(text)
        if found is None:
            return None
        seconds = int(found[2]) * _UNITS[found[3]]
        pairs = (("Cache-Control", "no-cache" if found[1] else f"max-age={seconds}"),)
    return HeaderEdit(response_set=pairs, statuses=ADD_HEADER_STATUSES, own_answers=True)
