"""Paths that are mere names: hosts with other ones are told the same as if each had been asked everything."""

from __future__ import annotations

import random

import pytest

from converter.comparison.path_names import PathNames, TangledError, derived, is_path_name
from converter.pipeline import read_back
from converter.routing.matchers import Match, ValueMatcher
from converter.routing.pattern_samples import neighbours
from tests.complete import broken_promises, convert_text

PATH_PARTS = [
    "orders",
    "users",
    "Cart",
    "api",
    "apiv2",
    "v2",
    "shop",
    "a",
    "b-c",
    "2024",
    "img.png",
    "x",
    "x1",
    "ORDERS",
    "deep/er",
]
SHAPES = [
    ["/{0} Prefix", "/{1} Prefix"],
    ["/{0} Prefix", "/{0}/{1} Prefix"],
    ["/{0} Exact", "/ Prefix"],
    ["/{0}/ Prefix", "/{1} Exact"],
    ["/{0} ImplementationSpecific", "/{0}{1} Prefix"],
    ["/{0}/ ImplementationSpecific", "/{0} Exact", "/{2} Prefix"],
    ["/{0}(/|$)(.*) ImplementationSpecific", "/{1} Prefix"],
    ["/{0}/* ImplementationSpecific", "/{0} Exact"],
    ["/{0} Prefix"],
]
NOTES = {
    "nginx": [
        "",
        "",
        'nginx.ingress.kubernetes.io/ssl-redirect: "false"',
        "nginx.ingress.kubernetes.io/app-root: /{0}",
        "nginx.ingress.kubernetes.io/rewrite-target: /{0}",
        'nginx.ingress.kubernetes.io/enable-cors: "true"',
        'nginx.ingress.kubernetes.io/proxy-read-timeout: "7"',
        "nginx.ingress.kubernetes.io/permanent-redirect: https://o.example/{1}",
        "nginx.ingress.kubernetes.io/whitelist-source-range: 10.0.0.0/8",
        "nginx.ingress.kubernetes.io/auth-url: http://a.test/{0}",
    ],
    "alb": ["alb.ingress.kubernetes.io/group.name: g"] * 2
    + [
        "alb.ingress.kubernetes.io/group.name: g, alb.ingress.kubernetes.io/target-group-attributes: stickiness.enabled=true"
    ],
    "acp": ["", "alb.ingress.cpaas.io/rewrite-target: /{0}", 'alb.ingress.cpaas.io/enable-cors: "true"'],
}
CLASSES = """\
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: acp}
spec: {controller: cpaas.io/alb2}
"""


def estate(seed: int, count: int = 14) -> str:
    """Hosts of a few shapes with paths of their own."""
    draw = random.Random(seed)  # noqa: S311
    out = [CLASSES]
    kind = draw.choice(sorted(NOTES))
    kinds = [(draw.choice(SHAPES), draw.choice(NOTES[kind])) for _ in range(3)]
    for number in range(count):
        shape, notes = draw.choice(kinds)
        words = draw.sample(PATH_PARTS, 3)
        paths = [line.format(*words).rsplit(" ", 1) for line in shape]
        lines = "".join(
            f"      - {{path: '{path}', pathType: {which}, backend: {{service: {{name: s{index}, port: {{number: 80}}}}}}}}\n"
            for index, (path, which) in enumerate(paths)
        )
        tls = f"  tls: [{{hosts: [h{number}.example.com], secretName: s}}]\n" if kind == "nginx" else ""
        out.append(
            f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata:\n  name: i{number}\n  namespace: shop\n"
            f"  annotations: {{{notes.format(*words)}}}\nspec:\n  ingressClassName: {kind}\n{tls}  rules:\n"
            f"  - host: h{number}.example.com\n    http:\n      paths:\n{lines}"
        )
    return "---\n".join(out)


@pytest.mark.parametrize("seed", range(90))
def test_estates_are_told_the_same(seed, monkeypatch):
    text, strict = estate(seed), seed % 3 == 0
    found = []
    for many, each in ((10**9, 1), (0, 1)):
        monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", many)
        monkeypatch.setattr("converter.comparison.representatives.SHOWN_PER_SIGNATURE", each)
        monkeypatch.setattr("converter.comparison.hosts.MIN_SHARED_RULES", 1)
        result = convert_text(text, strict=strict)
        assert not broken_promises(result)
        found.append(result)
    for one, other in zip(*(result.findings for result in found), strict=True):
        assert (one.code, one.message, one.origin) == (other.code, other.message, other.origin)
        assert one.example == other.example, (one.origin, one.code)


def test_most_hosts_with_paths_of_their_own_are_not_read(monkeypatch):
    monkeypatch.setattr(read_back, "MIN_RESOURCES_FOR_REPRESENTATIVES", 0)
    monkeypatch.setattr("converter.comparison.representatives.SHOWN_PER_SIGNATURE", 1)
    left = 0
    for seed in range(30):
        result = convert_text(estate(seed))
        left += sum(len(one.samples.left) for one in result.comparisons if one.samples)
    assert left > 25


def key(*tests: ValueMatcher, other_texts: str = "") -> object:
    path_names = PathNames()
    matches = [path_names.match(Match((test,))) for test in tests]
    path_names.other_texts.add(other_texts)
    try:
        return matches, path_names.relations()
    except TangledError:
        return None


def seg(*texts: str) -> list[ValueMatcher]:
    return [ValueMatcher("segment", text) for text in texts]


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (("/a", "/b"), ("/c", "/d"), True),
        (("/a", "/b"), ("/c", "/c/d"), False),
        (("/a", "/a/b"), ("/c", "/c/d"), True),
        (("/a", "/ab"), ("/c", "/c/d"), False),
        (("/a/b", "/a"), ("/c", "/c/d"), False),
        (("/a/", "/b"), ("/c", "/d"), False),
        (("/a", "/"), ("/c", "/"), True),
        (("/12", "/b"), ("/c", "/d"), False),
    ],
)
def test_what_paths_are_to_each_other_counts(one, other, alike):
    assert (key(*seg(*one)) == key(*seg(*other))) is alike


@pytest.mark.parametrize(
    "tests",
    [
        seg("/a", "/A"),
        seg("/a", "/ax"),
        seg("/a", "/a/x2"),
        seg("/Ab", "/aB/c"),
        [*seg("/a"), ValueMatcher("regex", "/a.*")],
        [*seg("/a"), ValueMatcher("exact", "/a b")],
        [*seg("/a"), ValueMatcher("exact", "/x1")],
        seg(*[f"/p{number}" for number in range(13)]),
    ],
)
def test_paths_that_others_may_meet_are_no_mere_names(tests):
    with pytest.raises(TangledError):
        path_names = PathNames()
        [path_names.match(Match((test,))) for test in tests]
        path_names.relations()


def test_a_path_that_a_setting_speaks_of_is_no_mere_name():
    assert key(*seg("/a/", "/b"), other_texts="redirect to /c")
    assert key(*seg("/a/", "/b"), other_texts="redirect to /a") is None


@pytest.mark.parametrize("text", ["/orders", "/Orders/v2/", "/a.b-c_d", "/2024"])
def test_questions_about_a_path_are_questions_about_another(text):
    assert is_path_name(text)
    for path in (*neighbours(text), f"{text}?q1=v1", "/", "/x1", "/no-such-path-1", "/x//y", "/x%2Fy?q1=v1"):
        found = derived(path, ("/other", text))
        assert found is not None
        assert found.of(("/other", text)) == path
        own = path.partition("?")[0].lower().startswith(text.rstrip("/").lower())
        assert (found.of(("/other", "/Zz")) != path) is own


def test_a_path_from_nowhere_is_not_turned_into_another():
    assert derived("/elsewhere", ("/orders",)) is None
