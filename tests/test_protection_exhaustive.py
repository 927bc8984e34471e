"""Never more open: every protecting feature, beside every kind of open rule, by every way to write a path.

What a client is refused today, no less guarded rule may serve afterwards, whatever a finding says about it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from converter.acceptance.exit_status import lost_protection
from converter.pipeline.run import Result
from converter.routing.decide import consult
from converter.routing.envoy_paths import normal_form
from converter.routing.exchange import Request
from converter.routing.protection import refusal
from converter.routing.situation import Situation
from tests import live
from tests.complete import broken_promises, convert_text
from tests.protection_input import Case, cases, manifests, paths

GIVEN = Situation({"given": {"shop/login:80": {"status": 401}}})
STYLES = [
    {},
    {"strict": True},
    {"parity": False},
    {"target": "gateway-api"},
    {"target": "aws"},
    {"gateway": "infra/shared"},
]


def requests(case: Case) -> Iterator[Request]:
    """By all paths where the guard is an address list, by a third of them for each other guard."""
    number, known = int(case.host[1:].partition(".")[0]), paths(case.path)
    for path in known if case.guard == "allow" else known[number % 3 :: 3]:
        yield Request("GET", "http", case.host, path, (), "203.0.113.9", situation=GIVEN)


def walked_around(result: Result, request: Request) -> str:
    """How a request that is refused today is served afterwards; "" where it is not."""
    comparison = result.comparisons[0]
    before, rule = consult(comparison.before, request)
    if refusal(before, rule) is None:
        return ""
    after, taker = consult(comparison.after, request)
    if not after.backends or served_today(result, request):
        return ""
    return f"{request.host}{request.path}: {before.status} today, {sorted(after.backends)} by {taker and taker.name} afterwards"


def served_today(result: Result, request: Request) -> bool:
    """The path that Envoy makes of it is open to the same client today."""
    plain = normal_form(request.path.partition("?")[0])
    if plain in (None, request.path.partition("?")[0]):
        return False
    return bool(consult(result.comparisons[0].before, request._replace(path=str(plain)))[0].backends)


@pytest.mark.parametrize("style", STYLES, ids=lambda style: str(style) if style else "default")
def test_nothing_walks_around_a_rule_that_protects(style: dict[str, str]) -> None:
    holds_for(cases(2) if not style else cases(3, STYLES.index(style) % 3), style)


@pytest.mark.long
@pytest.mark.parametrize("style", STYLES[:2], ids=lambda style: str(style) if style else "default")
def test_nothing_walks_around_any_rule_that_protects(style: dict[str, str]) -> None:
    holds_for(cases(), style)


def holds_for(some: list[Case], style: dict[str, str]) -> None:
    """No request walks around, or the rule that it walks around is named as lost."""
    result = convert_text(manifests(some), **style)
    wrong = [text for case in some for request in requests(case) if (text := walked_around(result, request))]

    if "target" not in style:
        assert wrong[:5] == []
    named = {one.origin.object.name for one in result.findings if lost_protection(one) and one.origin.object}
    unsaid = [text for text in wrong if f"{text.partition('.')[0]}-guard" not in named]
    assert unsaid[:5] == []
    assert broken_promises(result) == []


def test_what_is_admitted_today_is_admitted_afterwards() -> None:
    some = [
        case
        for case in cases()
        if case.guard in ("allow", "deny", "service") and case.kind != "regex" and case.open != "expression"
    ]
    result = convert_text(manifests(some))
    comparison = result.comparisons[0]
    for case in some:
        path = paths(case.path)[2 if case.kind == "Prefix" else 0]
        request = Request("GET", "http", case.host, path, (), "10.1.2.3")
        assert comparison.answers(request)[1].backends == {"shop/guarded:80": 1.0}, case


@pytest.mark.e2e
@pytest.mark.skipif(bool(live.absent()), reason=live.absent() or "all there")
@pytest.mark.filterwarnings("ignore")  # ask.py leaves sockets to the garbage collector
@pytest.mark.parametrize("style", [{}, {"strict": True}, {"parity": False}], ids=str)
def test_nothing_walks_around_on_the_real_target(style: dict[str, bool], tmp_path: Path) -> None:
    """The real Envoy Gateway and Envoy, and the computed answers: who is refused today gets no backend."""
    some = [case for case in cases(11, len(style) * 3) if case.guard != "variables"]
    result = convert_text(manifests(some), **style)
    comparison, wrong = result.comparisons[0], []
    services = [one.body for one in result.inventory.services.values()]
    bodies = [one.body for one in result.resources]
    secrets = live.made_secrets(result)
    with live.target([*services, *secrets, *(one.body for one in result.namespaces), *bodies], tmp_path) as running:
        for request in (one for case in some for one in requests(case)):
            before, rule = consult(comparison.before, request)
            real = running.ask(request.to_json())
            computed = comparison.answers(request)[1]
            if computed.status != real["status"]:
                wrong.append(f"{request.host}{request.path}: computed {computed.status}, really {real['status']}")
            if refusal(before, rule) is not None and real.get("backends") and not served_today(result, request):
                wrong.append(f"{request.host}{request.path}: {before.status} today, really {real['backends']}")
    assert wrong[:8] == []


def test_the_test_can_fail() -> None:
    [case] = [one for one in cases() if one[1:] == ("allow", "/admin", "Prefix", "root")]
    result = convert_text(manifests([case]), allow_unprotected=True)
    opened = next(port for port in result.comparisons[0].after.ports).hosts
    for vhost in opened:
        vhost.rules[:] = [rule for rule in vhost.rules if "%2f" not in str(rule.match)]
    assert any(walked_around(result, request) for request in requests(case))
