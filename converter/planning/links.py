"""What hosts share: an object that serves them, a certificate, a canary, a service that admits requests, an alias."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from converter.model import ObjectRef
from converter.packs.features import protects
from converter.pipeline.result import Result
from converter.planning.hosts import ANY_HOST, HostGroups
from converter.reading.deliveries import deliveries
from converter.routing.actions import Redirect
from converter.routing.table import Port, RoutingTable, Rule, VirtualHost

_URL_HOST = re.compile(r"https?://([A-Za-z0-9.-]+)")
SERVED = ("converted", "withheld")


def host_groups(result: Result, *, certificates: bool = True) -> HostGroups:
    """All hosts of the tables, joined by what they share.

    Args:
        result: A finished run.
        certificates: Whether hosts of one certificate are joined.
    """
    groups, spec = HostGroups(), spec_hosts(result)
    for table in result.tables:
        for port, host, rule in table.rules():
            if rule.object is not None:
                groups.join([rule.object, *names(port, host, rule)])
    _join_ingresses(result, spec, groups)
    _join_aliases(result, spec, groups)
    _join_services(result, groups)
    _join_canaries(result, spec, groups)
    if certificates:
        for table in result.tables:
            _join_certificates(table, groups)
    return groups


def names(port: Port, host: VirtualHost, rule: Rule) -> list[str]:
    """The hosts that a rule is for, in lower case; expressions as they are."""
    tests = rule.hosts if port.fall_through else host.hosts
    return [test.value.lower() if test.op in ("exact", "domain", "label") else test.value for test in tests] or [
        ANY_HOST
    ]


def spec_hosts(result: Result) -> dict[ObjectRef, list[str]]:
    """The hosts that the spec of each Ingress names; those of Ingresses that no controller of the run serves too."""
    out = {}
    for ingress in result.inventory.ingresses:
        hosts = sorted({rule.host.lower() or ANY_HOST for rule in ingress.rules if rule.paths})
        out[ingress.ref] = hosts or ([ANY_HOST] if ingress.default_backend is not None else [])
    return out


def _join_ingresses(result: Result, spec: dict[ObjectRef, list[str]], groups: HostGroups) -> None:
    """Each Ingress of a controller with the hosts of its spec; a canary has no rules of its own in the tables."""
    by_host: dict[str, list[ObjectRef]] = {}
    for status in result.objects:
        hosts = spec.get(status.ref) if status.status in SERVED else None
        if hosts:
            groups.join([*hosts, status.ref], "ingress", f"{status.ref} serves them")
            for host in hosts:
                by_host.setdefault(host, []).append(status.ref)
    for host, refs in by_host.items():
        if len({ref.namespace for ref in refs}) > 1:
            groups.note(host, "host", f"{', '.join(map(str, sorted(refs)))} serve it in several namespaces")


def _join_aliases(result: Result, spec: dict[ObjectRef, list[str]], groups: HostGroups) -> None:
    """Hosts that an Ingress serves and does not name in its rules, and redirects from one host to another."""
    for table in result.tables:
        for port, host, rule in table.rules():
            own = spec.get(rule.object) if rule.object is not None else None
            found = [name for name in names(port, host, rule) if name != ANY_HOST]
            if own and any(name not in own for name in found):
                served = [name for name in own if name != ANY_HOST]
                groups.join([*served, *found], "alias", f"{rule.object} serves them by aliases or www redirects")
            target = (rule.action.hostname or "").lower() if isinstance(rule.action, Redirect) else ""
            if found and target not in found and groups.known(target):
                groups.join([*found, target], "alias", f"{rule.object} redirects {', '.join(found)} to {target}")


def _join_services(result: Result, groups: HostGroups) -> None:
    """Hosts whose requests another host admits: the URLs of settings that protect."""
    for table in result.tables:
        done = set()
        for port, host, rule in table.rules():
            for feature in rule.features:
                key = (id(feature), id(rule) if port.fall_through else id(host))
                if key in done or not protects(feature.name):
                    continue
                done.add(key)
                asked = sorted(set(_url_hosts(origin.value for origin in feature.origins)))
                found = [name for name in asked if groups.known(name)]
                if found:
                    asking = names(port, host, rule)
                    reason = f"{', '.join(asking)} asks {', '.join(found)} ({feature.name})"
                    groups.join([*asking, *found], "auth", reason)


def _url_hosts(values: Iterable[str]) -> Iterator[str]:
    for value in values:
        for match in _URL_HOST.finditer(value):
            yield match.group(1).lower().rstrip(".")


def _join_canaries(result: Result, spec: dict[ObjectRef, list[str]], groups: HostGroups) -> None:
    """Ingresses that one Rollout or Canary writes to."""
    for one in deliveries(result.inventory):
        nodes = [ref for ref in one.ingresses if spec.get(ref)]
        hosts = sorted({host for ref in nodes for host in spec[ref]})
        if nodes:
            groups.join([*nodes, *hosts], "canary", f"{one.ref} shifts weights between their backends")


def _join_certificates(table: RoutingTable, groups: HostGroups) -> None:
    """The hosts that a certificate is served for, and the objects that name it."""
    by_wildcard: dict[str, list[str]] = {}
    for host in groups.hosts():
        by_wildcard.setdefault(f"*.{host.partition('.')[2]}", []).append(host)
    for port in table.ports:
        own = {name.lower() for one in port.certificates for name in one.hosts}
        for one in port.certificates:
            owners = [origin.object for origin in one.origins if origin.object is not None]
            if not one.name or not owners:
                continue
            hosts = [name.lower() for name in one.hosts if groups.known(name.lower())]
            for name in one.hosts:
                hosts += [host for host in by_wildcard.get(name.lower(), ()) if host not in own]
            served = [owner for owner in owners if owner.kind == "Ingress"]
            secret = ObjectRef(one.kind, one.namespace, one.name)
            groups.join([*dict.fromkeys(hosts), *served], "certificate", str(secret))
