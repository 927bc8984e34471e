"""What `return` and `rewrite` answer.

nginx: src/http/modules/ngx_http_rewrite_module.c (ngx_http_rewrite_return, ngx_http_rewrite).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

from converter.model import Origin
from converter.routing.actions import Action, Redirect, Respond
from converter.routing.exchange import Exchange
from converter.routing.locations import STYLES
from converter.routing.matchers import ValueMatcher
from converter.routing.regex import compiled
from converter.routing.steps import expand
from converter.routing.table import Feature, Rule
from converter.sources.ingress_nginx.response_styles import groups
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.variables import fill_variables

REDIRECTS = (301, 302, 303, 307, 308)
CLOSED = 0
"""Status of a response that is none: `return 444` closes the connection."""
_URL = re.compile(
    r"(?:(https?|\$scheme)://)([^/$?:]+|\$\{?(?:host|http_host|server_name)\}?)(?::([0-9]{1,5}))?(.*)", re.DOTALL
)
SAME_PATH = frozenset({"$request_uri", "$uri$is_args$args", "$uri?$args", "$uri?$query_string", "$request_uri/"})
_HTTP_HOST = "nginx-return-http-host"
MAX_PORT = 65535


def content_type_of(block: Iterable[Directive]) -> str:
    """The type of a text that a block returns."""
    return next((one.args[0] for one in block if one.name == "default_type" and one.args), "text/html")


def answer_of(directive: Directive, content_type: str = "text/html", path: ValueMatcher | None = None) -> Action | None:
    """What a `return` responds with; None where no rule can say it.

    Args:
        directive: The `return`.
        content_type: Of its text: nginx's default_type.
        path: What the rule asks of the path, for a Location that goes on with it.
    """
    args = directive.args
    if not args:
        return None
    if not (args[0].isascii() and args[0].isdigit()):
        return redirect_to(302, args[0], path)
    if len(args[0]) > 3:
        return None  # "invalid return code"
    status, text = int(args[0]), args[1] if len(args) > 1 else ""
    if status in REDIRECTS:
        return redirect_to(status, text, path) if text else Respond(status)
    if status == 444:
        return Respond(CLOSED)
    if "$" in text or not 200 <= status <= 599:
        return None
    return Respond(status, text or None, content_type if text else None)


def redirect_to(status: int, url: str, path: ValueMatcher | None = None) -> Redirect | None:
    """A redirect to a URL that may have variables."""
    if "$" not in url:
        if url.startswith("/"):
            return Redirect(status, path=url, query="", style="nginx-return")
        return Redirect(status, url=url) if url.startswith(("http://", "https://")) else None
    if url in SAME_PATH:
        return Redirect(status, style="nginx-return-parts")
    found = _URL.fullmatch(url)
    if found is None:
        return None
    scheme = None if found[1] == "$scheme" else found[1]
    host = None if found[2].startswith("$") else found[2]
    style = _HTTP_HOST if "http_host" in found[2] else "nginx-return-parts"
    port, rest = (int(found[3]) if found[3] else None), found[4]
    if port is not None and not 0 < port <= MAX_PORT:
        return None
    if rest in SAME_PATH:
        return Redirect(status, scheme, host, port, style=style)
    if "$" not in rest:
        target, mark, query = rest.partition("?")
        return Redirect(status, scheme, host, port, target or "/", None, query if mark else "", style=style)
    if rest == "$uri":
        return Redirect(status, scheme, host, port, None, None, "", style=style)
    lead = rest.removesuffix("$request_uri")
    if lead != rest and "$" not in lead and path is not None and path.op in ("prefix", "segment"):
        stem = path.value.rstrip("/")
        return Redirect(status, scheme, host, port, lead + (stem or "/"), stem or "/", style=style)
    return None


def only_text(pattern: str) -> str | None:
    """The one text that an expression takes, such as `^(/old)$`; None where it takes others."""
    body = pattern.removeprefix("^").removesuffix("$")
    if len(body) != len(pattern) - 2 or not re.fullmatch(r"(?:[\w/\-%~]|\\[.\-]|[()])+", body) or "()" in body:
        return None
    return re.sub(r"\\(.)|[()]", lambda found: found[1] or "", body)


def rewrite_redirect(directive: Directive) -> Redirect | None:
    """A `rewrite` that answers: by its flag, or because it leads to a URL."""
    pattern, target, *flags = directive.args
    status = 301 if "permanent" in flags else 302
    simple = re.fullmatch(r"\^([\w/\-]*)\(\.[*+]\)\$?", pattern)
    if target.endswith("?"):
        return None
    text, expression = only_text(pattern), compiled(pattern)
    one = expression.search(text) if text is not None and expression is not None else None
    if one is not None:
        target = expand(groups(target, pattern), one.group, len(one.groups()))
    found = _URL.fullmatch(target)
    scheme = host = None
    rest = target
    if found is not None:
        scheme = None if found[1] == "$scheme" else found[1]
        host = None if found[2].startswith("$") else found[2]
        rest = found[4] or "/"
        if found[3]:
            return None
    elif not target.startswith("/"):
        return None
    if re.search(r"\$[A-Za-z{]", rest) or "?" in rest:
        if rest not in SAME_PATH:
            return None
        return Redirect(status, scheme, host, style="nginx-return-parts")
    if "$" not in rest:
        return Redirect(status, scheme, host, path=rest, style="nginx-return-parts")
    lead = rest.removesuffix("$1")
    if simple is not None and lead != rest and "$" not in lead:
        return Redirect(status, scheme, host, path=lead, prefix=simple[1], style="nginx-rewrite-prefix")
    return Redirect(status, scheme, host, path=target, prefix=pattern, style="nginx-rewrite-case")


def _parts(redirect: Redirect, exchange: Exchange) -> str:
    """`return 301 https://$host$request_uri`: `$host` has no port, and the path is as it was sent."""
    host = redirect.hostname or exchange.host
    return _joined(redirect, exchange, host)


def _http_host(redirect: Redirect, exchange: Exchange) -> str:
    return _joined(redirect, exchange, redirect.hostname or exchange.request.host)


def _joined(redirect: Redirect, exchange: Exchange, host: str) -> str:
    port = f":{redirect.port}" if redirect.port else ""
    if redirect.prefix is not None:
        target = (redirect.path or "") + exchange.request.path[len(redirect.prefix.rstrip("/")) :]
    elif redirect.path is not None:
        target = redirect.path if redirect.query == "" else exchange.with_query(redirect.path)
        target = f"{redirect.path}?{redirect.query}" if redirect.query else target
    else:
        target = exchange.path if redirect.query == "" else exchange.request.path
    return f"{redirect.scheme or exchange.scheme}://{host}{port}{target}"


def _behind_prefix(redirect: Redirect, exchange: Exchange) -> str:
    """`rewrite ^/old/(.*)$ /new/$1 permanent`."""
    host = redirect.hostname or exchange.host
    target = (redirect.path or "") + exchange.path[len(redirect.prefix or "") :]
    return exchange.with_query(f"{redirect.scheme or exchange.scheme}://{host}{target}")


def _rewritten(redirect: Redirect, exchange: Exchange) -> str:
    """`rewrite` with groups in other places."""
    pattern = compiled(redirect.prefix or "", False)
    found = pattern.search(exchange.path) if pattern else None
    text = groups(redirect.path or "", redirect.prefix or "")
    text = expand(text, found.group, len(found.groups())) if found else text
    text = fill_variables(text, exchange)
    absolute = text if "://" in text else f"{exchange.scheme}://{exchange.host}{text}"
    return exchange.with_query(absolute)


STYLES |= {
    "nginx-return-parts": _parts,
    _HTTP_HOST: _http_host,
    "nginx-rewrite-prefix": _behind_prefix,
    "nginx-rewrite-case": _rewritten,
}


def answered(rule: Rule, origin: Origin | None) -> Rule:
    """A rule of a location in which a directive responds: its fact is the directive, and it stands for the path too."""
    if origin is None or rule.origin is None:
        return replace(rule, origin=origin or rule.origin)
    return replace(rule, origin=origin, origins=(*rule.origins, rule.origin))


def of_answer(action: Action, origin: Origin | None) -> Feature:
    """The feature of a directive that responds."""
    facts = () if origin is None else (origin,)
    if isinstance(action, Respond):
        refuses = action.status == CLOSED or 400 <= action.status <= 499
        return Feature("access-rules" if refuses else "fixed-response", None, facts)
    return Feature("redirect", None, facts)
