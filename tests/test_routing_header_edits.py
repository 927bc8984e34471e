"""Headers that a rule sets, adds and removes, in that order of the Gateway API: remove, set, add."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from converter.routing.exchange import Exchange, Request
from converter.routing.steps import HeaderEdit

PAIRS = st.lists(st.tuples(st.sampled_from(["X-A", "x-a", "X-B"]), st.sampled_from(["1", "2", "3"])), max_size=3)
NAMES = st.lists(st.sampled_from(["X-A", "x-b"]), max_size=2)


def exchange_of(*headers: tuple[str, str]) -> Exchange:
    return Exchange(Request(host="shop.example.com", path="/", headers=headers), 80)


def test_a_response_header_is_added_to_one_that_is_there() -> None:
    exchange = exchange_of()
    HeaderEdit(response_set=(("X-Cache", "miss"),)).apply(exchange)
    HeaderEdit(response_add=(("x-cache", "stored"), ("Vary", "Cookie"))).apply(exchange)
    assert exchange.response_headers == {"x-cache": "miss, stored", "vary": "Cookie"}
    assert exchange.response_added == {"x-cache", "vary"}


def test_a_response_header_that_was_removed_is_added_alone() -> None:
    exchange = exchange_of()
    HeaderEdit(response_remove=("Server",), response_add=(("server", "edge"),)).apply(exchange)
    assert exchange.response_headers == {"server": "edge"}


def test_a_request_header_is_added_to_what_the_client_sends() -> None:
    exchange = exchange_of(("X-Team", "a"), ("x-team", "b"))
    HeaderEdit(request_add=(("X-Team", "c"), ("X-New", "d"))).apply(exchange)
    assert exchange.request_headers == {"x-team": "a,b,c", "x-new": "d"}


@given(PAIRS, PAIRS, NAMES)
def test_edits_of_a_response_are_those_of_a_simple_model(
    set_: list[tuple[str, str]], add: list[tuple[str, str]], remove: list[str]
) -> None:
    exchange, model = exchange_of(), dict.fromkeys((name.lower() for name in remove), "")
    for name, value in set_:
        model[name.lower()] = value
    for name, value in add:
        model[name.lower()] = f"{model[name.lower()]}, {value}" if model.get(name.lower()) else value
    HeaderEdit(response_set=tuple(set_), response_add=tuple(add), response_remove=tuple(remove)).apply(exchange)
    assert {name: value or "" for name, value in exchange.response_headers.items()} == model
