"""Routing tables of ingress-nginx: one per controller, ports 80 and 443 with the same isolated virtual hosts.

nginx: internal/ingress/controller/nginx.go, controller.go; rootfs/etc/nginx/template/nginx.tmpl:578-700.
"""

from __future__ import annotations

from collections.abc import Iterator

from converter.model import Location, ObjectRef, ObjectStatus, Origin, Outcome
from converter.model.ledger import Ledger
from converter.model.options import Options
from converter.model.request_kind import starting_with
from converter.reading.inventory import Ingress, Inventory
from converter.routing.actions import Respond
from converter.routing.request_rules import HeaderRules, PathRules
from converter.routing.table import Certificate, Feature, Port, RoutingTable
from converter.sources.contract import Compiled
from converter.sources.ingress_nginx import streams
from converter.sources.ingress_nginx.admission import ControllerRun, admit, reason_of, refuse
from converter.sources.ingress_nginx.canary import Canaries
from converter.sources.ingress_nginx.certificates import Certificates
from converter.sources.ingress_nginx.client_certificates import client_certificates
from converter.sources.ingress_nginx.configuration import add_settings, settle_settings
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.defaults import Defaults
from converter.sources.ingress_nginx.entries import by_controller, entries, entry_name
from converter.sources.ingress_nginx.error_pages import settle_unknown_spares
from converter.sources.ingress_nginx.exposure import exposure_features
from converter.sources.ingress_nginx.external_auth import LOGIN, resolve
from converter.sources.ingress_nginx.features import Catalogue
from converter.sources.ingress_nginx.passthrough import pass_through
from converter.sources.ingress_nginx.response_styles import WithoutHsts
from converter.sources.ingress_nginx.served_ingress import IngressRefusedError, Served
from converter.sources.ingress_nginx.server_rules import RuleMaker
from converter.sources.ingress_nginx.servers import CATCH_ALL, Server, build, by_age, distinct
from converter.sources.ingress_nginx.snippets.protecting import residuals
from converter.sources.ingress_nginx.snippets.rules import SnippetRules
from converter.sources.ingress_nginx.unread_configuration import settle_unread_configuration
from converter.sources.ingress_nginx.unused_settings import settle_unclaimed
from converter.sources.ingress_nginx.upstreams import Upstreams
from converter.sources.ingress_nginx.virtual_hosts import add_virtual_hosts, add_www_redirect

NAME = "ingress-nginx"


def compile_tables(ingresses: list[Ingress], inventory: Inventory, ledger: Ledger, options: Options) -> Compiled:
    """All tables, and what became of each Ingress."""
    out = Compiled()
    groups = by_controller(ingresses, inventory, options)
    controls = [control for control, _ in groups]
    streams.settle_unread(controls, inventory, ledger)
    settle_unread_configuration(controls, inventory, ledger)
    for control, members in groups:
        _compile(control, members, ControllerRun(control, inventory, ledger, options), out)
    return out


def _compile(control: Controller, ingresses: list[Ingress], run: ControllerRun, out: Compiled) -> None:
    """The tables of one controller."""
    inventory, ledger, options = run.inventory, run.ledger, run.options
    tables = []
    for entry, members in entries(ingresses, inventory, control, options).items():
        served = []
        joined = Outcome.exact("class.entry", f"entry point {entry}: all its Ingresses share one Gateway")
        for ingress in members:
            try:
                served.append(admit(ingress, joined, run))
                out.statuses.append(ObjectStatus(ingress.ref, ingress.location(), "converted", NAME, entry))
            except IngressRefusedError as refusal:
                refuse(ingress, refusal, ledger)
                out.statuses.append(
                    ObjectStatus(ingress.ref, ingress.location(), "failed", NAME, entry, reason_of(refusal))
                )
        if served:
            tables.append(_table(entry_name(entry, control, out), by_age(served), run))
    out.statuses += _stream_statuses(control, inventory, control.class_annotation)
    if not tables and streams.ports(control, inventory, ledger):
        tables.append(_table(entry_name(control.class_annotation, control, out), [], run))
    settle_settings(control, tables, inventory, ledger)
    out.tables += tables


def _stream_statuses(control: Controller, inventory: Inventory, entry: str) -> list[ObjectStatus]:
    """The ConfigMaps of TCP and UDP ports are converted like Ingresses."""
    found = [document for document, _ in streams.config_maps(control, inventory)]
    return [ObjectStatus(one.ref, one.location, "converted", NAME, entry) for one in found if one.body["data"]]


def _table(entry: str, served: list[Served], run: ControllerRun) -> RoutingTable:
    control, inventory, ledger, options = run
    upstreams = Upstreams(inventory, control, options)
    servers = build(served, upstreams, ledger)
    canaries = _canaries(served, servers, upstreams, ledger)
    snippets = SnippetRules(control, ledger)
    maker = RuleMaker(control, upstreams, Catalogue(inventory, control, upstreams), canaries, snippets)
    fallback = _fallback(control)
    http, https = Port(80, fallback=fallback), Port(443, "HTTPS", fallback=fallback)
    www: list[str] = []
    for server in distinct(servers, ledger):
        add_virtual_hosts(server, servers, maker, http, https)
        www += add_www_redirect(server, servers, maker, http, https)
    _add_certificates(https, [*(name for name in servers if name != CATCH_ALL), *www], servers, served, run)
    defaults = Defaults(control, inventory, *_place(served, control))
    without_hsts = _without_hsts(served, frozenset(www), maker, control)
    defaults.make(_own_limits(served, (http, https)) | maker.early, without_hsts)
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
    _add_settings(table, run)
    snippets.settle(table, served)
    _settle_own_paths(table, Origin("default", "health-check-path", "", *_place(served, control)), ledger)
    settle_unknown_spares(served, inventory, ledger)
    settle_unclaimed(table, served, control, canaries, ledger)
    return table


def _fallback(control: Controller) -> Respond:
    """What requests for unknown hosts get: 404, and the controller's own locations (nginx.tmpl:1450-1487)."""
    health = control.flags.get("health-check-path", "/healthz")
    return Respond(404, own_paths=((health, 200), ("/nginx_status", 403)))


def _settle_own_paths(table: RoutingTable, origin: Origin, ledger: Ledger) -> None:
    """The controller's own locations, which no target has; a catch-all host takes their place."""
    port = table.ports[0]
    for path, status in port.fallback.own_paths if port.select("") is None else ():
        outcome = Outcome.approximate(
            "default.own-paths",
            f"On hosts without rules, {path} responds 404 after (before: {status} by the controller itself).",
            "Point health checks of load balancers and monitoring at Envoy's own readiness probe or at a route.",
            affects={"status", "response-headers", "body"},
            when=starting_with(path),
        )
        table.add_default("listener", origin._replace(value=path))
        ledger.settle(origin._replace(value=path), outcome)


def _without_hsts(served: list[Served], www: frozenset[str], maker: RuleMaker, control: Controller) -> WithoutHsts:
    rules = frozenset(name for name in maker.early if name.partition(" to ")[0] not in www)
    login = bool(control.text("global-auth-signin")) or any(LOGIN in one.settings for one in served)
    return WithoutHsts(www, rules, login)


def _canaries(served: list[Served], servers: dict[str, Server], upstreams: Upstreams, ledger: Ledger) -> Canaries:
    """Canaries with the servers that they join; what is no canary may bind clients to its pods."""
    out = Canaries(upstreams, ledger)
    for one in served:
        if one.canary:
            out.join(one, servers)
        elif one.settings.value("session-affinity", "type"):
            upstreams.bind(one)
    return out


def _add_certificates(
    https: Port, names: list[str], servers: dict[str, Server], served: list[Served], run: ControllerRun
) -> None:
    certificates = Certificates(run.inventory, run.control)
    https.certificates = certificates.all(servers)
    if run.control.switch("ssl-reject-handshake", False):
        https.unknown_sni = "refuse"
        https.certificates[-1:] = [Certificate(tuple(names), "", "")] if names else []
    for one in served:
        certificates.settle_unused(one, run.ledger)


def _add_settings(table: RoutingTable, run: ControllerRun) -> None:
    """What holds for the entry as one."""
    add_settings(table, run.control)
    table.features = (*table.features, *exposure_features(run.control, run.inventory, run.ledger))


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
