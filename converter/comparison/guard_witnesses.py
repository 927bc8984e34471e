"""Requests around every rule that protects, of a client that it refuses, for its paths in all ways to write them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from converter.comparison.witnesses import OUTSIDE, host_samples, met_for, met_request, path_samples
from converter.routing.access_steps import AnyOf
from converter.routing.exchange import Request
from converter.routing.external_auth import ExternalAuth
from converter.routing.protection import is_guard
from converter.routing.situation import Situation
from converter.routing.steps import AddressList
from converter.routing.table import Port, Rule, VirtualHost

MOST_PATHS, MOST_HOSTS = 3, 4
_UNESCAPED = re.compile("[A-Za-z0-9]")
_ESCAPE = re.compile("%[0-9A-F]{2}")


def guard_witnesses(port: Port, vhost: VirtualHost) -> Iterator[Request]:
    """Requests of clients that a rule refuses, for its paths in all ways to write them."""
    for rule in vhost.rules:
        if is_guard(rule):
            for host in _hosts(port, vhost, rule):
                paths = _paths(rule)
                dotted = [(f"{host}.", path) for path in paths[:1]]  # the same name to nginx, another one to Envoy
                for name, path in (*((host, path) for path in paths), *dotted):
                    for request in _spellings(met_request(port, name, path, met_for(rule))):
                        for more in _strangers(rule):
                            yield request._replace(**more)


def _spellings(request: Request) -> Iterator[Request]:
    """The request, and with its query in other letters and with escapes: an ALB compares names of parameters in any
    letter case, and some proxies decode them."""
    yield request
    path, mark, query = request.path.partition("?")
    if mark:
        yield request._replace(path=f"{path}?{query.swapcase()}")
        yield request._replace(path=f"{path}?{_UNESCAPED.sub(lambda found: f'%{ord(found.group()):02x}', query)}")


def _hosts(port: Port, vhost: VirtualHost, rule: Rule) -> tuple[str, ...]:
    """Some hosts that the rule is for; a rule for any host guards those that have rules of their own."""
    if rule.hosts or not port.fall_through:
        return host_samples(rule.hosts or vhost.hosts)[:MOST_HOSTS]
    named: dict[str, None] = {}
    for other in vhost.rules:
        for host in host_samples(other.hosts)[:1] if other.hosts else ():
            named[host] = None
        if len(named) == MOST_HOSTS:
            break
    return (*named, *host_samples(()))


def _paths(rule: Rule) -> tuple[str, ...]:
    out: dict[str, None] = {}
    for number, path in enumerate(path_samples(rule)):
        out[path] = None
        if number < MOST_PATHS:
            out.update(dict.fromkeys(tricks(path)))
    return tuple(out)


def tricks(path: str) -> Iterator[str]:
    """Ways to write a path that proxies read differently before they match."""
    name = path.strip("/")
    yield from (f"{path}%2Fx", f"{path}%2f", f"{path}%5Cx", f"/%2F{name}", f"/{name.replace('/', '%2F')}")
    yield from (f"/x/..%2f{name}/x", f"/x%2f..%2f{name}/x", f"/x/../{name}", f"/x/%2e%2e/{name}", f"/.{path}")
    yield from (f"/{path}", f"{path}//x", f"{path}/./x", f"/x\\..\\{name}")
    if name and "%" not in name:
        first = name[0]
        yield f"/%{ord(first):02X}{name[1:]}" if first.isascii() else path
        for escape in (str.upper, str.lower):
            text = "".join(char if char.isalnum() or char in "-._~/" else escape(quote(char, safe="")) for char in name)
            yield f"/{text}"
    if "%" in name:
        yield "/" + _ESCAPE.sub(lambda found: found.group().lower(), name)


def _strangers(rule: Rule) -> Iterator[dict[str, Any]]:
    """What a client is like that the guards of a rule refuse: no credentials, an address of no list."""
    given: dict[str, Any] = {}
    addresses = [OUTSIDE]
    for feature in rule.features:
        for step in feature.value.steps if isinstance(feature.value, AnyOf) else (feature.value,):
            if isinstance(step, ExternalAuth):
                given.update({key: {"status": 401} for key in step.names()})
            elif isinstance(step, AddressList):
                addresses += [cidr.partition("/")[0] for cidr in step.deny[:1]]
    sources = [condition for condition in rule.match.conditions if condition.subject == "source"]
    for address in addresses[:1] if sources else addresses:
        more: dict[str, Any] = {} if sources else {"source": address}
        yield more | ({"situation": Situation({"given": given})} if given else {})
