"""Rules that are looked up by their paths are the rules that trying each would find."""

import random

from converter.routing.exchange import Exchange, Request
from converter.routing.matchers import Match, ValueMatcher
from converter.routing.path_index import MAX_RULES_WITHOUT_INDEX, PathIndex
from converter.routing.table import Port, Rule, VirtualHost

PARTS = ("a", "ab", "B", "a.b", "x1", "ä", "")
OPS = ("exact", "prefix", "segment", "regex", "search", "glob", "suffix", "present")
PATTERNS = ("/a(/|$)(.*)", "(?i)^/ab?", "/a|/b", "^/x1/.*", "/a\\.b", "/B{2}", "[/]a", "/ab+")


def some_test(chance: random.Random) -> ValueMatcher:
    op = chance.choice(OPS)
    value = chance.choice(PATTERNS) if op in ("regex", "search") else some_path(chance)
    return ValueMatcher(op, f"{value}*" if op == "glob" else value, chance.random() < 0.3)


def some_path(chance: random.Random) -> str:
    return "".join(f"/{chance.choice(PARTS)}" for _ in range(chance.randint(1, 3)))


def test_no_rule_is_overlooked():
    chance = random.Random(7)  # noqa: S311
    for _ in range(40):
        rules = [
            Rule(Match(tuple(some_test(chance) for _ in range(chance.randint(0, 2)))), name=str(number))
            for number in range(MAX_RULES_WITHOUT_INDEX * 2)
        ]
        index = PathIndex(enumerate(rules))
        port = Port(80, hosts=[VirtualHost((), rules)])
        for path in [some_path(chance) for _ in range(40)] + [one.swapcase() for one in ("/a/x1", "/ab", "/a.b")]:
            exchange = Exchange(Request(path=path), 80)
            taking = [number for number, rule in enumerate(rules) if rule.match.holds(exchange)]
            found = index.of(path)
            assert set(taking) <= set(found)
            assert found == sorted(found)
            held = [rule for rule in port.candidates("any", path) if rule.match.holds(exchange)]
            assert held == [rules[number] for number in taking]


def test_most_of_many_rules_are_not_looked_at():
    rules = [Rule(Match((ValueMatcher("segment", f"/app{number}"),))) for number in range(1000)]
    assert PathIndex(enumerate(rules)).of("/app7/x") == [7]
