"""All checks of a cluster, by Ingress."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from converter.model import Finding, Location, ObjectRef, ObjectStatus, Resource
from converter.reading.in_memory import STREAMS
from converter.reading.inventory import Ingress
from converter.reading.manifests import annotations_of, mapping, mappings
from converter.status.backends import check_certificates, check_endpoints, check_records
from converter.status.check import Check, IngressStatus, of_condition
from converter.status.conditions import FAILED, INFO, READY, UNKNOWN, WAITING, conditions_of
from converter.status.drift import EDITED, Drift
from converter.status.objects import ROUTES, SOURCE, StatusObjects
from converter.status.parents import parents_of, parents_without_status, shown_listeners

_SERVING = frozenset({*ROUTES, "Gateway", "ListenerSet", "XListenerSet"})
_WITH_CONDITIONS = _SERVING | {"GatewayClass", "Certificate", "Backend"}


class ConvertedCluster(NamedTuple):
    """What the Ingresses of the cluster convert to now.

    Attributes:
        statuses: Each object of the input.
        resources: What is written for them.
        findings: For the places that caused an object.
    """

    ingresses: Sequence[Ingress]
    statuses: Sequence[ObjectStatus]
    resources: Sequence[Resource]
    findings: Iterable[Finding]


class Evaluation:
    """Checks each Ingress, and what was converted from Ingresses that are gone."""

    def __init__(self, objects: StatusObjects, conversion: ConvertedCluster, drift: Drift) -> None:
        self._objects, self._conversion, self._drift = objects, conversion, drift
        self._made: dict[ObjectRef, list[Resource]] = {}
        for one in conversion.resources:
            for source in one.sources:
                self._made.setdefault(source, []).append(one)
        self._by_ref = {one.ref: one for one in conversion.resources}
        self._places = _places(conversion.findings)
        self._gone = self._orphans()
        self._policies = _by_target(conversion.resources)
        self._routes_of = _by_host(conversion.resources)

    def statuses(self) -> Iterator[IngressStatus]:
        """One for each Ingress that its controller serves, then one for each that is gone."""
        known = {one.ref: one for one in self._conversion.statuses}
        for ingress in self._conversion.ingresses:
            status = known.get(ingress.ref)
            if status is not None and status.status != "skipped":
                yield self._of_ingress(ingress, status)
        yield from self._of_gone()

    def _of_ingress(self, ingress: Ingress, converted: ObjectStatus) -> IngressStatus:
        hosts = tuple(dict.fromkeys(rule.host for rule in ingress.rules if rule.host))
        out = IngressStatus(str(ingress.ref), ingress.location(), hosts=hosts, served_before=bool(ingress.addresses))
        if converted.status != "converted":
            out.add(Check("converted", FAILED, f"{converted.status}: {converted.reason}", ingress.ref, do=_DECIDE))
        refs = [one.ref for one in self._made.get(ingress.ref, ())]
        refs = refs or list(dict.fromkeys(ref for host in hosts for ref in self._routes_of.get(host, ())))
        if not refs and converted.status == "converted":
            out.add(Check("converted", FAILED, "no object is written for it", ingress.ref, do=_CONVERT))
        self._check_objects(out, refs)
        check_certificates(out, self._objects, ingress)
        check_records(out, self._objects, ingress.addresses)
        return out

    def _of_gone(self) -> Iterator[IngressStatus]:
        """What was converted from Ingresses that the input does not have any more."""
        for source, refs in sorted(self._gone.items()):
            name = f"{source}, not in the input" if source.startswith("Ingress ") else str(refs[0])
            out = IngressStatus(name, Location(""))
            out.add(Check("current", INFO, "no Ingress of the input converts to its routes", do=_GONE))
            self._check_objects(out, refs)
            check_records(out, self._objects, ())
            yield out

    def _orphans(self) -> dict[str, list[ObjectRef]]:
        """Routes of the cluster that nothing converts to, by the object that they name as their source."""
        out: dict[str, list[ObjectRef]] = {}
        for one in self._objects.generated():
            if one.ref not in self._by_ref:
                source = str(annotations_of(one.body).get(SOURCE) or one.ref)
                out.setdefault(source.partition(" (")[0], []).append(one.ref)
        return out

    def _check_objects(self, out: IngressStatus, refs: Iterable[ObjectRef]) -> None:
        """The objects of an Ingress, then the Gateways that its routes are attached to and their policies."""
        refs = list(refs)
        routes = [one for one in refs if one.kind in ROUTES]
        parents: dict[ObjectRef, None] = {}
        accepted: dict[ObjectRef, bool] = {}
        for ref in refs:
            body = self._check_object(out, ref)
            if body is not None and ref.kind in ROUTES:
                out.source = out.source or _file_of(str(annotations_of(body).get(SOURCE) or ""))
                parents.update(dict.fromkeys(parents_of(body, ref)))
                accepted[ref] = _is_true(body, "Accepted")
                check_endpoints(out, self._objects, body, ref)
        for parent in parents:
            body = self._check_object(out, parent, routes)
            if parent.kind == "Gateway" and body is not None:
                _add_addresses(out, parent, body)
                self._check_object(
                    out, ObjectRef("GatewayClass", "", str(mapping(body.get("spec")).get("gatewayClassName")))
                )
        self._check_gateway_policies(out, parents)
        out.serves = bool(routes) and all(accepted.get(one) for one in routes) and self._is_programmed(parents, routes)

    def _is_programmed(self, parents: Iterable[ObjectRef], routes: Sequence[ObjectRef]) -> bool:
        """True where a parent is, with the listeners of the routes; that of a Gateway is only about its proxy.

        Source: envoy-gateway: internal/gatewayapi/status/gateway.go updateGatewayProgrammedCondition.
        """
        for parent in parents:
            body = self._objects.get(parent)
            if body is None or not _is_true(body, "Programmed"):
                continue
            ready = {one.listener for one in conditions_of(body) if one.type == "Programmed" and one.status == "True"}
            if shown_listeners(body, routes, self._objects) <= ready:
                return True
        return False

    def _check_gateway_policies(self, out: IngressStatus, parents: Iterable[ObjectRef]) -> None:
        """Policies of the conversion whose target is one of the Gateways."""
        for ref in dict.fromkeys(policy for parent in parents for policy in self._policies.get(parent, ())):
            self._check_object(out, ref)

    def _check_object(
        self, out: IngressStatus, ref: ObjectRef, routes: Sequence[ObjectRef] = ()
    ) -> dict[str, Any] | None:
        body = self._objects.get(ref)
        if body is None:
            if self._objects.is_absent(ref):
                out.add(Check("applied", FAILED, f"{ref} is not in the cluster", ref, do=_APPLY, sources=self._of(ref)))
            elif ref.kind in _SERVING:
                words = f"{ref} was not read, so it is not known whether it serves"
                out.add(Check("applied", FAILED, words, ref, do=_READ))
            elif ref.kind != "Secret":
                out.add(Check("applied", UNKNOWN, f"{ref} was not read", ref))
            return None
        out.add(Check("applied", READY, f"{ref} is in the cluster", ref))
        why, changes = self._drift.of(ref)
        if why:
            fields = ", ".join(one.field for one in changes[:3]) + (" …" if changes[3:] else "")
            words = f"{ref}: {why}{f' ({fields})' if fields else ''}"
            # of Ingresses that are deleted one after the other, the conversion of those that are left says little
            state = INFO if self._gone and why != EDITED else FAILED
            out.add(Check("current", state, words, ref, do=_CONVERT, sources=self._of(ref)))
        self._check_conditions(out, ref, body, shown_listeners(body, routes, self._objects))
        return body

    def _check_conditions(self, out: IngressStatus, ref: ObjectRef, body: dict[str, Any], listeners: set[str]) -> None:
        found = [one for one in conditions_of(body) if one.group != "Listener" or one.listener in listeners]
        if not found and (ref.kind in _WITH_CONDITIONS or ref.kind.endswith("Policy")):
            words = f"{ref} has no condition: no controller has looked at it"
            do = _TARGET if ref.kind.endswith("Policy") else _CONTROLLER
            out.add(Check("accepted", WAITING, words, ref, do=do, sources=self._of(ref)))
        for one in found:
            out.add(of_condition(one, ref, self._of(ref)))
        missing = listeners - {one.listener for one in found}
        for name in (*(f"listener {one}" for one in sorted(missing)), *parents_without_status(body, ref)):
            words = f"{ref} ({name}) has no condition: no controller has looked at it"
            out.add(Check("accepted", WAITING, words, ref, do=_CONTROLLER, sources=self._of(ref)))

    def _of(self, ref: ObjectRef) -> tuple[str, ...]:
        return tuple(self._places.get(ref, ())[:_MOST_PLACES])


_MOST_PLACES = 3
_READ = "Read all namespaces (-A); docs/cluster.md has the permissions that are needed."
_APPLY = "Apply the converted files."
_CONVERT = "Convert again, review the diff and apply it."
_DECIDE = "Decide what its findings say (ing2gw diff), then convert again and apply it."
_CONTROLLER = "Look whether the controller of the GatewayClass runs."
_TARGET = "Look whether its target is in the cluster: Envoy Gateway writes no status of a policy without one."
_GONE = "Keep them while they serve; they are removed with the files of the conversion."


def _by_host(resources: Iterable[Resource]) -> dict[str, list[ObjectRef]]:
    """Host -> the routes that serve it: an Ingress may become a part of those of another one, such as a canary."""
    out: dict[str, list[ObjectRef]] = {}
    for one in resources:
        if one.kind in ROUTES:
            for host in mapping(one.body.get("spec")).get("hostnames") or ():
                out.setdefault(str(host), []).append(one.ref)
    return out


def _by_target(resources: Iterable[Resource]) -> dict[ObjectRef, list[ObjectRef]]:
    """Object -> the policies that are attached to it."""
    out: dict[ObjectRef, list[ObjectRef]] = {}
    for one in resources:
        if one.kind.endswith("Policy"):
            for to in mappings(mapping(one.body.get("spec")).get("targetRefs")):
                out.setdefault(ObjectRef(str(to.get("kind")), one.namespace, str(to.get("name"))), []).append(one.ref)
    return out


def _file_of(source: str) -> str:
    """The file in the annotation `Ingress shop/web (shop.yaml)`; "" where it was a stream."""
    file = source.partition(" (")[2].rstrip(")")
    return "" if file in STREAMS else file


def _is_true(body: dict[str, Any], kind: str) -> bool:
    return any(one.type == kind and one.status == "True" and one.group != "Listener" for one in conditions_of(body))


def _add_addresses(out: IngressStatus, ref: ObjectRef, body: dict[str, Any]) -> None:
    given = mappings(mapping(body.get("status")).get("addresses"))
    found = tuple(str(one["value"]) for one in given if one.get("value"))
    out.addresses = tuple(dict.fromkeys((*out.addresses, *found)))
    if found:
        out.add(Check("address", READY, f"{ref} has the address {', '.join(found)}", ref))
    else:
        out.add(Check("address", WAITING, f"{ref} has no address", ref, do="Look at the Service of the Gateway."))


def _places(findings: Iterable[Finding]) -> dict[ObjectRef, list[str]]:
    """Object -> the settings of the input that it was written for, with their places."""
    out: dict[ObjectRef, list[str]] = {}
    for one in findings:
        if not one.origin.location.path or not one.origin.configured:
            continue
        place = f"{one.origin.key or one.origin.kind} at {one.origin.location}"
        for ref in dict.fromkeys(ObjectRef(field.kind, field.namespace, field.name) for field in one.fields):
            found = out.setdefault(ref, [])
            if place not in found:
                found.append(place)
    return out
