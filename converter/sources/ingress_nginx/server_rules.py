"""The rules of one server, for port 80 and for port 443.

nginx: rootfs/etc/nginx/template/nginx.tmpl:909-1440, internal/ingress/controller/template/template.go:685-795.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace
from operator import is_
from typing import Any

from converter.model.data import dataclass
from converter.routing.actions import Redirect, Respond
from converter.routing.matchers import Match, ValueMatcher
from converter.routing.steps import Deny
from converter.routing.table import Feature, Rule
from converter.sources.ingress_nginx.canary import Canaries
from converter.sources.ingress_nginx.client_certificates import (
    certificate_headers,
    verified,
    with_subject,
    without_subject,
)
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.features import Catalogue, redirect_of
from converter.sources.ingress_nginx.forwarding import (
    EARLY,
    NOT_FOUND,
    OF_REDIRECTS,
    Forwarding,
    Frame,
    absolute_rewrite,
    acts,
    own_paths,
)
from converter.sources.ingress_nginx.location_blocks import Block, blocks
from converter.sources.ingress_nginx.location_order import LocationOrder
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.servers import CATCH_ALL, Server
from converter.sources.ingress_nginx.snippets.error_answers import without_pages
from converter.sources.ingress_nginx.snippets.responses import answered, of_answer
from converter.sources.ingress_nginx.snippets.rules import SnippetRules
from converter.sources.ingress_nginx.snippets.server_snippets import Entry, Part, ServerSnippets
from converter.sources.ingress_nginx.trusted_proxies import scheme_guesses
from converter.sources.ingress_nginx.upstream_settings import protocol_of
from converter.sources.ingress_nginx.upstreams import Upstreams

BEFORE_ACCESS = EARLY | {"custom-errors"}
"""What snippets add that a refused client meets as well."""
CHALLENGES = "/.well-known/acme-challenge"
AUTHENTICATION = frozenset({"basic-auth", "external-auth", "login-redirect"})


@dataclass(slots=True)
class ServerRules:
    """Rules of a server; the two lists share all rules that do not differ."""

    http: list[Rule] = field(default_factory=list)
    https: list[Rule] = field(default_factory=list)
    regex: bool = False

    def both(self, rule: Rule) -> None:
        """Add a rule to both ports."""
        self.http.append(rule)
        self.https.append(rule)

    @property
    def same(self) -> bool:
        return len(self.http) == len(self.https) and all(map(is_, self.http, self.https))


class RuleMaker:
    """Makes the rules of all servers of a class."""

    def __init__(
        self,
        control: Controller,
        upstreams: Upstreams,
        catalogue: Catalogue,
        canaries: Canaries,
        snippets: SnippetRules,
    ) -> None:
        self.catalogue, self.snippets = catalogue, snippets
        self.open_paths, self.no_auth = (
            tuple(control.comma_list(key)) if key in control.data else (CHALLENGES,)
            for key in ("no-tls-redirect-locations", "no-auth-locations")
        )
        self.ssl = control.switch("ssl-redirect", True)
        self.force = control.switch("force-ssl-redirect", False)
        self.keep = control.switch("preserve-trailing-slash", False)
        self.port = control.switch("use-port-in-redirects", False)
        self.code = control.redirect_code
        self.www_style = "nginx-www-forwarded" if control.switch("use-forwarded-headers", False) else "nginx-www"
        self.order = LocationOrder(snippets.ledger, control.switch("relative-redirects", False))
        self.guesses = scheme_guesses(control)
        self.forwarding = Forwarding(control, upstreams, canaries)
        self.early: set[str] = set()
        """Names of rules of servers, which respond before a location is looked for."""
        self._secured: dict[tuple[bool, bool], Redirect] = {}
        self._default_redirects = {certified: self._redirect(certified, {}) for certified in (False, True)}
        """The redirect to HTTPS of Ingresses that say nothing of it."""

    def rules(self, server: Server, certified: bool) -> ServerRules:
        """All rules of a server; `certified` says that it has a certificate entry."""
        lines, regex = blocks(server)
        out = ServerRules(regex=regex)
        closed = self._closed(server)
        root = None if closed else self._app_root(server, lines)
        entries: list[Entry] = list(self.order.matches(server, lines, regex, bool(closed)))
        raw = self.snippets.server(server)
        if raw and not closed:
            parts = ServerSnippets(self.snippets, server, raw)
            found = list(parts.parts(entries, regex))
            self.early |= parts.early
            if not any(isinstance(part, Part) for part in found):
                self.snippets.settle_unreached(server)
            for part in found:
                if isinstance(part, Rule):
                    out.both(part)
                else:
                    self._entries(out, server, root, part, certified)
        else:
            self._entries(out, server, root, Part(entries, closed=closed), certified)
        if server.host != CATCH_ALL:
            self._never_empty(out, server, lines)
        for port, rules in without_subject(server, lines).items():
            setattr(out, port, rules)
            self.early.update(rule.name for rule in rules)
        out.https = with_subject(server, out.https)
        return out

    def _entries(self, out: ServerRules, server: Server, root: Rule | None, part: Part, certified: bool) -> None:
        """The locations, for the requests of a part."""
        for rule in (root,) if root else ():
            self.early.add(rule.name)
            out.both(part.limited(rule))
        for entry in part.entries:
            if isinstance(entry, Rule):
                out.both(part.limited(entry))
                continue
            block, match = entry
            if isinstance(match, Rule):
                out.both(part.limited(match))
            else:
                match = match._replace(conditions=(*match.conditions, *part.conditions))
                self._block(out, Frame(server, block, match), certified, part)

    def _never_empty(self, out: ServerRules, server: Server, lines: list[Block]) -> None:
        """A host that responds with nothing but 404 still matches alone: a wider host does not take its requests."""
        if out.http and out.https:
            return
        rule = Frame(server, lines[-1], Match((ValueMatcher("prefix", "/"),))).rule(NOT_FOUND, ())
        out.http, out.https = out.http or [rule], out.https or [rule]

    def _closed(self, server: Server) -> Feature | None:
        """The host responds with 403 where client certificates cannot be asked for (nginx.tmpl:929-931)."""
        if not server.tls_error:
            return None
        origins = tuple(
            origin
            for location in server.locations
            if location.served is not None and location.served.tls_error
            for origin in location.served.denied_by
        )
        return Feature("access-rules", Deny(403, server.tls_error), tuple(dict.fromkeys(origins)))

    def _app_root(self, server: Server, lines: list[Block]) -> Rule | None:
        """The first location with an app-root answers `/` of the whole host (nginx.tmpl:1000-1004)."""
        for block in lines:
            served = block.location.served
            if served is None or "app-root" not in served.settings.by_name or block.location.ignores_rewrites:
                continue
            path = served.settings.value("app-root", "path")
            if path:
                setting = served.settings.get("app-root")
                return Rule(
                    Match((ValueMatcher("exact", "/"),)),
                    Redirect(302, path=path, query="", style="nginx-app-root"),
                    (setting.feature(path),),
                    (),
                    f"{server.host}/ to app root",
                    served.ingress.ref,
                    None,
                    derived="app-root",
                    origins=own_paths(server, served),
                )
        return None

    def _block(self, out: ServerRules, make: Frame, certified: bool, part: Part) -> None:
        served, closed = make.location.served, part.closed
        if closed is not None or (served is not None and served.denied):
            reason = closed or Feature(
                "access-rules",
                Deny(503, served.denied if served else ""),
                tuple(dict.fromkeys(served.denied_by)) if served else (),
            )
            if closed is not None:
                self.early.add(make.name)
            out.both(make.rule(Respond(403 if closed else 503), (reason,)))
            return
        raw = self.snippets.location(make.server, served)
        inherited = without_pages(self.snippets.inherited(make.server, raw), self.catalogue.of(served))
        extra = (*inherited, *raw.features, *part.features, *certificate_headers(make.server))
        if not raw.steps:
            self._located(out, make, certified, extra)
            return
        for branch, frame, features in self.snippets.branches(make, raw.steps):
            if branch.answer is None:
                self._located(out, frame, certified, (*extra, *features))
                continue
            early = (*extra, *self.catalogue.of(served), *features)
            answer = of_answer(branch.answer, branch.origin)
            rule = frame.rule(branch.answer, (*(one for one in early if one.name in EARLY), answer))
            out.both(answered(rule, branch.origin))

    def _located(self, out: ServerRules, make: Frame, certified: bool, extra: tuple[Feature, ...]) -> None:
        """A location, with what snippets add to it."""
        block, location, served = make.block, make.location, make.location.served
        if served is not None and not served.settings.by_name and not self.catalogue.common and not extra:
            self._location_without_settings(out, make, certified)
            return
        features = self.catalogue.of(served)
        if extra:
            early = tuple(one for one in extra if one.name in BEFORE_ACCESS)
            features = (*early, *features, *(one for one in extra if one.name not in BEFORE_ACCESS))
        if features and block.path.startswith(self.no_auth):
            features = tuple(one for one in features if one.name not in AUTHENTICATION)
        answer = None if location.ignores_rewrites else redirect_of(served)
        if answer is None and served is not None and block.target.startswith(("http://", "https://", "$scheme")):
            answer = absolute_rewrite(block, served)
        early = tuple(one for one in features if one.name in OF_REDIRECTS)
        if answer is not None:
            out.both(make.rule(answer[0], (*early, answer[1])))
            return
        secure = self._secure(block, certified)
        why = (*early, *self._why_secure(served, certified)) if secure else ()
        plain = [] if self._is_idle(make) and not acts(features) else list(self.forwarding.rules(make, features))
        self._write(out, make, plain, secure, why)
        by_https = verified(make.server)
        if plain and (by_https or protocol_of(served) != protocol_of(served, "https")):
            out.https[-len(plain) :] = self.forwarding.rules(make, (*features, *by_https), "https")

    def _is_idle(self, make: Frame) -> bool:
        """The 404 of the controller's default backend, which the port sends of itself."""
        location = make.location
        return location.implicit and location.upstream is None and isinstance(self.forwarding.default, Respond)

    def _write(
        self, out: ServerRules, make: Frame, plain: list[Rule], secure: Redirect | None, why: tuple[Feature, ...]
    ) -> None:
        """Put rules on both ports, with the redirect to HTTPS where there is one."""
        if secure is None:
            out.http += plain
            out.https += plain
        elif self.guesses is None:
            out.http.append(make.rule(secure, why))
            out.https += plain
        else:
            out.http += [*(make.rule(secure, why, one) for one in self.guesses.http), *plain]
            out.https += [*(make.rule(secure, why, one) for one in self.guesses.https), *plain]

    def _location_without_settings(self, out: ServerRules, make: Frame, certified: bool) -> None:
        """A location without any setting, as most are: the same as below, in fewer steps."""
        secure = self._secure(make.block, certified)
        if self._is_idle(make):
            self._write(out, make, [], secure, ())
            return
        plain = self.forwarding.single_rule(make)
        if plain is None or (secure is not None and self.guesses is not None):
            self._write(out, make, list(self.forwarding.rules(make, ())), secure, ())
            return
        out.https.append(plain)
        out.http.append(plain if secure is None else make.rule(secure, ()))

    def _secure(self, block: Block, certified: bool) -> Redirect | None:
        """The redirect to HTTPS of a location (nginx: lua_ingress.lua:65-79)."""
        location, served = block.location, block.location.served
        if served is None or location.ignores_rewrites:
            return None
        setting = served.settings.by_name.get("https-redirect")
        found = self._default_redirects[certified] if setting is None else self._redirect(certified, setting.values)
        return None if found is None or block.path.startswith(self.open_paths) else found

    def _redirect(self, certified: bool, values: Mapping[str, Any]) -> Redirect | None:
        """As annotations say, and else the ConfigMap."""
        if not values.get("force", self.force) and not (certified and values.get("ssl", self.ssl)):
            return None
        keep, port = bool(values.get("keep-slash", self.keep)), bool(values.get("port", self.port))
        if (keep, port) not in self._secured:
            style = "nginx-https-keep" if keep else "nginx-https"
            self._secured[keep, port] = Redirect(self.code, scheme="https", port=443 if port else None, style=style)
        return self._secured[keep, port]

    def _why_secure(self, served: Served | None, certified: bool) -> tuple[Feature, ...]:
        setting = served.settings.by_name.get("https-redirect") if served is not None else None
        if setting is None:
            return ()
        repeats = self._redirect(certified, setting.values) is self._default_redirects[certified]
        return (replace(setting.feature(), repeats_default=repeats),)
