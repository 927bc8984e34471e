"""The compiled CEL rules and the CEL library hold the same opinion of the same objects, valid and invalid ones."""

import random
from collections import Counter

import pytest

from converter.validation.cel.compiler import Compiler
from converter.validation.cel.library import evaluate
from converter.validation.cel.syntax import CelError, parse
from converter.validation.explain import _renamed, defaulted, explain
from converter.validation.scalars import string_check
from converter.validation.schema_checks import Checks
from converter.validation.schemas import load_bundle, packaged_bundles

BUNDLES = packaged_bundles()
TEXTS = [
    "a",
    "b",
    "x-one",
    "Host",
    "a.example.com",
    "*.example.com",
    "1.2.3.4",
    "::1",
    "/",
    "/a",
    "//",
    "/a/../b",
    "/{x}",
    "10s",
    "1m",
    "0s",
    "500ms",
    "2h",
    "",
    "Service",
    "Secret",
    "ConfigMap",
    "Gateway",
    "HTTPRoute",
    "gateway.networking.k8s.io",
    "gateway.envoyproxy.io",
    "1.3",
    "1.2",
    "Auto",
    "200",
    "k8s.io/name",
    "1.2.3.4/24",
    "https://a.example.com",
    "*",
    "10Mi",
    "envoy.filters.http.x",
    "svc.cluster.local",
    "100",
    "image:tag",
    "a" * 64,
    "é",
]


def sample(bundle, reference, rng, depth=0):
    """A value that fits the structure of a node more often than not."""
    node = bundle.resolve(reference)
    kind = node.get("type")
    if node.get("intstr"):
        return rng.choice([1, "10Mi", "50%"])
    if kind == "object":
        if "additional" in node:
            return {
                rng.choice(TEXTS): sample(bundle, node["additional"], rng, depth + 1) for _ in range(rng.randint(0, 2))
            }
        often = 0.35 if depth > 1 else 0.6
        return {
            key: sample(bundle, child, rng, depth + 1)
            for key, child in node.get("properties", {}).items()
            if rng.random() < (0.93 if key in node.get("required", ()) else often)
        }
    if kind == "array":
        items = node.get("items", {"type": "object"})
        return [sample(bundle, items, rng, depth + 1) for _ in range(rng.choice([0, 1, 1, 2, 2, 3]))]
    if kind == "string":
        if "enum" in node:
            return rng.choice(node["enum"])
        good = [text for text in TEXTS if string_check(node)(text)]
        return rng.choice(good or TEXTS)
    if kind in {"integer", "number"}:
        low = int(node.get("minimum", 0))
        return rng.choice(node.get("enum") or [low, low + 1, 80, 200, 404])
    return rng.random() < 0.5 if kind == "boolean" else None


def nodes_with_rules(bundle, reference, value):
    """(node, value) wherever a rule applies."""
    node = bundle.resolve(reference)
    if "cel" in node:
        yield node, value
    if isinstance(value, dict):
        for key, item in value.items():
            child = node.get("properties", {}).get(key, node.get("additional"))
            if child is not None:
                yield from nodes_with_rules(bundle, child, item)
    elif isinstance(value, list) and "items" in node:
        for item in value:
            yield from nodes_with_rules(bundle, node["items"], item)


@pytest.mark.parametrize("name", BUNDLES)
def test_every_rule_of_the_packaged_schemas_is_compiled(name):
    bundle = load_bundle(name)
    compiler = Compiler(bundle.resolve)
    seen = Counter()

    def walk(reference):
        node = bundle.resolve(reference)
        for index in node.get("cel", ()):
            compile(compiler.rule(bundle.rules[index][0], node), "rule", "eval")
            seen[index] += 1
        for child in (*node.get("properties", {}).values(), node.get("items"), node.get("additional")):
            if child is not None:
                walk(child)

    for entry in bundle.kinds.values():
        for reference in entry["versions"].values():
            walk(reference)
    assert len(seen) == len(bundle.rules)


@pytest.mark.parametrize("name", ["gateway-api-v1.6.1-experimental", "envoy-gateway-v1.9.0"])
def test_compiled_rules_and_the_library_agree(name):
    bundle, rng = load_bundle(name), random.Random(7)  # noqa: S311
    compiler = Compiler(bundle.resolve)
    compiled, answers = {}, Counter()
    for kind, entry in sorted(bundle.kinds.items()):
        reference = next(iter(entry["versions"].values()))
        for _ in range(60):
            for node, value in nodes_with_rules(bundle, reference, sample(bundle, reference, rng)):
                seen = _renamed(bundle, node, defaulted(bundle, node, value))
                for index in node["cel"]:
                    rule = bundle.rules[index][0]
                    if (id(node), index) not in compiled:
                        source = compiler.rule(rule, node)
                        compiled[id(node), index] = eval("lambda o: " + source, compiler.names)  # noqa: S307
                    if answers[kind, rule] > 400:
                        continue
                    answers[kind, rule] += 1
                    _agree(compiled[id(node), index], rule, value, seen)
    assert sum(answers.values()) > 1500


def _agree(function, rule, value, seen):
    try:
        mine = bool(function(value))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        return  # unsure: the library decides, which is what the explaining check does
    theirs, error = evaluate(rule, seen)
    assert error or mine == theirs, f"{rule} of {value}: compiled {mine}, library {theirs}"
    assert not (error and mine), f"{rule} of {value}: compiled True, library {error}"


@pytest.mark.parametrize("name", ["gateway-api-v1.6.1-experimental", "envoy-gateway-v1.9.0"])
def test_the_fast_check_takes_exactly_what_the_explaining_check_takes(name):
    bundle, rng = load_bundle(name), random.Random(7)  # noqa: S311
    checks, taken = Checks(bundle), Counter()
    for kind, entry in sorted(bundle.kinds.items()):
        reference = next(iter(entry["versions"].values()))
        node, check = bundle.resolve(reference), checks.check(reference)
        for _ in range(60):
            value = sample(bundle, reference, rng)
            try:
                fast = check(value)
            except (KeyError, IndexError, TypeError, ValueError, AttributeError):
                fast = False
            problems = list(explain(bundle, node, value)) if fast or taken[kind] < 3 else ["not asked"]
            if fast:
                assert not problems, (kind, value, problems)
            taken[kind] += fast
    assert sum(taken.values()) > 20


@pytest.mark.parametrize(
    ("source", "value", "holds"),
    [
        ("self.size() > 1 && self[1] == 'b'", ["a", "b"], True),
        ("self.filter(x, x != 'a').size() == 1", ["a", "b"], True),
        ("self.exists_one(x, x == 'a')", ["a", "a"], False),
        ("!('*' in self && self.size() > 1)", ["*", "a"], False),
        (r"""self.all(h, h.matches(r'^a\.b$'))""", ["a.b", "a.b\n"], False),
        (r"self.all(h, h.matches('^a\\.b$'))", ["a.b"], True),
        ("self.all(h, h.split('/')[0].size() < 3)", ["ab/cdef"], True),
        ("self.all(h, h.lowerAscii() != 'host')", ["HoSt"], False),
        ("self.all(h, duration(h) >= duration('1m'))", ["60s", "1h"], True),
        ("self.all(h, !isIP(h))", ["10.0.0.1"], False),
        ("{'a': 1, 'b': 2}[self[0]] <= 1 ? true : self.size() == 2", ["b", "a"], True),
        ("self.map(x, x + 'c')[0] == 'ac'", ["a"], True),
    ],
)
def test_single_rules(source, value, holds):
    compiler = Compiler(lambda node: node)
    rule = eval("lambda o: " + compiler.rule(source, {"type": "array"}), compiler.names)  # noqa: S307
    assert bool(rule(value)) is holds
    assert evaluate(source, value) == (holds, "")


UNIQUE = "self.all(a, self.exists_one(b, a.n == b.n && (has(a.h) && has(b.h) ? a.h == b.h : !has(a.h) && !has(b.h))))"
UNIQUE_WHERE = "self.all(a, !has(a.n) || self.exists_one(b, has(b.n) && a.n == b.n))"


@pytest.mark.parametrize("source", [UNIQUE, UNIQUE_WHERE])
@pytest.mark.parametrize(
    "value",
    [
        [],
        [{"n": 1}],
        [{"n": 1}, {"n": 1}],
        [{"n": 1}, {"n": 2}],
        [{"n": 1, "h": "x"}, {"n": 1}],
        [{"n": 1, "h": "x"}, {"n": 1, "h": "x"}],
        [{"n": 1, "h": "x"}, {"n": 1, "h": "y"}, {"n": 2, "h": "x"}],
        [{"n": 1}, {"n": 1, "h": "x"}, {"n": 1}],
    ],
)
def test_pairs_are_compared_by_a_set_of_keys(source, value):
    compiler = Compiler(lambda node: node)
    made = compiler.rule(source, {"type": "array"})
    assert "exists_one" not in made
    assert "for v2" not in made
    rule = eval("lambda o: " + made, compiler.names)  # noqa: S307
    assert evaluate(source, value) == (rule(value), "")


@pytest.mark.parametrize(
    "value", [[{"h": "x"}, {"h": "y"}], [{"h": "x"}, {"n": 1}, {"n": 1}], [{"n": 1}, {}, {"n": 2}]]
)
def test_items_without_the_key_are_left_out(value):
    compiler = Compiler(lambda node: node)
    rule = eval("lambda o: " + compiler.rule(UNIQUE_WHERE, {"type": "array"}), compiler.names)  # noqa: S307
    assert evaluate(UNIQUE_WHERE, value) == (rule(value), "")


@pytest.mark.parametrize("source", ["self.foo(", "self + ", "bar", "a b", "self.matches(self)", "reverse(self)"])
def test_what_is_not_understood_is_not_compiled(source):
    with pytest.raises(CelError):
        Compiler(lambda node: node).rule(source, {})


def test_defaults_are_in_effect_without_being_written():
    node = {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "default": "Service"},
            "port": {"type": "integer"},
            "inner": {"type": "object", "default": {"deep": "x"}, "properties": {"deep": {"type": "string"}}},
        },
    }
    compiler = Compiler(lambda one: one)
    source = compiler.rule(
        "has(self.kind) && self.kind == 'Service' && self.inner.deep == 'x' && !has(self.port)", node
    )
    assert eval("lambda o: " + source, compiler.names)({}) is True  # noqa: S307


def test_operators_bind_as_in_cel():
    assert parse("a || b && !c == d") == (
        "op",
        "||",
        ("name", "a"),
        ("op", "&&", ("name", "b"), ("op", "==", ("not", ("name", "c")), ("name", "d"))),
    )
