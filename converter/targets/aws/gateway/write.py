"""One entry point as a Gateway of class gateway.k8s.aws/alb: LoadBalancerConfiguration, listeners, routes."""

from __future__ import annotations

from typing import Any

from converter.model import NO_ASPECTS, Fidelity, FieldRef, Location, ObjectRef, Origin, Outcome
from converter.model.request_kind import named
from converter.routing.load_balancer import is_alb
from converter.routing.table import Certificate, Feature, Port, RoutingTable
from converter.targets.aws.gateway.listeners import AttachedPortListeners, PortListeners
from converter.targets.aws.gateway.rule_order import AwsRuleOrder
from converter.targets.aws.gateway.virtual_hosts import nothing, places
from converter.targets.aws.http_route.write import GROUP, AwsRouteWriter
from converter.targets.aws.load_balancer_configuration.write import KIND as BALANCER
from converter.targets.aws.load_balancer_configuration.write import balancer_spec, settle_setting
from converter.targets.aws.target_group_configuration.write import TargetGroupWriter
from converter.targets.context import Context, TableEntry
from converter.targets.envoy_gateway.controller_defaults import may_close
from converter.targets.gateway_api.gateway.attached_listeners import listeners_for
from converter.targets.gateway_api.gateway.attachment_findings import settle_obstacles
from converter.targets.gateway_api.gateway.gateway_class import class_name
from converter.targets.gateway_api.gateway.tenancy_findings import settle_tenancy
from converter.targets.gateway_api.gateway.write import settle_user_gateway
from converter.targets.gateway_api.gateway.write_allowed_routes import namespaces_by_label
from converter.targets.gateway_api.http_route.grouping import RouteUnit, units
from converter.targets.naming import slug
from converter.targets.virtual_hosts import PortHost


def write_groups(context: Context) -> None:
    """The TargetGroupConfigurations of a run, when all its tables are written."""
    groups = context.output.shared.get(TargetGroupWriter)
    if groups is not None:
        groups.write()


class AwsEntryWriter:
    """Writes one table."""

    def __init__(self, table: RoutingTable, context: Context) -> None:
        self.table, self.context = table, context
        self.gateway = _gateway(table, context)
        self.listeners = listeners_for(self.gateway, context, PortListeners, AttachedPortListeners)
        self.keep_order = False
        context.entry = TableEntry(table, self.gateway)
        self._groups = context.output.shared.of(TargetGroupWriter, lambda: TargetGroupWriter(context))
        self._field = FieldRef(BALANCER, self.gateway.namespace, self.gateway.name, "spec")

    def write(self) -> None:
        """All objects of the entry."""
        served = [place for port in self.table.ports for place in places(port, self.context)]
        self._settle_streams()
        order = AwsRuleOrder(served, self.context)
        for port in self.table.ports:
            if port.protocol in ("HTTP", "HTTPS"):
                self.listeners.default(port)
        self._any_certificate()
        self._no_certificate()
        self._settle_places()
        hosts = frozenset(place.host for place in served)
        writer = AwsRouteWriter(self.listeners, self.context, self.gateway.namespace, self._groups, hosts)
        writer.write(units(served, order.merged, self.context.entry.closed))
        self._open_ports(writer)
        order.announce()
        self._settle_entry(order)
        for port in self.table.ports:
            for certificate in port.certificates:
                self._settle_certificate(port, certificate)
        if isinstance(self.listeners, AttachedPortListeners):
            settle_obstacles(self.listeners)
        self._write_gateway()
        self.context.notes.settle_left_out()

    def _open_ports(self, writer: AwsRouteWriter) -> None:
        """A port that no rule is left of still responds with 404: the controller opens no listener without routes."""
        if isinstance(self.listeners, AttachedPortListeners):
            return
        for port in self.table.ports:
            if port.protocol in ("HTTP", "HTTPS") and not self.listeners.by_key[port.number, ""].namespaces:
                place = PortHost(port, "", [nothing(port)])
                writer.write([RouteUnit(None, place.rules, {"": [place]})])

    def _any_certificate(self) -> None:
        """The fact that a controller refuses handshakes for names without a certificate, which an ALB never does."""
        table = self.table
        if all(port.unknown_sni == "serve" and not port.chains for port in table.ports if port.protocol == "HTTPS"):
            return
        origin = Origin("default", "handshakes", table.entry, Location(""))
        table.features = (*table.features, Feature("tls", None, (origin,)))
        self.context.ledger.settle(
            origin,
            Outcome.approximate(
                "tls.unknown-names",
                "handshakes for names without a certificate are rejected by the controller; an ALB accepts them with "
                "its default certificate",
                "none where clients verify certificates: they reject it",
                affects={"connection", "backends", "location"},
                when=named("https"),
            ),
            "tls",
        )

    def _no_certificate(self) -> None:
        """An HTTPS port of another controller without any certificate: AWS looks for one by the hosts of the routes."""
        table = self.table
        bare = [
            port
            for port in table.ports
            if port.protocol == "HTTPS" and not any(one.origins for one in port.certificates)
        ]
        if not bare or is_alb(table):
            return
        rules = (rule for vhost in bare[0].hosts for rule in vhost.rules if rule.origin is not None)
        first = next((rule.origin for rule in rules if rule.origin is not None), None)
        if first is None:
            return
        self.context.ledger.settle(
            first._replace(kind="object", key="certificate", value=f"HTTPS {bare[0].number}"),
            Outcome.manual(
                "tls.certificate-needed",
                f"the HTTPS listener on port {bare[0].number} names no certificate: the controller looks in ACM for "
                "one of the hosts of the routes, and builds no listener of the Gateway where it finds none",
                "import certificates of these hosts into ACM, or take the HTTPS listener out of the Gateway",
                affects=NO_ASPECTS,
            ),
            "tls",
        )

    def _settle_streams(self) -> None:
        """TCP and UDP are for network load balancers."""
        for port in self.table.ports:
            if port.protocol not in ("TCP", "UDP"):
                continue
            outcome = Outcome.manual(
                "stream.by-hand",
                f"the {port.protocol} port {port.number} is not converted: an ALB speaks HTTP only",
                "write a Gateway of class gateway.k8s.aws/nlb with a TCPRoute or UDPRoute",
            )
            self.context.notes.settle_lost((rule for vhost in port.hosts for rule in vhost.rules), outcome)
            for feature in port.features:
                self.context.notes.settle(feature, outcome)

    def _settle_places(self) -> None:
        """Settings of the entry, of ports and hosts; a protection that is lost closes them."""
        for feature in self.table.features if self.table.ports else ():
            if may_close(feature):
                outcome = settle_setting(feature, None, self.context, self._field)
                for port in self.table.ports:
                    _note_lost(feature, outcome, (id(port), None), self.context)
        for port in self.table.ports:
            for feature in (*port.features, *port.steps):
                self._close(feature, port, None)
            for vhost in port.hosts:
                for feature in vhost.features:
                    for host in [test.value.lower() for test in vhost.hosts] or [""]:
                        self._close(feature, port, host)

    def _close(self, feature: Feature, port: Port, host: str | None) -> None:
        outcome = settle_setting(feature, port, self.context, self._field)
        _note_lost(feature, outcome, (id(port), host), self.context)

    def _settle_entry(self, order: AwsRuleOrder) -> None:
        for feature in self.table.features:
            if (
                feature.name == "group"
                and isinstance(feature.value, dict)
                and "order" in feature.value
                and (not order.broken)
            ):
                self.context.notes.settle(
                    feature,
                    Outcome.exact("group.order-kept", "rules that overlap are matched in the same order"),
                )
            elif feature.name == "tls":
                continue
            elif feature.name == "allowed-namespaces":
                row = self.context.row(feature.name)
                self.context.notes.settle(feature, namespaces_by_label(self.context.entry.settings, feature, row))
            elif feature.name == "class":
                self.context.notes.settle(feature, self._class_outcome(feature.note))
            else:
                settle_setting(feature, None, self.context, self._field)

    def _class_outcome(self, note: str) -> Outcome:
        name = f"{self.gateway.namespace}/{self.gateway.name}"
        if is_alb(self.table):
            more = f"; {note}" if note else ""
            return Outcome.exact("class.gateway", f"decides that the routes attach to Gateway {name}{more}")
        return Outcome.approximate(
            "class.load-balancer",
            f"an ALB takes the place of the proxy (Gateway {name}): it is internal unless its "
            "LoadBalancerConfiguration says otherwise, and sends nothing to pods that do not return 200 to 399",
            "set scheme in a LoadBalancerConfiguration and healthCheckConfig in the TargetGroupConfigurations",
            affects={"connection", "request-headers", "response-headers"},
        )

    def _settle_certificate(self, port: Port, certificate: Certificate) -> None:
        field = (self._field._replace(field="spec.listenerConfigurations"),)
        if certificate.kind == "ARN" and certificate.name:
            outcome = Outcome.exact("tls.load-balancer", "the certificate stays the listener's", fields=field)
        elif certificate.kind == "ARN":
            outcome = Outcome.exact(
                "tls.discovered",
                "the controller looks for certificates of the hosts in ACM, as before",
            )
        else:
            name = f"Secret {certificate.namespace}/{certificate.name}" if certificate.name else "the controller's own"
            outcome = Outcome.manual(
                "tls.certificate-in-cluster",
                f"an ALB takes certificates from ACM only; {name} is not used on port {port.number}",
                "import it into ACM, where the controller finds it by host name, or name its ARN in "
                "spec.listenerConfigurations of a LoadBalancerConfiguration",
            )
        for origin in certificate.origins:
            self.context.ledger.settle(origin, outcome, "tls")

    def _write_gateway(self) -> None:
        context, gateway = self.context, self.gateway
        if context.options.gateway:
            settle_user_gateway(self)
            return
        bodies = self.listeners.bodies()
        if gateway not in bodies:
            return
        spec: dict[str, Any] = {"gatewayClassName": class_name(self.context)}
        if is_alb(self.table):
            settings = balancer_spec(self.table)
            name = context.output.names.claim(BALANCER, gateway.namespace, gateway.name, str(gateway))
            context.output.objects.add(
                BALANCER, gateway.namespace, name, settings, self._sources(), origin=self._line()
            )
            spec["infrastructure"] = {"parametersRef": {"group": GROUP, "kind": BALANCER, "name": name}}
        spec["listeners"] = bodies[gateway]
        settle_tenancy(self, bodies[gateway])
        context.output.objects.add(
            "Gateway", gateway.namespace, gateway.name, spec, self._sources(), origin=self._line()
        )
        if self.table.origin is not None:
            outcome = Outcome.exact("entry.gateway", f"becomes Gateway {gateway.namespace}/{gateway.name}")
            context.ledger.settle(self.table.origin, outcome, "class")

    def _sources(self) -> list[ObjectRef]:
        return list(dict.fromkeys(rule.object for _, _, rule in self.table.rules() if rule.object is not None))

    def _line(self) -> str:
        return f"{self.table.controller} {self.table.entry}"


def _note_lost(feature: Feature, outcome: Outcome, where: tuple[int, str | None], context: Context) -> None:
    """Remember places whose protection is lost; their rules are not served."""
    lost = outcome.fidelity in (Fidelity.MANUAL, Fidelity.UNSUPPORTED) and may_close(feature)
    if lost and any(one.configured and not context.lets_go(outcome.code, one) for one in feature.origins):
        context.entry.closed.setdefault(where, f"{feature.name} protects it and cannot be kept: {outcome.message}")


def _gateway(table: RoutingTable, context: Context) -> ObjectRef:
    """In the namespace of the first Ingress, where Secrets and Services are; elsewhere where the user says."""
    if context.options.gateway:
        namespace, _, name = context.options.gateway.partition("/")
        return ObjectRef("Gateway", namespace, name)
    first = next((rule.object for _, _, rule in table.rules() if rule.object is not None), None)
    namespace = context.options.gateway_namespace or (first.namespace if first is not None else "")
    namespace = namespace or context.setting("gateway_namespace")
    name = context.output.names.claim(
        "Gateway", namespace, slug(table.entry) or table.controller, f"{table.controller}/{table.entry}"
    )
    return ObjectRef("Gateway", namespace, name)
