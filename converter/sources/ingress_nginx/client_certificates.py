"""Client certificates of hosts: what a request without one is answered, before a location is looked for.

nginx: rootfs/etc/nginx/template/nginx.tmpl:771-820 (the server), 1205-1212 (headers to the backend).
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import field, replace
from typing import NamedTuple

from converter.model import Origin
from converter.model.data import dataclass
from converter.routing.access_steps import ClientSubject
from converter.routing.actions import Respond
from converter.routing.exchange import Exchange
from converter.routing.header_templates import HeaderTemplates
from converter.routing.matchers import Match, ValueMatcher
from converter.routing.regex import compiled
from converter.routing.steps import Deny
from converter.routing.table import Feature, Port, Rule
from converter.sources.ingress_nginx.forwarding import Frame
from converter.sources.ingress_nginx.location_blocks import Block
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.servers import Server


class ClientCheck(NamedTuple):
    """What one host asks of client certificates."""

    mode: str
    """auth-tls-verify-client."""
    subject: str = ""
    """auth-tls-match-cn: an expression that is searched for in the subject."""
    page: str = ""
    """auth-tls-error-page: a URL, a path of the same host, or `@` with the name of a location."""


@dataclass(frozen=True, slots=True)
class ClientCertificates:
    """Hosts that ask for client certificates; the requests that we are asked about carry none.

    nginx: src/http/ngx_http_request.c ngx_http_set_virtual_server: where the handshake named another server, a request
    for a host that asks for certificates, by whatever mode, gets 421; ngx_http_process_request: 496 without one.
    The subject is looked at behind that, on both ports.
    """

    hosts: Mapping[str, ClientCheck] = field(default_factory=dict)
    """By host (lower case)."""
    port: Port | None = field(default=None, repr=False, compare=False)
    """The HTTPS port, for names that several hosts cover."""

    def apply(self, exchange: Exchange) -> None:
        check = self.hosts.get(self._server(exchange.host))
        if check is None:
            return
        secure = exchange.request.scheme == "https"
        if secure and check.mode != "off" and self._misdirected(exchange):
            exchange.refuse(421)
        elif secure and check.mode == "on":
            _without_certificate(check.page, exchange)
        if exchange.answer is None and check.subject and not _is_found(check.subject):
            exchange.refuse(403)
        exchange.implicit_headers |= {
            "ssl-client-verify": "NONE" if secure else None,
            "ssl-client-subject-dn": None,
            "ssl-client-issuer-dn": None,
        }

    def of_host(self, host: str, sibling: str) -> Hashable:
        """All that matters to requests for one host, by connections for its own name or for a sibling's."""
        other = self.port.select(sibling) if self.port is not None else None
        return type(self).__name__, self.hosts.get(self._server(host)), other is not None and bool(other.hosts)

    def _server(self, host: str) -> str:
        """The name of the server block that serves a host; "": the default one."""
        vhost = self.port.select(host) if self.port is not None and host not in self.hosts else None
        if vhost is None or not vhost.hosts:
            return host
        return vhost.hosts[0].value.lower()

    def _misdirected(self, exchange: Exchange) -> bool:
        """True where the handshake named a server, and it is not the host that is asked for."""
        sni = (exchange.request.sni or "").lower()
        if not sni or self.port is None or sni == exchange.host:
            return False
        vhost = self.port.select(sni)
        return vhost is not None and bool(vhost.hosts)


def _without_certificate(page: str, exchange: Exchange) -> None:
    """nginx: src/http/ngx_http_special_response.c: `error_page 495 496 = PAGE`, or 400.

    A path is looked up like a GET for it, without the query; no template makes a location with a name.
    """
    if page.startswith("/"):
        exchange.request = exchange.request._replace(method="GET")
        exchange.path = exchange.upstream_path = page
        exchange.query = None
    elif page:
        exchange.refuse(500 if page.startswith("@") else 302, location=None if page.startswith("@") else page)
    else:
        exchange.refuse(400)


def certificate_headers(server: Server) -> tuple[Feature, ...]:
    """What backends of a host learn of the client's certificate; the certificate itself where that is asked for."""
    owner = server.client_certificate
    if owner is None or server.tls_error:
        return ()
    setting = owner.settings.get("client-certificate")
    if setting.get("verify") == "off":
        return ()
    passed = (("ssl-client-cert", ("client-certificate",)),) if setting.get("pass") else ()
    names = (("ssl-client-subject-dn", ("client-subject",)), ("ssl-client-issuer-dn", ("client-issuer",)))
    return (Feature("header-variables", HeaderTemplates((*passed, *names)), setting.facts("pass")),)


def verified(server: Server) -> tuple[Feature, ...]:
    """What backends learn by HTTPS alone, where no client gets through without a good certificate."""
    owner = server.client_certificate
    if owner is None or server.tls_error or _check(owner).mode != "on":
        return ()
    return (Feature("header-variables", HeaderTemplates((("ssl-client-verify", ("client-verified",)),))),)


def without_subject(server: Server, lines: list[Block]) -> dict[str, list[Rule]]:
    """The rules of ports where nobody has the subject that auth-tls-match-cn asks for, by port."""
    check, origins = _subject_check(server)
    if not check.subject or _is_found(check.subject):
        return {}
    reason = Feature("access-rules", Deny(403, "no client has a certificate here"), origins)
    frames = (Frame(server, block, Match((ValueMatcher("prefix", block.path),))) for block in lines)
    rules = [frame.rule(Respond(403), (reason,)) for frame in frames]
    return {"http": rules, "https": rules} if check.mode == "off" else {"http": rules}


def with_subject(server: Server, rules: list[Rule]) -> list[Rule]:
    """The rules of HTTPS, each with the subject that clients of the host must have."""
    check, origins = _subject_check(server)
    if not check.subject or check.mode == "off" or server.tls_error:
        return rules
    demand = Feature("client-certificate", ClientSubject(check.subject), origins)
    return [replace(rule, features=(demand, *rule.features)) for rule in rules]


def _subject_check(server: Server) -> tuple[ClientCheck, tuple[Origin, ...]]:
    """What a host asks of client certificates, and the facts of the subject."""
    owner = server.client_certificate
    if owner is None:
        return ClientCheck("off"), ()
    return _check(owner), owner.settings.get("client-certificate").facts("match-cn")


def _is_found(subject: str) -> bool:
    """Whether a client without a certificate, who has no subject, fulfils the expression."""
    pattern = compiled(subject)
    return pattern is not None and pattern.search("") is not None


def client_certificates(servers: dict[str, Server], https: Port) -> tuple[Feature, ...]:
    """The step for all hosts that ask for certificates; it acts on both ports, as subject and headers do."""
    hosts = {
        server.host.lower(): _check(server.client_certificate)
        for server in servers.values()
        if server.client_certificate is not None and not server.tls_error
    }
    return (Feature("client-certificate", ClientCertificates(hosts, https)),) if hosts else ()


def _check(served: Served) -> ClientCheck:
    setting = served.settings.get("client-certificate")
    return ClientCheck(setting.get("verify") or "on", setting.get("match-cn") or "", setting.get("error-page") or "")
