"""Virtual hosts of one server, on port 80 and on port 443."""

from __future__ import annotations

from converter.routing.actions import Redirect
from converter.routing.matchers import ANY, ValueMatcher
from converter.routing.regex import quoted
from converter.routing.table import Feature, Port, Rule, VirtualHost
from converter.sources.ingress_nginx.certificates import covers, has_entry, names_of
from converter.sources.ingress_nginx.forwarding import own_paths
from converter.sources.ingress_nginx.passthrough import host_test
from converter.sources.ingress_nginx.server_rules import RuleMaker
from converter.sources.ingress_nginx.servers import CATCH_ALL, Server
from converter.sources.ingress_nginx.tls_features import tls_features


def add_virtual_hosts(server: Server, servers: dict[str, Server], maker: RuleMaker, http: Port, https: Port) -> None:
    """Add the server with its aliases."""
    certified = has_entry(server.host, servers)
    rules = maker.rules(server, certified)
    covered: list[ValueMatcher] = []
    others: list[ValueMatcher] = []
    for alias in server.aliases:
        bucket = covered if not certified or _covered(alias, server, servers) else others
        bucket.append(_alias(alias))
    own = () if server.host == CATCH_ALL else (host_test(server.host),)
    features = _alias_features(server)
    secure = (*features, *tls_features(server))
    if not rules.http and not rules.https and server.host == CATCH_ALL:
        return
    if server.host == CATCH_ALL and server.aliases:
        https.hosts.append(VirtualHost((), rules.https, secure))
        http.hosts.append(VirtualHost((), rules.http, features))
    own_host = VirtualHost((*own, *covered, *others), rules.https, secure)
    https.hosts.append(own_host)
    if rules.same:
        same = own_host if secure == features else VirtualHost(own_host.hosts, own_host.rules, features)
        http.hosts.append(same)
        return
    http.hosts.append(VirtualHost((*own, *covered), rules.http, features))
    if others:
        http.hosts.append(VirtualHost(tuple(others), maker.rules(server, False).http, features))


def _alias(name: str) -> ValueMatcher:
    """An alias is what nginx reads in server_name: a true wildcard, an expression, or a name."""
    if name.startswith("~"):
        return ValueMatcher("search", name[1:], True)
    if name.startswith("*."):
        return ValueMatcher("domain", name)
    if name.endswith(".*"):
        return ValueMatcher("search", f"^{quoted(name[:-1].lower())}.+$", True)
    return ValueMatcher("exact", name.lower())


def _covered(alias: str, server: Server, servers: dict[str, Server]) -> bool:
    """An alias has a certificate entry only where the host's certificate has its name (nginx: nginx.go:1023-1034)."""
    return any(covers(name, alias) for name in names_of(server)) or has_entry(alias, servers)


def _alias_features(server: Server) -> tuple[Feature, ...]:
    out = []
    owner = server.alias_owner
    if server.aliases and owner is not None:
        out.append(owner.settings.get("server-alias").feature())
    return tuple(out)


def add_www_redirect(
    server: Server, servers: dict[str, Server], maker: RuleMaker, http: Port, https: Port
) -> list[str]:
    """Add the server that redirects the other name, with or without `www.`.

    Source: nginx: pkg/util/ingress/ingress.go:179-233.

    Returns:
        Its name, where it has one.
    """
    if server.www is None or server.host == CATCH_ALL:
        return []
    other = server.host[4:] if server.host.startswith("www.") else f"www.{server.host}"
    if other in servers or other.lower() in servers:
        return []
    rule = Rule(
        ANY,
        Redirect(maker.code, hostname=server.host, style=maker.www_style),
        (server.www.settings.get("www-redirect").feature(),),
        (),
        f"{other} to {server.host}",
        server.www.ingress.ref,
        None,
        derived="www-redirect",
        origins=own_paths(server, server.www),
    )
    maker.early.add(rule.name)
    host = VirtualHost((host_test(other),), [rule])
    http.hosts.append(host)
    https.hosts.append(host)
    return [other]
