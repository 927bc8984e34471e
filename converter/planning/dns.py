"""How names are led from the old address to the new one: by external-dns where it is used, else by hand.

Source: external-dns: plan/conflict.go PerResource, source/gateway.go, source/ingress.go.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from converter.model import ObjectRef, Resource
from converter.packs.migration import dns_settings
from converter.planning.commands import annotate, apply_with, quoted
from converter.planning.estate import ROUTES, Estate, container_texts
from converter.planning.hosts import ANY_HOST
from converter.planning.plan import Step, Wave
from converter.reading.inventory import Inventory

SHORT_TTL = "60"
STEPS = ((90, 10), (50, 50), (0, 100))
"""Weights of the old and the new record, one after the other."""


class ExternalDns(NamedTuple):
    """The external-dns of an estate."""

    workload: ObjectRef | None
    """None where only annotations show that it is used."""
    flags: tuple[tuple[str, str], ...] = ()

    def values(self, flag: str) -> list[str]:
        """All values of a flag."""
        return [value for name, value in self.flags if name == flag]

    @property
    def weighted(self) -> str:
        """The annotation of weights; "" where the provider has none. An unknown provider may have them."""
        weights: dict[str, str] = dns_settings()["weights"]
        providers = self.values("provider")
        return weights.get(providers[0], "") if providers else next(iter(weights.values()))

    def reads(self, kind: str) -> bool:
        """True where it is known to read routes of this kind."""
        return dns_settings()["sources"].get(kind) in self.values("source")

    def publishes(self, host: str) -> bool:
        """False for names outside of its domains."""
        domains = self.values("domain-filter")
        return not domains or any(host == one or host.endswith(f".{one.lstrip('.')}") for one in domains)


def external_dns(inventory: Inventory) -> ExternalDns | None:
    """The external-dns that the input shows by its Deployment or by annotations of Ingresses."""
    settings = dns_settings()
    for document in inventory.of("Deployment"):
        texts = list(container_texts(document.body))
        if any(settings["image"] in text.rpartition("/")[2] for text in texts[:1]):
            flags = [text.lstrip("-").partition("=") for text in texts if text.startswith("--")]
            return ExternalDns(document.ref, tuple((name, value) for name, _, value in flags))
    prefixes = tuple(settings["prefixes"])
    used = any(key.startswith(prefixes) for ingress in inventory.ingresses for key in ingress.annotations)
    return ExternalDns(None) if used else None


def preparation(estate: Estate, dns: ExternalDns | None) -> list[Step]:
    """What external-dns needs before any wave."""
    if dns is None:
        return []
    kinds = sorted({one.kind for one in estate.result.resources if one.kind in ROUTES})
    wanted = [f"--source={dns_settings()['sources'][kind]}" for kind in kinds if not dns.reads(kind)]
    steps = []
    if wanted:
        where = f"of {dns.workload}" if dns.workload else "(its Deployment is not in the input)"
        edit = (f"kubectl -n {dns.workload.namespace} edit deployment {dns.workload.name}",) if dns.workload else ()
        steps.append(
            Step(
                "prepare",
                f"Let external-dns read routes: add {' '.join(wanted)} to its arguments {where}",
                (
                    "Its ClusterRole needs get, list and watch for gateways and these routes, and for namespaces.",
                    "No record changes by this alone: a record stays with the Ingress that owns it as long as the Ingress "
                    "asks for it, and routes are applied with controller: none until their wave is shifted.",
                ),
                edit,
                (dns.workload,) if dns.workload else (),
            )
        )
    steps.append(_policy(dns))
    return steps


def _policy(dns: ExternalDns) -> Step:
    policies, registries = dns.values("policy"), dns.values("registry")
    policy = policies[0] if policies else "sync" if dns.workload else "unknown"
    text = {
        "sync": "policy is sync: the record of an Ingress that is deleted is deleted too, unless a route asks for the name.",
        "upsert-only": "policy is upsert-only: records are never deleted. Those of the old address stay until somebody deletes them.",
    }.get(policy, "Look up --policy: with sync the record of an Ingress that is deleted is deleted too.")
    known = f"registry is {registries[0]}." if registries else "registry is txt, the default." if dns.workload else ""
    noop = "With registry noop external-dns does not know who owns a record; then move names by weights or by hand."
    lines = (text, *([known] if known else []), *([noop] if "noop" in registries or not dns.workload else []))
    return Step("note", "How external-dns treats records", lines)


def lower_ttl(estate: Estate, wave: Wave, dns: ExternalDns | None) -> list[Step]:
    """Short TTLs, early enough for caches to see them."""
    hosts = [host for host in wave.hosts if host != ANY_HOST]
    if not hosts:
        return []
    key = dns_settings()["ttl"]
    ingresses = [estate.ingresses[ref] for ref in wave.objects if ref in estate.ingresses]
    named = {one.ref: one.annotations[key] for one in ingresses if key in one.annotations}
    commands = [f"dig +noall +answer {quoted(host)}" for host in hosts]
    text = ["The second column of the answers is the TTL. Caches keep the old address for as long."]
    if dns is not None:
        text += [f"{ref} has a TTL of {value}." for ref, value in named.items()]
        commands += [annotate(one.ref, {key: SHORT_TTL}) for one in ingresses if not _canary(estate, one.ref)]
    return [
        Step(
            "prepare",
            "Lower the TTL of the DNS records, one old TTL before the shift",
            tuple(text),
            tuple(commands),
            tuple(one.ref for one in ingresses) if dns else (),
        )
    ]


def _canary(estate: Estate, ref: ObjectRef) -> bool:
    """True for an Ingress that a Rollout or Canary makes: it names no record of its own."""
    return any(ref in one.canaries for one in estate.deliveries)


def apply_commands(files: Sequence[str], dns: ExternalDns | None) -> tuple[str, ...]:
    """How routes are applied without external-dns publishing them."""
    settings = dns_settings()
    held = {settings["controller"]: settings["ignored"]} if dns is not None else {}
    return tuple(apply_with(file, held) for file in files)


def publishers(routes: Sequence[Resource]) -> list[Resource]:
    """For each host one route that publishes it: the first that is not only a redirect to https."""
    chosen: dict[str, Resource] = {}
    for one in sorted(routes, key=_redirects):
        for host in one.body["spec"].get("hostnames") or ():
            chosen.setdefault(host, one)
    found = {id(one) for one in chosen.values()}
    return [one for one in routes if id(one) in found]


def _redirects(route: Resource) -> bool:
    rules = route.body["spec"].get("rules") or ()
    return all(any(one.get("type") == "RequestRedirect" for one in rule.get("filters") or ()) for rule in rules)


class Shift(NamedTuple):
    """The steps of a shift, and of the way back."""

    forward: list[Step]
    back: list[Step]


def shift(estate: Estate, wave: Wave, dns: ExternalDns | None) -> Shift:
    """Lead the names of a wave to the Gateway, and back."""
    routes = publishers(estate.routes_of(wave.objects))
    if dns is None or not routes or not any(map(dns.publishes, wave.hosts)):
        return _by_hand(estate, wave)
    refs = [one.ref for one in routes]
    ingresses = [ref for ref in wave.objects if ref in estate.ingresses and not _canary(estate, ref)]
    if dns.weighted:
        return _weighted(refs, ingresses, dns.weighted)
    return _handed_over(refs, ingresses)


def _handed_over(routes: list[ObjectRef], ingresses: list[ObjectRef]) -> Shift:
    """From one owner of the record to the other."""
    settings = dns_settings()
    key, none = settings["controller"], settings["ignored"]
    freed, held = ([annotate(ref, {key: value}) for ref in routes] for value in ("", none))
    left, back = ([annotate(ref, {key: value}) for ref in ingresses] for value in (none, ""))
    forward = Step(
        "shift",
        "Let external-dns take the names from the routes, and no longer from the Ingresses",
        (
            "The routes are released first, so that no name is without an object that asks for it.",
            "Where the controller has a host name as its address and the Gateway an IP address, the record changes with "
            "the first command already.",
            "Where a GitOps tool owns the Ingress, make the annotation in Git.",
        ),
        (*freed, *left),
        (*routes, *ingresses),
    )
    reverse = Step(
        "roll-back",
        "Let external-dns take the names from the Ingresses",
        ("The Ingresses are released first.",),
        (*back, *held),
        (*ingresses, *routes),
    )
    return Shift([forward], [reverse])


def _weighted(routes: list[ObjectRef], ingresses: list[ObjectRef], weight: str) -> Shift:
    """Two records of one name with weights."""
    settings = dns_settings()
    key, mark = settings["controller"], settings["identifier"]
    both = (*ingresses, *routes)
    first = [annotate(ref, {mark: "old", weight: "100"}) for ref in ingresses]
    second = [annotate(ref, {key: "", mark: "new", weight: "0"}) for ref in routes]
    forward = [
        Step(
            "shift",
            "Make the records weighted: old 100, new 0",
            (
                "Route 53 has no weighted record beside a simple one of the same name: external-dns replaces the simple one. "
                "Wait until the old record is there with its identifier before you release the routes.",
                "Where a GitOps tool owns the Ingress, make the annotations in Git.",
            ),
            (*first, *second),
            both,
        )
    ]
    for old, new in STEPS:
        commands = [annotate(ref, {weight: str(old)}) for ref in ingresses]
        commands += [annotate(ref, {weight: str(new)}) for ref in routes]
        forward.append(Step("shift", f"Lead {new} of 100 lookups to the Gateway", (), tuple(commands), both))
    commands = [annotate(ref, {weight: "100"}) for ref in ingresses] + [annotate(ref, {weight: "0"}) for ref in routes]
    return Shift(forward, [Step("roll-back", "Lead all lookups back", (), tuple(commands), both)])


def _by_hand(estate: Estate, wave: Wave) -> Shift:
    hosts = [host for host in wave.hosts if host != ANY_HOST]
    if not hosts:
        text = (
            "Rules without a host answer names that no other rule has, and requests by address. There is no record to "
            "change: they follow when the last name and whatever asks by address has left.",
        )
        return Shift([Step("shift", "Lead what asks by address to the Gateway", text)], [])
    names = ", ".join(hosts[:5]) + (f" and {len(hosts) - 5} more" if hosts[5:] else "")
    text = (
        "With a provider that has weighted records: one for each address, 90 to 10, 50 to 50, 0 to 100, with the watching "
        "of this page between the steps. Else change the record at once, and expect clients at both addresses for a TTL.",
        "Behind a balancer of your own: add the address as a second pool with weight 0 and a health check, then raise it.",
        "Names that only a wildcard record has follow that record; give them records of their own first.",
    )
    commands = tuple(f"dig +short {quoted(host)}" for host in hosts)
    return Shift(
        [Step("shift", f"Point {names} at the address of the Gateway ($NEW)", text, commands)],
        [Step("roll-back", f"Point {names} at the old address ($OLD)", ("Clients follow within a TTL.",), commands)],
    )
