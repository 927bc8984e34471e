"""How names are led from the old address to the new one: by external-dns where it is used, else by hand.

Source: external-dns: plan/conflict.go PerResource, source/gateway.go, source/ingress.go.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import NamedTuple

from converter.model import ObjectRef, Resource
from converter.packs.migration import dns_settings
from converter.planning.commands import annotate, apply_with, quoted, resource
from converter.planning.estate import ROUTES, Estate, container_texts
from converter.planning.hosts import ANY_HOST
from converter.planning.plan import PlanStep, Wave
from converter.planning.steps import listed, step
from converter.reading.inventory import Inventory

SHORT_TTL = "60"
MOST_NAMES = 5
"""Hosts that a title names."""
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
        """The annotation of weights; "" where the provider has none, or is not known."""
        weights: dict[str, str] = dns_settings()["weights"]
        return next((weights[one] for one in self.values("provider") if one in weights), "")

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


def preparation(estate: Estate, dns: ExternalDns | None) -> list[PlanStep]:
    """What external-dns needs before any wave."""
    if dns is None:
        return []
    kinds = sorted({one.kind for one in estate.result.resources if one.kind in ROUTES})
    flags = [f"--source={dns_settings()['sources'][kind]}" for kind in kinds if not dns.reads(kind)]
    steps = []
    if flags:
        where = f"of {dns.workload}" if dns.workload else "(its Deployment is not in the input)"
        edit = [f"kubectl edit {resource(dns.workload)}"] if dns.workload else []
        objects = [dns.workload] if dns.workload else []
        steps.append(step("dns-source", edit, objects, flags=" ".join(flags), where=where))
    return [*steps, step("dns-policy", values=_records(dns))]


def _records(dns: ExternalDns) -> dict[str, str]:
    """What its flags say of records: the defaults where its Deployment is known."""
    rows: dict[str, str] = dns_settings()["records"]
    policy, registry = (next(iter(dns.values(flag)), "") for flag in ("policy", "registry"))
    if dns.workload is not None:
        policy, registry = policy or "sync", registry or "txt"
    return {
        "policy": rows.get(policy, rows["unknown"]),
        "registry": f"registry is {registry}." if registry else "",
        "noop": rows["noop"] if registry in ("", "noop") else "",
    }


def lower_ttl(estate: Estate, wave: Wave, dns: ExternalDns | None) -> list[PlanStep]:
    """Short TTLs, early enough for caches to see them."""
    hosts = [host for host in wave.hosts if host != ANY_HOST]
    if not hosts:
        return []
    key = dns_settings()["ttl"]
    commands, refs, known = [f"dig +noall +answer {quoted(host)}" for host in hosts], [], []
    for ref in wave.objects if dns is not None else ():
        if ref in estate.ingresses and not _canary(estate, ref):
            refs.append(ref)
            known += [f"{ref} has a TTL of {value}." for value in [estate.ingresses[ref].annotations.get(key)] if value]
    commands += annotate(refs, {key: SHORT_TTL})
    return [step("ttl", commands, refs, known=" ".join(known))]


def _canary(estate: Estate, ref: ObjectRef) -> bool:
    """True for an Ingress that a Rollout or Canary makes: it names no record of its own."""
    return any(ref in one.canaries for one in estate.deliveries)


def apply_commands(files: Sequence[str], dns: ExternalDns | None) -> tuple[str, ...]:
    """How routes are applied without external-dns publishing them."""
    settings = dns_settings()
    held = {settings["controller"]: settings["ignored"]} if dns is not None else {}
    return tuple(apply_with(files, held))


def publishers(routes: Sequence[Resource], hosts: Collection[str]) -> list[Resource]:
    """For each host one route that publishes it: the first that is not only a redirect to https.

    A route with hosts of other waves publishes none: external-dns would take all of its names.
    """
    chosen: dict[str, Resource] = {}
    for one in sorted(routes, key=only_redirects):
        named = one.body["spec"].get("hostnames") or ()
        for host in named if set(named) <= set(hosts) else ():
            chosen.setdefault(host, one)
    found = {id(one) for one in chosen.values()}
    return [one for one in routes if id(one) in found]


def only_redirects(route: Resource) -> bool:
    """True for a route that forwards nothing."""
    rules = route.body["spec"].get("rules") or ()
    return all(any(one.get("type") == "RequestRedirect" for one in rule.get("filters") or ()) for rule in rules)


class Shift(NamedTuple):
    """The steps of a shift, and of the way back."""

    forward: list[PlanStep]
    back: list[PlanStep]


def shift(estate: Estate, wave: Wave, dns: ExternalDns | None) -> Shift:
    """Lead the names of a wave to the Gateway, and back."""
    ready = estate.ready(wave.objects)
    withheld = estate.hosts_of(set(wave.objects) - set(ready))
    hosts = [host for host in wave.hosts if host not in withheld]
    routes = publishers(estate.routes_of(ready), hosts)
    if not hosts:
        return Shift([step("shift-nothing")], [])
    if dns is None or not routes or not any(map(dns.publishes, hosts)):
        return _by_hand(hosts)
    refs = [one.ref for one in routes]
    ingresses = [ref for ref in ready if ref in estate.ingresses and not _canary(estate, ref)]
    ingresses = [ref for ref in ingresses if not estate.hosts_of([ref]) & withheld]
    made = _weighted(refs, ingresses, dns.weighted) if dns.weighted else _handed_over(refs, ingresses)
    outside = [host for host in hosts if host != ANY_HOST and not dns.publishes(host)]
    others = _by_hand(outside) if outside else Shift([], [])
    return Shift(made.forward + others.forward, made.back + others.back)


def weighted_marks(dns: ExternalDns | None) -> dict[str, str]:
    """The annotations that a route has when all lookups lead to the Gateway by weight."""
    if dns is None or not dns.weighted:
        return {}
    return {dns_settings()["identifier"]: "new", dns.weighted: "100"}


def _handed_over(routes: list[ObjectRef], ingresses: list[ObjectRef]) -> Shift:
    """From one owner of the record to the other."""
    settings = dns_settings()
    key, none = settings["controller"], settings["ignored"]
    freed, held = (annotate(routes, {key: value}) for value in ("", none))
    left, back = (annotate(ingresses, {key: value}) for value in (none, ""))
    return Shift(
        [step("shift-owner", [*freed, *left], [*routes, *ingresses])],
        [step("back-owner", [*back, *held], [*ingresses, *routes])],
    )


def _weighted(routes: list[ObjectRef], ingresses: list[ObjectRef], weight: str) -> Shift:
    """Two records of one name with weights."""
    settings = dns_settings()
    key, mark = settings["controller"], settings["identifier"]
    both = (*ingresses, *routes)

    def weights(old: int, new: int) -> list[str]:
        return annotate(ingresses, {weight: str(old)}) + annotate(routes, {weight: str(new)})

    first = annotate(ingresses, {mark: "old", weight: "100"})
    second = annotate(routes, {key: "", mark: "new", weight: "0"})
    forward = [step("shift-weighted", [*first, *second], both)]
    forward += [step("shift-share", weights(old, new), both, share=new) for old, new in STEPS]
    return Shift(forward, [step("back-weighted", weights(100, 0), both)])


def _by_hand(every: Sequence[str]) -> Shift:
    hosts = [host for host in every if host != ANY_HOST]
    if not hosts:
        return Shift([step("shift-address")], [])
    names = listed(hosts[:MOST_NAMES]) + (f" and {len(hosts) - MOST_NAMES} more" if hosts[MOST_NAMES:] else "")
    commands = [f"dig +short {quoted(host)}" for host in hosts]
    return Shift([step("shift-hand", commands, names=names)], [step("back-hand", commands, names=names)])
