"""Ports of a table: rules in the order of the controller, default backend, certificates."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from converter.model import Fidelity, ObjectRef, ObjectStatus, Origin, Outcome
from converter.routing.actions import Action, Backend, Forward, Respond
from converter.routing.details import Details
from converter.routing.matchers import Match, ValueMatcher
from converter.routing.regex import compiled
from converter.routing.table import Certificate, Feature, Port, Rule, VirtualHost
from converter.sources.alauda_alb import certificates, defaults, streams
from converter.sources.alauda_alb.affinity import affinity, as_feature
from converter.sources.alauda_alb.dslx import DslxError
from converter.sources.alauda_alb.dslx_cautions import cautions
from converter.sources.alauda_alb.fields import settle_all
from converter.sources.alauda_alb.handshakes import Handshakes, ingress_certificate
from converter.sources.alauda_alb.project_ports import port_feature
from converter.sources.alauda_alb.redirects import action
from converter.sources.alauda_alb.resources import MESSAGES, Frontend
from converter.sources.alauda_alb.rule_spec import RuleSpec
from converter.sources.alauda_alb.sourced_value import SourcedValue
from converter.sources.alauda_alb.table_rules import (
    Placed,
    Policy,
    backend_namespace,
    grpc_authority,
    place,
    redirect_feature,
    shared,
    speaks,
    spoken,
)

if TYPE_CHECKING:
    from converter.sources.alauda_alb.entry import AlbEntry

TRY = "send such requests to both before the cut-over"
FIRST, LAST = Policy(-1, 999999999, 0), Policy(999, -1, 0)
"""Of a port's redirect and of its default backend (types.go:156-166)."""


class PortBuilder:
    """Builds the ports of one ALB."""

    def __init__(self, entry: AlbEntry) -> None:
        self._entry, self._alb = entry, entry.alb
        self._ledger, self._inventory = entry.ledger, entry.inventory
        self._handshakes = Handshakes(entry.alb, entry.inventory, entry.ledger)

    def build(self) -> list[Port]:
        """All ports by number."""
        tls = {
            frontend.port: self._entry.specs[frontend.name]
            for frontend in self._alb.frontends
            if frontend.protocol in ("https", "grpc")
        }
        served = certificates.collect(tls, self._inventory)
        ports = []
        for frontend in sorted(self._alb.frontends, key=lambda one: (one.port, one.protocol)):
            if frontend.protocol in MESSAGES:
                ports.append(self._port(frontend, served.get(frontend.port, [])))
            else:
                ports.append(streams.port(frontend, self._entry))
        for port in ports:
            if port.protocol == "HTTPS" and self._alb.strategy in ("Always", "Both"):
                ingress_certificate(port, ports, self._alb.https_port)
        return ports

    def _port(self, frontend: Frontend, served: list[Certificate]) -> Port:
        placed = self._placed(frontend)
        rules = [rule for one in placed for rule in one.rules]
        port = Port(
            frontend.port,
            "HTTPS" if frontend.tls else "HTTP",
            [VirtualHost((), rules)],
            fallback=Respond(404),
            fall_through=True,
            steps=defaults.port_steps(frontend.protocol == "grpc"),
            name=frontend.name,
        )
        if frontend.protocol == "grpc":
            port.headers = defaults.GRPC_HEADERS
        port.features = self._features(frontend)
        if frontend.tls:
            self._handshakes.secure(port, frontend, served)
        return port

    def _placed(self, frontend: Frontend) -> list[Placed]:
        placed = []
        for rule in self._entry.specs[frontend.name]:
            try:
                found = place(rule, frontend, self._alb, self._inventory)
            except DslxError as error:
                self._refuse(rule, str(error))
                continue
            if self._alive(rule, found):
                placed.append(found)
                self._caution(rule)
        placed += self._own(frontend)
        placed.sort(key=lambda one: one.key)
        self._report_ties(placed)
        return placed

    def _caution(self, rule: RuleSpec) -> None:
        """What the conditions of a hand-written Rule do beyond their words."""
        if rule.document is None:
            return
        for caution in cautions(rule.terms or ()):
            outcome = Outcome.approximate(caution.code, caution.message, TRY, when=caution.when)
            self._ledger.settle(rule.origin, outcome, "conditions")

    def _alive(self, rule: RuleSpec, placed: Placed) -> bool:
        """A pattern that cannot be read never matches."""
        for made in placed.rules:
            patterns = [test.value for test in made.match.paths if test.op == "search"]
            bad = next((pattern for pattern in patterns if compiled(pattern) is None), None)
            if bad is not None:
                words = f"{bad} cannot be read as a regular expression, so the rule never matches"
                self._ledger.settle(
                    rule.origin, Outcome.manual("path.invalid-regex", words, "correct the pattern or remove the path")
                )
                return False
        if not placed.rules:
            self._refuse(rule, "its conditions are empty, so it never matches")
        return bool(placed.rules)

    def _refuse(self, rule: RuleSpec, why: str) -> None:
        """A rule that the controller drops, or that stops it."""
        stops = "stops the whole ALB" in why
        fidelity, hint = (Fidelity.MANUAL, "correct or delete the Rule now") if stops else (Fidelity.OBSOLETE, "")
        outcome = Outcome("rule.broken" if stops else "rule.dropped", fidelity, why, hint)
        self._ledger.settle(rule.origin, outcome)
        document = rule.document
        if document is not None and rule.facts is not None:
            rule.refused = True
            settle_all(rule.facts, self._ledger, outcome)
            status = "failed" if stops else "skipped"
            self._entry.record(ObjectStatus(document.ref, document.location, status, "alauda-alb", self._alb.name, why))

    def _own(self, frontend: Frontend) -> list[Placed]:
        """Redirect and default backend of the port itself; the redirect leaves no room for the other."""
        said = frontend.inherited_setting("redirect") or self._ssl_redirect(frontend)
        if said is not None:
            what = action(said.value)
            rule = Rule(
                Match((ValueMatcher("prefix", "/"),)),
                what,
                (redirect_feature(said, what),),
                name=frontend.name,
                object=frontend.document.ref if frontend.document else self._alb.ref,
                origin=next(iter(said.origins), None),
                details=Details(FIRST),
            )
            return [Placed(FIRST, (frontend.name,), [rule])]
        return self._default(frontend)

    def _ssl_redirect(self, frontend: Frontend) -> SourcedValue | None:
        """ingressSSLRedirect (redirect.go:256-285)."""
        alb = self._alb
        on = alb.config.get("ingressSSLRedirect") is True and alb.http_port == frontend.port
        if not on or frontend.protocol != "http" or not frontend.port:
            return None
        return SourcedValue({"code": 308, "scheme": "https"}, alb.taken("spec.config.ingressSSLRedirect"))

    def _default(self, frontend: Frontend) -> list[Placed]:
        grown = frontend.default
        backends: tuple[Backend, ...]
        if grown is not None:
            backends, origins = (grown.value,), grown.origins
        else:
            origins = frontend.taken("spec.serviceGroup")
            backends = self._entry.backends(frontend.service_group, origins)
        if not backends:
            return []
        features = []
        protocol = frontend.backend_protocol.upper() or "HTTP"
        said = frontend.taken("spec.backendProtocol") + frontend.protocol_origins
        if said:
            features.append(Feature("backend-protocol", protocol, said))
        stick = affinity(frontend.service_group or {})
        if stick["type"]:
            features.append(as_feature(stick, origins))
        if grown is None:
            features.append(Feature("default-backend", None, origins))
        if frontend.protocol == "grpc":
            features.append(grpc_authority(frontend))
        good = spoken(frontend, frontend.backend_protocol)
        end: Action = Forward(shared(backends, speaks(frontend, protocol))) if good else Respond(500)
        rule = Rule(
            Match((ValueMatcher("prefix", "/"),)),
            end,
            tuple(features),
            name=frontend.name,
            object=_owner(frontend, origins),
            origin=next(iter(origins), None),
            path_type="Default",
            namespace=backend_namespace(end, _owner(frontend, origins)),
            details=Details(LAST),
        )
        return [Placed(LAST, (frontend.name,), [rule])]

    def _report_ties(self, placed: list[Placed]) -> None:
        """Equal weights with equal conditions: the random end of the names decides."""
        for one, other in pairwise(placed):
            if one.tie != other.tie or len({one.name[0], other.name[0]}) > 1 or len(one.name) == 1:
                continue
            first, second = one.rules[0], other.rules[0]
            if one.policy.dsl == other.policy.dsl and not _same(first, second):
                words = (
                    f"{first.name} and {second.name} have the same conditions and priority; the random suffix of the "
                    "names of the generated Rules decides, and it changes whenever they are generated again"
                )
                outcome = Outcome.approximate("rule-order.tie", words, "remove one of the two")
                for rule in (first, second):
                    if rule.origin is not None:
                        self._ledger.settle(rule.origin, outcome)
                    rule.origins = tuple(origin for origin in (first.origin, second.origin) if origin is not None)

    def _features(self, frontend: Frontend) -> tuple[Feature, ...]:
        """Facts of the Frontend that are about the port."""
        if frontend.facts is None:
            return ()
        out = []
        bound = frontend.facts.take("spec.port", "spec.protocol", f"metadata.labels.{self._entry.keys.alb}")
        out.append(Feature("listener", {"port": frontend.port, "protocol": frontend.protocol}, bound))
        projects = port_feature(self._alb, frontend, self._entry.keys, self._ledger)
        if projects is not None:
            out.append(projects)
        for kind in ("tcp", "http"):
            origins = frontend.facts.below(f"spec.config.keepalive.{kind}")
            if origins:
                out.append(Feature("connection", {kind: frontend.config.get("keepalive", {}).get(kind)}, origins))
        return tuple(out)


def _owner(frontend: Frontend, origins: tuple[Origin, ...]) -> ObjectRef | None:
    if frontend.document is not None:
        return frontend.document.ref
    return origins[0].object if origins else None


def _same(one: Rule, other: Rule) -> bool:
    return one.action == other.action and [feature.value for feature in one.features] == [
        feature.value for feature in other.features
    ]
