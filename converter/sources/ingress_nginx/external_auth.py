"""The service that decides about requests (`auth_request`), and the page that clients without login are sent to.

nginx: internal/ingress/annotations/{authreq,authreqglobal}/main.go; rootfs/etc/nginx/template/nginx.tmpl:1006-1240;
internal/ingress/controller/template/template.go:1183-1202 (buildAuthSignURL).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

from converter.model import Origin
from converter.reading.inventory import Inventory
from converter.routing.actions import Forward
from converter.routing.decide import consult
from converter.routing.exchange import Request
from converter.routing.external_auth import ExternalAuth
from converter.routing.protection import is_guard
from converter.routing.table import Feature, RoutingTable, VirtualHost
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.secrets import config_map_headers
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.snippets.headers import repeats
from converter.sources.ingress_nginx.snippets.parse import Directive
from converter.sources.ingress_nginx.variables import OWN_HOST, parts_of

SERVED = frozenset({"host", "upgrade", "connection"})
"""Headers of which the question has others than the request."""
LOGIN = "login-redirect"
"""The feature of the page that clients without login are sent to."""
_GLOBAL_LOGIN = ("global-auth-signin", "global-auth-signin-redirect-param")
_QUESTION = frozenset(
    {"host", "x-original-url", "x-original-method", "x-real-ip", "x-forwarded-for", "x-auth-request-redirect"}
)
"""Headers that the controller sends of itself; a ConfigMap may repeat them with the same value."""


def external_auth(served: Served, control: Controller, inventory: Inventory) -> tuple[Feature, ...]:
    """The external check of an Ingress, its own or else the ConfigMap's, and where it sends clients to log in.

    Without auth-url the other annotations are not read.
    """
    setting = served.settings.get("external-auth")
    url = setting.get("url")
    if url is None:
        if not control.global_auth_url or not setting.get("global", True):
            return ()
        return _global(control, inventory, setting.facts("global"))
    page = served.settings.get(LOGIN)
    names = (setting.get("response-headers") or "").split(",")
    found = ExternalAuth(
        url,
        setting.get("method") or "GET",
        page.get("url") or "",
        page.get("parameter") or "rd",
        tuple(part.strip() for part in names if part.strip()),
        unresolvable(url, inventory),
        _login(page.get("url") or "", page.get("parameter") or "rd"),
        "always" if setting.get("always-cookie") else "success",
        unsent=_unsent(setting.get("request-headers"), setting.get("request-redirect"), inventory),
        repeated=tuple(directive.args[0] for directive, _ in repeated_lines(served)),
    )
    facts = (*setting.facts(), *(origin for _, origin in repeated_lines(served)))
    return (Feature("external-auth", found, facts), *_page(found, page.facts()))


def repeated_lines(served: Served) -> list[tuple[Directive, Origin]]:
    """Lines of auth-snippet that send the service what backends get anyway, such as X-Forwarded-Host."""
    snippet = served.snippets.get("auth")
    if snippet is None or snippet.problem or served.settings.value("external-auth", "url") is None:
        return []
    return [
        (one, snippet.fact(one)) for one in snippet.directives if repeats(one) and one.args[0].lower() not in SERVED
    ]


def _global(control: Controller, inventory: Inventory, facts: tuple[Origin, ...]) -> tuple[Feature, ...]:
    signin, parameter = control.text("global-auth-signin"), control.text("global-auth-signin-redirect-param") or "rd"
    found = ExternalAuth(
        control.global_auth_url,
        control.text("global-auth-method") or "GET",
        signin,
        parameter,
        tuple(control.comma_list("global-auth-response-headers")),
        unresolvable(control.global_auth_url, inventory),
        login=_login(signin, parameter),
        cookies="always" if control.switch("global-auth-always-set-cookie", False) else "success",
        unsent=("X-Auth-Request-Redirect",) if control.text("global-auth-request-redirect") else (),
    )
    configured = control.fact("global-auth-url")
    own = tuple(one for one in configured if one.key not in _GLOBAL_LOGIN)
    pages = tuple(one for one in configured if one.key in _GLOBAL_LOGIN)
    return (Feature("external-auth", found, (*own, *facts)), *_page(found, pages))


def _page(found: ExternalAuth, facts: tuple[Origin, ...]) -> tuple[Feature, ...]:
    return (Feature(LOGIN, found.login, facts),) if facts and found.login else ()


def _login(signin: str, parameter: str) -> tuple[str, ...]:
    """The redirect's target: the page, with the first URL in a parameter unless the page has that one already."""
    if not signin:
        return ()
    query = parse_qs(urlsplit(signin).query, keep_blank_values=True)
    if any(query.get(parameter, ())):
        return parts_of(signin)
    mark = "&" if query else "?"
    return parts_of(f"{signin}{mark}{parameter}=$pass_access_scheme://$http_host$escaped_request_uri")


def _unsent(config_map: str | None, redirect: str | None, inventory: Inventory) -> tuple[str, ...]:
    """Headers of the question beyond those that every question has."""
    headers = config_map_headers(inventory, config_map)
    names = [name for name, _ in headers if name.lower() not in _QUESTION]
    if config_map and not headers:
        names.append(f"those of ConfigMap {config_map}")
    if redirect and redirect not in ("$request_uri", "${request_uri}"):
        names.append("X-Auth-Request-Redirect")
    return tuple(names)


def unresolvable(url: str, inventory: Inventory) -> bool:
    """nginx's resolver has no search domains: `name.namespace.svc` and bare names are not found."""
    host = urlsplit(url).hostname or ""
    name, _, rest = host.partition(".")
    namespace, _, domain = rest.partition(".")
    if domain == "svc.cluster.local" and inventory.lacks("Service", namespace, name):
        return True
    return "$" not in host and (host.endswith((".svc", ".invalid")) or "." not in host)


def resolve(table: RoutingTable) -> None:
    """Services that are asked by a host of the table itself (`https://$host/oauth2/auth`) get their own address."""
    for port in table.ports:
        for vhost in port.hosts:
            for rule in vhost.rules:
                for index, feature in enumerate(rule.features):
                    step = feature.value
                    if isinstance(step, ExternalAuth) and not step.address and not step.unreachable:
                        address = _address(step, vhost, table)
                        if address:
                            new = replace(feature, value=replace(step, address=address))
                            rule.features = (*rule.features[:index], new, *rule.features[index + 1 :])


def _address(step: ExternalAuth, vhost: VirtualHost, table: RoutingTable) -> str:
    """The URL of the Service that the question reaches by way of this table; "" where it reaches another rule too."""
    found = {_served_by(url, table) for url in _urls(step.url, vhost)}
    return found.pop() if len(found) == 1 else ""


def _urls(url: str, vhost: VirtualHost) -> Iterator[str]:
    named = [variable for variable in OWN_HOST if variable in url.partition("?")[0]]
    if not named:
        yield url
    for test in vhost.hosts if named else ():
        text = url
        for variable in named:
            text = text.replace(variable, test.value if test.op == "exact" else "")
        yield text


def _served_by(url: str, table: RoutingTable) -> str:
    try:
        parts = urlsplit(url)
        number = parts.port or 0
    except ValueError:
        return ""
    if not parts.hostname or "$" in url or not _is_host(parts.hostname, table):
        return ""
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    decision, rule = consult(table, Request("GET", parts.scheme, parts.hostname, path, port=number))
    if rule is None or not isinstance(rule.action, Forward) or len(rule.action.backends) != 1 or is_guard(rule):
        return ""
    backend = rule.action.backends[0]
    if not decision.backends or backend.failure or not backend.number or backend.external:
        return ""
    scheme = "https" if backend.protocol == "HTTPS" else "http"
    if backend.protocol not in ("HTTP", "HTTPS"):
        return ""
    return f"{scheme}://{backend.name}.{backend.namespace}.svc.cluster.local:{backend.number}{decision.path}"


def _is_host(name: str, table: RoutingTable) -> bool:
    """True where a host of the table is for this very name."""
    vhosts = (port.select(name.lower()) for port in table.ports if port.protocol in ("HTTP", "HTTPS"))
    return any(vhost is not None and vhost.hosts for vhost in vhosts)
