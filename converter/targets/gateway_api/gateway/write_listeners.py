"""Listeners of one Gateway: one without hostname for HTTP, one for HTTPS or one for each host."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from converter.model import ObjectRef
from converter.routing.host_names import wildcards_above
from converter.routing.table import Certificate, Port, Rule
from converter.targets.context import Context, Grant
from converter.targets.gateway_api.gateway.certificates import CertificatePlan
from converter.targets.gateway_api.gateway.write_allowed_routes import allowed_routes
from converter.targets.gateway_api.gateway.written_listener import WrittenListener
from converter.targets.naming import digest, fitted, slug

MAX_LISTENERS = 64
"""Listeners of a Gateway or a ListenerSet."""


class Listeners:
    """The listeners of the entry at work.

    `shared`: one HTTPS listener without hostname for all hosts of a port, as nginx and ALBs have it; `host`: one for
    each host; `namespace`: the same, in a ListenerSet for each namespace (`Options.listeners`).
    """

    def __init__(self, gateway: ObjectRef, context: Context) -> None:
        self.gateway, self.context = gateway, context
        self.by_key: dict[tuple[int, str], WrittenListener] = {}
        self.mode = context.options.listeners or str(context.pack.settings.get("listeners", "host"))
        self._plans: dict[int, CertificatePlan] = {}
        self._nameless: set[int] = set()
        self._separate: dict[tuple[int, str], bool] = {}
        """True where a ListenerSet may hold the listener."""
        self._taken: set[str] = set()
        self._has_sets = "ListenerSet" not in context.pack.settings.get("absent_kinds", {})
        self.refused: set[tuple[int, str]] = set()
        """Hosts that a Gateway without ListenerSets has no room for."""

    def separate(self, port: Port, host: str, movable: bool = False) -> None:
        """Give a host a listener of its own. Call it before `find`.

        Args:
            port: The port of the table.
            host: The name, in lower case.
            movable: The listener has no TLS settings, which only policies of the Gateway hold.
        """
        self._separate.setdefault((port.number, host), movable)
        self._plans.clear()  # several ports of a table may have this number

    def need_nameless(self, number: int) -> None:
        """Give a port a listener without hostname, with the certificate of a host where it has no other."""
        self._nameless.add(number)
        self._plans.clear()

    def certificate(self, port: Port, host: str) -> Certificate | None:
        """The certificate that connections for a host get; None where TLS would have none."""
        return self._plan(port).of(host)

    def find(self, port: Port, host: str) -> WrittenListener | None:
        """The listener for a host of a port, made where it is new; None where TLS would have no certificate."""
        if port.protocol == "HTTP":
            return self._listener(port, "", None)
        plan = self._plan(port)
        certificate = plan.of(host)
        if self.mode != "shared":
            if certificate is None:
                return None
            return self._own(port, host if certificate.hosts or self._is_separate(port, host) else "", certificate)
        if host and (self._is_separate(port, host) or plan.overflows(certificate) or self._below(port, plan, host)):
            certificate = certificate or plan.fallback
            return None if certificate is None else self._own(port, host, certificate)
        return self._shared(port, plan) if plan.shared else None

    def default(self, port: Port) -> None:
        """The listener of a plain port, which is there although no route may need it."""
        self.find(port, "")

    def admit(self, written: WrittenListener, route: ObjectRef, hosts: Iterable[str], rules: Iterable[Rule]) -> None:
        """Let a route attach to a listener."""
        written.namespaces.add(route.namespace)

    def _own(self, port: Port, host: str, certificate: Certificate) -> WrittenListener | None:
        """A listener for one host, as far as there is room."""
        room = self._has_sets or len(self.by_key) < MAX_LISTENERS - 1  # one is for HTTP
        if not room and (port.number, host) not in self.by_key:
            self.refused.add((port.number, host))
            return None
        return self._listener(port, host, certificate)

    def _below(self, port: Port, plan: CertificatePlan, host: str) -> bool:
        """True below a wildcard with a listener of its own, which takes connections for the host from a shared one."""
        return any(
            self._is_separate(port, name) or plan.overflows(plan.named(name))
            for name in wildcards_above(host)
            if name != host
        )

    def _is_separate(self, port: Port, host: str) -> bool:
        return (port.number, host) in self._separate

    def _shared(self, port: Port, plan: CertificatePlan) -> WrittenListener:
        known = self.by_key.get((port.number, ""))
        if known is None:
            known = self._listener(port, "", None)
            known.certificates = list(plan.shared)
        return known

    def _plan(self, port: Port) -> CertificatePlan:
        plan = self._plans.get(id(port))
        if plan is None:
            separate = frozenset(host for number, host in self._separate if number == port.number)
            plan = self._plans[id(port)] = CertificatePlan(port, separate, self.secret, port.number in self._nameless)
        return plan

    def fallback(self, port: Port) -> Certificate | None:
        """The certificate that clients without a server name, or with an unknown one, are shown."""
        return self._plan(port).fallback

    def overflows(self, port: Port, certificate: Certificate) -> bool:
        """True for a certificate that the shared listener has no room for."""
        return self.mode == "shared" and self._plan(port).overflows(certificate)

    def own_names(self, number: int) -> list[str]:
        """Hosts of a port with an HTTPS listener of their own, sorted."""
        return sorted(
            host
            for (one, host), listener in self.by_key.items()
            if one == number and listener.hostname and listener.protocol == "HTTPS"
        )

    def passing(self, port: Port, host: str) -> WrittenListener:
        """The listener that passes connections for a host through; TLS and HTTPS listeners may share a port."""
        listener = self._listener(port, host, None)
        listener.name = listener.name.replace("https", "tls", 1)
        listener.protocol, listener.mode = "TLS", "Passthrough"
        return listener

    def stream(self, port: Port) -> WrittenListener:
        """The listener of a TCP or UDP port; the two may share a number."""
        key = (port.number, f"/{port.protocol}")
        listener = self.by_key.get(key)
        if listener is None:
            listener = WrittenListener(self._name(port, ""), port.number, port.protocol, "", holder=self.gateway)
            self.by_key[key] = listener
        return listener

    def _listener(self, port: Port, host: str, certificate: Certificate | None) -> WrittenListener:
        key = (port.number, host)
        listener = self.by_key.get(key)
        if listener is None:
            listener = WrittenListener(self._name(port, host), port.number, port.protocol, host, holder=self.gateway)
            if certificate is not None:
                listener.certificates.append(certificate)
            self.by_key[key] = listener
        return listener

    def _name(self, port: Port, host: str) -> str:
        usual = {"HTTP": 80, "HTTPS": 443, "TLS": 443}.get(port.protocol)
        stem = port.protocol.lower() if port.number == usual else f"{port.protocol.lower()}-{port.number}"
        name = fitted(f"{stem}-{slug(host)}" if host else stem, 63)
        if name in self._taken:
            name = fitted(f"{name}-{port.number}", 63)
        count = 2
        while name in self._taken:
            name, count = fitted(f"{stem}-{slug(host)}-{count}", 63), count + 1
        self._taken.add(name)
        return name

    def place(self) -> None:
        """Decide which object each listener is in: the Gateway, or ListenerSets of the certificates' namespaces.

        The Gateway keeps as many as it can hold, in the order in which they were made, so that none moves when another
        host comes.
        """
        listeners = list(self.by_key.values())
        own = [
            one
            for one in listeners
            if one.hostname and one.certificates and self._separate.get((one.port, one.hostname), True)
        ]  # listeners with TLS settings stay where the policies of the Gateway are
        if self.mode == "namespace":
            moved = own[1:] if len(own) == len(listeners) else own  # a Gateway must have at least one itself
        else:
            moved = own[len(own) - max(0, len(listeners) - MAX_LISTENERS) :] if len(listeners) > MAX_LISTENERS else []
        by_namespace: dict[str, list[WrittenListener]] = {}
        for listener in moved:
            by_namespace.setdefault(self.secret(listener.certificates[0]).namespace, []).append(listener)
        for namespace, group in by_namespace.items():
            for start in range(0, len(group), MAX_LISTENERS):
                wanted = self.gateway.name + (f"-{start // MAX_LISTENERS + 1}" if start else "")
                name = self.context.output.names.claim("ListenerSet", namespace, wanted, f"{self.gateway}/{start}")
                for listener in group[start : start + MAX_LISTENERS]:
                    listener.holder = ObjectRef("ListenerSet", namespace, name)

    def secret(self, certificate: Certificate) -> ObjectRef:
        """The Secret of a certificate; one that only a cloud holds gets a name for the user to fill."""
        if certificate.kind == "Secret":
            return ObjectRef("Secret", certificate.namespace, certificate.name)
        suffix = "" if not certificate.hosts else f"-{digest(certificate.name or 'discovered')}"
        return ObjectRef("Secret", certificate.namespace or self.gateway.namespace, f"{self.gateway.name}-tls{suffix}")

    def bodies(self) -> dict[ObjectRef, list[dict[str, Any]]]:
        """The listeners as they are written, by the object that holds them."""
        out: dict[ObjectRef, list[dict[str, Any]]] = {}
        for listener in sorted(self.by_key.values(), key=lambda one: (one.port, one.hostname != "", one.hostname)):
            out.setdefault(listener.holder, []).append(self._body(listener))
        return out

    def _body(self, listener: WrittenListener) -> dict[str, Any]:
        body: dict[str, Any] = {"name": listener.name, "protocol": listener.protocol, "port": listener.port}
        if listener.hostname:
            body["hostname"] = listener.hostname
        if listener.mode:
            body["tls"] = {"mode": listener.mode}
        elif listener.protocol == "HTTPS":
            body["tls"] = {
                "mode": "Terminate",
                "certificateRefs": [self._ref(listener, one) for one in listener.certificates],
            }
        namespaces = allowed_routes(listener, self.context)
        if namespaces is not None:
            body["allowedRoutes"] = {"namespaces": namespaces}
        return body

    def _ref(self, listener: WrittenListener, certificate: Certificate) -> dict[str, Any]:
        secret, holder = self.secret(certificate), listener.holder
        ref: dict[str, Any] = {"kind": "Secret", "name": secret.name}
        if secret.namespace != holder.namespace:
            ref["namespace"] = secret.namespace
            self.context.output.grants[
                Grant(holder.kind, holder.namespace, "Secret", secret.namespace, secret.name)
            ] = None
        return ref
