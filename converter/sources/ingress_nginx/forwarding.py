"""Rules that hand a request on: the backend of a location, its canary, and rewrites on the way.

nginx: internal/ingress/controller/template/template.go:685-795, rootfs/etc/nginx/lua/balancer.lua.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from converter.model import ObjectRef, Origin
from converter.reading.facts import rule_fact
from converter.routing.actions import Action, Backend, Forward, Redirect, Respond
from converter.routing.matchers import Condition, Match
from converter.routing.steps import HeaderEdit, HostRewrite, PathRewrite
from converter.routing.table import Feature, Rule
from converter.sources.backends import lacks_endpoints
from converter.sources.ingress_nginx.canary import Canaries, forwards
from converter.sources.ingress_nginx.controller import Controller
from converter.sources.ingress_nginx.error_pages import for_service
from converter.sources.ingress_nginx.location_blocks import Block
from converter.sources.ingress_nginx.port_steps import AcceptedFormat, QueryRewrite
from converter.sources.ingress_nginx.response_styles import CapturedHeader, groups
from converter.sources.ingress_nginx.served_ingress import Served
from converter.sources.ingress_nginx.servers import CATCH_ALL, NginxLocation, Server
from converter.sources.ingress_nginx.upstream_settings import ComputedHost, for_location, protocol_of
from converter.sources.ingress_nginx.upstreams import Upstream, Upstreams

EARLY = frozenset({"response-headers", "body-limit", "cors", "conditions"})
"""Features that still act where a redirect answers, and what chooses the requests that it answers."""
OF_REDIRECTS = EARLY | {"snippet"}
"""Those, and directives that may respond before the redirect to HTTPS, which comes last in the rewrite phase."""
NOT_FOUND = Respond(404)


def absolute_rewrite(block: Block, served: Served) -> tuple[Action, Feature]:
    """nginx: ngx_http_rewrite_module.c: a rewrite to http://, https:// or $scheme is a redirect."""
    action = Redirect(302, path=groups(block.target, block.path), prefix=block.path, style="nginx-rewrite")
    return action, served.settings.get("rewrite").feature()


def acts(features: tuple[Feature, ...]) -> bool:
    """True where some feature shows on a request that no backend gets."""
    return any(hasattr(one.value, "apply") and one.name not in ("upstream-host", "timeouts") for one in features)


def own_paths(server: Server, served: Served | None) -> tuple[Origin, ...]:
    """The paths by which an Ingress is there on a host: what a rule that no path asks for is put down to."""
    return tuple(
        one.origin for one in server.locations if one.served is served and one.origin is not None and not one.implicit
    )[:1]


def stand_in(server: Server, served: Served | None) -> Origin | None:
    """The fact by which an Ingress names a host of which it has no path."""
    for number, rule in enumerate(served.ingress.rules if served is not None else ()):
        if served is not None and (rule.host or CATCH_ALL) == server.host:
            return served.ingress.path_fact(number, 0) if rule.paths else rule_fact(served.ingress, number)
    return None


class Frame:
    """What all rules of one block share."""

    __slots__ = ("block", "derived", "location", "match", "name", "origin", "origins", "ref", "server")

    def __init__(self, server: Server, block: Block, match: Match) -> None:
        self.server, self.block, self.match, self.location = server, block, match, block.location
        host = "*" if server.host == CATCH_ALL else server.host
        self.name = f"{host}{block.location.path}"
        served = block.location.served
        self.ref: ObjectRef | None = served.ingress.ref if served else None
        self.derived = ""
        self.origins: tuple[Origin, ...] = ()
        self.origin = block.location.origin
        if block.location.implicit:
            self.derived, self.origins = "implicit-root", own_paths(server, served)
            if not self.origins and self.origin is None:
                self.origin = stand_in(server, served)

    def narrowed(self, match: Match, rewrites: bool = True) -> Frame:
        """The same for some of its requests; without `rewrites`, its rewrite-target does nothing for them."""
        block = self.block if rewrites or not self.block.target else replace(self.block, target="")
        return Frame(self.server, block, match)

    def rule(self, action: Action, features: tuple[Feature, ...], conditions: tuple[Condition, ...] = ()) -> Rule:
        location: NginxLocation = self.location
        match = self.match
        if conditions:
            match = match._replace(conditions=(*match.conditions, *conditions))
        return Rule(
            match,
            action,
            features,
            (),
            self.name,
            self.ref,
            self.origin,
            location.written,
            location.text,
            self.derived,
            self.origins,
        )


class Forwarding:
    """Makes the rules of locations that forward."""

    def __init__(self, control: Controller, upstreams: Upstreams, canaries: Canaries) -> None:
        self.control, self.upstreams, self.canaries = control, upstreams, canaries
        self.default = self._default_backend()
        self.default_origin = self._default_origin()

    def _default_origin(self) -> Origin | None:
        """The flag that names the default backend."""
        workload, value = self.control.workload, self.control.flags.get("default-backend-service", "")
        if workload is None or not isinstance(self.default, Forward):
            return None
        return Origin("default", "default-backend-service", value, workload.location, workload.ref)

    def _default_backend(self) -> Action:
        """nginx: controller.go:598-632 (getDefaultUpstream)."""
        namespace, mark, name = self.control.flags.get("default-backend-service", "").partition("/")
        service = self.upstreams.inventory.service(namespace, name) if mark else None
        if service is None or not service.ports:
            return NOT_FOUND
        port = service.ports[0]
        return Forward((Backend(namespace, name, port.port, port.port),))

    def single_rule(self, make: Frame) -> Rule | None:
        """The one rule of a location without settings; None where it takes more than one, or no Service answers."""
        upstream = make.location.upstream
        if upstream is None or upstream.alternatives or make.block.target:
            return None
        return make.rule(Forward((self.upstreams.backend(upstream, "HTTP"),)), ())

    def rules(self, make: Frame, features: tuple[Feature, ...], scheme: str = "http") -> Iterator[Rule]:
        location = make.location
        rewrites = self._rewrites(make.block)
        if rewrites:
            early = [one for one in features if one.name in EARLY]
            late = [one for one in features if one.name not in EARLY]
            features = (*early, *rewrites, *late)
        upstream = location.upstream
        if upstream is None:
            rule = make.rule(self.default, features)
            rule.origin = rule.origin or self.default_origin
            yield rule
            return
        protocol = protocol_of(location.served, scheme)
        primary = self.upstreams.backend(upstream, protocol)
        if location.served is not None and "upstream-host" in location.served.settings:
            features = tuple(named(one, location.served, primary) for one in features)
        if location.served is not None and "session-affinity" in location.served.settings:
            features = tuple(for_location(one, location.path, upstream.affinity) for one in features)
        if location.served is not None and any(one.name == "custom-errors" for one in features):
            host = "" if make.server.host == CATCH_ALL else make.server.host
            features = tuple(for_service(one, location.served, host, location.path, primary) for one in features)
        if primary.failure and location.served is not None:
            spare = self._spare(location.served, primary)
            if spare is not primary:
                features = (*features, *_spare_headers(location.served, primary))
                primary = spare
        if not upstream.alternatives:
            yield make.rule(Forward((primary,)), features)
            return
        yield from self._with_canary(make, upstream, primary, protocol, features)

    def _with_canary(
        self, make: Frame, upstream: Upstream, primary: Backend, protocol: str, features: tuple[Feature, ...]
    ) -> Iterator[Rule]:
        canary = upstream.alternatives[0]
        setting = (canary.shaping or canary.owner).settings.get("canary")
        why = Feature("canary", setting.values, (*setting.facts(), *self.canaries.facts.get(id(make.location), ())))
        for conditions, forward in forwards(primary, self.upstreams.backend(canary, protocol), setting):
            yield make.rule(forward, (*features, why), conditions)

    def _spare(self, served: Served, primary: Backend) -> Backend:
        """The annotation default-backend answers for a Service without endpoints (nginx: controller.go:947-985)."""
        name = served.settings.value("default-backend", "service")
        service = self.upstreams.inventory.service(served.ingress.namespace, name) if name else None
        if service is None or not service.ports or lacks_endpoints(self.upstreams.inventory, service, service.ports[0]):
            return primary
        port = service.ports[0].port
        return replace(primary, name=service.name, port=port, number=port, failure=0, external="", external_port=None)

    def _rewrites(self, block: Block) -> tuple[Feature, ...]:
        served = block.location.served
        if not block.target or served is None:
            return ()
        setting = served.settings.get("rewrite")
        to = groups(block.target, block.path)
        step: PathRewrite | QueryRewrite = PathRewrite("full", to, block.path, True, encode="nginx")
        if "?" in block.target:
            step = QueryRewrite(block.path, to)
        out = [Feature("rewrite", step, setting.facts("target"))]
        prefix = setting.get("forwarded-prefix")
        if prefix:
            value: HeaderEdit | CapturedHeader = HeaderEdit(request_set=(("X-Forwarded-Prefix", prefix),))
            if "$" in prefix:
                value = CapturedHeader("X-Forwarded-Prefix", groups(prefix, block.path), block.path)
            out.append(Feature("request-headers", value, setting.facts("forwarded-prefix")))
        return tuple(out)


def named(feature: Feature, served: Served, backend: Backend) -> Feature:
    """A Host of names that are known here: `$service_name.$namespace.svc` (nginx.tmpl:1153-1157)."""
    if feature.name != "upstream-host" or not isinstance(feature.value, HostRewrite) or "$" not in feature.value.value:
        return feature
    text = feature.value.value
    for name, value in (
        ("$service_name", backend.name),
        ("$service_port", str(backend.port or "")),
        ("$namespace", backend.namespace),
        ("$ingress_name", served.ingress.name),
    ):
        text = text.replace(name, value)
    return replace(feature, value=ComputedHost(text) if "$" in text else HostRewrite(text))


def _spare_headers(served: Served, dead: Backend) -> tuple[Feature, ...]:
    """What a default backend is sent (nginx.tmpl:1380-1388)."""
    headers = (
        ("X-Code", "503"),
        ("X-Namespace", dead.namespace),
        ("X-Ingress-Name", served.ingress.name),
        ("X-Service-Name", dead.name),
        ("X-Service-Port", str(dead.port or "")),
    )
    facts = served.settings.get("default-backend").facts()
    return Feature("default-backend", HeaderEdit(request_set=headers), facts), Feature(
        "default-backend", AcceptedFormat()
    )
