"""Endpoints behind routes, certificates of Ingresses, and DNS records of their hosts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from converter.model import ObjectRef
from converter.reading.inventory import Ingress
from converter.reading.manifests import mapping, mappings
from converter.status.check import Check, IngressStatus, of_condition
from converter.status.conditions import FAILED, INFO, READY, UNKNOWN, WAITING, conditions_of
from converter.status.objects import StatusObjects


def check_endpoints(out: IngressStatus, objects: StatusObjects, route: dict[str, Any], ref: ObjectRef) -> None:
    """Whether each Service of a route exists and has ready endpoints."""
    for service in dict.fromkeys(_services(route, ref)):
        if objects.is_absent(service):
            words = f"{service} does not exist; its requests get an error"
            out.add(Check("endpoints", FAILED, words, service, do="Create it, or correct the Ingress."))
            continue
        if mapping((objects.get(service) or {}).get("spec")).get("type") == "ExternalName":
            continue
        found = objects.endpoints(service.namespace, service.name)
        if found is None:
            out.add(Check("endpoints", UNKNOWN, f"endpoints of {service} were not read", service))
            continue
        ready, every = found
        words = f"{service} has {ready} of {every} endpoints ready"
        state = READY if ready else WAITING
        do = "" if ready else "Look at the pods behind the Service."
        out.add(Check("endpoints", state, words, service, do=do))


def _services(route: dict[str, Any], ref: ObjectRef) -> Iterator[ObjectRef]:
    for rule in mappings(mapping(route.get("spec")).get("rules")):
        for one in mappings(rule.get("backendRefs")):
            if one.get("kind", "Service") == "Service" and not one.get("group") and one.get("weight") != 0:
                yield ObjectRef("Service", str(one.get("namespace") or ref.namespace), str(one.get("name")))


def check_certificates(out: IngressStatus, objects: StatusObjects, ingress: Ingress) -> None:
    """The Secrets of `spec.tls`, and the Certificates that make them."""
    for block in ingress.tls:
        if not block.secret:
            continue
        place = (f"spec.tls at {ingress.location(block.at)}",)
        secret = ObjectRef("Secret", ingress.namespace, block.secret)
        makers = list(_makers(objects, secret))
        for maker in makers:
            _check_maker(out, objects, maker, place)
        if objects.is_absent(secret) and not makers:
            words = f"{secret} does not exist, so there is no certificate for {', '.join(block.hosts) or 'its hosts'}"
            out.add(Check("certificate", FAILED, words, secret, do="Create it.", sources=place))
        elif objects.get(secret) is not None:
            out.add(Check("certificate", READY, f"{secret} exists", secret))
        elif not makers:
            words = f"{secret} was not read; the condition ResolvedRefs of its listener says whether it is valid"
            out.add(Check("certificate", UNKNOWN, words, secret, do="--secret-keys reads the names of Secrets."))


def _makers(objects: StatusObjects, secret: ObjectRef) -> Iterator[ObjectRef]:
    for one in objects.inventory.within("Certificate", secret.namespace):
        if mapping(one.body.get("spec")).get("secretName") == secret.name:
            yield one.ref


def _check_maker(out: IngressStatus, objects: StatusObjects, maker: ObjectRef, place: tuple[str, ...]) -> None:
    body = objects.get(maker) or {}
    ready = next((one for one in conditions_of(body) if one.type == "Ready"), None)
    if ready is None:
        words = f"{maker} has no condition Ready: cert-manager has not looked at it"
        out.add(Check("certificate", WAITING, words, maker, do="Look whether cert-manager runs.", sources=place))
        return
    check = of_condition(ready, maker, place)
    until = mapping(body.get("status")).get("notAfter")
    if check.state == READY and until:
        check = replace(check, message=f"{check.message}, until {until}")
    out.add(check)


def check_records(out: IngressStatus, objects: StatusObjects, before: Sequence[str]) -> None:
    """Where the records of the hosts point to, as far as the input says; old records fail nothing."""
    for host in out.hosts:
        records = list(objects.records(host))
        for document, targets in records:
            shown = ", ".join(targets) or "nothing"
            if targets and set(targets) <= set(out.addresses):
                out.add(Check("dns", READY, f"{host} points to {shown}, the Gateway", document.ref))
            elif targets and set(targets) <= set(before):
                out.add(Check("dns", INFO, f"{host} points to {shown}, the old controller", document.ref))
            else:
                out.add(Check("dns", INFO, f"{host} points to {shown}", document.ref))
        if not records:
            to = f" {out.addresses[0]}" if out.addresses else " the address of the Gateway"
            out.add(Check("dns", UNKNOWN, f"the input has no record of {host}", do=f"Compare dig {host} with{to}."))
