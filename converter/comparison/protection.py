"""Never more open: requests around every rule that protects, asked by a client that it refuses.

What is refused today and served afterwards by a less guarded rule is a loss of protection, whatever else a finding
announces about the request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from converter.comparison.difference import Difference
from converter.comparison.witnesses import OUTSIDE, host_samples, met_for, met_request, path_samples
from converter.model import Fidelity, Finding, Origin, Outcome
from converter.model.ledger import Ledger
from converter.routing.access_steps import AnyOf, ExternalAuth, services
from converter.routing.decide import consult
from converter.routing.envoy_paths import normal_form
from converter.routing.exchange import Request
from converter.routing.protection import is_guard, refusal
from converter.routing.steps import AddressList
from converter.routing.table import Port, Rule, VirtualHost

if TYPE_CHECKING:
    from converter.comparison.equivalence import Comparison

MOST_PATHS, MOST_HOSTS = 3, 4
_ESCAPE = re.compile("%[0-9A-F]{2}")


def guard_witnesses(port: Port, vhost: VirtualHost) -> Iterator[Request]:
    """Requests of clients that a rule refuses, for its paths in all ways to write them."""
    for rule in vhost.rules:
        if is_guard(rule):
            for host in _hosts(port, vhost, rule):
                for path in _paths(rule):
                    base = met_request(port, host, path, met_for(rule))
                    for more in _strangers(rule):
                        yield base._replace(**more)


def _hosts(port: Port, vhost: VirtualHost, rule: Rule) -> tuple[str, ...]:
    """Some hosts that the rule is for; a rule for any host guards those that have rules of their own."""
    if rule.hosts or not port.fall_through:
        return host_samples(rule.hosts or vhost.hosts)[:MOST_HOSTS]
    named: dict[str, None] = {}
    for other in vhost.rules:
        for host in host_samples(other.hosts)[:1] if other.hosts else ():
            named[host] = None
        if len(named) == MOST_HOSTS:
            break
    return (*named, *host_samples(()))


def _paths(rule: Rule) -> tuple[str, ...]:
    out: dict[str, None] = {}
    for number, path in enumerate(path_samples(rule)):
        out[path] = None
        if number < MOST_PATHS:
            out.update(dict.fromkeys(tricks(path)))
    return tuple(out)


def tricks(path: str) -> Iterator[str]:
    """Ways to write a path that proxies read differently before they match."""
    name = path.strip("/")
    yield from (f"{path}%2Fx", f"{path}%2f", f"{path}%5Cx", f"/%2F{name}", f"/{name.replace('/', '%2F')}")
    yield from (f"/x/..%2f{name}/x", f"/x%2f..%2f{name}/x", f"/x/../{name}", f"/x/%2e%2e/{name}", f"/.{path}")
    yield from (f"/{path}", f"{path}//x", f"{path}/./x", f"/x\\..\\{name}")
    if name and "%" not in name:
        first = name[0]
        yield f"/%{ord(first):02X}{name[1:]}" if first.isascii() else path
        for escape in (str.upper, str.lower):
            text = "".join(char if char.isalnum() or char in "-._~/" else escape(quote(char, safe="")) for char in name)
            yield f"/{text}"
    if "%" in name:
        yield "/" + _ESCAPE.sub(lambda found: found.group().lower(), name)


def _strangers(rule: Rule) -> Iterator[dict[str, Any]]:
    """What a client is like that the guards of a rule refuse: no credentials, an address of no list."""
    given: dict[str, Any] = {}
    addresses = [OUTSIDE]
    for feature in rule.features:
        for step in feature.value.steps if isinstance(feature.value, AnyOf) else (feature.value,):
            if isinstance(step, ExternalAuth):
                answers = services(step.url, getattr(step, "service", ""))
                given.update({key: {"status": 401} for key in answers})
            elif isinstance(step, AddressList):
                addresses += [cidr.partition("/")[0] for cidr in step.deny[:1]]
    sources = [condition for condition in rule.match.conditions if condition.subject == "source"]
    for address in addresses[:1] if sources else addresses:
        more: dict[str, Any] = {} if sources else {"source": address}
        yield more | ({"extra": {"given": given}} if given else {})


def opened(difference: Difference, comparison: Comparison) -> tuple[Origin, ...] | None:
    """The facts of the guard that is walked around; None where nothing is more open than before."""
    if not difference.after.backends:
        return None
    guard = refusal(difference.before, difference.rule_before)
    if guard is None or _reached_today(difference, comparison):
        return None
    return guard


def _reached_today(difference: Difference, comparison: Comparison) -> bool:
    """Whether the same client gets the same page today by the path in the form that Envoy gives it."""
    request, after = difference.request, difference.after
    raw, mark, query = request.path.partition("?")
    plain = normal_form(raw)
    if plain is None or plain == raw:
        return False
    before = consult(comparison.before, request._replace(path=plain + mark + query))[0]
    return bool(before.backends) and not comparison.aspects(before, after) & {"backends", "path", "host"}


def settle_opened(difference: Difference, guard: tuple[Origin, ...], blamed: Origin, ledger: Ledger) -> Finding | None:
    """A protecting finding on the guard, where none says so yet; the finding that is new.

    `blamed`: the fact to put it down to where the guard has none of its own.
    """
    known = [ledger.settled(origin) for origin in guard]
    if any(map(_lost, (*known, *difference.announced_by))):
        return None
    origin = next(iter(guard), blamed)
    request = difference.request
    url = f"{request.method} {request.scheme}://{request.host}{request.path}"
    ledger.settle(
        origin,
        Outcome.manual(
            "protection.opened",
            f"{url} is refused ({difference.before.status}) today and reaches "
            f"{' and '.join(difference.after.backends)} "
            "afterwards",
            "do not switch before a rule or policy of your own refuses it",
            affects=difference.aspects,
        ),
        "",
        True,
    )
    return ledger.settled(origin)


def _lost(finding: Finding | None) -> bool:
    return finding is not None and finding.protects and finding.fidelity.rank >= Fidelity.MANUAL.rank
