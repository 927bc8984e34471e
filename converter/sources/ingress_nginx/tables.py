"""Routing tables of ingress-nginx: one per controller, ports 80 and 443 with the same isolated virtual hosts.

nginx: internal/ingress/controller/nginx.go, controller.go; rootfs/etc/nginx/template/nginx.tmpl:578-700.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from converter.model import Location, ObjectRef, ObjectStatus, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.reading.facts import class_fact, default_backend_fact, facts
from converter.reading.inventory import Ingress, Inventory
from converter.routing.actions import Redirect
from converter.routing.matchers import ANY, ValueMatcher
from converter.routing.regex import quoted
from converter.routing.table import Certificate, Feature, HeaderRules, PathRules, Port, RoutingTable, Rule, VirtualHost
from converter.sources.classes import CLASS_ANNOTATION
from converter.sources.contract import Compiled
from converter.sources.ingress_nginx import secrets, streams
from converter.sources.ingress_nginx.canary import Canaries
from converter.sources.ingress_nginx.certificates import Certificates, covers, has_entry, names_of
from converter.sources.ingress_nginx.claim import PREFIX, claim, serving_controller
from converter.sources.ingress_nginx.client_certificates import client_certificates
from converter.sources.ingress_nginx.configuration import add_settings, settle_settings
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.defaults import Defaults
from converter.sources.ingress_nginx.discovery import controllers
from converter.sources.ingress_nginx.error_pages import settle_unknown_spares
from converter.sources.ingress_nginx.exposure import exposure_features, tls_in_front
from converter.sources.ingress_nginx.external_auth import resolve
from converter.sources.ingress_nginx.features import Catalogue
from converter.sources.ingress_nginx.forwarding import own_paths
from converter.sources.ingress_nginx.passthrough import host_test, pass_through
from converter.sources.ingress_nginx.served_ingress import IngressRefusedError, Served, read
from converter.sources.ingress_nginx.server_rules import RuleMaker
from converter.sources.ingress_nginx.servers import CATCH_ALL, Server, build, by_age, distinct
from converter.sources.ingress_nginx.snippets.protecting import residuals
from converter.sources.ingress_nginx.snippets.rules import SnippetRules
from converter.sources.ingress_nginx.tls_features import tls_features
from converter.sources.ingress_nginx.unused_settings import settle_unclaimed
from converter.sources.ingress_nginx.upstreams import Upstreams

NAME = "ingress-nginx"


def compile_tables(ingresses: list[Ingress], inventory: Inventory, ledger: Ledger, options: Options) -> Compiled:
    """All tables, and what became of each Ingress."""
    out = Compiled()
    groups = _by_controller(ingresses, inventory, options)
    streams.settle_unread([control for control, _ in groups], inventory, ledger)
    for control, members in groups:
        _compile(control, members, _Run(control, inventory, ledger, options), out)
    return out


def _by_controller(
    ingresses: list[Ingress], inventory: Inventory, options: Options
) -> list[tuple[Controller, list[Ingress]]]:
    known = controllers(inventory)
    if len(known) == 1:
        return [(known[0], ingresses)]
    groups: dict[int, list[Ingress]] = {id(one): [] for one in known}
    for ingress in ingresses:
        groups[id(serving_controller(ingress, inventory, options))].append(ingress)
    return [(one, groups[id(one)]) for one in known]


def _compile(control: Controller, ingresses: list[Ingress], run: _Run, out: Compiled) -> None:
    """The tables of one controller."""
    inventory, ledger, options = run.inventory, run.ledger, run.options
    tables = []
    for entry, members in _entries(ingresses, inventory, control, options).items():
        served = []
        joined = Outcome.exact("class.entry", f"entry point {entry}: all its Ingresses share one Gateway")
        for ingress in members:
            try:
                served.append(_take(ingress, joined, run))
                out.statuses.append(ObjectStatus(ingress.ref, ingress.location(), "converted", NAME, entry))
            except IngressRefusedError as refusal:
                _refuse(ingress, refusal, ledger)
                out.statuses.append(
                    ObjectStatus(ingress.ref, ingress.location(), "failed", NAME, entry, _reason(refusal))
                )
        if served:
            tables.append(_table(_entry_name(entry, control, out), by_age(served), run))
    out.statuses += _stream_statuses(control, inventory, control.class_annotation)
    if not tables and streams.ports(control, inventory, ledger):
        tables.append(_table(_entry_name(control.class_annotation, control, out), [], run))
    settle_settings(control, tables, inventory, ledger)
    out.tables += tables


def _stream_statuses(control: Controller, inventory: Inventory, entry: str) -> list[ObjectStatus]:
    """The ConfigMaps of TCP and UDP ports are converted like Ingresses."""
    found = [document for document, _ in streams.config_maps(control, inventory)]
    return [ObjectStatus(one.ref, one.location, "converted", NAME, entry) for one in found if one.body["data"]]


def _entry_name(entry: str, control: Controller, out: Compiled) -> str:
    """Two controllers may serve classes of one name, each in namespaces of its own."""
    taken = {table.entry for table in out.tables}
    where = control.workload.namespace if control.workload is not None else ""
    return f"{entry}-{where}" if entry in taken and where else entry


def _entries(
    ingresses: list[Ingress], inventory: Inventory, control: Controller, options: Options
) -> dict[str, list[Ingress]]:
    """Classes that name one controller are one entry; a class without IngressClass may be another controller's."""
    known = {one.name for one in inventory.of("IngressClass")}
    groups: dict[str, list[Ingress]] = {}
    names: set[str] = set()
    for ingress in ingresses:
        name = ingress.class_name if ingress.class_name is not None else ingress.annotations.get(CLASS_ANNOTATION)
        shared = not name or name in known or name == control.class_annotation
        if shared:
            found = claim(ingress, inventory, options) if not name else None
            names.add(name or (found.entry if found else control.class_annotation))
        groups.setdefault("" if shared else str(name), []).append(ingress)
    if "" in groups:
        usual = control.class_annotation
        entry = usual if usual in names else min(names)
        groups = {entry if name == "" else name: members for name, members in groups.items()}
    return groups


class _Run(NamedTuple):
    control: Controller
    inventory: Inventory
    ledger: Ledger
    options: Options


def _take(ingress: Ingress, joined: Outcome, run: _Run) -> Served:
    control, inventory, ledger, options = run
    if not control.watches(ingress.namespace):
        raise IngressRefusedError(_unwatched(control))
    if control.flag("disable-catch-all") and ingress.default_backend is not None:
        raise IngressRefusedError(
            "it has spec.defaultBackend, and the controller runs with --disable-catch-all",
            default_backend_fact(ingress),
        )
    served = read(ingress, control, ledger, options)
    served.canary = served.flag("canary", "enabled")
    secrets.check(served, inventory, control)
    if ingress.class_name is not None:
        ledger.settle(class_fact(ingress), joined, "class")
    if control.prefix:
        _unread(ingress, control, ledger)
    if CLASS_ANNOTATION in ingress.annotations:
        ledger.settle(ingress.annotation(CLASS_ANNOTATION), joined, "class")
    return served


def _unwatched(control: Controller) -> str:
    if control.flags.get("watch-namespace"):
        return f"the controller watches the namespace {control.flags['watch-namespace']} only"
    selector = control.flags["watch-namespace-selector"]
    return f"the labels of its namespace do not match --watch-namespace-selector={selector}"


def _unread(ingress: Ingress, control: Controller, ledger: Ledger) -> None:
    """Annotations under the usual prefix, where the controller was told another one."""
    for key in ingress.annotations:
        if key.startswith(PREFIX) and control.prefix != PREFIX:
            words = f"is not read: the controller runs with --annotations-prefix={control.prefix.rstrip('/')}"
            ledger.settle(ingress.annotation(key), Outcome.obsolete("annotation.other-prefix", words))


def _reason(refusal: IngressRefusedError) -> str:
    where = f"{refusal.origin.key}: " if refusal.origin else ""
    return f"not served by the controller: {where}{refusal.reason}"


def _refuse(ingress: Ingress, refusal: IngressRefusedError, ledger: Ledger) -> None:
    """Nothing is written for it, as nothing is served today."""
    hint = "if your cluster serves it (other controller options, or an older version in its memory), add the "
    hint += "controller's ConfigMap and Deployment to the input, or correct the manifest"
    for origin in facts(ingress):
        if origin == refusal.origin or refusal.origin is None:
            outcome = Outcome.manual("ingress.refused", _reason(refusal), hint)
        else:
            outcome = Outcome.obsolete("ingress.refused", _reason(refusal))
        ledger.settle(origin, outcome)


def _table(entry: str, served: list[Served], run: _Run) -> RoutingTable:
    control, inventory, ledger, options = run
    upstreams = Upstreams(inventory, control, options)
    servers = build(served, upstreams, ledger)
    canaries = Canaries(upstreams, ledger)
    for one in served:
        if one.canary:
            canaries.join(one, servers)
        elif one.settings.value("session-affinity", "type"):
            upstreams.bind(one)
    snippets = SnippetRules(control, ledger)
    maker = RuleMaker(control, upstreams, Catalogue(inventory, control, upstreams), canaries, snippets)
    http, https = Port(80), Port(443, "HTTPS")
    www: list[str] = []
    for server in distinct(servers, ledger):
        _virtual_hosts(server, servers, maker, http, https)
        www += _www(server, servers, maker, http, https)
    certificates = Certificates(inventory, control)
    https.certificates = certificates.all(servers)
    if control.switch("ssl-reject-handshake", False):
        https.unknown_sni = "refuse"
        known = [*(name for name in servers if name != CATCH_ALL), *www]
        https.certificates[-1:] = [Certificate(tuple(known), "", "")] if known else []
    for one in served:
        certificates.settle_unused(one, ledger)
    defaults = Defaults(control, inventory, *_place(served, control))
    defaults.make(frozenset(www), _own_limits(served, (http, https)) | maker.early)
    defaults.features += snippets.of_entry()
    certified = client_certificates(servers, https)
    http.steps = (*defaults.steps, *certified)
    https.steps = (*defaults.steps, *certified, *defaults.secure_steps)
    pass_through(servers, https, upstreams, control)
    table = RoutingTable(
        entry,
        NAME,
        [http, https, *streams.ports(control, inventory, ledger)],
        (*defaults.features, *_stream_snippets(served)),
        PathRules("nginx"),
        HeaderRules("allow" if control.switch("enable-underscores-in-headers", False) else "drop", True),
    )
    resolve(table)
    add_settings(table, control)
    table.features = (*table.features, *exposure_features(control, inventory, ledger))
    if tls_in_front(control, inventory):
        table.extra["tls_in_front"] = True
    snippets.settle(table, served)
    settle_unknown_spares(served, inventory, ledger)
    settle_unclaimed(table, served, control, canaries, ledger)
    return table


def _place(served: list[Served], control: Controller) -> tuple[Location, ObjectRef | None]:
    """Where defaults of the controller are said to stand: at its first Ingress, or else at its workload."""
    if served:
        return served[0].ingress.location(), served[0].ingress.ref
    document = control.workload or control.config_map
    return (document.location, document.ref) if document is not None else (Location(""), None)


def _stream_snippets(served: list[Served]) -> Iterator[Feature]:
    """Raw configuration that Ingresses add to the TCP and UDP part; it touches none of their own paths."""
    for one in served:
        yield from residuals(one.snippets[name] for name in ("stream",) if name in one.snippets)


def _own_limits(served: list[Served], ports: tuple[Port, ...]) -> frozenset[str]:
    """Names of rules that set a body size."""
    if all(one.settings.value("body-limit", "size") is None for one in served):
        return frozenset()
    return frozenset(
        rule.name
        for port in ports
        for vhost in port.hosts
        for rule in vhost.rules
        if any(feature.name == "body-limit" for feature in rule.features)
    )


def _virtual_hosts(server: Server, servers: dict[str, Server], maker: RuleMaker, http: Port, https: Port) -> None:
    certified = has_entry(server.host, servers)
    rules = maker.rules(server, certified)
    covered: list[ValueMatcher] = []
    others: list[ValueMatcher] = []
    for alias in server.aliases:
        bucket = covered if not certified or _covered(alias, server, servers) else others
        bucket.append(_alias(alias))
    own = () if server.host == CATCH_ALL else (host_test(server.host),)
    facts_ = _host_features(server)
    secure = (*facts_, *tls_features(server))
    if not rules.http and not rules.https and server.host == CATCH_ALL:
        return
    if server.host == CATCH_ALL and server.aliases:
        https.hosts.append(VirtualHost((), rules.https, secure))
        http.hosts.append(VirtualHost((), rules.http, facts_))
    plain = VirtualHost((*own, *covered, *others), rules.https, secure)
    https.hosts.append(plain)
    if rules.same:
        same = plain if secure == facts_ else VirtualHost(plain.hosts, plain.rules, facts_)
        http.hosts.append(same)
        return
    http.hosts.append(VirtualHost((*own, *covered), rules.http, facts_))
    if others:
        http.hosts.append(VirtualHost(tuple(others), maker.rules(server, False).http, facts_))


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


def _host_features(server: Server) -> tuple[Feature, ...]:
    out = []
    owner = server.alias_owner
    if server.aliases and owner is not None:
        out.append(owner.settings.get("server-alias").feature())
    return tuple(out)


def _www(server: Server, servers: dict[str, Server], maker: RuleMaker, http: Port, https: Port) -> list[str]:
    """The server of the other name (nginx: pkg/util/ingress/ingress.go:179-233)."""
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
        extra={"derived": "www-redirect", "origins": own_paths(server, server.www)},
    )
    maker.early.add(rule.name)
    host = VirtualHost((host_test(other),), [rule])
    http.hosts.append(host)
    https.hosts.append(host)
    return [other]
