"""Requests that could distinguish two tables, derived from the matchers of both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import quote

from converter.routing.exchange import DEFAULT_PORTS, Request
from converter.routing.matchers import Condition, ValueMatcher
from converter.routing.pattern_samples import neighbours, samples
from converter.routing.steps import AddressList, Cors
from converter.routing.table import Port, Rule, VirtualHost

UNLISTED = "unlisted.invalid"
SIBLING = "sni-of-sibling."
OUTSIDE = "203.0.113.77"
SAFE = "/%:@!$&'()*+,;=-._~"


def host_samples(hosts: Iterable[ValueMatcher]) -> tuple[str, ...]:
    """Names that the tests take, and for wildcards one label more and the apex."""
    out: list[str] = []
    for test in hosts:
        out += samples(test)
        if test.op in ("label", "domain", "ends") or (test.op == "glob" and test.value.startswith("*.")):
            out += [f"a.b{test.value[1:]}", test.value[1:].lstrip(".")]
    return tuple(dict.fromkeys(name.lower() for name in out if name and not name.startswith("."))) or (UNLISTED,)


def port_witnesses(port: Port, vhost: VirtualHost) -> Iterator[Request]:
    """Requests for every rule of a virtual host."""
    for rule in vhost.rules:
        hosts = host_samples(rule.hosts or vhost.hosts)
        yield from rule_witnesses(port, rule, hosts)
    for host in host_samples(vhost.hosts):
        for path in ("/", "/no-such-path-1", "/x//y", "/x%2Fy"):
            yield _request(port, host, path)


def rule_witnesses(port: Port, rule: Rule, hosts: tuple[str, ...]) -> Iterator[Request]:
    """Requests around one rule: its paths and their neighbours, its conditions met and missed, its steps provoked."""
    paths = path_samples(rule)
    met = _meet(rule.match.conditions)
    for path in paths:
        yield met_request(port, hosts[0], path, met)
    for host in hosts[1:]:
        yield met_request(port, host, paths[0], met)
    yield met_request(port, hosts[0], f"{paths[0]}?q1=v1", met)
    for index, condition in enumerate(rule.match.conditions):
        others = rule.match.conditions[:index] + rule.match.conditions[index + 1 :]
        yield met_request(port, hosts[0], paths[0], _meet(others))
        for test in condition.tests[1:]:
            yield met_request(port, hosts[0], paths[0], _meet((*others, condition._replace(tests=(test,)))))
    for feature in rule.features:
        yield from _provoked(port, hosts[0], paths[0], met, feature.value)


def path_samples(rule: Rule) -> tuple[str, ...]:
    """Paths that the rule takes, as sent on the wire, and their neighbours."""
    texts = [text for test in rule.match.paths for text in samples(test)] or ["/", "/x1"]
    out = [near for text in texts[:6] for near in neighbours(text) if near.startswith("/")] or ["/"]
    return tuple(dict.fromkeys(quote(text, safe=SAFE) for text in out))


def connection_witnesses(port: Port, vhost: VirtualHost, names: Iterable[str], every: bool) -> Iterator[Request]:
    """Requests that come by connections whose server name (SNI) is not their Host: of a client that reuses an HTTP/2
    connection, of one without SNI, of one that tries to reach a host by the listener of another.

    Args:
        names: server names of other hosts.
        every: ask for each rule, as listeners differ; else for the first one.
    """
    if port.protocol != "HTTPS":
        return
    host = host_samples(vhost.hosts)[0]
    for rule in vhost.rules if every else vhost.rules[:1]:
        host = host_samples(rule.hosts or vhost.hosts)[0]
        request = met_request(port, host, path_samples(rule)[0], _meet(rule.match.conditions))
        for name in (*names, sibling(request.host), UNLISTED, ""):
            if name != request.host:
                yield request._replace(sni=name)
    if not vhost.rules:
        yield from (_request(port, host, "/")._replace(sni=name) for name in (*names, ""))


OVERWRITTEN = {
    "X-Forwarded-For": OUTSIDE,
    "X-Forwarded-Host": "forged.invalid",
    "X-Forwarded-Port": "8443",
    "X-Forwarded-Proto": "https",
    "X-Forwarded-Scheme": "https",
    "X-Scheme": "https",
    "X-Real-IP": OUTSIDE,
    "X-Request-ID": "forged",
    "X-Original-Forwarded-For": OUTSIDE,
    "X-Original-URI": "/forged",
    "X-Original-URL": "https://forged.invalid/",
    "X-Original-Method": "PUT",
    "X-Auth-Request-Redirect": "/forged",
}
"""Headers that proxies write for backends, each with a value that a client may send in its place."""


def client_witnesses(port: Port, vhost: VirtualHost) -> Iterator[Request]:
    """Requests of unusual clients: copies of headers that proxies write, absolute-form targets, and TRACE."""
    if port.protocol not in ("HTTP", "HTTPS"):
        return
    for rule in vhost.rules[:1]:
        host = host_samples(rule.hosts or vhost.hosts)[0]
        request = met_request(port, host, path_samples(rule)[0], _meet(rule.match.conditions))
        for name, value in OVERWRITTEN.items():
            yield request._replace(headers=(*request.headers, (name, value)))
        if port.protocol == "HTTP":
            yield request._replace(path=f"http://{request.host}{request.path}")
        yield request._replace(method="TRACE")


def sibling(host: str) -> str:
    """A name that the same wildcard would cover."""
    return f"{SIBLING}{host.partition(':')[0].rstrip('.').partition('.')[2] or 'invalid'}"


def readdressed(request: Request, host: str) -> Request:
    """The same request for another host; a server name that is made of the host is made of the new one."""
    if request.sni is None or request.sni != sibling(request.host):
        return request._replace(host=host)
    return request._replace(host=host, sni=sibling(host))


Met = tuple[str, str, str, tuple[tuple[str, str], ...], str, str]
"""Method, scheme, source, headers, query, host that fulfil a set of conditions."""


def _meet(conditions: Iterable[Condition]) -> Met:
    method, scheme, source, query, host = "GET", "", "", "", ""
    headers: list[tuple[str, str]] = []
    for condition in conditions:
        values = [text for test in condition.tests for text in samples(test)]
        value = values[0] if values and not condition.negate else ""
        if condition.negate or not values:
            continue
        if condition.subject == "method":
            method = value
        elif condition.subject == "scheme":
            scheme = value
        elif condition.subject == "source":
            source = value
        elif condition.subject == "host" or (condition.subject == "header" and condition.key.lower() == "host"):
            host = value
        elif condition.subject == "query":
            query += f"{'&' if query else ''}{condition.key or 'any'}={value}"
        else:
            headers.append(
                ("Cookie", f"{condition.key}={value}") if condition.subject == "cookie" else (condition.key, value)
            )
    return method, scheme, source, tuple(headers), query, host


def met_request(port: Port, host: str, path: str, met: Met) -> Request:
    """A request to this port that fulfils the conditions."""
    method, _, source, headers, query, other_host = met
    if query:
        path += ("&" if "?" in path else "?") + query
    return _request(port, other_host or host, path)._replace(method=method, source=source, headers=headers)


def met_for(rule: Rule) -> Met:
    """What fulfils the conditions of a rule."""
    return _meet(rule.match.conditions)


def _request(port: Port, host: str, path: str) -> Request:
    scheme = "https" if port.protocol in ("HTTPS", "TLS") else "http"
    number = 0 if port.number == DEFAULT_PORTS[scheme] else port.number
    return Request("GET", scheme, host, path, port=number)


def _provoked(port: Port, host: str, path: str, met: Met, step: object) -> Iterator[Request]:
    base = met_request(port, host, path, met)
    if isinstance(step, AddressList):
        for cidr in (*step.allow[:4], *step.deny[:4]):
            yield base._replace(source=cidr.partition("/")[0])
        yield base._replace(source=OUTSIDE)
    elif isinstance(step, Cors):
        origins = [origin.replace("*", "w") if "://" in origin else "https://o.example" for origin in step.origins[:2]]
        for origin in (*origins, "https://foreign.invalid"):
            yield base._replace(headers=(*base.headers, ("Origin", origin)))
            asked = (*base.headers, ("Origin", origin), ("Access-Control-Request-Method", "GET"))
            yield base._replace(method="OPTIONS", headers=asked)
        yield base._replace(method="OPTIONS")
