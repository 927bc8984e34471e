"""Every fact ends in exactly one finding."""

from typing import get_args

import pytest

from converter.comparison.request_kinds import SITUATIONS, WHEN, announced_of
from converter.model import Fidelity, FieldRef, Location, Origin, Outcome
from converter.model.ledger import UNACCOUNTED, Ledger
from converter.model.request_kind import KindName, named, parse_kind
from converter.routing.exchange import Request

FACT = Origin("annotation", "example.com/a", "1", Location("a.yaml", 3, 5))
EXACT = Outcome.exact("a.exact", "kept", fields=(FieldRef("HTTPRoute", "n", "r", "spec"),))
LOST = Outcome.unsupported("a.lost", "is lost", "do it by hand", affects={"status"})


def test_an_open_fact_becomes_a_finding_of_its_own():
    ledger = Ledger()
    ledger.expect([FACT])
    (finding,) = ledger.findings()
    assert finding.code == UNACCOUNTED
    assert finding.fidelity is Fidelity.UNKNOWN


def test_the_worst_outcome_speaks_and_fields_add_up():
    for order in ((EXACT, LOST), (LOST, EXACT)):
        ledger = Ledger()
        ledger.expect([FACT, FACT])
        for outcome in order:
            ledger.settle(FACT, outcome, "feature", protects=True)
        (finding,) = ledger.findings()
        assert (finding.code, finding.hint, finding.protects) == ("a.lost", "do it by hand", True)
        assert finding.fields == EXACT.fields
        assert finding.affects == {"status"}


def test_a_narrow_announcement_stays_narrow():
    ledger = Ledger()
    ledger.settle(FACT, LOST._replace(when=named("plain-http")))
    ledger.settle(FACT, LOST._replace(affects=frozenset({"location"}), when=named("trace")))
    ledger.settle(FACT, LOST._replace(affects=frozenset({"host"})))
    (finding,) = ledger.findings()
    assert finding.affects == {"status", "location", "host"}
    assert announced_of(finding, Request("GET", "https", "a", "/")) == {"host"}
    assert announced_of(finding, Request("GET", "http", "a", "/")) == {"status", "host"}
    assert announced_of(finding, Request("TRACE", "https", "a", "/")) == {"location", "host"}


def test_an_exact_outcome_announces_nothing():
    ledger = Ledger()
    ledger.settle(FACT, EXACT)
    assert ledger.findings()[0].affects == frozenset()


def test_every_kind_of_requests_has_a_test():
    assert {*WHEN, *SITUATIONS} == set(get_args(KindName))
    with pytest.raises(ValueError, match="unknown kind of requests 'odd-paths'"):
        parse_kind("odd-paths")
    assert parse_kind("odd-path") == named("odd-path") and parse_kind("") == ""
