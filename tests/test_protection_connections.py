"""Never more open by another connection: each guard beside each neighbour, by server names that are not the Host.

What is refused today on the connection that a client makes stays refused: whichever server name it gives, however it
writes the Host and the path, in every style and for every target.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from converter.acceptance.exit_status import lost_protection
from converter.pipeline.result import Result
from converter.routing.decide import consult
from converter.routing.exchange import Request
from converter.routing.protection import refusal
from tests import live
from tests.complete import broken_promises, convert_text
from tests.protection_input import CONFIG, GUARDS, HEAD, SERVICES, USERS
from tests.targets_input import ingress
from tests.test_protection_exhaustive import GIVEN, served_today

CERTIFICATE = {f"{HEAD}auth-tls-secret": "shop/ca"}
KNOWN_GUARDS = {name: {HEAD + key: value for key, value in some.items()} for name, some in GUARDS.items()} | {
    "certificate": CERTIFICATE,
    "certificate-and-list": CERTIFICATE | {f"{HEAD}whitelist-source-range": "10.0.0.0/8"},
    "certificate-of-any-host": CERTIFICATE | {f"{HEAD}ssl-redirect": "false"},
}
NEIGHBOURS: dict[str, tuple[tuple[str, str, dict[str, str]], ...]] = {
    "one-certificate": (("o.{zone}", "shared", {}),),
    "own-certificate": (("o.{zone}", "own", {}),),
    "wildcard": (("*.{zone}", "shared", {}),),
    "client-certificates": (("m.{zone}", "shared", CERTIFICATE), ("*.{zone}", "shared", {})),
    "ciphers": (("c.{zone}", "shared", {f"{HEAD}ssl-ciphers": "ECDHE-RSA-AES128-GCM-SHA256"}),),
}
"""Host, Secret and annotations of the Ingresses beside the guarded one."""
STYLES: tuple[dict[str, Any], ...] = (
    {},
    {"strict": True},
    {"parity": False},
    {"listeners": "host"},
    {"listeners": "namespace"},
    {"target": "gateway-api"},
    {"target": "aws"},
    {"gateway": "infra/shared"},
)


class Case(NamedTuple):
    """One zone of names."""

    zone: str
    guard: str
    neighbour: str

    def manifests(self) -> Iterator[str]:
        name = self.zone.partition(".")[0]
        guarded = "g.{zone}", "shared"
        yield self._ingress(f"{name}-guard", guarded, KNOWN_GUARDS[self.guard], ("/admin", "guarded"))
        if "certificate" not in self.guard:
            yield self._ingress(f"{name}-root", guarded, {})
        for number, (host, secret, settings) in enumerate(NEIGHBOURS[self.neighbour]):
            yield self._ingress(f"{name}-open-{number}", (host, secret), settings)

    def _ingress(
        self, name: str, place: tuple[str, str], settings: dict[str, str], path: tuple[str, str] = ("/", "open")
    ) -> str:
        host, secret = (text.replace("{zone}", self.zone) for text in place)
        certificate = f"{self.zone.partition('.')[0]}-{secret}"
        return ingress(name, [path], host=host, tls=certificate, annotations=settings)

    def requests(self) -> Iterator[Request]:
        guarded = f"g.{self.zone}"
        names = (guarded, f"o.{self.zone}", f"m.{self.zone}", f"c.{self.zone}", f"x.{self.zone}", "other.invalid", "")
        hosts = (guarded, guarded.upper(), f"{guarded}.", f"{guarded}:443")
        paths = ("/admin", "/admin/x", "//admin", "/x/../admin", "/admin%2fx", "/%61dmin/x", "/x%2f..%2fadmin")
        for (sni, host), path in itertools.product(itertools.product(names, hosts), paths):
            if host == guarded or path == "/admin/x":  # (a Host in other letters is the same for all paths)
                yield Request("GET", "https", host, path, (), "203.0.113.9", sni=sni, situation=GIVEN)


def cases(every: int = 1, offset: int = 0) -> list[Case]:
    """All combinations, or each n-th of them."""
    found = itertools.product(KNOWN_GUARDS, NEIGHBOURS)
    return [Case(f"z{number}.example.com", *one) for number, one in enumerate(found)][offset::every]


def converted(some: list[Case], *more: str, **style: Any) -> Result:
    texts = [CONFIG % "", USERS, SERVICES, *(text for case in some for text in case.manifests()), *more]
    return convert_text("\n---\n".join(texts), **style)


def opened(result: Result, request: Request) -> str:
    """How a request that is refused today is served afterwards; "" where it is not."""
    before, rule = consult(result.comparisons[0].before, request)
    if refusal(before, rule) is None:
        return ""
    after, taker = consult(result.comparisons[0].after, request)
    if not after.backends or served_today(result, request):
        return ""
    by = f"{before.status} before, {sorted(after.backends)} by {taker and taker.name} after"
    return f"{request.host}{request.path} (SNI {request.sni}): {by}"


ANY_HOST = ingress("any-host", [("/", "open")], host="")


@pytest.mark.parametrize("more", [(), (ANY_HOST,)], ids=["", "any-host"])
@pytest.mark.parametrize("style", STYLES, ids=lambda style: str(style) if style else "default")
def test_no_server_name_walks_around_a_rule_that_protects(style: dict[str, Any], more: tuple[str, ...]) -> None:
    index = STYLES.index(style)
    every = 4 if index == 0 else 11
    some = cases(every, (index + len(more)) % every)
    result = converted(some, *more, **style)
    wrong = [text for case in some for request in case.requests() if (text := opened(result, request))]

    if "target" not in style:
        assert wrong[:5] == []
    named = {one.origin.object.name for one in result.findings if lost_protection(one) and one.origin.object}
    unsaid = [text for text in wrong if f"{text.lower().split('.')[1]}-guard" not in named]
    assert unsaid[:5] == []
    assert broken_promises(result) == []


def test_guards_refuse_somebody() -> None:
    """Else nothing of this would be tested."""
    some = cases(len(NEIGHBOURS), 2)
    result = converted(some)
    before = result.comparisons[0].before
    for case in some:
        request = Request("GET", "https", f"g.{case.zone}", "/admin/x", (), "203.0.113.9", situation=GIVEN)
        decision = consult(before, request)[0]
        assert not decision.backends or case.guard in ("waf", "connections", "variables"), case


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")  # ask.py leaves sockets to the garbage collector
@pytest.mark.parametrize("style", [{}, {"listeners": "host"}, {"parity": False}], ids=str)
def test_no_server_name_walks_around_on_the_real_target(style: dict[str, Any], tmp_path: Path) -> None:
    some = [case for case in cases(7, len(str(style)) % 7) if case.guard != "variables"]
    result = converted(some, ANY_HOST, **style)
    comparison, wrong = result.comparisons[0], []
    services = [one.body for one in result.inventory.services.values()]
    bodies = [*live.made_secrets(result), *(one.body for one in (*result.namespaces, *result.resources))]
    with live.target([*services, *bodies], tmp_path) as running:
        for request in (one for case in some for one in case.requests()):
            before, rule = consult(comparison.before, request)
            computed, real = comparison.answers(request)[1], running.ask(request.to_json())
            about = f"{request.host}{request.path} (SNI {request.sni})"
            if computed.status != real["status"]:
                wrong.append(f"{about}: computed {computed.status}, really {real['status']}")
            if refusal(before, rule) is not None and real.get("backends") and not served_today(result, request):
                wrong.append(f"{about}: {before.status} before, really {real['backends']}")
    assert wrong[:8] == []


def test_the_handshake_fails_before_the_path_is_read() -> None:
    """Without the controller's defaults Envoy redirects such a path, but only whom it has let in."""
    [case] = [one for one in cases() if one[1:] == ("certificate", "one-certificate")]
    request = Request("GET", "https", f"g.{case.zone}", "/admin%2fx", (), "203.0.113.9")
    assert consult(converted([case], parity=False).comparisons[0].after, request)[0].status == 0
